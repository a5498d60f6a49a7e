"""Names of sources that do not depend on how the inputs were typed: paths below one folder."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from logan.errors import UsageError
from logan.result import SourceAccount

#: Standard input, which lies nowhere.
_STREAM = "-"


def name_below(names: Iterable[str], base: Path | None = None) -> dict[str, str]:
    """Give each name of a source its path below `base`, with `/` between the parts.

    Without a base, it is the deepest folder that holds them all. Links in the folders are followed,
    so that every way to write a path gives one name. Raises `UsageError` for a source outside.
    """
    places = {name: _place(name) for name in names if name != _STREAM}
    above = os.path.realpath(base) if base else _common(places.values())
    outside = [name for name, place in places.items() if not _is_below(place, above)]
    if outside:
        raise UsageError(f"--base {base}: {outside[0]} does not lie in it; name a folder above")
    below = {name: Path(os.path.relpath(place, above)).as_posix() for name, place in places.items()}
    return below | ({_STREAM: _STREAM} if _STREAM in names else {})


def _place(name: str) -> str:
    folder, file = os.path.split(name)
    return str(Path(os.path.realpath(folder)) / file)


def _common(places: Iterable[str]) -> str:
    folders = [Path(place).parent for place in places]
    return os.path.commonpath(folders) if folders else os.sep


def _is_below(place: str, above: str) -> bool:
    return os.path.commonpath([place, above]) == above


def rename_gateways(sources: Iterable[SourceAccount], names: Mapping[str, str]) -> dict[str, str]:
    """New names of gateways: a folder of sources, or one source. A copy is of another's gateway."""
    renamed: dict[str, str] = {}
    for source in sources:
        if source.copy_of is None:
            name, alone = names[source.name], source.gateway == source.name
            renamed[source.gateway] = name if alone else Path(name).parent.as_posix()
    return renamed
