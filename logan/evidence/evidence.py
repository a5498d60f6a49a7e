"""What was read and is not yet settled, as a value: it can be saved, loaded and merged.

`settle(merge(read(a), read(b)))` is `settle(read(a and b))`, byte for byte in every output, however
sources are cut up and in whatever order they are merged (`logan.pipeline.settle`).
"""

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

import polars as pl

from logan.evidence import limits
from logan.evidence.read_source import EvidenceError, ReadSource, check_apart
from logan.evidence.stored_rows import RowCollector, StoredRows
from logan.evidence.uncompared_texts import fail_uncompared
from logan.schema import FOUND, REJECTED

NONE_FOUND: Final = StoredRows(FOUND)
NONE_REJECTED: Final = StoredRows(REJECTED)


class Evidence(NamedTuple):
    """What reading gave.

    `findings` (`schema.FOUND`) are the lines in the bins hit, mention, repeat and cleared as each
    by itself shows them, `rejects` (`schema.REJECTED`) those that name a service and could not be
    parsed; their `source` is a place among `sources`. `rules` names the rules they were found by.
    `duplicates` are pairs of a name that was not read and the source that it is, `skipped` the
    names of files that are no logs, `globs` what options named sources by, `markers` the names of
    folders in a storage that an object with a log may hide behind.
    `excluded` are pairs of a name that was left out as the user asked and the glob that it fits; of
    a glob that nothing fits, the name is empty.
    """

    rules: str
    findings: StoredRows = NONE_FOUND
    rejects: StoredRows = NONE_REJECTED
    sources: tuple[ReadSource, ...] = ()
    duplicates: frozenset[tuple[str, str]] = frozenset()
    skipped: frozenset[str] = frozenset()
    globs: frozenset[str] = frozenset()
    excluded: frozenset[tuple[str, str]] = frozenset()
    markers: frozenset[str] = frozenset()

    def without(self, dropped: Collection[int]) -> "Evidence":
        """The same without the sources at these places, and what was found in them."""
        if not dropped:
            return self
        kept = [at for at in range(len(self.sources)) if at not in dropped]
        return self._replace(
            findings=_keep_rows(collect_findings(), self.findings, kept),
            rejects=_keep_rows(collect_rejects(), self.rejects, kept),
            sources=tuple(self.sources[at] for at in kept),
        )

    def below(self, folder: str) -> "Evidence":
        """The same with every source named as if it lay in `folder`: one machine's among others'.

        What options name sources by is left out, as it named them otherwise.
        """
        return self._replace(
            sources=tuple(one.below(folder) for one in self.sources),
            duplicates=frozenset(
                (f"{folder}/{name}", f"{folder}/{same}") for name, same in self.duplicates
            ),
            skipped=frozenset(f"{folder}/{name}" for name in self.skipped),
            markers=frozenset(f"{folder}/{name}" for name in self.markers),
            globs=frozenset(),
            excluded=frozenset((f"{folder}/{name}", glob) for name, glob in self.excluded if name),
        )


def collect_findings(columns: Sequence[str] = tuple(FOUND)) -> RowCollector:
    """A collector of findings (`schema.FOUND`), or of some of their columns."""
    schema = {name: FOUND[name] for name in columns}
    return RowCollector(schema, rows_held=limits.ROWS_HELD, bytes_held=limits.BYTES_HELD)


def collect_rejects() -> RowCollector:
    """A collector of lines that could not be parsed (`schema.REJECTED`)."""
    return RowCollector(REJECTED, rows_held=limits.ROWS_HELD, bytes_held=limits.REJECT_BYTES_HELD)


def _keep_rows(collector: RowCollector, rows: StoredRows, kept: Sequence[int]) -> StoredRows:
    """The rows of some sources, which are counted anew."""
    places = pl.DataFrame(
        {"source": kept, "place": range(len(kept))},
        schema={"source": FOUND["source"], "place": FOUND["source"]},
    ).lazy()
    for chunk in rows.chunks:
        found = chunk.lazy().join(places, on="source", maintain_order="left")
        collector.add(found.with_columns(source="place").select(*rows.schema).collect())
    return collector.collected()


def merge(*parts: Evidence) -> Evidence:
    """All that several readings gave, as one.

    Rows that are on disk stay there; others go there past a size. Whether a source equals one of
    another reading is known by the hash of its content alone (`logan.evidence.equal_content`);
    one that may begin it, as far as can be known without the logs, is incomplete and says so
    (`logan.evidence.uncompared_texts`). Raises `EvidenceError` where lines would be counted twice,
    or were found by different rules.
    """
    if not parts:
        raise EvidenceError("nothing to put together: name at least one reading")
    merger = EvidenceMerger(compared=False)
    for part in parts:
        merger.add(part)
    return merger.merged()


class EvidenceMerger:
    """Puts evidence together as it comes, so that not all of it need be at hand at once.

    `compared`: sources of several parts that begin alike were compared, by who had the logs.
    """

    def __init__(self, *, compared: bool) -> None:
        self._compared = compared
        self._findings, self._rejects = collect_findings(), collect_rejects()
        self._sources: list[ReadSource] = []
        self._readings: list[int] = []
        self._rest: list[Evidence] = []

    def add(self, part: Evidence) -> None:
        """Take the evidence of a reading. Raises `EvidenceError` where others rules were used."""
        first = len(self._sources)
        self._sources += part.sources
        self._readings += [len(self._rest)] * len(part.sources)
        self._findings.extend(part.findings.count_on(first))
        self._rejects.extend(part.rejects.count_on(first))
        self._rest.append(part._replace(findings=NONE_FOUND, rejects=NONE_REJECTED, sources=()))
        _require_same_rules(self._rest[0], part)

    def merged(self) -> Evidence:
        """All that was added. Raises `EvidenceError` where lines would be counted twice."""
        check_apart(self._sources, self._readings)
        if not self._compared:
            self._sources = fail_uncompared(self._sources, self._readings)
        return Evidence(
            rules=self._rest[0].rules,
            findings=self._findings.collected(),
            rejects=self._rejects.collected(),
            sources=tuple(self._sources),
            duplicates=frozenset().union(*(part.duplicates for part in self._rest)),
            skipped=frozenset().union(*(part.skipped for part in self._rest)),
            globs=frozenset().union(*(part.globs for part in self._rest)),
            excluded=frozenset().union(*(part.excluded for part in self._rest)),
            markers=frozenset().union(*(part.markers for part in self._rest)),
        )


def _require_same_rules(first: Evidence, part: Evidence) -> None:
    if first.rules != part.rules:
        raise EvidenceError(
            f"read by different rules: {first.rules}; and {part.rules}. Their numbers cannot be "
            "added. Read the logs again by one set of rules."
        )
