"""The objects of a storage that an address names, as inputs."""

from typing import Final

from logan.intake.addresses import ObjectAddress
from logan.intake.names import holds_no_log, named_like_log, never_log, shown_name
from logan.intake.object_search import ObjectMatch, find_objects
from logan.intake.object_storage import FoundObject
from logan.intake.sources import (
    SkippedPath,
    Source,
    SourceCollection,
    UnreadInput,
    unread_marker,
)
from logan.intake.storage_faults import StorageError

_CHECK: Final = "check the spelling of bucket and key: small and capital letters differ"


def add_address(found: SourceCollection, given: str) -> UnreadInput | None:
    """Add what an address names; why nothing is added, where nothing can be found."""
    try:
        matches = find_objects(given)
    except StorageError as error:
        return UnreadInput(shown_name(given), error.reason, error.advice or _CHECK)
    for match in matches:
        _add_match(found, match)
    return None


def _add_match(found: SourceCollection, match: ObjectMatch) -> None:
    """Add the objects that an address names; in a folder not those that are no logs."""
    name = shown_name(str(match.address))
    if match.fault is not None:
        kind = "is a folder that cannot be listed" if match.is_folder else "cannot be looked at"
        found.refuse(name, f"{kind}: {match.fault.reason}", match.fault.advice)
        return
    if match.is_folder and not found.is_new(_as_folder(match.address), name):
        return
    before, skipped = found.count(), len(found.skipped)
    folders = _FolderChoice(found, match.address)
    for one in match.objects:
        if not folders.leaves_out(one.address):
            _add_object(found, one)
    for marker in match.markers:
        if not folders.leaves_out(marker):
            _add_marker(found, marker)
    if match.is_folder and found.count() == before:
        passed_over = len(found.skipped) - skipped
        found.refuse(name, holds_no_log(passed_over))


def _add_object(found: SourceCollection, stored: FoundObject) -> None:
    name = shown_name(str(stored.address))
    if found.is_new(stored.address, name):
        found.sources.append(Source(name, None, stored.state.size, remote=stored))


def _add_marker(found: SourceCollection, folder: ObjectAddress) -> None:
    """Note a folder that may be a log: unread where it is named like one."""
    name = shown_name(str(folder))
    if named_like_log(name):
        found.unread.append(unread_marker(name))
    else:
        found.markers.append(name)


class _FolderChoice:
    """Which folders below an address are left out, and with them what lies in them."""

    def __init__(self, found: SourceCollection, top: ObjectAddress) -> None:
        self._found = found
        self._left_out = {top: found.excludes(shown_name(str(top)))}

    def leaves_out(self, address: ObjectAddress) -> bool:
        """True for an object that is left out, or in a folder that is, which is noted once."""
        if address in self._left_out:
            return self._left_out[address]
        folder, _, last = address.key.rpartition("/")
        above = address._replace(key=folder)
        if above not in self._left_out:
            left_out = self.leaves_out(above)
            is_new = left_out or self._found.is_new(_as_folder(above), shown_name(str(above)))
            self._left_out[above] = left_out or not is_new
        if self._left_out[above]:
            return True
        why = never_log(last)
        if why:
            self._found.skipped.append(SkippedPath(shown_name(str(address)), why))
        return bool(why) or self._found.excludes(shown_name(str(address)))


def _as_folder(address: ObjectAddress) -> ObjectAddress:
    """What no object is known by: one may have the same name."""
    return address._replace(key=f"{address.key}/")
