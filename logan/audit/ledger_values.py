"""How values of Python stand in the ledger: instants as microseconds since 1970, lists as JSON."""

import json
import sqlite3
from collections.abc import Mapping
from datetime import datetime, timedelta

from logan.runtime.hour_numbers import EPOCH


def to_microseconds(instant: datetime) -> int:
    """An instant as the ledger stores it."""
    return (instant - EPOCH) // timedelta(microseconds=1)


def from_microseconds(stored: int) -> datetime:
    """An instant that the ledger stored."""
    return EPOCH + timedelta(microseconds=stored)


def _read_document(text: bytes) -> object:
    value = json.loads(text)
    return tuple(value) if isinstance(value, list) else value


sqlite3.register_converter("INSTANT", lambda text: from_microseconds(int(text)))
sqlite3.register_converter("DOCUMENT", _read_document)


def to_stored(value: object) -> object:
    """A field as SQLite takes it."""
    if isinstance(value, datetime):
        return to_microseconds(value)
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, tuple | Mapping):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return value
