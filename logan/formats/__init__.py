"""Turns lines of every gateway into records: detection, then one family of gateways per file."""
