"""Labels with foreign letters (`xn--`) in raw lines: which of them may resemble a watched name.

Hosts in other scripts are ordinary in many countries; hardly one looks like a service's.
"""

import re
from collections.abc import Callable
from functools import cache, lru_cache
from string import ascii_letters, digits
from typing import Final

import numpy as np
import numpy.typing as npt

from logan.rules.lookalike_patterns import FOREIGN

#: What stands behind `xn--`, with the sign behind that.
_LABEL: Final = re.compile(rb"[a-z0-9-]*[^a-z0-9-]?", re.IGNORECASE | re.DOTALL)
#: A label that may go on behind such a sign, written otherwise, or is cut.
_UNSURE: Final = re.compile(rb".*[a-z0-9%\\&_\x80-\xff-]|", re.IGNORECASE | re.DOTALL)
#: A longer label is none (RFC 1035), and takes long to decode.
_LONGEST: Final = 63 - len(FOREIGN)
_KNOWN: Final = 1 << 14
#: So many bytes behind each `xn--` are fetched at once: hardly a label is longer.
_WINDOW: Final = 32
#: `xn--` as a number, and what makes its letters small.
_PREFIX: Final = np.uint32(int.from_bytes(FOREIGN.encode(), "little"))
_SMALL_LETTERS: Final = np.uint32(0x2020)


class ForeignLabels:
    """Looks at labels, at each different one once; safe to share between threads."""

    def __init__(self, resembles: Callable[[str], bool]) -> None:
        """`resembles` says of a whole label, in lower case, whether it looks like a name."""
        self._resembles = resembles
        self._is_like = lru_cache(_KNOWN)(self._looks_like)

    def may_resemble(self, data: bytes | memoryview, end: int) -> bool:
        """True where the label whose `xn--` ends there looks like a name, or is not all there: cut,
        written otherwise, too long, or within a host that is itself written as a label."""
        found = _LABEL.match(data, end)
        return found is None or self._is_like(found[0])

    def resembling(self, data: bytes | memoryview) -> list[int]:
        """Where each `xn--` ends whose label may resemble a name, in order.

        For bytes in which such labels are many: they are found and told apart by NumPy.
        """
        octets = np.frombuffer(data, dtype=np.uint8)
        ends = _ends_of_prefixes(octets)
        whole = ends[ends + _WINDOW <= len(octets)]
        texts = _labels_at(octets, whole)
        doubtful = {text for text in {*texts} if self.may_resemble(text, 0)}
        found = (
            [end for end, text in zip(whole.tolist(), texts, strict=True) if text in doubtful]
            if doubtful
            else []
        )
        # What is longer than a window, or cut by the end of the bytes, is looked at by itself.
        rest = [*found, *ends[len(whole) :].tolist()]
        return [end for end in rest if self.may_resemble(data, end)]

    def _looks_like(self, text: bytes) -> bool:
        """The same of a label with the sign behind it."""
        label = text[:-1]
        if _UNSURE.fullmatch(text) or len(label) > _LONGEST or b"--" in b"-" + label:
            return True
        return self._resembles(FOREIGN + label.decode("ascii").lower())


def _ends_of_prefixes(octets: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Where each `xn--` ends, in either case; four bytes are compared at a time."""
    size, found = len(FOREIGN), []
    for first in range(size):
        count = max(0, len(octets) - first) // size
        words = octets[first : first + count * size].view("<u4")
        found.append(np.flatnonzero((words | _SMALL_LETTERS) == _PREFIX) * size + first)
    return np.sort(np.concatenate(found)) + size


def _labels_at(octets: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64]) -> list[bytes]:
    """Labels, each with the sign behind it and then nothing but zeros, and at last a hyphen: what
    fills the window is as a label that goes on."""
    if not len(starts):
        return []
    places = len(octets) - _WINDOW + 1
    windows = np.ndarray(places, dtype=f"V{_WINDOW}", buffer=octets, strides=(1,))[starts]
    signs = windows.view(np.uint8).reshape(len(starts), _WINDOW)
    behind = _behind_labels().take(signs)
    sizes = np.where(behind.any(axis=1), behind.argmax(axis=1), _WINDOW).astype(np.uint8)
    texts = np.full((len(starts), _WINDOW + 1), ord("-"), dtype=np.uint8)
    texts[:, :_WINDOW] = signs * (np.arange(_WINDOW, dtype=np.uint8) <= sizes[:, np.newaxis])
    found: list[bytes] = texts.view(f"S{_WINDOW + 1}").ravel().tolist()
    return found


@cache
def _behind_labels() -> npt.NDArray[np.bool_]:
    """For each byte whether it is no part of a label."""
    return np.isin(np.arange(256), list(f"{ascii_letters}{digits}-".encode()), invert=True)
