"""Which formats could read a text at all, by the literals that each of them requires.

Asked a few times, it looks for one literal after the other; asked often (a folder of thousands of
files), for all of them in one pass of Hyperscan, whose database costs more than a few heads do. The
answer is the same.
"""

import threading
from collections.abc import Sequence
from typing import Final

import hyperscan

from logan.formats.engine.format import Format
from logan.formats.engine.layout import RequiredLiterals
from logan.runtime.hyperscan_database import HyperscanDatabase

#: Texts that are looked through literal by literal before all are compiled.
_FEW: Final = 20
#: Choices of formats, and sets of literals found, that are remembered.
_MOST: Final = 1_000


def contains_all(required: RequiredLiterals, text: str) -> bool:
    """True where a text contains one literal of every group: else its format reads none of it."""
    for group in required:
        for literal in group:
            if literal in text:
                break
        else:
            return False
    return True


def formats_possible(formats: Sequence[Format], text: str) -> tuple[Format, ...]:
    """The formats whose signs a text contains_all, in their order."""
    known = _KNOWN.get(id(formats))
    if known is None or known.formats is not formats:
        known = LiteralIndex(formats)
        if isinstance(formats, tuple):  # a list may change under its name
            if len(_KNOWN) >= _MOST:
                _KNOWN.clear()
            _KNOWN[id(formats)] = known
    return known.formats_possible(text)


class LiteralIndex:
    """The required literals of some formats; safe to share between threads."""

    def __init__(self, formats: Sequence[Format], *, few: int = _FEW) -> None:
        self.formats = formats
        self._left = few
        self._all: _Database | None = None
        self._lock = threading.Lock()

    def formats_possible(self, text: str) -> tuple[Format, ...]:
        """The formats whose signs a text contains_all, in their order."""
        if self._all is not None:
            return self._all.formats_possible(text)
        self._left -= 1
        if self._left < 0:
            with self._lock:
                self._all = self._all or _Database(self.formats)
        return tuple(
            form for form in self.formats if contains_all(form.reader.required_literals, text)
        )


#: By the identity of a tuple of formats, which the index holds: a format's hash is dear.
_KNOWN: Final[dict[int, LiteralIndex]] = {}


class _Database:
    """All literals compiled; formats by the literals found: heads of one log have the same."""

    def __init__(self, formats: Sequence[Format]) -> None:
        self._formats = formats
        groups = (group for form in formats for group in form.reader.required_literals)
        self._literals = tuple(
            dict.fromkeys(literal for group in groups for literal in group if literal)
        )
        self._compiled = (
            HyperscanDatabase(self._literals, flag=hyperscan.HS_FLAG_SINGLEMATCH, literal=True)
            if self._literals
            else None
        )
        self._known: dict[frozenset[int], tuple[Format, ...]] = {}

    def formats_possible(self, text: str) -> tuple[Format, ...]:
        found = self._found(text.encode("utf-8", "surrogatepass"))
        known = self._known.get(found)
        if known is None:
            there = "\n".join(self._literals[at] for at in sorted(found))
            likely = tuple(
                form for form in self._formats if contains_all(form.reader.required_literals, there)
            )
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[found] = likely
            return likely
        return known

    def _found(self, data: bytes) -> frozenset[int]:
        found: dict[int, None] = {}

        def note(number: int, *_: object) -> None:
            found[number] = None

        if self._compiled is not None and data:
            self._compiled.scan(data, note)
        return frozenset(found)
