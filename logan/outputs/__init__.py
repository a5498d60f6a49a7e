"""Renders tables for terminal, CSV and JSON; computes nothing."""
