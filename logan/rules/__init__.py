"""What is watched and what a request meant: packs, loading, matching."""
