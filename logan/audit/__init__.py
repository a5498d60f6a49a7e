"""The nightly audit: what is new since the last run, told once, and what was never looked at."""
