"""What an export gives: files by name, and what could not be said in the form of the target."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

#: Ids that other tools keep (Sigma, STIX, MISP) are made from names below this one, so that the
#: same rule has the same id in every export.
_IDS: Final = uuid.UUID("6f5d6d0c-6d2b-5c39-9a52-7c1d1f8f2a41")


@dataclass(frozen=True, slots=True)
class WrittenRules:
    """Texts by file name, in order. `left_out` says what is missing from them, and why."""

    files: Mapping[str, str]
    left_out: tuple[str, ...] = ()


def stable_id(kind: str, name: str) -> uuid.UUID:
    """The id (UUID version 5) of a thing of this kind and name; never another, on any machine."""
    return uuid.uuid5(_IDS, f"{kind}:{name}")
