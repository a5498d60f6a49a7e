"""McAfee Web Gateway and Skyhigh Secure Web Gateway: written next, see the history."""
