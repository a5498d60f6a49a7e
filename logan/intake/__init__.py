"""Finds inputs, opens them read-only, decompresses, decodes and cuts them into blocks of whole lines."""
