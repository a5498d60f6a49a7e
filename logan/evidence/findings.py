"""Findings on their way from the judge to the result, in bounded memory.

While they are few they stay in memory. Else whole rows go to disk in the order in which they come,
and what settling needs of them is cut by person and settled part by part: what the rules settle
over several lines never reaches from one person to another, but for a set-up without a user, which
belongs to anybody at its address. The requests that may answer one are laid beside it.
Then each row is read once more and gets what was decided about it.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

from logan.evidence.outcomes import AT, Outcomes
from logan.records.accounts import count_accounts, find_spellings, respell
from logan.result import Run
from logan.rules.across_lines import NEEDED, marks, settle, settle_people
from logan.rules.model import Rules
from logan.runtime.hash_partitions import Cut
from logan.runtime.ordered_map import ahead
from logan.runtime.private_folder import PrivateFolder
from logan.schema import LINE

#: So many findings are held before they go to disk: about 10 MB.
ROWS_HELD: Final = 30_000
#: So many are settled together, or as many as one person has; two such parts are under way at once.
PART_ROWS: Final = 50_000
#: So many bytes of rejected lines are held before they go to disk.
REJECT_BYTES_HELD: Final = 8 << 20
#: Rows that are read together where only a span of time is asked for.
_GROUP_ROWS: Final = 5_000

_ORDER: Final = ("time", "source", "line")
_SETTLED: Final = "settled-{}.parquet"
_NAMES: Final = {"source": LINE["source"], "name": pl.String}
#: What tables by person count, beside what settling needs. Of a query, that there is one.
_COUNTED: Final = (pl.col("action"), pl.col("inferred"), pl.col("query").str.head(0))
_COUNTED_BY_PERSON: Final = (
    *("time", "user", "client_ip", "service", "activity", "action", "evidence", "inferred"),
    *("query", "bin", "also_upload", "possible_upload", "beside_opt_out"),
)
_PERSON: Final = pl.coalesce(pl.col("user").str.to_lowercase(), "client_ip").fill_null("")
_HIT: Final = pl.col("bin") == "hit"
_NAMELESS: Final = _HIT & pl.col("setup") & pl.col("user").is_null()
_ANSWERS: Final = (
    _HIT & ~pl.col("setup") & (pl.col("evidence") == "url") & pl.col("user").is_not_null()
)


#: Lines by source index and bin.
_Counts = list[tuple[int, str, int]]


class Settled(NamedTuple):
    """Findings in their final bins, with the names of their sources.

    `parts` are the rows of `found`, cut so that no person (user, else address) is in two; on disk
    with the columns only that tables by person count, and of a query only that there is one.
    `runs` are them again, as they came.
    `counts` are lines by source index and bin; `respelt` are accounts whose spelling was changed.
    """

    found: pl.LazyFrame
    parts: tuple[pl.LazyFrame, ...]
    runs: tuple[Run, ...]
    counts: Mapping[int, Counter[str]]
    respelt: int


class _Part(NamedTuple):
    """Some people's rows, settled and kept at `path`."""

    path: Path
    counts: _Counts
    spellings: Mapping[str, str]


class Findings:
    """Rows in the bins hit, mention, repeat and cleared; always of the same columns."""

    def __init__(self, folder: PrivateFolder) -> None:
        self._folder = folder
        self._held: list[pl.DataFrame] = []
        self._rows = 0
        self._cut: Cut | None = None
        self._starts: list[int] = []
        self._spilled = 0
        self._nameless: set[str] = set()

    def add(self, rows: pl.DataFrame) -> None:
        """Take rows, however many come."""
        self._held.append(rows)
        self._rows += rows.height
        if self._rows >= ROWS_HELD:
            self._cut = self._spill()

    def _spill(self) -> Cut:
        cut = self._cut or Cut(self._folder.path / "findings", _PERSON)
        rows = pl.concat(self._held)
        clients = rows.filter(_NAMELESS)["client_ip"].drop_nulls().unique()
        self._nameless.update(clients.to_list())
        rows.write_parquet(self._file(len(self._starts)), compression="lz4", statistics=False)
        first = self._spilled
        self._starts.append(first)
        self._spilled += rows.height
        numbers = pl.int_range(first, self._spilled, dtype=pl.UInt32).alias(AT)
        cut.add(rows.select(*NEEDED, *_COUNTED, numbers))
        self._held, self._rows = [], 0
        return cut

    def _file(self, number: int) -> Path:
        return self._folder.path / f"rows-{number:06}.parquet"

    def settle(self, rules: Rules, names: Sequence[str], *, session_gap_minutes: int) -> Settled:
        """Settle what single lines cannot show; `names` are those of the sources, by index."""
        table = pl.Series(names, dtype=pl.String)
        if self._cut is not None:
            return self._settle_on_disk(rules, table, session_gap_minutes)
        spelt, respelt = respell(pl.concat(self._held).lazy())
        final = settle(spelt.collect(), rules, session_gap_minutes=session_gap_minutes)
        named = final.with_columns(source=table.gather(final["source"]))
        found = named.sort("source", "line").lazy()
        counts: dict[int, Counter[str]] = defaultdict(Counter)
        _add(_count(final), counts)
        return Settled(found, (found,), (Run(found),), counts, respelt)

    def _settle_on_disk(self, rules: Rules, names: pl.Series, gap: int) -> Settled:
        """Settle what the rules look at, person by person; then put the outcome into whole rows."""
        cut = self._spill() if self._held else self._cut
        assert cut is not None  # noqa: S101 - only findings on disk come here
        outcomes = Outcomes(self._spilled)
        counts: dict[int, Counter[str]] = defaultdict(Counter)
        spellings: dict[str, str] = {}
        parts: list[pl.LazyFrame] = []
        work = partial(self._settle_part, outcomes, rules, gap)
        for part in ahead(work, enumerate(cut.parts(PART_ROWS, self._answers(cut)))):
            parts.append(pl.scan_parquet(part.path))
            _add(part.counts, counts)
            spellings |= part.spellings
        finish = partial(self._finish, outcomes, spellings, rules, names)
        runs = tuple(ahead(finish, range(len(self._starts))))
        found = pl.scan_parquet(self._folder.path / _SETTLED.format("*"))
        return Settled(found, tuple(parts), runs, counts, count_accounts(spellings))

    def _settle_part(
        self,
        outcomes: Outcomes,
        rules: Rules,
        gap: int,
        part: tuple[int, tuple[pl.DataFrame, pl.DataFrame]],
    ) -> _Part:
        """Settle some people's rows, note what came of each, and keep what tables count."""
        number, (rows, answers) = part
        spellings = find_spellings(rows.lazy())
        if spellings:
            rows = rows.with_columns(pl.col("user").replace(spellings))
        final = settle_people(rows, rules, session_gap_minutes=gap, answers=answers)
        outcomes.note(final)
        path = self._folder.path / f"part-{number:06}.parquet"
        final.select(_COUNTED_BY_PERSON).write_parquet(path, compression="lz4", statistics=False)
        return _Part(path, _count(final), spellings)

    def _finish(
        self,
        outcomes: Outcomes,
        spellings: Mapping[str, str],
        rules: Rules,
        names: pl.Series,
        number: int,
    ) -> Run:
        """Write rows as they are in the end, in order of time; they came in nearly that."""
        came = self._file(number)
        rows = outcomes.put_in(pl.read_parquet(came), self._starts[number])
        if spellings:
            rows = rows.with_columns(pl.col("user").replace(spellings))
        final = rows.with_columns(**marks(rules), source=names.gather(rows["source"]))
        path = self._folder.path / _SETTLED.format(f"{number:06}")
        final.sort(_ORDER).write_parquet(path, compression="lz4", row_group_size=_GROUP_ROWS)
        came.unlink()
        first, last = final.select(first=pl.col("time").min(), last=pl.col("time").max()).row(0)
        return Run(pl.scan_parquet(path), first, last)

    def _answers(self, findings: Cut) -> Cut | None:
        """Requests that may answer a set-up without a user, cut by address as that is."""
        if not self._nameless:
            return None
        clients = pl.Series(sorted(self._nameless)).implode()
        cut = Cut(self._folder.path / "answers", pl.col("client_ip"))
        for file in findings.files():
            wanted = _ANSWERS & pl.col("client_ip").is_in(clients)
            cut.add(pl.read_ipc_stream(file).filter(wanted))
        return cut


def _count(final: pl.DataFrame) -> _Counts:
    """Rows by source and bin."""
    return final.group_by("source", "bin").len().rows()


def _add(counted: _Counts, counts: dict[int, Counter[str]]) -> None:
    for source, name, count in counted:
        counts[source][name] += count


class Rejects:
    """Lines that name a service and could not be parsed: source, line, reason, text."""

    def __init__(self, folder: PrivateFolder) -> None:
        self._folder = folder
        self._held: list[pl.DataFrame] = []
        self._bytes = 0
        self._spilled: list[pl.LazyFrame] = []

    def add(self, rows: pl.DataFrame) -> None:
        """Take rows; `source` is an index."""
        self._held.append(rows)
        self._bytes += int(rows.estimated_size())
        if self._bytes >= REJECT_BYTES_HELD:
            path = self._folder.path / f"rejects-{len(self._spilled):06}.parquet"
            pl.concat(self._held).write_parquet(path, compression="lz4")
            self._spilled.append(pl.scan_parquet(path))
            self._held, self._bytes = [], 0

    def named(self, names: Sequence[str]) -> pl.LazyFrame:
        """All of them, with the names of their sources."""
        table = pl.LazyFrame({"source": range(len(names)), "name": names}, schema=_NAMES)
        rows = pl.concat([*self._spilled, *(rows.lazy() for rows in self._held)])
        joined = rows.join(table, on="source", how="left", maintain_order="left")
        return joined.select(pl.col("name").alias("source"), "line", "reason", "text")
