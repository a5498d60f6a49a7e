"""Whether a source shows what was asked for at all, so that "no hits" in it can mean anything.

A log of connections, of flows, of a service's own state or of a web server's own requests reads
well and names no host: nothing would ever be found in it. The first lines tell; where they hold an
address there is no doubt, and where the first few name nothing, more of them are read.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Final, NamedTuple

import polars as pl

from logan.evidence.failures import SourceFailure, is_asked_for_targets
from logan.formats.engine.table import raw
from logan.intake.opening import open_source
from logan.pipeline.matcher import ParsingKey
from logan.pipeline.source import SourceReading
from logan.schema import LINE

#: With fewer lines than this nothing is said: an hour of a quiet gateway may hold broken requests.
LEAST_LINES: Final = 20
#: Of fewer requests without a host among others nothing is said.
_LEAST_NAMELESS: Final = 3


class _Shown(NamedTuple):
    """What lines of a source show: how many name a target, are requests without one (of them so
    many `pathed`, as a server of its own logs them: what was asked for, and not where), are none.
    """

    named: int
    pathed: int
    nameless: int
    others: int


def probe_targets(readings: Iterable[SourceReading], found_in: Collection[int]) -> None:
    """Note which sources name no host, and which tell of no requests.

    Those with a number in `found_in` do: lines of theirs name a watched service. Where some of the
    first requests name one and others do not, a note says how many.
    """
    waiting: dict[ParsingKey, list[SourceReading]] = defaultdict(list)
    for reading in readings:
        if reading.recognised.opening and reading.why_incomplete is None:
            waiting[reading.key].append(reading)
    for key, some in waiting.items():
        lines = [list(reading.recognised.opening) for reading in some]
        for reading, shown in zip(some, _show_each(lines, key), strict=True):
            named = reading.recognised.number in found_in
            asked = is_asked_for_targets([reading.why_incomplete], named=named)
            if shown.nameless or (asked and not shown.named):
                _look_closer(reading, asked=asked)


def _look_closer(reading: SourceReading, *, asked: bool) -> None:
    """Read as much of a source as it was recognised by; `asked`: it may be of no use at all."""
    requested = reading.recognised.requested
    lines: Sequence[str] = reading.recognised.opening
    if not requested.source.read_once:
        with open_source(requested.source) as reader:
            lines = reading.recognised.head_of(reader.head).lines
    (shown,) = _show_each([lines], reading.key)
    if shown.named or not asked:
        _note_nameless(reading, shown)
        return
    if shown.pathed or shown.nameless >= LEAST_LINES:
        first = f"none of its first {shown.nameless:,} requests names a host"
        words = first if shown.nameless > 1 else "its first request names no host"
        advice = "have the gateway log the requested host, or leave this file out"
        reading.fail(SourceFailure(words, advice, "targets"))
    elif shown.others and not shown.nameless:
        reading.tells_requests = False


def _note_nameless(reading: SourceReading, shown: _Shown) -> None:
    """Say how many of the first requests name no host, where that is more than a broken one."""
    if shown.nameless >= _LEAST_NAMELESS:
        many = f"{shown.nameless:,} of its first {shown.nameless + shown.named:,} requests"
        reading.note(f"{many} name no host: what these asked for cannot be known")


def _show_each(sources: Sequence[Sequence[str]], key: ParsingKey) -> list[_Shown]:
    """What the lines of each source show; all of them are read in one call."""
    assert key.format is not None  # noqa: S101 - only what is recognised comes here
    rows = [(at, 0, line) for at, lines in enumerate(sources) for line in lines]
    table = raw(pl.DataFrame(rows, schema=LINE, orient="row"), key.format, key.layout)
    host, url, path = (
        pl.col(name) if name in table.columns else pl.lit(None, pl.String)
        for name in ("host", "url", "path")
    )
    local = url.str.starts_with("/")
    named = host.is_not_null() | (~local).fill_null(value=False)
    pathed = ~named & (local.fill_null(value=False) | path.is_not_null())
    other = pl.col("repeat").is_not_null() if "repeat" in table.columns else pl.lit(value=False)
    counted = (
        table.filter(pl.col("reason").is_null())
        .group_by("source")
        .agg(
            named=named.sum(),
            pathed=(pathed & ~other).sum(),
            nameless=(~named & ~other).sum(),
            others=(~named & other).sum(),
        )
    )
    found = {source: _Shown(*counts) for source, *counts in counted.rows()}
    return [found.get(at, _Shown(0, 0, 0, 0)) for at in range(len(sources))]
