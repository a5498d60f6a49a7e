"""zscaler: being written."""
