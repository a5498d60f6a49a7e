"""Objects in S3, Azure, Google Cloud Storage and HDFS, by pyarrow: listed, looked at, opened.

Credentials come from the environment or the machine's role, and go to pyarrow alone. What pyarrow
reads by itself (AWS_ACCESS_KEY_ID, ~/.aws, IMDS; Azure's default credential;
GOOGLE_APPLICATION_CREDENTIALS; Hadoop's configuration) is left to it; what only its callers can say
(S3's endpoint and region, Azure's account) is taken from the variables that the providers' own
tools read. pyarrow is imported where something is asked for: a scan of files never does.

Every failure is a `StorageError`.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from logan.intake.addresses import ObjectAddress
from logan.intake.azure_account import find_azure_account
from logan.intake.storage_faults import ODD_NAME, ODD_NAME_ADVICE, StorageError, storage_error
from logan.intake.storage_questions import LISTING_SECONDS, ask

#: Seconds until a connection must stand. S3's client allows one, too little across an ocean.
_CONNECT_SECONDS: Final = 10
_GOOGLE: Final = ("gs", "gcs")
#: Parts of a key that no client passes on as they are.
_ODD_PARTS: Final = frozenset(("", ".", ".."))
#: What stands at the end of memory until it is filled: no text ends so.
_UNFILLED: Final = b"\xff"
#: A listing of S3 (MinIO's, Ceph's) may tell milliseconds where an object's own head tells seconds.
_SECOND: Final = 1_000_000_000
#: How long Google's client tries by itself. Its own limit, a quarter of an hour, shows nobody why.
_RETRY_SECONDS: Final = 15


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
    with _speaking():
        path = inner_path(address)
        info = ask(lambda: connect(address.scheme, address.store).get_file_info(path))
        kind = info.type.name
        if kind == "NotFound":
            raise FileNotFoundError
        return _state(info, address.scheme) if kind == "File" else None


Listed = tuple[str, ObjectState | None]


def list_folder(folder: ObjectAddress, *, deep: bool) -> list[Listed]:
    """What lies in a folder, in any order: names below it, and states; None for a folder in it.

    `deep`: with all below it; the storage is asked once, and answers page by page.
    """
    if deep or folder.scheme not in _GOOGLE:
        return _mark_ambiguous(_list(folder, deep=deep))
    # pyarrow 26 names no folder in a folder of Google's, only what is below them all.
    found = [(*name.partition("/"), state) for name, state in _list(folder, deep=True)]
    folders = {first for first, slash, _, _ in found if slash}
    files = ((first, state) for first, slash, _, state in found if not slash and state is not None)
    return [*((name, None) for name in folders), *_mark_ambiguous(files)]


def _mark_ambiguous(listed: Iterable[Listed]) -> list[Listed]:
    """Each name once; pyarrow 26 leaves a slash at an end, and before Google's names, out."""
    folders: list[Listed] = []
    files: dict[str, ObjectState] = {}
    for name, state in listed:
        if state is None:
            folders.append((name, None))
        else:
            files[name] = state._replace(ambiguous=True) if name in files else state
    return [*folders, *files.items()]


def _list(folder: ObjectAddress, *, deep: bool) -> Iterator[Listed]:
    from pyarrow.fs import FileSelector

    with _speaking():
        inner = inner_path(folder).rstrip("/")
        selector = FileSelector(inner or "/", recursive=deep)
        files = ask(lambda: connect(folder.scheme, folder.store))
        infos = ask(lambda: files.get_file_info(selector), LISTING_SECONDS)
        cut = len(inner) + 1
        for info in infos:
            if info.type.name in ("File", "Directory"):
                is_file = info.type.name == "File"
                yield info.path[cut:], _state(info, folder.scheme) if is_file else None


def open_object(address: ObjectAddress) -> OpenObject:
    """Open an object for reading."""
    with _speaking():
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
def _speaking() -> Iterator[None]:
    """Turn what pyarrow raises into a `StorageError`."""
    import pyarrow as pa

    try:
        yield
    except (OSError, pa.ArrowException, ValueError) as error:
        raise storage_error(error) from None


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


@cache
def connect(scheme: str, store: str) -> Any:
    """pyarrow's file system for what lies in a bucket, container or cluster; kept for its time."""
    return _CONNECT[scheme](scheme, store)


def _connect_s3(_scheme: str, bucket: str) -> Any:
    from pyarrow.fs import S3FileSystem

    options: dict[str, Any] = {"connect_timeout": _CONNECT_SECONDS}
    if bundle := os.environ.get("AWS_CA_BUNDLE"):
        options["tls_ca_file_path"] = bundle
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    parts = urlsplit(f"https://{bucket}.s3.amazonaws.com")
    if endpoint:
        parts = urlsplit(endpoint if "://" in endpoint else f"https://{endpoint}")
        place = parts.netloc.rpartition("@")[2] + parts.path.rstrip("/")
        options |= {"scheme": parts.scheme, "endpoint_override": place}
        region = region or "us-east-1"
    if proxy := _proxy_for(parts.scheme, parts.hostname or ""):
        options["proxy_options"] = proxy
    return S3FileSystem(region=region or _region_of(bucket), **options)


def _proxy_for(scheme: str, host: str) -> str | None:
    """The proxy that the environment names for a host; the clients of others find it themselves."""
    from urllib.request import getproxies, proxy_bypass

    return None if proxy_bypass(host) else getproxies().get(scheme)


def _region_of(bucket: str) -> str | None:
    """Where a bucket lies, as Amazon tells anybody; None: as the machine's configuration says."""
    from pyarrow.fs import resolve_s3_region

    try:
        region: str = resolve_s3_region(bucket)
    except OSError:
        return None
    return region


def _connect_gcs(_scheme: str, _bucket: str) -> Any:
    from pyarrow.fs import GcsFileSystem

    options: dict[str, Any] = {"retry_time_limit": timedelta(seconds=_RETRY_SECONDS)}
    if emulator := os.environ.get("STORAGE_EMULATOR_HOST"):
        parts = urlsplit(emulator if "://" in emulator else f"http://{emulator}")
        options |= {
            "anonymous": True,
            "scheme": parts.scheme,
            "endpoint_override": parts.netloc,
        }
    return GcsFileSystem(**options)


def _connect_hdfs(_scheme: str, host: str) -> Any:
    from pyarrow.fs import HadoopFileSystem

    name, _, port = host.partition(":")
    # Port 0: as Hadoop's configuration says, which also knows names of several hosts.
    return HadoopFileSystem(name or "default", int(port or 0))


def _connect_azure(scheme: str, store: str) -> Any:
    from pyarrow.fs import AzureFileSystem

    account = find_azure_account(scheme, store.partition("@")[2], os.environ)
    return AzureFileSystem(
        account.name,
        account_key=account.key,
        sas_token=account.sas,
        blob_storage_authority=account.blob,
        dfs_storage_authority=account.dfs,
        blob_storage_scheme=account.protocol,
        dfs_storage_scheme=account.protocol,
    )


_CONNECT: Final = {
    "s3": _connect_s3,
    "gs": _connect_gcs,
    "gcs": _connect_gcs,
    "abfs": _connect_azure,
    "abfss": _connect_azure,
    "hdfs": _connect_hdfs,
}
