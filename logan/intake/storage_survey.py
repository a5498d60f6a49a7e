"""What lies in a storage, looked at and read so that no client can end the run.

As `logan.intake.object_storage`, whose errors are raised; for Azure in another process
(`logan.intake.storage_process`).
"""

from typing import Any, Final, NamedTuple

from logan.intake import object_storage
from logan.intake.addresses import ObjectAddress
from logan.intake.object_storage import Listed, ObjectState, OpenObject
from logan.intake.storage_faults import StorageError
from logan.intake.storage_process import ProcessEndedError, ask_process

_AZURE: Final = ("abfs", "abfss")
#: SIGSEGV, and what Windows says instead of it.
_OVERRUNS: Final = (-11, 0xC00000FD, 0xC0000005)


def look(address: ObjectAddress) -> ObjectState | None:
    """As `logan.intake.object_storage.look`."""
    if address.scheme not in _AZURE:
        return object_storage.look(address)
    state, _ = _ask("look", address)
    return None if state is None else ObjectState(*state)


def list_folder(folder: ObjectAddress, *, deep: bool) -> list[Listed]:
    """As `logan.intake.object_storage.list_folder`."""
    if folder.scheme not in _AZURE:
        return object_storage.list_folder(folder, deep=deep)
    listed, _ = _ask("deep" if deep else "list", folder)
    return [Listed(name, state and ObjectState(*state), marked) for name, state, marked in listed]


class ObjectElsewhere(NamedTuple):
    """An object that another process has open; as `logan.intake.object_storage.OpenObject`."""

    address: ObjectAddress
    version: bytes | None

    def read(self, first: int, size: int) -> bytes:
        """As `OpenObject.read`."""
        return _ask("read", self.address, first, size)[1]


def open_object(address: ObjectAddress) -> OpenObject | ObjectElsewhere:
    """As `logan.intake.object_storage.open_object`."""
    if address.scheme not in _AZURE:
        return object_storage.open_object(address)
    version, _ = _ask("open", address)
    return ObjectElsewhere(address, None if version is None else version.encode("latin-1"))


def read_then_look(address: ObjectAddress, size: int) -> tuple[bytes, ObjectState | None]:
    """The first bytes of an object, at most so many, and its state after they were read."""
    if address.scheme not in _AZURE:
        return object_storage.open_object(address).read(0, size), object_storage.look(address)
    state, data = _ask("whole", address, size)
    return data, state and ObjectState(*state)


def _ask(question: str, address: ObjectAddress, *more: int) -> tuple[Any, bytes]:
    try:
        return ask_process(question, address, *more)
    except ProcessEndedError as ended:
        overrun = ended.status in _OVERRUNS and question in ("list", "deep")
        raise _empty_part() if overrun else _foreign() from None


def _empty_part() -> StorageError:
    return StorageError(
        "holds a name that pyarrow's client for Azure ends at: one with an empty part, as in "
        "`a//b`",
        "name the folders and objects in it that are logs, one by one (docs/storage.md)",
    )


def _foreign() -> StorageError:
    return StorageError(
        "what answers is no storage of Azure's: pyarrow's client ended at what it said",
        "see whether a proxy between asks for a login or blocks it (docs/storage.md)",
        passing=True,
    )
