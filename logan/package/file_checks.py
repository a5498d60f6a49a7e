"""Whether the files of a package are those that it was made of: sums, names, nothing else."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from logan.package.checksums import list_files, read_sums
from logan.package.faults import PackageFault
from logan.package.files import hash_file
from logan.package.names import FILES, LATER, PEOPLE_FILES, RULES, SUMS, is_beside
from logan.package.reading import is_plain

_NO_SUMS: Final = "nothing tells whether any file is as it was made; ask for the package again"
_CHANGED: Final = "rows or words may have been added, taken out or altered; trust no number in it"
_MISSING: Final = "what it held cannot be checked; ask for the whole package"
_EXTRA: Final = "it is no part of what was made: do not take it for that"
_STRANGE: Final = "it may lead out of the folder, and is not followed"


def check_files(folder: Path) -> Iterator[PackageFault]:
    """Hold every file against `SHA256SUMS`, and look for what should not be there."""
    yield from _check_kinds(folder)
    if not is_plain(folder / SUMS):
        yield PackageFault(SUMS, "is missing", _NO_SUMS)
        return
    sums, strange = read_sums((folder / SUMS).read_text(encoding="utf-8", errors="replace"))
    for number in strange[:1]:
        yield PackageFault(f"{SUMS}:{number}", "is no line of sums", _NO_SUMS)
    yield from _check_sums(folder, sums)


def _check_kinds(folder: Path) -> Iterator[PackageFault]:
    """Links, pipes and folders, which no package has."""
    for at, folders, files in os.walk(folder):
        for name in sorted((*folders, *files)):
            path = Path(at, name)
            place = path.relative_to(folder).as_posix()
            if not is_plain(path) and (place != RULES or path.is_symlink()):
                yield PackageFault(place, _name_kind(path), _STRANGE)


def _name_kind(path: Path) -> str:
    if path.is_symlink():
        return "is a symbolic link"
    return "is a folder" if path.is_dir() else "is no regular file"


def _check_sums(folder: Path, sums: Mapping[str, str]) -> Iterator[PackageFault]:
    there = set(list_files(folder))
    for name in sorted({*sums, *(set(FILES) - set(LATER))} - there - {SUMS}):
        yield PackageFault(name, "is missing", _MISSING)
    for name in sorted(there - set(sums)):
        known = name in (*FILES, *PEOPLE_FILES) or name.startswith(f"{RULES}/")
        what = f"is not in {SUMS}" if known else "is an extra file"
        yield PackageFault(name, what, _EXTRA)
    for name in sorted(there & set(sums)):
        if is_plain(folder / name) and hash_file(folder / name) != sums[name]:
            yield PackageFault(name, f"was changed: its hash is not the one in {SUMS}", _CHANGED)


def check_manifest(folder: Path, manifest: Mapping[str, Any]) -> Iterator[PackageFault]:
    """Hold the data files and rules against the manifest, which the report's hash covers."""
    listed = [(one["file"], one["sha256"]) for one in (*manifest["outputs"], *manifest["rules"])]
    for name, expected in (*listed, ("sources.csv", manifest["inputs_sha256"])):
        path = folder / str(name)
        if is_plain(path) and _is_inside(str(name)) and hash_file(path) != expected:
            yield PackageFault(str(name), "is not the file that manifest.json names", _CHANGED)


def _is_inside(name: str) -> bool:
    return not Path(name).is_absolute() and ".." not in Path(name).parts and not is_beside(name)
