"""Names of sources that do not depend on how the inputs were typed: paths below one folder."""

import os
from collections.abc import Iterable, Mapping
from itertools import takewhile
from pathlib import Path, PurePath

from logan.errors import UsageError
from logan.intake.addresses import is_address
from logan.result import SourceAccount

#: Standard input, which lies nowhere.
_STREAM = "-"


#: The parts of a path, from the root or the kind of storage on.
_Place = tuple[str, ...]


def name_below(names: Iterable[str], base: Path | str | None = None) -> dict[str, str]:
    """Give each name of a source its path below `base`, with `/` between the parts.

    Without a base, it is the deepest folder that holds them all: where some lie in one storage and
    some in another, or on a disk, all their path from the top, with the storage in front. Links in
    folders are followed, so that every way to write a path gives one name. Raises `UsageError` for
    a source outside, and where two would have one name.
    """
    places = {name: _place(name) for name in names if name != _STREAM}
    above = _common(places.values()) if base is None else _folder(os.fspath(base))
    outside = [name for name, place in places.items() if place[: len(above)] != above]
    if outside:
        raise UsageError(f"--base {base}: {outside[0]} does not lie in it; name a folder above")
    below = {name: _write(place[len(above) :]) for name, place in places.items()}
    if len({*below.values()}) < len(below):
        raise UsageError("two logs would have one name in the export: scan them apart")
    return below | ({_STREAM: _STREAM} if _STREAM in names else {})


def _place(name: str) -> _Place:
    if is_address(name):
        return _far(name)
    folder, file = os.path.split(name)
    return (Path(os.path.realpath(folder)) / file).parts


def _folder(base: str) -> _Place:
    return _far(base.rstrip("/")) if is_address(base) else Path(os.path.realpath(base)).parts


def _far(address: str) -> _Place:
    scheme, _, rest = address.partition("://")
    return (scheme, *rest.split("/"))


def _common(places: Iterable[_Place]) -> _Place:
    folders = [place[:-1] for place in places]
    alike = takewhile(lambda parts: len({*parts}) == 1, zip(*folders, strict=False))
    return tuple(parts[0] for parts in alike)


def _write(parts: _Place) -> str:
    """A path below a folder: never one from the root."""
    return PurePath(*parts).as_posix().lstrip("/") if parts[0] == os.sep else "/".join(parts)


def rename_gateways(sources: Iterable[SourceAccount], names: Mapping[str, str]) -> dict[str, str]:
    """New names of gateways: a folder of sources, or one source. A copy is of another's gateway."""
    renamed: dict[str, str] = {}
    for source in sources:
        if source.copy_of is None:
            name, alone = names[source.name], source.gateway == source.name
            renamed[source.gateway] = name if alone else Path(name).parent.as_posix()
    return renamed
