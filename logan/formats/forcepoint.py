"""Forcepoint and Websense: written next, see the history."""
