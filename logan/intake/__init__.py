"""Inputs: found, opened read-only, unpacked, decoded and cut into blocks of whole lines.

Knows no log format and no rule. Bad input never raises here: what cannot be read is a value with
its reason (`sources.UnreadInput`, `SourceReader.failure`), and what could be read before it is
handed on.
"""
