"""What was read and is not yet settled, as a value: it can be saved, loaded and merged.

`settle(merge(read(a), read(b)))` is `settle(read(a and b))`, byte for byte in every output, however
sources are cut up and in whatever order they are merged (`logan.pipeline.settle`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate

from logan.evidence import limits
from logan.evidence.read_source import EvidenceError, ReadSource, check_apart
from logan.evidence.stored_rows import RowCollector, StoredRows
from logan.schema import FOUND, REJECTED


@dataclass(frozen=True, slots=True)
class Evidence:
    """What reading gave.

    `findings` (`schema.FOUND`) are the lines in the bins hit, mention, repeat and cleared as each
    by itself shows them, `rejects` (`schema.REJECTED`) those that name a service and could not be
    parsed; their `source` is a place among `sources`. `rules` names the rules they were found by.
    `duplicates` are pairs of a name that was not read and the source that it is, `skipped` the
    names of files that are no logs, `globs` what options named sources by.
    `excluded` are pairs of a name that was left out as the user asked and the glob that it fits; of
    a glob that nothing fits, the name is empty.
    """

    rules: str
    findings: StoredRows = field(default_factory=lambda: StoredRows(FOUND))
    rejects: StoredRows = field(default_factory=lambda: StoredRows(REJECTED))
    sources: tuple[ReadSource, ...] = ()
    duplicates: frozenset[tuple[str, str]] = frozenset()
    skipped: frozenset[str] = frozenset()
    globs: frozenset[str] = frozenset()
    excluded: frozenset[tuple[str, str]] = frozenset()

    def below(self, folder: str) -> "Evidence":
        """The same with every source named as if it lay in `folder`: one machine's among others'.

        What options name sources by is left out, as it named them otherwise.
        """
        return replace(
            self,
            sources=tuple(one.below(folder) for one in self.sources),
            duplicates=frozenset(
                (f"{folder}/{name}", f"{folder}/{same}") for name, same in self.duplicates
            ),
            skipped=frozenset(f"{folder}/{name}" for name in self.skipped),
            globs=frozenset(),
            excluded=frozenset((f"{folder}/{name}", glob) for name, glob in self.excluded if name),
        )


def collect_findings() -> RowCollector:
    """A collector of findings (`schema.FOUND`)."""
    return RowCollector(FOUND, rows_held=limits.ROWS_HELD, bytes_held=limits.BYTES_HELD)


def collect_rejects() -> RowCollector:
    """A collector of lines that could not be parsed (`schema.REJECTED`)."""
    return RowCollector(REJECTED, rows_held=limits.ROWS_HELD, bytes_held=limits.REJECT_BYTES_HELD)


def merge(*parts: Evidence) -> Evidence:
    """All that several readings gave, as one.

    Rows that are on disk stay there; others go there past a size. Whether a source equals one of
    another reading is known by the hash of its content alone (`logan.evidence.equal_content`), and
    not at all whether it begins one: hits on equal lines are counted in the result. Raises
    `EvidenceError` where lines would be counted twice, or were found by different rules.
    """
    if not parts:
        raise EvidenceError("nothing to put together: name at least one reading")
    sources = tuple(source for part in parts for source in part.sources)
    check_apart(sources)
    starts = [0, *accumulate(len(part.sources) for part in parts)]
    return Evidence(
        rules=_agreed_rules(parts),
        findings=_join_rows(collect_findings(), [part.findings for part in parts], starts),
        rejects=_join_rows(collect_rejects(), [part.rejects for part in parts], starts),
        sources=sources,
        duplicates=frozenset().union(*(part.duplicates for part in parts)),
        skipped=frozenset().union(*(part.skipped for part in parts)),
        globs=frozenset().union(*(part.globs for part in parts)),
        excluded=frozenset().union(*(part.excluded for part in parts)),
    )


def _agreed_rules(parts: Sequence[Evidence]) -> str:
    """The rules that all were read by."""
    rules = list(dict.fromkeys(part.rules for part in parts))
    if len(rules) > 1:
        raise EvidenceError(
            f"read by different rules: {rules[0]}; and {rules[1]}. Their numbers cannot be added. "
            "Read the logs again by one set of rules."
        )
    return rules[0]


def _join_rows(
    collector: RowCollector, stored: Sequence[StoredRows], starts: Sequence[int]
) -> StoredRows:
    for rows, start in zip(stored, starts, strict=False):
        collector.extend(rows.count_on(start))
    return collector.collected()
