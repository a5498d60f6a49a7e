"""Which of the sources, and parts of sources, that workers sent count, and as what."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from logan.cluster.messages import ReadRequest
from logan.cluster.results import ResultPlace
from logan.evidence.failures import SourceFailure
from logan.evidence.read_source import ReadSource
from logan.pipeline.settings import PartRequest


@dataclass(slots=True)
class SentResult:
    """What a worker sent. `sources` are as they are now known, None for what does not count."""

    request: ReadRequest
    address: str
    place: ResultPlace
    sources: list[ReadSource | None]


class SentSource(NamedTuple):
    """A source, or a part of one, and its place in a result."""

    result: SentResult
    number: int

    @property
    def source(self) -> ReadSource | None:
        """As it is now known, None where it does not count."""
        return self.result.sources[self.number]

    def put(self, source: ReadSource | None) -> None:
        """Have it known as this, or, by None, not count."""
        self.result.sources[self.number] = source


class SentSources:
    """All results that were sent, in the order in which they came, and their sources by name."""

    def __init__(self) -> None:
        self.results: list[SentResult] = []
        self._by_name: dict[str, list[SentSource]] = defaultdict(list)

    def add(self, result: SentResult) -> None:
        """Add a result, with all of its sources that count."""
        self.results.append(result)
        for number, source in enumerate(result.sources):
            if source is not None:
                self._by_name[source.name].append(SentSource(result, number))

    def drop_part(self, part: PartRequest) -> None:
        """Count nothing of a part of a source."""
        for sent in self._by_name[part.name]:
            one = sent.source
            if one is not None and one.part is not None and one.part[0] == part.first_byte:
                sent.put(None)

    def drop_whole(self, name: str) -> None:
        """Count nothing of a source, nor of what lies in it, if it is an archive."""
        for other, all_sent in self._by_name.items():
            if other == name or other.startswith(f"{name}/"):
                for sent in all_sent:
                    sent.put(None)

    def names(self) -> list[str]:
        """The names of all that was sent, in order, whether it counts or not."""
        return sorted(self._by_name)

    def counting(self) -> Iterator[tuple[SentSource, ReadSource]]:
        """All that counts."""
        for name in self._by_name:
            yield from self.counted(name)

    def counted(self, name: str) -> list[tuple[SentSource, ReadSource]]:
        """What counts of the source of a name."""
        found = ((sent, sent.source) for sent in self._by_name[name])
        return [(sent, source) for sent, source in found if source is not None]

    def change(self, name: str, change: Callable[[ReadSource], ReadSource]) -> None:
        """Change what counts of the source of a name."""
        for sent, one in self.counted(name):
            sent.put(change(one))

    def fail(self, name: str, failure: SourceFailure) -> None:
        """Note why a source is incomplete, unless that is known already."""
        all_sent = self.counted(name)
        if all_sent and not any(one.failure for _, one in all_sent):
            first, one = all_sent[0]
            first.put(one.failing(failure))
