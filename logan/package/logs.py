"""The logs that a package was made of, where they lie now: in a folder, or at an address."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from logan.errors import UsageError
from logan.intake.addresses import ObjectAddress, is_address, parse_address
from logan.intake.sources import Source
from logan.package.reading import Package, PackageError, is_plain

_NOT_KEPT: Final = (
    "came over standard input, which nobody can read again: the package can be verified, not "
    "replayed. Have the log scanned from a file"
)


class MissingLog(NamedTuple):
    """A log that a replay would need and has not got."""

    source: str
    why: str


class PackageLogs(NamedTuple):
    """Where the logs of a package lie: their base folder, their paths, and those not there."""

    base: str
    paths: tuple[str, ...]
    missing: tuple[MissingLog, ...]


def find_logs(package: Package, folder: str) -> PackageLogs:
    """The logs of a package in a folder, or in the one below it that has most of them.

    `folder` is a path or an address. Raises `UsageError` where nothing of this name is, and
    `PackageError` where a storage does not tell.
    """
    sources = package.sources()
    names = [str(source["name"]) for source in sources]
    found = _find_far(names, folder) if is_address(folder) else _find_near(names, folder)
    base, there = found
    missing = (_miss(base, one["name"], one["sha256"], there) for one in sources)
    paths = tuple(_join(base, name) for name in names)
    return PackageLogs(base, paths, tuple(one for one in missing if one))


class _FoundLogs(NamedTuple):
    """A folder, and which of the names that were looked for are in it."""

    base: str
    names: frozenset[str]


def _find_near(names: Sequence[str], given: str) -> _FoundLogs:
    folder = Path(given)
    if not folder.is_dir():
        raise UsageError(f"--logs {given}: no such folder")
    there = _names_in(folder, names)
    if len(there) < len(names):
        places = (path.relative_to(folder).as_posix() for path in folder.rglob("*"))
        folder /= _fullest_base(names, places)
        there = _names_in(folder, names)
    return _FoundLogs(str(folder), there)


def _names_in(folder: Path, names: Sequence[str]) -> frozenset[str]:
    return frozenset(name for name in names if (folder / name).exists())


def _fullest_base(names: Sequence[str], places: Iterable[str]) -> str:
    """The folder below which most of the names lie, of those that places show; empty: at their top.

    Of several with as many, the first by name.
    """
    ending = defaultdict(list)
    for name in names:
        ending[_last_part(name)].append(name)
    found = Counter(
        place.removesuffix(name).removesuffix("/")
        for place in places
        for name in ending.get(_last_part(place), ())
        if f"/{place}".endswith(f"/{name}")
    )
    return min(found, key=lambda base: (-found[base], base), default="")


def _last_part(place: str) -> str:
    return place.rpartition("/")[2]


def _find_far(names: Sequence[str], given: str) -> _FoundLogs:
    """The same in a storage, which is asked once for all that lies there."""
    folder = parse_address(given)
    keys = frozenset(_list_keys(folder))
    base = _fullest_base(names, keys)
    there = frozenset(name for name in names if _below(base, name) in keys)
    return _FoundLogs(str(folder.below(base) if base else folder), there)


def _below(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _list_keys(folder: ObjectAddress) -> Iterator[str]:
    """The names of all objects below a folder."""
    from logan.intake.object_search import find_objects
    from logan.intake.storage_faults import StorageError

    try:
        (match,) = find_objects(f"{folder}/")
    except StorageError as error:
        raise UsageError(f"--logs {folder}: {error.reason}") from None
    if match.fault is not None:
        raise _unreadable(str(folder), match.fault.reason, match.fault.advice)
    cut = len(folder.key) + 1 if folder.key else 0
    return (one.address.key[cut:] for one in match.objects)


def _miss(base: str, source: str, sha256: str | None, there: frozenset[str]) -> MissingLog | None:
    """Why a source cannot be read again; one that could not be read then need not be there."""
    if source == "-":
        return MissingLog(source, _NOT_KEPT)
    if sha256 is not None and source not in there:
        return MissingLog(source, f"is not in {base}")
    return None


def locate(logs: str, source: str) -> Source:
    """The log of this name below a folder. Raises `PackageError` where there is none."""
    if source == "-":
        raise PackageError(f"{source}: {_NOT_KEPT}")
    place = _join(logs, source)
    found = _look_far(place) if is_address(logs) else _look_near(place)
    if found is None:
        raise PackageError(f"{place}: no such log; name the folder that holds {source} with --logs")
    return found._replace(name=source)


def _look_near(place: str) -> Source | None:
    path = Path(place)
    return Source(place, path, path.stat().st_size) if is_plain(path.resolve()) else None


def _look_far(place: str) -> Source | None:
    from logan.intake.object_storage import FoundObject
    from logan.intake.storage_faults import StorageError
    from logan.intake.storage_survey import look

    address = parse_address(place)
    try:
        state = look(address)
    except StorageError as error:
        if error.missing:
            return None
        raise _unreadable(place, error.reason, error.advice) from None
    if state is None:
        return None
    return Source(place, None, state.size, remote=FoundObject(address, state))


def _unreadable(place: str, reason: str, advice: str | None) -> PackageError:
    return PackageError(f"{place}: {reason}" + (f"; {advice}" if advice else ""))


def _join(folder: str, name: str) -> str:
    return f"{folder.rstrip('/')}/{name}" if is_address(folder) else str(Path(folder) / name)
