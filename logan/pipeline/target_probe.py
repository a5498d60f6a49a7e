"""Whether a source shows what was asked for at all, so that "no hits" in it can mean anything.

A log of connections, of flows, of a service's own state or of a web server's own requests reads
well and names no host: nothing would ever be found in it. The first lines tell; where they hold an
address there is no doubt, and where the first few name nothing, more of them are read.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from operator import itemgetter
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

import polars as pl

from logan.evidence.failures import SourceFailure, is_asked_for_targets
from logan.evidence.target_trend import TargetTrend
from logan.evidence.unread_lines import UnreadLines
from logan.formats.engine.table import raw
from logan.intake.line_index import decoded
from logan.intake.opening import open_source
from logan.pipeline.matcher import ParsingKey
from logan.pipeline.source import SampledLine, SourceReading
from logan.schema import LINE, RAW

#: With fewer lines than this nothing is said: an hour of a quiet gateway may hold broken requests.
LEAST_LINES: Final = 20
#: So many samples of finished sources wait at most, of some hundred bytes each.
_MOST_SAMPLES: Final = 10_000


class _Shown(NamedTuple):
    """What lines of a source show: how many name a target, are requests without one (of them so
    many `pathed`, as a server of its own logs them: what was asked for, and not where), are none.
    """

    named: int
    pathed: int
    nameless: int
    others: int


#: What a line shows, in words; None: it is no record. Of a `broken` one its gateway could read no
#: request, so that it shows nothing of what is logged of one.
_Kind = Literal["named", "pathed", "nameless", "broken", "other"] | None
#: Answers to what is no request, or none that came to an end (RFC 9110, 15.5.1 and 15.5.9): a
#: scanner of ports gets one for each of its attempts.
_BROKEN_STATUS: Final = ("400", "408")


#: Columns that tell what a line shows; all others need not be read.
_ASKED: Final = ("reason", "repeat", "url", "host", "path", "status")
_UNASKED: Final = tuple(name for name in RAW if name not in _ASKED)


class TrendProbe:
    """Finds out what the samples of finished sources show once they are many: those of thousands of
    files would take more memory than what is found in them. `known` has it by source."""

    def __init__(self) -> None:
        self.known: dict[int, TargetTrend] = {}
        self._waiting: list[SourceReading] = []
        self._samples = 0

    def add(self, reading: SourceReading) -> None:
        """Take a source whose last line has come."""
        if reading.samples:
            _drop_conclusive_samples(reading)
        if not reading.samples:
            return
        self._waiting.append(reading)
        self._samples += len(reading.samples)
        if self._samples >= _MOST_SAMPLES:
            self._probe(self._waiting)
            self._waiting, self._samples = [], 0

    def _probe(self, readings: Sequence[SourceReading]) -> None:
        lines = [_lines_of(reading) for reading in readings]
        for reading, some, kinds in zip(readings, lines, _kinds(lines), strict=True):
            self.known[reading.recognised.number] = _trend(reading, some, kinds)
            reading.samples.clear()


def probe_ends(readings: Iterable[SourceReading], unread: Callable[[int], UnreadLines]) -> None:
    """Note whether sources are read to their end where a line that names a service is no record.

    Parts are asked in any case: such lines may stand in one before.
    """
    waiting = [
        (reading, number, key, decoded(line).rstrip("\r"))
        for reading in readings
        for source in [reading.recognised]
        if reading.last_sample is not None
        and (source.requested.source.part is not None or unread(source.requested.number).at_end > 0)
        for number, key, line in [reading.last_sample]
    ]
    kinds = _kinds([[(number, key, text)] for _, number, key, text in waiting])
    for (reading, *_), (kind,) in zip(waiting, kinds, strict=True):
        reading.reads_on = kind is not None


class ShownLines(NamedTuple):
    """Lines of a source that tell whether it names what was asked for, and what each shows."""

    reading: SourceReading
    lines: Sequence[SampledLine]
    kinds: Sequence[_Kind]


def read_samples(
    readings: Iterable[SourceReading], trends: Mapping[int, TargetTrend] = MappingProxyType({})
) -> list[ShownLines]:
    """Read the lines that `probe_targets` asks, of the sources that it is asked for.

    Of some it is known already what their samples show (`trends`).
    """
    waiting = []
    for reading in readings:
        is_known = reading.recognised.number in trends
        if reading.samples and not is_known:
            _drop_conclusive_samples(reading)
        left = reading.recognised.opening or reading.samples or is_known
        if left and reading.why_incomplete is None:
            waiting.append(reading)
    lines = [_lines_of(reading) for reading in waiting]
    return [*map(ShownLines, waiting, lines, _kinds(lines))]


def probe_targets(
    shown_lines: Iterable[ShownLines],
    found_in: Collection[int],
    trends: Mapping[int, TargetTrend] = MappingProxyType({}),
) -> None:
    """Note which sources name no host, from some line on or at all, and which tell of no requests.

    Those with a number in `found_in` do: lines of theirs name a watched service. `trends` as for
    `read_samples`.
    """
    for reading, lines, kinds in shown_lines:
        first = len(reading.recognised.opening)
        known = trends.get(reading.recognised.number)
        reading.trend = _trend(reading, lines, kinds) if known is None else known
        reading.samples.clear()
        if not first:
            continue
        shown = _counted(kinds[:first])
        named = reading.recognised.number in found_in
        asked = is_asked_for_targets([reading.why_incomplete], named=named)
        if shown.nameless or (asked and not shown.named):
            _look_closer(reading, asked=asked)


def _trend(
    reading: SourceReading, lines: Sequence[SampledLine], kinds: Sequence[_Kind]
) -> TargetTrend:
    """What the lines of a source show in their order; its first ones belong to its first part."""
    own = 0 if reading.recognised.begins_source else len(reading.recognised.opening)
    shown = zip(lines[own:], kinds[own:], strict=True)
    return TargetTrend.of([(one[0], kind == "named") for one, kind in shown if kind in _REQUESTS])


def _drop_conclusive_samples(reading: SourceReading) -> None:
    """Drop the samples of a source where all lines that were looked at name their host. For the
    other parts of a source, the trend of a part says how many they were."""
    if reading.recognised.opening or any(map(_TEXT, reading.samples)):
        return
    if reading.recognised.requested.source.part is not None:
        reading.trend = TargetTrend(len(reading.samples))
    reading.samples = []


_TEXT: Final = itemgetter(2)
_REQUESTS: Final = ("named", "pathed", "nameless")


def _lines_of(reading: SourceReading) -> list[SampledLine]:
    """The first records of a source, without their numbers, and lines from all over it."""
    opening = [(1, reading.key, text) for text in reading.recognised.opening]
    return [*opening, *reading.samples]


def _kinds(sources: Sequence[Sequence[SampledLine]]) -> list[list[_Kind]]:
    """What each line of each source shows; those that are read alike, in one call."""
    found: list[list[_Kind]] = [["named"] * len(lines) for lines in sources]
    waiting: dict[ParsingKey, list[tuple[int, int, str]]] = defaultdict(list)
    for at, lines in enumerate(sources):
        for place, (_, key, text) in enumerate(lines):
            if text is not None:
                waiting[key].append((at, place, text))
    for key, rows in waiting.items():
        for (at, place, _), kind in zip(rows, _show(rows, key), strict=True):
            found[at][place] = kind
    return found


def _counted(kinds: Sequence[_Kind]) -> _Shown:
    pathed = kinds.count("pathed")
    nameless = kinds.count("nameless") + kinds.count("broken") + pathed
    return _Shown(kinds.count("named"), pathed, nameless, kinds.count("other"))


def _look_closer(reading: SourceReading, *, asked: bool) -> None:
    """Read as much of a source as it was recognised by; `asked`: it may be of no use at all."""
    requested = reading.recognised.requested
    lines: Sequence[str] = reading.recognised.opening
    if not requested.source.read_once:
        with open_source(requested.source) as reader:
            lines = reading.recognised.head_of(reader.head).lines
    shown = _counted(_show([(0, at, line) for at, line in enumerate(lines)], reading.key))
    if shown.named or not asked:
        reading.trend = reading.trend._replace(
            first_requests=shown.named + shown.nameless, first_nameless=shown.nameless
        )
        return
    if shown.pathed or shown.nameless >= LEAST_LINES:
        first = f"none of its first {shown.nameless:,} requests names a host"
        words = first if shown.nameless > 1 else "its first request names no host"
        advice = "have the gateway log the requested host, or leave this file out"
        reading.fail(SourceFailure(words, advice, "targets"))
    elif shown.others and not shown.nameless:
        reading.tells_requests = False


def _show(rows: Sequence[tuple[int, int, str]], key: ParsingKey) -> list[_Kind]:
    """What each of some lines (`schema.LINE`) shows, in order."""
    assert key.format is not None  # noqa: S101 - only what is recognised comes here
    lines = pl.DataFrame(rows, schema=LINE, orient="row")
    table = raw(lines, key.format, key.layout, without=_UNASKED, several=False)
    host, url, path, status = (
        pl.col(name) if name in table.columns else pl.lit(None, pl.String)
        for name in ("host", "url", "path", "status")
    )
    local = url.str.starts_with("/")
    named = host.is_not_null() | (~local).fill_null(value=False)
    pathed = local.fill_null(value=False) | path.is_not_null()
    other = pl.col("repeat").is_not_null() if "repeat" in table.columns else pl.lit(value=False)
    kind = (
        pl.when(named)
        .then(pl.lit("named"))
        .when(other)
        .then(pl.lit("other"))
        .when(pathed)
        .then(pl.lit("pathed"))
        .when(status.cast(pl.String).is_in(_BROKEN_STATUS))
        .then(pl.lit("broken"))
        .otherwise(pl.lit("nameless"))
    )
    found = table.select(pl.when(pl.col("reason").is_null()).then(kind))
    return found.to_series().to_list()
