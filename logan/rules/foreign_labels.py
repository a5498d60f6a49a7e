"""Labels with foreign letters (`xn--`) in raw lines: which of them may resemble a watched name.

Hosts in other scripts are ordinary in many countries; hardly one looks like a service's.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from logan.rules.lookalike_patterns import FOREIGN

#: What stands behind `xn--`, and a sign behind that which may be more of it, written otherwise.
_LABEL: Final = re.compile(rb"([a-z0-9-]*)([%\\\\&_\x80-\xff]?)", re.IGNORECASE)
#: A longer label is none (RFC 1035), and takes long to decode.
_LONGEST: Final = 63 - len(FOREIGN)
_KNOWN: Final = 1 << 14


class ForeignLabels:
    """Looks at labels, at each different one once; safe to share between threads."""

    def __init__(self, resembles: Callable[[str], bool]) -> None:
        """`resembles` says of a whole label, in lower case, whether it looks like a name."""
        self._resembles = lru_cache(_KNOWN)(resembles)

    def may_resemble(self, data: bytes | memoryview, end: int) -> bool:
        """True where the label whose `xn--` ends there looks like a name, or is not all there: cut,
        written otherwise, too long, or within a host that is itself written as a label."""
        found = _LABEL.match(data, end)
        if found is None:
            return True
        label, more = found.groups()
        cut = found.end() == len(data)
        if cut or more or len(label) > _LONGEST or b"--" in b"-" + label:
            return True
        return self._resembles(FOREIGN + label.decode("ascii").lower())
