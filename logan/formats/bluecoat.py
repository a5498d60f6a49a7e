"""bluecoat: being written."""
