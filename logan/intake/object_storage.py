"""Objects in S3, Azure, Google Cloud Storage and HDFS, by pyarrow: listed, looked at, opened.

The clients are those of `logan.intake.storage_clients`.
Every failure is a `StorageError`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import starmap
from typing import Any, Final, NamedTuple

from logan.intake.addresses import ObjectAddress
from logan.intake.storage_clients import connect
from logan.intake.storage_faults import ODD_NAME, ODD_NAME_ADVICE, StorageError, storage_error
from logan.intake.storage_questions import LISTING_SECONDS, ask

_GOOGLE: Final = ("gs", "gcs")
#: Where an object's name may end with a slash, and such an object is taken for a folder.
_MARKING: Final = (*_GOOGLE, "abfs", "abfss")
#: Names that a storage tells by one answer, where nobody asks for fewer: "ListObjectsV2" of S3's
#: reference, "Objects: list" of Google's, "List Blobs" of Azure's.
_PAGE_NAMES: Final = {"s3": 1000, "gs": 1000, "gcs": 1000, "abfs": 5000, "abfss": 5000}
#: Parts of a key that no client passes on as they are.
_ODD_PARTS: Final = frozenset(("", ".", ".."))
#: What stands at the end of memory until it is filled: no text ends so.
_UNFILLED: Final = b"\xff"
#: A listing of S3 (MinIO's, Ceph's) may tell milliseconds where an object's own head tells seconds.
_SECOND: Final = 1_000_000_000


class ObjectState(NamedTuple):
    """What an object was when somebody looked: stored bytes, and when it was written.

    `changed` in nanoseconds since 1970, as fine as the storage always tells; 0: not told.
    `ambiguous`: the client knows several objects by the name, and gives any of them.
    """

    size: int
    changed: int
    ambiguous: bool = False


class FoundObject(NamedTuple):
    """An object, and its state when it was found."""

    address: ObjectAddress
    state: ObjectState


class OpenObject(NamedTuple):
    """An object that can be read from any place, by several threads at once.

    `version` differs where anything else was stored under the same name: S3's and Azure's ETag, the
    generation in Google Cloud Storage; None where the storage has none (HDFS).
    """

    file: Any
    version: bytes | None

    def read(self, first: int, size: int) -> bytes:
        """Bytes from `first` on, at most `size`; fewer only where the storage gave fewer.

        Raises `StorageError` where it gave fewer and pyarrow does not know it: pyarrow 26 counts
        what it asked S3 for, and the rest would be whatever was in memory.
        """
        data = self._fill(first, bytearray(size), _UNFILLED)
        filled = not data.endswith(_UNFILLED) or len(data) < size
        if not filled and self._fill(first + size - 1, bytearray(1), b"\0") != _UNFILLED:
            raise StorageError("gave fewer bytes than were asked for", passing=True)
        return data

    def _fill(self, first: int, buffer: bytearray, unfilled: bytes) -> bytes:
        """Bytes from `first` on, put into memory that ends with `unfilled` until then."""
        buffer[-1:] = unfilled if buffer else b""

        def fill() -> int:
            count: int = self.file.get_stream(first, len(buffer)).readinto(buffer)
            return count

        with _speaking():
            count: int = ask(fill, came=lambda: len(buffer[:-1].rstrip(b"\0")))
        return bytes(buffer) if count == len(buffer) else bytes(buffer[:count])


def look(address: ObjectAddress) -> ObjectState | None:
    """The state of an object; None for a folder. Raises a `missing` error where nothing is."""
    with _speaking(address.key):
        path = inner_path(address)
        info = ask(lambda: connect(address.scheme, address.store).get_file_info(path))
        kind = info.type.name
        if kind == "NotFound":
            raise FileNotFoundError
        if kind != "File":
            return None
        state = _state(info, address.scheme)
        if not state.changed and address.scheme in _PAGE_NAMES:
            raise _foreign()
        return state


def _foreign() -> StorageError:
    """S3, Azure and Google tell of every object when it was written; a proxy's page does not."""
    return StorageError(
        "what answers is no storage: it tells of no object when it was written",
        "see whether a proxy between asks for a login or blocks it (docs/storage.md)",
        passing=True,
    )


class Listed(NamedTuple):
    """What a listing names, by its name below the folder, and its state; None for a folder.

    `marked`: an object whose name is the folder's with a slash behind it lies there, or may. It
    marks a folder where it is empty. Arrow's clients for Google (gcsfs.cc, `ToFileInfo`) and for
    Azure without real folders (azurefs.cc, `DirectoryFileInfoFromPath`) tell its size by no call,
    and open none.
    """

    name: str
    state: ObjectState | None = None
    marked: bool = False


def list_folder(folder: ObjectAddress, *, deep: bool) -> list[Listed]:
    """What lies in a folder, in any order: names below it, and states; None for a folder in it.

    `deep`: with all below it; the storage answers page by page.
    """
    if deep or folder.scheme not in _GOOGLE:
        return _mark_ambiguous(_list(folder, deep=deep))
    # pyarrow 26 names no folder in a folder of Google's, only what is below them all.
    found = _list(folder, deep=True)
    folders = {one.name.partition("/")[0] for one in found if "/" in one.name or one.state is None}
    files = (one for one in found if "/" not in one.name and one.state is not None)
    return [*map(Listed, folders), *_mark_ambiguous(files)]


def _mark_ambiguous(listed: Iterable[Listed]) -> list[Listed]:
    """Each name once; pyarrow 26 leaves a slash at an end, and before Google's names, out."""
    folders: list[Listed] = []
    files: dict[str, ObjectState] = {}
    for one in listed:
        if one.state is None:
            folders.append(one)
        else:
            again = one.name in files
            files[one.name] = one.state._replace(ambiguous=True) if again else one.state
    return [*folders, *starmap(Listed, files.items())]


def _list(folder: ObjectAddress, *, deep: bool) -> list[Listed]:
    """What lies in a folder, some of it perhaps twice; listed again where an answer may be missing.

    To a client a page that names nothing and no next page is the last one: an answer without a
    body, in S3 and Azure any XML. What either listing names, counts.
    """
    try:
        first = [*_list_once(folder, deep=deep)]
    except StorageError as error:
        if not error.missing:
            raise
        return [*_list_once(folder, deep=deep)]
    if not _may_lack_pages(first, folder.scheme, deep=deep):
        return first
    try:
        again = [*_list_once(folder, deep=deep)]
    except StorageError as error:
        if not error.missing:
            raise
        return first
    names = {one.name for one in again}
    return [*again, *(one for one in first if one.name not in names)]


def _may_lack_pages(listed: Sequence[Listed], scheme: str, *, deep: bool) -> bool:
    """Whether a listing ends where a page does, so that further ones may have got lost."""
    page = _PAGE_NAMES.get(scheme)
    if page is None:
        return False
    if scheme in _GOOGLE or scheme == "s3":
        # Of folders nobody knows whether they were named or follow from what is below them.
        objects = sum(one.state is not None for one in listed)
        return len(listed) // page * page >= objects
    inside = Counter(one.name.rpartition("/")[0] for one in listed)
    folders = ("", *(one.name for one in listed if one.state is None and deep))
    return any(inside[folder] % page == 0 for folder in folders)


def _list_once(folder: ObjectAddress, *, deep: bool) -> Iterator[Listed]:
    from pyarrow.fs import FileSelector

    with _speaking(folder.key):
        inner = inner_path(folder).rstrip("/")
        selector = FileSelector(inner or "/", recursive=deep)
        files = ask(lambda: connect(folder.scheme, folder.store))
        infos = ask(lambda: files.get_file_info(selector), LISTING_SECONDS)
        cut = len(inner) + 1
        for info in infos:
            if info.type.name in ("File", "Directory"):
                yield _listed(info, info.path[cut:], folder.scheme)


def _listed(info: Any, name: str, scheme: str) -> Listed:
    if info.type.name == "File":
        return Listed(name, _state(info, scheme))
    # Of a real folder, which Azure may have, the time is told.
    return Listed(name, marked=scheme in _MARKING and info.mtime_ns is None)


def open_object(address: ObjectAddress) -> OpenObject:
    """Open an object for reading."""
    with _speaking(address.key):
        path = inner_path(address)
        file = ask(lambda: connect(address.scheme, address.store).open_input_file(path))
        told = file
        if address.scheme in _GOOGLE:
            # The file asks for the object to tell of it, and lets no other thread run meanwhile.
            told = ask(lambda: connect(address.scheme, address.store).open_input_stream(path))
        facts: Mapping[bytes | str, bytes] = told.metadata() or {}
        headers = {_text(key).lower(): value for key, value in facts.items()}
    if address.scheme in _GOOGLE and headers.get("content-encoding"):
        # The storage would unpack it on its way, and then no size and no place of it holds.
        raise StorageError(
            "is stored with a Content-Encoding, so that the storage changes it on its way",
            "take that off: gcloud storage objects update --clear-content-encoding ADDRESS",
        )
    return OpenObject(file, headers.get("generation") or headers.get("etag"))


def _text(key: bytes | str) -> str:
    return key.decode("utf-8", "replace") if isinstance(key, bytes) else key


def _state(info: Any, scheme: str) -> ObjectState:
    changed: int = info.mtime_ns or 0
    return ObjectState(info.size, changed - changed % _SECOND if scheme == "s3" else changed)


@contextmanager
def _speaking(key: str = "") -> Iterator[None]:
    """Turn what pyarrow raises, where it is asked for a key, into a `StorageError`."""
    import pyarrow as pa

    try:
        yield
    except (OSError, pa.ArrowException, ValueError) as error:
        raise storage_error(error, key) from None


def inner_path(address: ObjectAddress) -> str:
    """The path that pyarrow knows an address by.

    Raises `StorageError` for what cannot be asked for: on its way to a storage `a/../b` becomes
    `b`, which is another object and may be another bucket's.
    """
    if address.scheme == "hdfs":
        return f"/{address.key}"
    if address.key and not _ODD_PARTS.isdisjoint(address.key.split("/")):
        raise StorageError(ODD_NAME, ODD_NAME_ADVICE)
    return f"{address.store.partition('@')[0]}/{address.key}".removesuffix("/")
