"""logan finds use of facial-search sites in a police force's web-access logs."""

__version__ = "0.1.0"
