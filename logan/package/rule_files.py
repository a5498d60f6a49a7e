"""The rule files that a scan used, word for word, so that a stranger can read and apply them."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from logan.rules.model import Pack, Rules


class RuleFile(NamedTuple):
    """One file of rules: its name in the package, what it holds, and the pack in it, if any."""

    name: str
    content: bytes
    pack: Pack | None

    @property
    def sha256(self) -> str:
        """The hash of the content."""
        return hashlib.sha256(self.content).hexdigest()


def read_rule_files(rules: Rules) -> tuple[RuleFile, ...]:
    """The files of loaded rules, in the order in which they were read, under names that differ.

    To be called right after loading: what a file holds later is not what decided.
    """
    packs = {Path(pack.path): pack for pack in rules.packs}
    paths = dict.fromkeys((*packs, *(Path(rule.path) for rule in rules.sigma)))
    names = _different([path.name for path in paths])
    return tuple(
        RuleFile(name, path.read_bytes(), packs.get(path))
        for name, path in zip(names, paths, strict=True)
    )


def _different(names: Sequence[str]) -> Iterable[str]:
    """Names as they are, with a number where one comes again (`a.yaml`, `a-2.yaml`)."""
    taken: set[str] = set()
    for name in names:
        stem, suffix = Path(name).stem, Path(name).suffix
        free, number = name, 1
        while free.casefold() in taken:
            number += 1
            free = f"{stem}-{number}{suffix}"
        taken.add(free.casefold())
        yield free
