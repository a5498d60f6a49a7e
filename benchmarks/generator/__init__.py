"""Deterministic logs of any size: the same options give the same bytes on every machine."""
