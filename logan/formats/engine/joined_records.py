"""Lines that hold several records: whose user would the second one's host be given to?

rsyslog and others write a line end that stood within a message as `#012` (its parameter
`escapeControlCharactersOnReceive`), and frames with an octet count (RFC 6587, section 3.4.1;
FortiOS with `mode reliable`) follow each other without one. Most formats read such a line as one
record, of the first user and the last host. It is rejected, and so stands in one bin.

Told by the format itself: both the text before such a mark and the text behind it are records.
"""

import re
from collections.abc import Iterator
from functools import partial
from typing import Final

import polars as pl

from logan.formats.engine.envelope import envelopes
from logan.formats.engine.format import Format
from logan.formats.engine.keyvalue import STANDS_TWICE, STANDS_WITHIN
from logan.formats.engine.layout import TEXT, Head, Layout
from logan.runtime.fast_path import with_fallback

REASON: Final = "several records on one line"
REPEATED: Final = "says how often a message came"
#: `message repeated 3 times: [ ...]` as rsyslog and journald's readers write it (its parameter
#: `RepeatedMsgReduction`), `last message repeated 3 times` as BSD's and Solaris' syslogd do.
_REPEATED: Final = r"^[^\"{}]{0,200}?message repeated [0-9]+ times(?:: \[|[. \r]*$)"
#: One of these is in every line that has a mark; cheap to look for.
_LITERALS: Final = ("#012", "#015", "#000", "\\n", "\\r", "^J", "^M", "\n", "\r", "\0", " <")
#: A line end as it is written, where a record may follow; or the octet count of a frame.
_MARK: Final = re.compile(
    r"(?:#01[25]|#000|\\[nr]|\^[JM]|[\n\r\0])+[ \t]*(?=\S)|(?=[1-9][0-9]{0,5} <[0-9]{1,3}>)"
)
#: How most of them show where pairs are read.
_HALF_SEEN: Final = f"^(?:{STANDS_TWICE}|{STANDS_WITHIN})"
#: Marks that are tried; a record of more of them is one of a value that holds them.
_MOST_MARKS: Final = 40


def tells_of_repetition(line: str) -> bool:
    """True where a line says of the one before it that it came so many times more."""
    return "last message repeated " in line and re.search(_REPEATED, line) is not None


def with_several_rejected(reason: pl.Expr, form: Format, layout: Layout) -> pl.Expr:
    """The reasons of lines (over `text`, out of its envelope); `REASON` for lines of several.

    A line that says how often a message came stands for more requests than it would be counted as.
    """
    counted = TEXT.str.contains("message repeated ", literal=True) & TEXT.str.contains(_REPEATED)
    reason = pl.when(counted).then(pl.lit(REPEATED)).otherwise(reason)
    rows = pl.struct(TEXT.alias("text"), reason.alias("reason"))
    find_reasons = partial(_reasons, form=form, layout=layout)
    return rows.map_batches(find_reasons, return_dtype=pl.String, is_elementwise=True)


def _reasons(rows: pl.Series, *, form: Format, layout: Layout) -> pl.Series:
    texts, reasons = rows.struct.field("text"), rows.struct.field("reason")
    open_to_doubt = reasons.is_null() | reasons.str.contains(_HALF_SEEN)
    marked = _may_hold_several(texts) & open_to_doubt

    def reasons_of_marked() -> pl.Series:
        rows = zip(texts.filter(marked), reasons.filter(marked), strict=True)
        found = [REASON if holds_several(text, form, layout) else why for text, why in rows]
        return pl.Series(found, dtype=pl.String)

    return with_fallback(reasons, marked, reasons_of_marked)


def _may_hold_several(texts: pl.Series) -> pl.Series:
    column = pl.col("text")
    found = texts.alias("text").to_frame().select(column.str.contains_any(list(_LITERALS)))
    return found.to_series().fill_null(value=False)


def holds_several(text: str, form: Format, layout: Layout) -> bool:
    """True where a record is followed by another one on the same line, out of its envelope."""
    return any(
        form.reader.check(before, layout) is None and _is_record(behind, form, layout)
        for before, behind in _halves(text)
    )


def _halves(text: str) -> Iterator[tuple[str, str]]:
    """The text before and behind each mark, but for marks at its very start."""
    for count, mark in enumerate(_MARK.finditer(text, 1)):
        if count == _MOST_MARKS:
            return
        yield text[: mark.start()].rstrip(" \t"), text[mark.end() :]


def _is_record(text: str, form: Format, layout: Layout) -> bool:
    """True where a text is a record, by itself or behind headers of its own."""
    inside = envelopes(Head((text,), (1,)))
    return any(form.reader.check(head.lines[0], layout) is None for _, head in inside)
