"""`python -m logan`."""

from logan.cli.main import main

main()
