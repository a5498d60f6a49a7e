"""Lines that hold several records: whose user would the second one's host be given to?

rsyslog and others write a line end that stood within a message as `#012` (its parameter
`escapeControlCharactersOnReceive`), and frames with an octet count (RFC 6587, section 3.4.1;
FortiOS with `mode reliable`) follow each other without one. Most formats read such a line as one
record, of the first user and the last host. It is rejected, and so stands in one bin.

Told by the format itself: both the text before such a mark and the text behind it are records.

A gateway that was killed, or whose disk was full, leaves a line in its midst, and the next record
follows on the same line. No mark shows where, but that a line begins again within itself, and that
what stands from there on is a record.
"""

import re
from collections.abc import Iterator
from functools import lru_cache, partial
from itertools import islice
from typing import Final

import polars as pl

from logan.formats.engine.envelope import envelopes, strip
from logan.formats.engine.format import Format
from logan.formats.engine.keyvalue import STANDS_TWICE
from logan.formats.engine.layout import TEXT, Head, Layout
from logan.formats.engine.line_pattern import TWO_READINGS
from logan.formats.engine.pair_marks import STANDS_WITHIN
from logan.runtime.fast_path import with_fallback

REASON: Final = "several records on one line"
REPEATED: Final = "says how often a message came"
#: `message repeated 3 times: [ ...]` as rsyslog and journald's readers write it (its parameter
#: `RepeatedMsgReduction`), `last message repeated 3 times` as BSD's and Solaris' syslogd do.
_REPEATED: Final = r"^[^\"{}]{0,200}?message repeated [0-9]+ times(?:: \[|[. \r]*$)"
#: Found in every line that has a mark or those words, and in few others. An expression of few
#: literals: it is three times as fast as to look for each of them.
_HINT: Final = r"message repeated |#0|\\[nr]|\^[JM]|[\n\r\x00]| <"
#: A line end as it is written, where a record may follow; or the octet count of a frame. Of a run
#: of line ends only the first is tried, or a long one would be read again from each of them.
_MARK: Final = re.compile(
    r"(?<![\n\r])(?:#01[25]|#000|\\[nr]|\^[JM]|[\n\r\0])+[ \t]*(?=\S)"
    r"|(?=[1-9][0-9]{0,5} <[0-9]{1,3}>)"
)
#: How most of them show where pairs or requests are read.
_HALF_SEEN: Final = f"^(?:{STANDS_TWICE}|{STANDS_WITHIN}|{TWO_READINGS})"
#: How much of a line's beginning is looked for again within it, of one that begins with a number
#: no more than that, and what follows: a browser's version looks like an address. A short number
#: is looked for with the date behind it: two numbers side by side stand all over a line of PAN-OS.
_BEGINNING: Final = 12
_NUMBER: Final = re.compile(
    r"[0-9]{1,3}[ ,\t][0-9]{4}[-/][0-9]{2}[-/][0-9]{2}|[0-9][^ ,\t]{0,23}(?:[ ,\t]+.)?"
)
#: Of one that begins with words as many as it takes to its first number: words alone are anywhere.
_WORDS: Final = re.compile(r"[A-Za-z][^0-9]{11,39}[0-9]+")
#: How blanks are spelled in a shape.
_BLANKS: Final = " +"
_RUN: Final = re.compile(r"[0-9]+|[A-Za-z]+| +|[^0-9A-Za-z ]")
#: What a line begins with that has no envelope and may begin again: stamps, addresses, brackets.
#: Of one that begins with a key, the key stands twice then.
_OPENS: Final = tuple("0123456789[<")
#: Marks that are tried; a record of more of them is one of a value that holds them.
_MOST_MARKS: Final = 40


def tells_of_repetition(line: str) -> bool:
    """True where a line says of the one before it that it came so many times more."""
    return "last message repeated " in line and re.search(_REPEATED, line) is not None


def with_several_rejected(
    reason: pl.Expr, form: Format, layout: Layout, whole: pl.Expr = TEXT
) -> pl.Expr:
    """The reasons of lines (over `text`, out of its envelope); `REASON` for lines of several.

    `whole` are the lines with what stands around them.

    A line that says how often a message came stands for more requests than it would be counted as.
    """
    single = form.reader.single(layout) if layout.envelope is None else None
    rows = pl.struct(
        TEXT.alias("text"),
        reason.alias("reason"),
        whole.alias("whole"),
        *(() if single is None else (single.alias("single"),)),
    )
    find_reasons = partial(_reasons, form=form, layout=layout)
    return rows.map_batches(find_reasons, return_dtype=pl.String, is_elementwise=True)


def _reasons(rows: pl.Series, *, form: Format, layout: Layout) -> pl.Series:
    texts = rows.struct.field("text")
    hinted = texts.str.contains(_HINT).fill_null(value=False)
    reasons = _with_repeated(texts, rows.struct.field("reason"), hinted)
    begun = _begun_again(rows.struct.unnest(), reasons, form, layout)
    if begun:
        reasons = reasons.scatter(begun, REASON)
    if not hinted.any():
        return reasons
    marked = hinted & (reasons.is_null() | reasons.str.contains(_HALF_SEEN))

    def reasons_of_marked() -> pl.Series:
        rows = zip(texts.filter(marked), reasons.filter(marked), strict=True)
        found = [REASON if holds_several(text, form, layout) else why for text, why in rows]
        return pl.Series(found, dtype=pl.String)

    return with_fallback(reasons, marked, reasons_of_marked)


def _with_repeated(texts: pl.Series, reasons: pl.Series, hinted: pl.Series) -> pl.Series:
    """The reasons, `REPEATED` for lines that say how often a message came."""
    # Hardly any line has these words, and an expression for all would cost ten times as much.
    places = hinted.arg_true()
    if places.is_empty():
        return reasons
    counted = texts.gather(places).str.contains(_REPEATED)
    return reasons.scatter(places.filter(counted), REPEATED) if counted.any() else reasons


def _begun_again(rows: pl.DataFrame, reasons: pl.Series, form: Format, layout: Layout) -> list[int]:
    """The places of lines without a reason, or that have two readings, that begin again within
    themselves, as a record."""
    if form.reader.framing != "line":
        return []
    asked = reasons.is_null() | (reasons == TWO_READINGS).fill_null(value=False)
    first, lines = asked.arg_max(), rows["whole"]
    if first is None or not asked[first] or not _may_begin_again(lines[first], layout):
        return []
    # Nearly all lines begin as the first one does: what holds no such beginning is settled.
    found = _doubtful(rows, _shape(lines[first]), _first_run(lines[first])) & asked
    return [at for at in found.arg_true() if begins_again(lines[at], form, layout)]


def _doubtful(rows: pl.DataFrame, shape: str, behind: int) -> pl.Series:
    """Which lines do not begin with a shape, or have it again behind so many characters.

    It is not looked for in a line that holds no record behind its first word, which is of the shape
    as a whole: that saves nine tenths of the work.
    """
    line = pl.col("whole").str
    unlike = ~line.contains(f"^{shape}")
    doubtful = unlike | line.contains(f"^.{{{behind},}}?{shape}")
    if "single" not in rows.columns or _BLANKS not in shape:
        return rows.select(doubtful).to_series()
    left = ~rows["single"].fill_null(value=False)
    found = rows.select(unlike).to_series()
    return with_fallback(found, left, lambda: rows.filter(left).select(doubtful).to_series())


def begins_again(line: str, form: Format, layout: Layout) -> bool:
    """True where a line, as it stands, holds another whole one that follows a part of its own.

    What stands around its own record may begin as another does: a relay puts its header before one.
    """
    if not _may_begin_again(line, layout):
        return False
    own = 0 if layout.envelope is None else max(line.find(strip(line, layout.envelope)), 0)
    places = _compiled(_shape(line)).finditer(line, own + _first_run(line[own:]))
    rests = (line[found.start() :] for found in islice(places, _MOST_MARKS))
    return any(_is_wrapped_record(rest, form, layout) for rest in rests)


def _may_begin_again(line: str, layout: Layout) -> bool:
    return layout.envelope is not None or line[:1] in _OPENS


def _first_run(line: str) -> int:
    """The length of the number or word that a line begins with: it does not begin again in it."""
    found = _RUN.match(line)
    return len(found[0]) if found is not None else 1


def _is_wrapped_record(line: str, form: Format, layout: Layout) -> bool:
    """True for a record within all that stands around the lines of its source."""
    inner = strip(line, layout.envelope)
    wrapped = layout.envelope is None or inner != line
    return wrapped and form.reader.check(inner, layout) is None


def _shape(line: str) -> str:
    """How a line begins, with other digits and letters in their places."""
    found = _NUMBER.match(line) or _WORDS.match(line)
    beginning = found[0] if found is not None else line[:_BEGINNING]
    return "".join(map(_spelled, _RUN.findall(beginning)))


def _spelled(run: str) -> str:
    if run[0].isdigit():
        return "[0-9]{1,3}" if len(run) < 4 else f"[0-9]{{{len(run)}}}"
    if run[0] == " ":
        return _BLANKS
    return "[A-Za-z]+" if run[0].isalpha() else re.escape(run)


@lru_cache(maxsize=1_024)
def _compiled(shape: str) -> re.Pattern[str]:
    """A shape at any place: also behind digits, which are of the line that was cut."""
    return re.compile(f"(?={shape})")


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
