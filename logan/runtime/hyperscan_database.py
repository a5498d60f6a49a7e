"""A database of Hyperscan and the working memory that each thread needs for it.

Imports nothing of logan: it searches for patterns of rules and for what formats require.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any, cast

import hyperscan


class HyperscanDatabase:
    """Expressions in one database; safe to share between threads."""

    def __init__(self, expressions: Sequence[str], *, flag: int, literal: bool = False) -> None:
        """`flag` holds for all; `literal` takes expressions for texts. At least one of them."""
        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        self._database.compile(
            expressions=[expression.encode() for expression in expressions],
            ids=list(range(len(expressions))),
            elements=len(expressions),
            flags=[flag] * len(expressions),
            literal=literal,
        )
        self._local = threading.local()

    def scan(self, data: bytes | memoryview, note: Callable[..., Any]) -> None:
        """Call `note(number, start, end, flags, context)` for every match, in no order.

        Raises `hyperscan.ScanTerminated` where `note` ends the search by what it returns.
        """
        # Whatever gives its bytes will do, though the types say `bytes`.
        self._database.scan(cast(bytes, data), match_event_handler=note, scratch=self._scratch())

    def _scratch(self) -> hyperscan.Scratch:
        """Working memory of this thread: Hyperscan allows none to be shared."""
        if not hasattr(self._local, "scratch"):
            self._local.scratch = hyperscan.Scratch(self._database)
        scratch: hyperscan.Scratch = self._local.scratch
        return scratch
