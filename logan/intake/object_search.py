"""What lies at an address: an object, a folder with all below it, or what fits a glob.

Sorted as folders on a disk are read: the files of a folder, then its folders, each by name. Whether
a name is that of a log is not this module's business.
"""

import glob
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from logan.intake.addresses import ObjectAddress, parse_address
from logan.intake.globs import DEEP, fitting_lengths
from logan.intake.names import NOTHING_THERE, part_fits
from logan.intake.object_storage import FoundObject, Listed
from logan.intake.storage_faults import StorageError
from logan.intake.storage_survey import list_folder, look


class ObjectMatch(NamedTuple):
    """What an address names: an object, or a folder with the objects below it.

    `fault`: why it could not be looked at; there are no objects then. `markers` are folders below
    it that an object with a log may hide behind (`_markers`).
    """

    address: ObjectAddress
    is_folder: bool
    objects: tuple[FoundObject, ...] = ()
    fault: StorageError | None = None
    markers: tuple[ObjectAddress, ...] = ()


def find_objects(given: str) -> list[ObjectMatch]:
    """What an address names, sorted. What exists is taken literally, else as a glob.

    With a `/` at its end it names a folder, also where an object has the same name. Raises a
    `missing` `StorageError` where it names nothing, and `UsageError` for what is no such address.
    """
    address = parse_address(given)
    matches = [_match(address, is_folder=given.endswith("/") or not address.key)]
    fault = matches[0].fault
    if fault is not None and fault.missing:
        matches = sorted(_expand(address), key=_name) if glob.has_magic(address.key) else []
    if not matches:
        raise _missing(address)
    return matches


def _missing(address: ObjectAddress) -> StorageError:
    """That nothing is there, and whether there is a bucket at all."""
    try:
        look(address._replace(key=""))
    except StorageError as error:
        reason = "there is no such bucket" if error.missing else error.reason
        return StorageError(reason, error.advice, missing=True)
    return StorageError(NOTHING_THERE, missing=True)


def _match(address: ObjectAddress, *, is_folder: bool) -> ObjectMatch:
    """What has this very name."""
    try:
        state = None if is_folder else look(address)
        if state is not None:
            return ObjectMatch(address, is_folder=False, objects=(FoundObject(address, state),))
        return _match_folder(address)
    except StorageError as error:
        return ObjectMatch(address, is_folder, fault=error)


def _match_folder(folder: ObjectAddress) -> ObjectMatch:
    """A folder with all objects below it, in their order."""
    listed = list_folder(folder, deep=True)
    named = {name: state for name, state, _ in listed if state is not None}
    objects = (FoundObject(folder.below(name), named[name]) for name in sorted(named, key=_order))
    markers = map(folder.below, _markers(listed))
    return ObjectMatch(folder, is_folder=True, objects=tuple(objects), markers=tuple(markers))


def _markers(listed: Sequence[Listed]) -> list[str]:
    """Folders that may be objects with a log, by name: those below which no object is listed."""
    marked = sorted(one.name for one in listed if one.marked)
    if not marked:
        return []
    names = sorted(one.name for one in listed if one.state is not None)
    return [name for name in marked if not _holds_any(f"{name}/", names)]


def _holds_any(start: str, names: Sequence[str]) -> bool:
    """Whether any of some names, in order, begins so."""
    at = bisect_left(names, start)
    return at < len(names) and names[at].startswith(start)


def _name(match: ObjectMatch) -> str:
    return str(match.address)


def _order(name: str) -> list[tuple[bool, str]]:
    *folders, file = name.split("/")
    return [*((True, folder) for folder in folders), (False, file)]


def _expand(pattern: ObjectAddress) -> Iterator[ObjectMatch]:
    """What fits a glob, which is followed from folder to folder; a `*` is no part of two.

    From the first `**` on, a storage is asked for all that lies below.
    """
    parts = pattern.key.split("/")
    shallow = parts.index(DEEP) if DEEP in parts else len(parts) - 1
    reached = [ObjectMatch(pattern._replace(key=""), is_folder=True)]
    for part in parts[:shallow]:
        fitting = (_fit(folder, part, only_folders=True) for folder in reached)
        reached = [match for some in fitting for match in some]
    for folder in reached:
        if DEEP in parts:
            yield from _fit_deep(folder, parts[shallow:])
        else:
            yield from _fit_last(folder, parts[-1])


def _fit_last(folder: ObjectMatch, part: str) -> Iterator[ObjectMatch]:
    """What in a folder fits the last part of a glob, with what is in it."""
    for match in _fit(folder, part, only_folders=False):
        known = match.objects or match.fault
        found = match if known else _match(match.address, is_folder=match.is_folder)
        if found.fault is None or not found.fault.missing:
            yield found


def _fit_deep(folder: ObjectMatch, pattern: Sequence[str]) -> Iterator[ObjectMatch]:
    """What below a folder fits the rest of a glob; of what lies in a folder that fits, the folder.

    A `**` at the end stands for the folder in front of it.
    """
    only_folders = pattern[-1] == DEEP
    if folder.fault is not None:
        yield folder
        return
    try:
        listed = list_folder(folder.address, deep=True)
    except StorageError as error:
        if not error.missing:
            yield folder._replace(fault=error)
        return
    yield from _group_fitting(
        folder.address, listed, _without_end(pattern), only_folders=only_folders
    )


def _without_end(pattern: Sequence[str]) -> Sequence[str]:
    """A glob without the `**` at its end."""
    while pattern and pattern[-1] == DEEP:
        pattern = pattern[:-1]
    return pattern


def _group_fitting(
    top: ObjectAddress, listed: Sequence[Listed], pattern: Sequence[str], *, only_folders: bool
) -> Iterator[ObjectMatch]:
    """The objects that fit, and the outermost folders that fit with what is in them."""
    folders: dict[str, list[FoundObject]] = {}
    markers: dict[str, list[ObjectAddress]] = {}
    marked = frozenset(_markers(listed))
    for name, state, _ in sorted(listed, key=lambda one: _order(one.name)):
        parts = name.split("/")
        length = next(fitting_lengths(parts, pattern), None)
        if length is None:
            continue
        found = () if state is None else (FoundObject(top.below(name), state),)
        if length < len(parts) or state is None:
            outermost = "/".join(parts[:length])
            folders.setdefault(outermost, []).extend(found)
            if name in marked and name != outermost:
                markers.setdefault(outermost, []).append(top.below(name))
        elif not only_folders:
            yield ObjectMatch(top.below(name), is_folder=False, objects=found)
    for name, objects in folders.items():
        address = top.below(name) if name else top
        inner = tuple(markers.get(name, ()))
        yield ObjectMatch(address, is_folder=True, objects=tuple(objects), markers=inner)


def _fit(folder: ObjectMatch, part: str, *, only_folders: bool) -> list[ObjectMatch]:
    """What in a folder fits a part of a glob: objects, and folders without what is in them."""
    if folder.fault is not None:
        return [folder]
    if not glob.has_magic(part):
        return [ObjectMatch(folder.address.below(part), is_folder=only_folders)]
    try:
        found = list_folder(folder.address, deep=False)
    except StorageError as error:
        return [] if error.missing else [folder._replace(fault=error)]
    fitting = (
        (folder.address.below(name), state) for name, state, _ in found if part_fits(name, part)
    )
    return [
        ObjectMatch(address, state is None, () if state is None else (FoundObject(address, state),))
        for address, state in fitting
        if state is None or not only_folders
    ]
