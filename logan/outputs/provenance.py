"""The sections that say how far the numbers carry: coverage, accounts, sources, limits."""

from collections.abc import Sequence
from typing import Final

from rich.text import Text

from logan.outputs.grid import Column, lay_out
from logan.outputs.page import Page
from logan.outputs.sentences import BIN_MEANINGS, write_caveats
from logan.outputs.words import count, join, name_hours, name_moment
from logan.result import SourceAccount
from logan.tables.coverage import Coverage, Gap
from logan.tables.period import Period
from logan.tables.summary import Summary
from logan.vocabulary import BINS

#: Gaps that are named one by one for a gateway, the longest.
_GAPS: Final = 5
#: From this width on, the accounts show so many gateways beside each other.
_WIDE: Final = 100
_GATEWAYS: Final = 3
#: With more sources than this, one row stands for each gateway.
_FILES: Final = 12
_CLOCKS: Final = {
    "record": "in each record",
    "header": "by the file",
    "option": "by --tz",
    "assumed": "assumed",
}


def show_coverage(summary: Summary, page: Page) -> list[Text]:
    """Show which hours of the period have lines, by gateway, and name the gaps."""
    period = summary.period
    if period is None:
        return []
    parts = [part for part in summary.coverage if part.gateway is not None]
    rows = list(summary.coverage) if len(parts) > 1 else parts
    columns = [
        Column(
            "gateway",
            [page.safe(row.gateway or "any of them") for row in rows],
            right=False,
            cut="end",
        ),
        Column("files", [f"{row.sources:,}" for row in rows], rank=1),
        Column("hours with lines", [f"{row.covered:,} of {row.hours:,}" for row in rows]),
        Column("no data", [_measure_dark(row) for row in rows]),
    ]
    return [
        *page.title("Coverage", _name_bounds(period)),
        *lay_out(columns, width=page.width, marks=page.marks),
        *(line for part in parts for line in _show_gaps(part, period.zone, page)),
    ]


def _name_bounds(period: Period) -> str:
    first, last = (name_moment(moment, period.zone) for moment in (period.start, period.end))
    return f"{first} to {last}, {period.zone}"


def _measure_dark(part: Coverage) -> str:
    dark = part.hours - part.covered
    return f"{dark:,} h in {count(len(part.gaps), 'gap')}" if dark else "none"


def _show_gaps(part: Coverage, zone: str, page: Page) -> list[Text]:
    def size(gap: Gap) -> int:
        return -gap.hours

    longest = sorted(sorted(part.gaps, key=size)[:_GAPS], key=lambda gap: gap.start)
    lines: list[Text] = []
    for gap in longest:
        span = f"{name_hours(gap.start, gap.end, zone)} ({count(gap.hours, 'hour')})"
        lines += page.wrap(f"no data from {part.gateway}: {span}", first="  ", rest="    ")
    return [*lines, *page.more(len(part.gaps) - _GAPS, "shorter gaps", "--json lists all")]


def show_accounts(summary: Summary, page: Page) -> list[Text]:
    """Show in which bin every line of the input ended; the bins sum to the lines."""
    parts = summary.gateways if page.width >= _WIDE else {}
    if not 2 <= len(parts) <= _GATEWAYS:
        parts = {}
    columns = [
        Column("", BINS, right=False),
        Column("lines", [f"{summary.bins[name]:,}" for name in BINS]),
        *(
            Column(page.safe(gateway, width=24), [f"{bins[name]:,}" for name in BINS])
            for gateway, bins in parts.items()
        ),
    ]
    titles, *rows = lay_out(columns, width=page.width, marks=page.marks)
    lines = page.title(
        "Every line accounted for", f"{count(sum(summary.bins.values()), 'line')}, each in one bin"
    )
    lines += [titles] if parts else []
    for name, row in zip(BINS, rows, strict=True):
        lines += page.wrap(BIN_MEANINGS[name], first=f"{row.plain}  ")
    return lines


def show_sources(summary: Summary, page: Page) -> list[Text]:
    """Show what each file, or with many files each gateway, was read as, and by which clock."""
    sources = sorted(summary.result.sources, key=lambda source: source.name)
    if len(sources) <= _FILES:
        groups = [(source.name, [source]) for source in sources]
    else:
        gateways = sorted({source.gateway for source in sources})
        groups = [
            (gateway, [source for source in sources if source.gateway == gateway])
            for gateway in gateways
        ]
    if not groups:
        return []
    columns = _source_columns(groups, summary.result.zone, page)
    return [
        *page.title("Sources", count(len(sources), "file")),
        *lay_out(columns, width=page.width, marks=page.marks),
        *_show_notes(summary, page),
    ]


def _source_columns(
    groups: Sequence[tuple[str, list[SourceAccount]]], zone: str, page: Page
) -> list[Column]:
    members = [sources for _, sources in groups]
    ours = len(groups) == sum(map(len, members))
    columns = [
        Column(
            "file" if ours else "gateway",
            [page.safe(name) for name, _ in groups],
            right=False,
            cut="start",
            least=page.width // 4,
        ),
        Column("format", [_list_formats(part, page) for part in members], right=False, cut="end"),
        Column("lines", [f"{sum(s.lines for s in part):,}" for part in members]),
        Column(
            "hits", [f"{sum(s.bins.get('hit', 0) for s in part):,}" for part in members], rank=2
        ),
        Column("clock", [_list_clocks(part, page) for part in members], rank=1, right=False),
        Column("first line", [_name_stamp(part, zone, last=False) for part in members], rank=3),
        Column("last line", [_name_stamp(part, zone, last=True) for part in members], rank=3),
    ]
    if ours:
        scores = [_name_score(source, page) for (source,) in members]
        columns.append(Column("certainty", scores, rank=5, right=False))
    else:
        columns.insert(1, Column("files", [f"{len(part):,}" for part in members]))
    return columns


def _list_formats(sources: list[SourceAccount], page: Page) -> str:
    names = {source.format or ("not recognised" if source.lines else "empty") for source in sources}
    return page.safe(join(sorted(names)))


def _list_clocks(sources: list[SourceAccount], page: Page) -> str:
    clocks = {
        _CLOCKS[source.zone_origin]
        if source.zone_origin == "record"
        else f"{source.zone}, {_CLOCKS[source.zone_origin]}"
        for source in sources
        if source.format is not None
    }
    return page.safe("; ".join(sorted(clocks)))


def _name_stamp(sources: list[SourceAccount], zone: str, *, last: bool) -> str:
    if last:
        stamp = max((s.last_time for s in sources if s.last_time is not None), default=None)
    else:
        stamp = min((s.first_time for s in sources if s.first_time is not None), default=None)
    return name_moment(stamp, zone) if stamp else ""


def _name_score(source: SourceAccount, page: Page) -> str:
    if source.confidence is None:
        return ""
    runner_up = f", then {source.runner_up}" if source.runner_up else ""
    return page.safe(f"{int(100 * source.confidence)}%{runner_up}")


def _show_notes(summary: Summary, page: Page) -> list[Text]:
    notes = list(summary.result.notes)
    for source in sorted(summary.result.sources, key=lambda source: source.name):
        notes += [f"{source.name}: {note}" for note in source.notes]
    lines = [
        line for note in notes[:_FILES] for line in page.wrap(note, first=f"  {page.marks.bullet} ")
    ]
    return [*lines, *page.more(len(notes) - _FILES, "notes", "--json lists all")]


def show_limits(summary: Summary, page: Page) -> list[Text]:
    """Show what these logs cannot show: only the limits that apply."""
    return [
        *page.title("What these logs cannot show"),
        *(
            line
            for _, text in write_caveats(summary)
            for line in page.wrap(text, first=f"  {page.marks.bullet} ")
        ),
    ]


def show_footer(summary: Summary, page: Page) -> list[Text]:
    """Show by which rules, and where each number can be followed to its lines."""
    watched = count(len(summary.result.service_names), "watched service")
    text = (
        f"Rules {summary.result.rules_version}, {watched}. "
        "--export writes every hit with its file and line, --json this summary for a program."
    )
    return [Text(), *page.wrap(text, style="dim")]
