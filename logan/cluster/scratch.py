"""Storage that workers put large results into, and this machine takes them from: one folder a run.

A folder that all machines have, or object storage (`logan.intake.object_storage`), with credentials
from the environment. What lies there names people: files of a folder are 0600, and all goes when
the run ends.
"""

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

from logan.errors import UsageError
from logan.intake.addresses import is_address, parse_address
from logan.intake.object_storage import inner_path
from logan.intake.storage_clients import connect
from logan.intake.storage_faults import StorageError, storage_error

_CHUNK: Final = 4 << 20
_ADVICE: Final = "Name a folder or a bucket that this machine and every worker may write to"


class ScratchError(OSError):
    """What was to be put into scratch storage, or taken from it, could not be: why, in words."""


@contextmanager
def _saying(what: str) -> Iterator[None]:
    """Say in words of our own why something could not be done: a storage's may hold what was sent.

    Raises `ScratchError`.
    """
    try:
        yield
    except (OSError, StorageError) as error:
        why = error.strerror if isinstance(error, OSError) and error.errno else None
        raise ScratchError(f"{what}: {why or storage_error(error).reason}") from error


def begin_scratch(place: str, run: str) -> str:
    """Make a folder for a run; its place. Raises `UsageError` where that cannot be done."""
    if not place.strip("/"):
        raise UsageError(f"--scratch {place!r}: names no folder. {_ADVICE}")
    folder = f"{place.rstrip('/')}/logan-{run}"
    try:
        if is_address(folder):
            storage, path = _reach(folder)
            storage.create_dir(path, recursive=True)
            return folder
        local = Path(folder).absolute()
        local.mkdir(mode=0o700, parents=True)
    except StorageError as error:
        raise UsageError(f"--scratch {place}: {error.reason}. {_ADVICE}") from error
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or storage_error(error).reason
        raise UsageError(f"--scratch {place}: cannot be written to: {said}. {_ADVICE}") from error
    return str(local)


def end_scratch(folder: str) -> None:
    """Remove the folder of a run, as far as that can be done."""
    with suppress(OSError, ValueError):
        if is_address(folder):
            storage, path = _reach(folder)
            storage.delete_dir(path)
        else:
            shutil.rmtree(folder)


def put(file: BinaryIO, folder: str, name: str) -> Mapping[str, Any]:
    """Put all of a file into the folder of a run; what to ask for it by.

    Raises `ScratchError`; nothing is left then, as far as it can be removed: the storage may be
    full.
    """
    place = f"{folder}/{name}"
    with _saying("could not be put into scratch storage"):
        try:
            return {"name": name, **_write(file, place)}
        except OSError:
            with suppress(OSError):
                _remove(place)
            raise


def _write(file: BinaryIO, place: str) -> Mapping[str, Any]:
    """Write all of a file; its size and hash."""
    digest, size = hashlib.sha256(), 0
    with _create(place) as out:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            out.write(chunk)
    return {"size": size, "sha256": digest.hexdigest()}


def take(folder: str, said: Mapping[str, Any], target: Path) -> None:
    """Fetch what was put there into a new private file, and remove it. Raises `ScratchError`."""
    name = Path(str(said["name"])).name
    digest = hashlib.sha256()
    with (
        _saying("could not be taken from scratch storage"),
        _create(str(target)) as out,
        _open(f"{folder}/{name}") as stream,
    ):
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            out.write(chunk)
    if digest.hexdigest() != said["sha256"]:
        raise ScratchError("is not what the worker put into scratch storage")
    with suppress(OSError):
        _remove(f"{folder}/{name}")


def _reach(address: str) -> tuple[Any, str]:
    """The storage of an address, and the path within it."""
    parsed = parse_address(address)
    return connect(parsed.scheme, parsed.store), inner_path(parsed)


def _create(place: str) -> Any:
    if is_address(place):
        storage, path = _reach(place)
        return storage.open_output_stream(path)
    return os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _open(place: str) -> Any:
    if not is_address(place):
        return Path(place).open("rb")
    storage, path = _reach(place)
    return storage.open_input_stream(path)


def _remove(place: str) -> None:
    if is_address(place):
        storage, path = _reach(place)
        storage.delete_file(path)
    else:
        Path(place).unlink()
