"""The tables of a package as CSV files, for people and programs that check the numbers.

RFC 4180: UTF-8 without a byte order mark, one header row, CRLF. The files are private (0600), in an
order that does not depend on the order of the inputs, and equal byte for byte if the inputs are.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl

from logan.outputs.csv_files import Frames, WrittenFile, write_file
from logan.outputs.people_files import decide_columns, write_people_tables
from logan.outputs.people_limits import frame_people_limits
from logan.outputs.sentences import write_caveat
from logan.outputs.sorted_frames import in_sorted_frames
from logan.people.decisions import PeopleMatcher
from logan.result import Run, ScanResult
from logan.rules.model import Rules
from logan.runtime.zones import write_local
from logan.schema import (
    HITS_CSV,
    LOOKALIKES_CSV,
    REJECTS_CSV,
    REPEATED,
    REPEATS_CSV,
    SERVICES_CSV,
    tables_of,
)
from logan.tables.caveats import find_own_caveats
from logan.tables.coverage import list_runs
from logan.tables.hit_counts import hour_query
from logan.tables.lookalikes import LOOKALIKES_ORDER
from logan.tables.row_ids import identify_hits, identify_sessions
from logan.tables.rules_used import list_rules
from logan.tables.selection import select
from logan.tables.sessions import SESSIONS_ORDER, list_sessions
from logan.tables.summary import Summary
from logan.tables.table_fields import table_types
from logan.tables.users import USERS_ORDER
from logan.vocabulary import Bin

_FOUND_ORDER: Final = ("time", "source", "line")
#: Times are parted no finer than this.
_STEP: Final = timedelta(minutes=1)


def write_tables(
    summary: Summary, rules: Rules, folder: Path, *, queries: bool = False
) -> dict[str, WrittenFile]:
    """Write every table of a package into a folder that has none; what was written, by file.

    `path` holds the path alone, or with `queries` the query string too; referrers are written
    nowhere but in the text of rejects. Of `hits.csv` the sums of `hour_query` are added up on the
    way. What the system refuses is raised as `OSError`.
    """
    result, tables = summary.result, tables_of(people=summary.by_list is not None)
    found = partial(_write_found, summary, folder, tables, queries=queries)
    users = in_sorted_frames(
        [*map(Run, summary.users)],
        USERS_ORDER,
        by="hits",
        ties="user",
        descending=True,
        folder=result.folder,
    )
    listed = list_sessions(result) if summary.session_rows is None else summary.session_rows
    sessions = [*map(Run, listed)]
    rejects = [Run(_choose_text(result.rejects, queries=queries))]
    plain: dict[str, Frames] = {
        "users.csv": users,
        "windows.csv": [summary.windows.lazy()],
        "services.csv": [list_services(summary)],
        "coverage.csv": [list_runs(result.sources, summary.period).lazy()],
        "sources.csv": [summary.sources.lazy()],
        "limits.csv": [list_limits(summary)],
        "rules.csv": [list_rules(result, rules).lazy()],
        "rejects.csv": in_sorted_frames(rejects, ["source", "line", "reason"], by="source"),
        "lookalikes.csv": in_sorted_frames(
            [*map(Run, _list_lookalikes(summary))],
            LOOKALIKES_ORDER,
            by="lines",
            ties="domain",
            descending=True,
            folder=result.folder,
        ),
    }
    by_start = in_sorted_frames(
        sessions, SESSIONS_ORDER, by="start", step=_STEP, folder=result.folder
    )
    columns = tables["sessions.csv"]
    return {
        "hits.csv": found("hits.csv", "hit"),
        "mentions.csv": found("mentions.csv", "mention"),
        "repeats.csv": _write_repeats(result, folder),
        "sessions.csv": write_file(folder / "sessions.csv", columns, by_start, identify_sessions),
        **{name: write_file(folder / name, tables[name], rows) for name, rows in plain.items()},
        **(write_people_tables(summary.by_list, folder) if summary.by_list else {}),
    }


def list_services(summary: Summary) -> pl.LazyFrame:
    """List the services with hits: the columns of `schema.SERVICES_CSV`, most hits first."""
    names = dict(summary.result.service_names)
    return summary.services.lazy().select(
        pl.col("service").replace_strict(names, default=None, return_dtype=pl.String).alias(name)
        if name == "name"
        else pl.col(_OTHER_NAMES.get(name, name)).alias(name)
        for name in SERVICES_CSV
    )


_OTHER_NAMES: Final = {
    "searches_blocked": "blocked_searches",
    "uploads_blocked": "blocked_uploads",
}


def list_limits(summary: Summary) -> pl.LazyFrame:
    """List the limits of the answer, those of the logs first: `schema.LIMITS_CSV`."""
    own = find_own_caveats(
        summary.result.selection, summary.totals, summary.period, hits=summary.bins["hit"]
    )
    rows = [
        (caveat.limit, caveat.count, caveat.of, write_caveat(caveat, summary))
        for caveat in (*summary.caveats, *own)
    ]
    of_logs = pl.DataFrame(rows, schema=table_types("limits.csv"), orient="row")
    of_lists = [frame_people_limits(summary.by_list)] if summary.by_list else []
    return pl.concat([of_logs, *of_lists]).lazy()


def _list_lookalikes(summary: Summary) -> Iterator[pl.LazyFrame]:
    hosts = pl.col("hosts").list.join(" ")
    for some in summary.lookalikes:
        yield some.with_columns(hosts).select(LOOKALIKES_CSV)


def _write_found(
    summary: Summary,
    folder: Path,
    tables: Mapping[str, Sequence[str]],
    name: str,
    outcome: Bin,
    *,
    queries: bool,
) -> WrittenFile:
    """Write the selected findings of one bin; hits are counted on the way."""
    result = summary.result
    contents = _contents(result)
    runs = _follow(result, partial(_findings, result, outcome, queries=queries))
    rows = in_sorted_frames(runs, _FOUND_ORDER, by="time", step=_STEP)
    matcher = summary.by_list.matcher if summary.by_list else None
    finish = partial(_finish_found, contents, matcher, outcome)
    counts = [hour_query()] if outcome == "hit" else []
    return write_file(folder / name, tables[name], rows, finish, counts)


def _finish_found(
    contents: Mapping[str, str | None],
    matcher: PeopleMatcher | None,
    outcome: Bin,
    rows: pl.DataFrame,
) -> pl.DataFrame:
    known = rows.with_columns(hit=identify_hits(rows, contents)).select(HITS_CSV)
    return known.hstack(decide_columns(known, matcher, outcome)) if matcher else known


def _write_repeats(result: ScanResult, folder: Path) -> WrittenFile:
    """Write the selected lines that are not counted, and why."""
    contents = _contents(result)
    rows = in_sorted_frames(
        _follow(result, partial(_repeats, result)), _FOUND_ORDER, by="time", step=_STEP
    )
    finish = partial(_finish_repeats, contents)
    return write_file(folder / "repeats.csv", REPEATS_CSV, rows, finish)


def _repeats(result: ScanResult, found: pl.LazyFrame) -> pl.LazyFrame:
    rows = _with_null(select(found, result.selection, outcome="repeat"), REPEATED)
    return rows.select(*(name for name in REPEATS_CSV if name not in ("reason", "hit")), *REPEATED)


def _finish_repeats(contents: Mapping[str, str | None], rows: pl.DataFrame) -> pl.DataFrame:
    hits = rows.select(source="hit_source", line="hit_line", line_sha256="hit_sha256")
    none = hits["line"].is_null()
    ids = identify_hits(hits, contents).set(none, None)
    return rows.with_columns(reason="repeat_reason", hit=ids).select(REPEATS_CSV)


def _contents(result: ScanResult) -> dict[str, str | None]:
    """What identifies the sources in the ids of hits, by name."""
    return {one.name: one.content_sha256 or one.sha256 for one in result.sources}


def _follow(result: ScanResult, query: Callable[[pl.LazyFrame], pl.LazyFrame]) -> list[Run]:
    """The findings of a result, run by run, as a query shows them."""
    return [run._replace(rows=query(run.rows)) for run in result.runs or (Run(result.found),)]


def _findings(
    result: ScanResult, outcome: Bin, found: pl.LazyFrame, *, queries: bool
) -> pl.LazyFrame:
    """The selected findings of one bin, with what is written, and what identifies a hit."""
    rows = _with_null(select(found, result.selection, outcome=outcome), _PERHAPS)
    if queries:
        question = pl.concat_str(pl.lit("?"), "query").fill_null("")
        rows = rows.with_columns(path=pl.concat_str("path", question))
    else:
        rows = rows.with_columns(**result.redactions)
    rows = rows.with_columns(flags=_flags(), time_local=write_local(pl.col("time"), result.zone))
    return rows.select(*(name for name in HITS_CSV if name != "hit"), "line_sha256")


#: Columns of findings that only a scan gives, and `late`, which only an audit knows.
_PERHAPS: Final = {
    "ambiguous": pl.Boolean(),
    "late": pl.Boolean(),
    "line_sha256": pl.Binary(),
}


def _with_null(
    rows: pl.LazyFrame, columns: Mapping[str, pl.DataType | type[pl.DataType]]
) -> pl.LazyFrame:
    present = rows.collect_schema().names()
    return rows.with_columns(
        pl.lit(None, dtype).alias(name) for name, dtype in columns.items() if name not in present
    )


def _flags() -> pl.Expr:
    """What to mind about a row, in the words of `table_fields.FLAGS`; null if nothing."""
    marks = {
        "inferred": "inferred",
        "ambiguous": "ambiguous_time",
        "possible_upload": "possible_upload",
        "beside_opt_out": "beside_opt_out",
        "also_upload": "also_upload",
        "also_search": "also_search",
        "attempt": "attempt",
        "late": "late",
    }
    words = [pl.when(pl.col(mark)).then(pl.lit(word)) for mark, word in marks.items()]
    return pl.concat_str(words, separator=" ", ignore_nulls=True).replace("", None)


def _choose_text(rejects: pl.LazyFrame, *, queries: bool) -> pl.LazyFrame:
    """Give rejects with their text; without `queries`, what follows the `?` of an address is cut.

    Nobody knows the fields of a line that could not be parsed, so this is all that can be done: a
    query string in a field of its own (W3C) stays.
    """
    if not queries:
        cut = pl.col("text").str.replace_all(r"\?[^\s\"]+", "?[query left out]")
        rejects = rejects.with_columns(text=cut)
    return rejects.select(REJECTS_CSV)
