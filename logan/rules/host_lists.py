"""Public lists of the most used hosts, to measure rules on.

They come with the package pymispwarninglists (the MISP warning lists), which logan does not need
for anything else: `pip install 'logan-audit[figures]'`.
"""

import json
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

_PACKAGE: Final = "pymispwarninglists"
_FOLDER: Final = "data/misp-warninglists/lists"
_LISTS: Final = ("tranco", "google-chrome-crux-1million")


@dataclass(frozen=True, slots=True)
class HostList:
    """A list by its own name; `version` is its date as a number, `20250115`."""

    name: str
    version: int
    hosts: tuple[str, ...]


def host_lists() -> tuple[HostList, ...]:
    """The lists of a million hosts, in a fixed order; none where the package is not installed."""
    # Found and not imported: the package would load a network client, and all of its lists.
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return ()
    folder = Path(spec.submodule_search_locations[0]) / _FOLDER
    paths = [folder / name / "list.json" for name in _LISTS]
    return tuple(_read(path) for path in paths if path.is_file())


def _read(path: Path) -> HostList:
    document: dict[str, Any] = json.loads(path.read_bytes())
    return HostList(document["name"], document["version"], tuple(document["list"]))
