"""Which formats could read a text at all, by the literals that each of them requires.

Asked a few times, it looks for one literal after the other; asked often (a folder of thousands of
files), for all of them in one pass of Hyperscan, whose database costs more than a few heads do. The
answer is the same.
"""

import threading
from abc import abstractmethod
from collections.abc import Sequence
from typing import Final

import hyperscan

from logan.formats.engine.format import Format
from logan.formats.engine.layout import RequiredLiterals
from logan.runtime.hyperscan_database import HyperscanDatabase

#: Texts that are looked through literal by literal before all are compiled.
_FEW: Final = 20
#: To look through so many characters takes as long as through a head.
_LONG: Final = 4 << 10
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


class IndexedFormats(Sequence[Format]):
    """Formats that know themselves which of them a text may be of."""

    @abstractmethod
    def possible(self, text: str) -> tuple[Format, ...]:
        """The formats whose required literals stand in a text, in their order."""


def formats_possible(formats: Sequence[Format], text: str) -> tuple[Format, ...]:
    """The formats whose required literals stand in a text, in their order."""
    if isinstance(formats, IndexedFormats):
        return formats.possible(text)
    known, index = _KNOWN.get(id(formats), (None, None))
    if index is None or known is not formats:
        index = LiteralIndex(tuple([form.reader.required_literals for form in formats]))
        if isinstance(formats, tuple):  # a list may change under its name
            if len(_KNOWN) >= _MOST:
                _KNOWN.clear()
            _KNOWN[id(formats)] = formats, index
    return tuple([formats[at] for at in index.fulfilled(text)])


class LiteralIndex:
    """The required literals of several formats; safe to share between threads."""

    def __init__(self, required: Sequence[RequiredLiterals], *, few: int = _FEW) -> None:
        self._required = required
        self._left = few
        self._all: _Database | None = None
        self._lock = threading.Lock()

    def fulfilled(self, text: str) -> tuple[int, ...]:
        """The numbers of those whose literals stand in a text, in their order."""
        if self._all is not None:
            return self._all.fulfilled(text)
        self._left -= 1 + len(text) // _LONG
        if self._left < 0:
            with self._lock:
                self._all = self._all or _Database(self._required)
        return _fulfilled(self._required, text)


#: Formats and their index by the identity of a tuple of formats, which is held so: a hash is dear.
_KNOWN: Final[dict[int, tuple[tuple[Format, ...], LiteralIndex]]] = {}


def _fulfilled(required: Sequence[RequiredLiterals], text: str) -> tuple[int, ...]:
    return tuple([number for number, one in enumerate(required) if contains_all(one, text)])


class _Database:
    """All literals compiled; numbers by the literals found: heads of one log have the same."""

    def __init__(self, required: Sequence[RequiredLiterals]) -> None:
        self._required = required
        groups = (group for one in required for group in one)
        self._literals = tuple(
            dict.fromkeys(literal for group in groups for literal in group if literal)
        )
        self._compiled = (
            HyperscanDatabase(self._literals, flag=hyperscan.HS_FLAG_SINGLEMATCH, literal=True)
            if self._literals
            else None
        )
        self._known: dict[frozenset[int], tuple[int, ...]] = {}

    def fulfilled(self, text: str) -> tuple[int, ...]:
        found = self._found(text.encode("utf-8", "surrogatepass"))
        known = self._known.get(found)
        if known is None:
            there = "\n".join(self._literals[at] for at in sorted(found))
            known = _fulfilled(self._required, there)
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[found] = known
        return known

    def _found(self, data: bytes) -> frozenset[int]:
        found: dict[int, None] = {}

        def note(number: int, *_: object) -> None:
            found[number] = None

        if self._compiled is not None and data:
            self._compiled.scan(data, note)
        return frozenset(found)
