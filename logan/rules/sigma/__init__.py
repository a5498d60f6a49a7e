"""Sigma rules of category proxy, webserver and dns, read strictly, matched on records."""
