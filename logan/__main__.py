"""`python -m logan`."""

from logan.cli.main import process

process()
