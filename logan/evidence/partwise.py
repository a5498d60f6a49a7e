"""Findings on disk are settled part by part, in bounded memory.

What settling needs of them is cut twice: by address, to find which lines tell of one request, and
by person, for what the rules settle over several lines. Whole rows then get what was decided about
them (`logan.evidence.whole_rows`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

from logan.evidence import limits
from logan.evidence.gateway_comparison import GatewayComparison
from logan.evidence.outcomes import AT, Outcomes
from logan.evidence.settled import (
    BinCounts,
    SettledFindings,
    SourceNames,
    add_bins,
    count_bins,
)
from logan.evidence.stored_rows import StoredRows
from logan.evidence.whole_rows import WholeRows, numbered_chunks
from logan.records.accounts import count_accounts, find_spellings
from logan.result import Folder, Run
from logan.rules.across_lines import NEEDED, settle_people
from logan.rules.companions import PLACE
from logan.rules.gateway_lines import Gateways, account
from logan.rules.model import Rules
from logan.rules.repeats import ROW, combined
from logan.rules.same_request import (
    COMPARED,
    SHOWN,
    Kinds,
    compared_requests,
    concerned,
    find_repeats,
    kinds_of,
    lost_sources,
    placed,
    reach_others,
)
from logan.rules.seen import Seen
from logan.rules.seen_twice import origins
from logan.rules.undecided_repeats import count_alike_in_files
from logan.runtime.hash_partitions import HashPartitions, partitions_for
from logan.runtime.ordered_map import map_in_order

#: What tables by person count, beside what settling needs. Of a query, that there is one.
_COUNTED: Final = (*map(pl.col, ("inferred", "text_hash")), pl.col("query").str.head(0))
#: What tells whether lines have to be compared, and with which.
_TOLD_BY: Final = ("source", "evidence", "setup", "companion", "bin")
_TOLD_BY_PEOPLE: Final = ("user", "client_ip", *_TOLD_BY)
#: What is kept of a row for settling where its request is compared with others.
_KEPT: Final = tuple(dict.fromkeys((*NEEDED, *SHOWN)))
#: The columns of findings that are read where they are only counted.
COUNTED_COLUMNS: Final = (*_KEPT, "path", "method", "inferred", "text_hash", "query")
_COUNTED_BY_PERSON: Final = (
    *("time", "user", "client_ip", "service", "activity", "action", "evidence", "inferred"),
    *("query", "bin", "also_upload", "also_search", "attempt", "possible_upload"),
    *("beside_opt_out", "source", "text_hash"),
)
_PERSON: Final = pl.coalesce(pl.col("user").str.to_lowercase(), "client_ip").fill_null("")
#: What gateways write in many ways lies together.
_ACCOUNT: Final = pl.coalesce(account(), "client_ip").fill_null("")


class _Part(NamedTuple):
    """Some people's rows, settled and kept at `path`."""

    path: Path
    counts: BinCounts
    spellings: Mapping[str, str]


@dataclass(slots=True)
class PartwiseSettling:
    """Settles what the rules look at, person by person; then puts the outcome into whole rows.

    Not where they are `only_counted`: then `found` and `runs` are what tables by person count, of
    findings that need have no more than `COUNTED_COLUMNS`. `stored` as in `settle_findings`.
    """

    findings: StoredRows
    rules: Rules
    sources: SourceNames
    gap: int
    folder: Folder
    only_counted: bool = False
    stored: bool = True
    outcomes: Outcomes = field(init=False)
    concern_any: bool = False
    kinds: Kinds = field(default_factory=set)
    lost: set[int] = field(default_factory=set)
    origins: set[tuple[int, bool]] = field(default_factory=set)
    repeats_found: bool = False

    def settled(self) -> SettledFindings:
        """Do it, once."""
        self.outcomes = Outcomes(self.findings.height)
        self._survey()
        cut = self._cut_by_person()
        several = len(self.origins) > 1
        of_others = several or self.sources.may_be_of_several or self.lost
        if self.concern_any and (of_others or reach_others(self.kinds)):
            self._find_repeats(cut)
        seen = self._compare_gateways(cut) if several else Seen()
        cut = self._cut_anew(cut) if self.outcomes.named_anew else cut
        seen = seen._replace(undecided=seen.undecided + self._count_alike_in_files(cut))
        counts: dict[int, Counter[str]] = defaultdict(Counter)
        spellings: dict[str, str] = {}
        parts: list[pl.LazyFrame] = []
        for part in map_in_order(self._settle_part, enumerate(cut.parts(limits.PART_ROWS))):
            parts.append(pl.scan_parquet(part.path))
            add_bins(part.counts, counts)
            spellings |= part.spellings
        found, runs = self._counted(parts) if self.only_counted else self._whole_rows(spellings)
        return SettledFindings(found, tuple(parts), runs, counts, count_accounts(spellings), seen)

    def _counted(self, parts: Sequence[pl.LazyFrame]) -> tuple[pl.LazyFrame, tuple[Run, ...]]:
        named = [self.sources.named(part) for part in parts]
        return pl.concat(named) if named else pl.LazyFrame(), tuple(map(Run, named))

    def _whole_rows(self, spellings: Mapping[str, str]) -> tuple[pl.LazyFrame, tuple[Run, ...]]:
        rows = WholeRows(self.findings, self.sources, self.rules, self.outcomes, spellings)
        return rows.stored(self.folder) if self.stored else rows.as_read()

    def _survey(self) -> None:
        """Find out whether lines may repeat others: of most logs none need be compared."""
        for rows in self._columns(_TOLD_BY):
            self.concern_any |= concerned(rows)
            self.origins |= origins(rows, self.sources.gateways)
        if not self.concern_any and len(self.origins) < 2:
            return
        for rows in self._columns(_TOLD_BY_PEOPLE):
            self.kinds |= kinds_of(rows)
            self.lost.update(lost_sources(rows).to_list())

    def _columns(self, names: Sequence[str]) -> Iterator[pl.DataFrame]:
        """Some columns of the rows, chunk by chunk."""
        for _, chunk in numbered_chunks(self.findings, self.sources):
            yield chunk.select(names).collect()

    def _cut_by_person(self) -> HashPartitions:
        """What settling needs of each row, cut so that the rows of a person lie together."""
        several = len({*self.sources.gateways}) > 1
        cut = HashPartitions(
            self.folder.path / "findings",
            _ACCOUNT if several else _PERSON,
            partitions=partitions_for(self.findings.height, limits.PART_ROWS),
        )
        compared = self.concern_any or len(self.origins) > 1 or self.sources.may_be_of_several
        columns: Sequence[str | pl.Expr] = NEEDED
        if compared:
            columns = [*_KEPT, *compared_requests()]
        for rows in map_in_order(
            partial(_needed, columns), numbered_chunks(self.findings, self.sources)
        ):
            cut.add(rows)
        return cut

    def _find_repeats(self, findings: HashPartitions) -> None:
        """Find which lines tell of one request, those of one address together."""
        self.repeats_found = True
        logs = self.sources.logs
        lost = {logs[source] for source in self.lost}
        cut = HashPartitions(self.folder.path / "requests", pl.col(PLACE))
        for rows in findings.frames():
            cut.add(placed(rows.select(pl.col(AT).alias(ROW), *COMPARED), logs, lost))
        for decided in map_in_order(find_repeats, cut.parts(limits.PART_ROWS)):
            self.outcomes.decide(combined(decided))

    def _compare_gateways(self, findings: HashPartitions) -> Seen:
        known = Gateways(self.sources.gateways, self.sources.formats)
        numbers = {number for number, _ in self.origins}
        nameless = any(not named for named, _, _ in self.kinds)
        comparison = GatewayComparison(findings, self.outcomes, self.folder, nameless)
        return comparison.find_seen(known, numbers)

    def _count_alike_in_files(self, findings: HashPartitions) -> int:
        """Hits that stand in two files that may be of one gateway; those of a person together."""
        if not self.sources.may_be_of_several:
            return 0
        gateways, possible = self.sources.gateways, self.sources.possible_gateways
        cut = HashPartitions(self.folder.path / "in-files", _PERSON)
        for rows in findings.frames():
            cut.add(self.outcomes.as_decided(rows))
        return sum(
            count_alike_in_files(rows, gateways, possible) for rows in cut.parts(limits.PART_ROWS)
        )

    def _cut_anew(self, findings: HashPartitions) -> HashPartitions:
        """The rows cut by person once more, where other lines have named the users of some."""
        cut = HashPartitions(self.folder.path / "findings-named", _PERSON)
        for rows in findings.frames(keep=False):
            cut.add(self.outcomes.with_names(rows))
        return cut

    def _settle_part(self, part: tuple[int, pl.DataFrame]) -> _Part:
        """Settle some people's rows, note what came of each, and keep what tables count."""
        number, rows = part
        rows = self.outcomes.as_decided(self._without_repeats(rows))
        spellings = find_spellings(rows.lazy())
        if spellings:
            rows = rows.with_columns(pl.col("user").replace(spellings))
        final = settle_people(rows, self.rules, session_gap_minutes=self.gap)
        self.outcomes.note(final)
        path = self.folder.path / f"part-{number:06}.parquet"
        final.select(_COUNTED_BY_PERSON).write_parquet(path, compression="lz4", statistics=False)
        return _Part(path, count_bins(final), spellings)

    def _without_repeats(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Some people's rows, of which no line tells of a request of others."""
        if self.repeats_found or not self.concern_any or not concerned(rows):
            return rows
        compared = rows.select(pl.col(AT).alias(ROW), *COMPARED)
        decided = combined(find_repeats(placed(compared, self.sources.logs, ())))
        self.outcomes.decide(decided)
        return rows


def _needed(columns: Sequence[str | pl.Expr], chunk: tuple[int, pl.LazyFrame]) -> pl.DataFrame:
    """What settling (`columns`) and counting need of rows, each with its number."""
    start, rows = chunk
    number = pl.int_range(start, start + pl.len(), dtype=pl.UInt32).alias(AT)
    return rows.select(*columns, *_COUNTED, number).collect()
