"""The section on sources: what each was read as, and by which clock."""

from collections.abc import Sequence
from typing import Final

from rich.text import Text

from logan.outputs.grid import Column, lay_out
from logan.outputs.page import Page
from logan.outputs.sentences import write_other_log
from logan.outputs.words import count, join, name_moment
from logan.result import SourceAccount
from logan.tables.summary import Summary

#: With more sources than this, one row stands for each gateway; so many notes are shown.
_FILES: Final = 12
_CLOCKS: Final = {
    "record": "in each record",
    "header": "by the file",
    "envelope": "in the stamp before each record",
    "option": "by --tz",
    "assumed": "assumed",
}


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
    return [column for column in columns if any(column.cells)]


def _list_formats(sources: list[SourceAccount], page: Page) -> str:
    names = {source.format or ("not recognised" if source.lines else "empty") for source in sources}
    return page.safe(join(sorted(names)))


def _list_clocks(sources: list[SourceAccount], page: Page) -> str:
    clocks = {
        _CLOCKS[source.zone_origin]
        if source.zone_origin in ("record", "envelope")
        else f"{source.zone}, {_CLOCKS[source.zone_origin]}"
        for source in sources
        if source.format is not None and source.other_log is None
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
        if source.other_log is not None:
            notes.append(f"{source.name}: {write_other_log(source)}")
        if source.copy_of is not None:
            notes.append(f"{source.name}: equals or begins {source.copy_of}; counted once")
        notes += [f"{source.name}: {note}" for note in source.notes]
    lines = [
        line for note in notes[:_FILES] for line in page.wrap(note, first=f"  {page.marks.bullet} ")
    ]
    return [*lines, *page.more(len(notes) - _FILES, "notes", "--json lists all")]
