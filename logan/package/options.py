"""The options by which logs were read, kept in a manifest so that the reading can be done again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """How logs are read, and whether query strings are kept.

    `zones` are (glob, zone), `answers` (glob, question, answer) as in `logan.pipeline.scan`.
    `mapping_files` are (name, text) of the files that describe further formats.
    `insecure_cluster`: the user insisted on workers that show no certificates.
    """

    zones: Pairs = ()
    answers: tuple[tuple[str, str, str], ...] = ()
    format: str | None = None
    squid_logformat: str | None = None
    mapping_files: Pairs = ()
    queries: bool = False
    insecure_cluster: bool = False

    @classmethod
    def of(
        cls, *, tz: Iterable[Sequence[str]], mapping_files: Sequence[Path], **others: Any
    ) -> Self:
        """The options as a command line gives them; the mapping files are read."""
        texts = tuple((path.name, path.read_text(encoding="utf-8")) for path in mapping_files)
        return cls(zones=_pairs(tz), mapping_files=texts, **others)

    @classmethod
    def from_document(cls, asked: Mapping[str, Any]) -> Self:
        """The options that a manifest names."""
        return cls(
            zones=_pairs(asked["tz"]),
            answers=tuple((str(a), str(b), str(c)) for a, b, c in asked.get("answers", ())),
            format=asked.get("format"),
            squid_logformat=asked.get("squid_logformat"),
            mapping_files=_pairs(asked.get("mapping_files", ())),
            queries=bool(asked.get("queries")),
            insecure_cluster=bool(asked.get("insecure_cluster")),
        )

    def document(self) -> dict[str, Any]:
        """The options as a manifest holds them."""
        return {
            "tz": [list(pair) for pair in self.zones],
            "queries": self.queries,
            "answers": [list(answer) for answer in self.answers],
            "format": self.format,
            "squid_logformat": self.squid_logformat,
            "mapping_files": [list(pair) for pair in self.mapping_files],
            **({"insecure_cluster": True} if self.insecure_cluster else {}),
        }


def _pairs(values: Iterable[Sequence[str]]) -> Pairs:
    return tuple((str(first), str(second)) for first, second in values)
