"""Chance that is the same everywhere: a number for each line, by its index and a salt.

SplitMix64 (Steele, Lea, Flood 2014), written out so that no library's random numbers are promised
to stay as they are; any part of a log can be made without the parts before it.
"""

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.uint64]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def draw(index: Numbers, salt: int) -> Numbers:
    """A number from 0 to 2**64-1 for each index."""
    with np.errstate(over="ignore"):
        mixed = (index + np.uint64(salt) * _SECOND + np.uint64(1)) * _STEP
        mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
        mixed ^= mixed >> np.uint64(31)
    return mixed


def below(index: Numbers, salt: int, limit: int) -> Numbers:
    """A number from 0 to `limit` - 1 for each index."""
    return draw(index, salt) % np.uint64(limit)
