"""cisco_wsa: being written."""
