"""Ids of rows that stay the same wherever a log lies, and whatever it is called or packed with.

The id of a hit is the first 16 hexadecimal digits of the SHA-256 of three lines, each ended by LF:
the SHA-256 of the log's content once unpacked, the number of the line, and the SHA-256 of the line
without its end. So everybody who has the log can make it again.
"""

import hashlib
from collections.abc import Mapping
from typing import Final

import polars as pl

from logan.schema import SESSIONS_CSV

_DIGITS: Final = 16


def identify_hits(rows: pl.DataFrame, contents: Mapping[str, str | None]) -> pl.Series:
    """The id of each finding, from its `source`, `line` and `line_sha256`.

    `contents` are the hashes of what the sources hold, by name. Where one is not known, as of a
    source that could not be read to its end, the id stands on line and text alone.
    """
    known = dict(contents)
    content = pl.col("source").replace_strict(known, default=None, return_dtype=pl.String)
    hashed = pl.col("line_sha256").bin.encode("hex")
    return _digests(rows, content, pl.col("line").cast(pl.String), hashed).alias("hit")


def identify_hit(content_sha256: str, line: int, line_sha256: str) -> str:
    """The id of one finding, by its source's content, its line's number and its line's hash."""
    return _digest(content_sha256, str(line), line_sha256)


def identify_sessions(rows: pl.DataFrame) -> pl.DataFrame:
    """The sessions of `logan.tables.sessions` with an id each: `schema.SESSIONS_CSV`."""
    start = pl.col("start").dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
    ids = _digests(rows, *map(pl.col, ("user", "address", "service")), start)
    return rows.with_columns(session=ids).select(SESSIONS_CSV)


def _digests(rows: pl.DataFrame, *parts: pl.Expr) -> pl.Series:
    """The ids of rows by some texts of them, null as empty: as `_digest`, of all rows at once."""
    lines = [*(part.fill_null("") for part in parts), pl.lit("")]  # an LF behind each
    texts = rows.select(pl.concat_str(lines, separator="\n").cast(pl.Binary)).to_series()
    hashes = [hashlib.sha256(text).digest() for text in texts.to_list()]
    return pl.Series(hashes, dtype=pl.Binary).bin.slice(0, _DIGITS // 2).bin.encode("hex")


def _digest(*parts: str) -> str:
    text = "".join(f"{part}\n" for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
