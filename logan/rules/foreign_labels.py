"""Labels with foreign letters (`xn--`) in raw lines: which of them may resemble a watched name.

Hosts in other scripts are ordinary in many countries; hardly one looks like a service's.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from logan.rules.lookalike_patterns import FOREIGN

#: What stands behind `xn--`, with the sign behind that.
_LABEL: Final = re.compile(rb"[a-z0-9-]*[^a-z0-9-]?", re.IGNORECASE | re.DOTALL)
#: A label that may go on behind such a sign, written otherwise, or is cut.
_UNSURE: Final = re.compile(rb".*[a-z0-9%\\&_\x80-\xff-]|", re.IGNORECASE | re.DOTALL)
#: A longer label is none (RFC 1035), and takes long to decode.
_LONGEST: Final = 63 - len(FOREIGN)
_KNOWN: Final = 1 << 14


class ForeignLabels:
    """Looks at labels, at each different one once; safe to share between threads."""

    def __init__(self, resembles: Callable[[str], bool]) -> None:
        """`resembles` says of a whole label, in lower case, whether it looks like a name."""
        self._resembles = resembles
        self._judged = lru_cache(_KNOWN)(self._judge)

    def may_resemble(self, data: bytes | memoryview, end: int) -> bool:
        """True where the label whose `xn--` ends there looks like a name, or is not all there: cut,
        written otherwise, too long, or within a host that is itself written as a label."""
        found = _LABEL.match(data, end)
        return found is None or self._judged(found[0])

    def _judge(self, text: bytes) -> bool:
        """The same of a label with the sign behind it."""
        label = text[:-1]
        if _UNSURE.fullmatch(text) or len(label) > _LONGEST or b"--" in b"-" + label:
            return True
        return self._resembles(FOREIGN + label.decode("ascii").lower())
