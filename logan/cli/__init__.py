"""One module per command: arguments, settings, exit status."""
