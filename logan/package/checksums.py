"""`SHA256SUMS`: the hash of every file of a package, in the form that `sha256sum -c` reads."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from logan.package.files import hash_file
from logan.package.names import SUMS, is_beside

_LINE: Final = re.compile(r"([0-9a-f]{64})  ([^\0\n\\]+)")


def list_files(folder: Path) -> list[str]:
    """All files below a package, by their path in it, but for the sums and what signs them."""
    paths = [path for path in folder.rglob("*") if not path.is_dir() or path.is_symlink()]
    names = sorted(path.relative_to(folder).as_posix() for path in paths)
    return [name for name in names if name != SUMS and not is_beside(name)]


def write_sums(folder: Path, known: Mapping[str, str] = MappingProxyType({})) -> str:
    """The sums of all files of a package, in order of their names.

    `known` are hashes by file: what was just hashed as it was written need not be read for it.
    """
    return "".join(
        f"{known.get(name) or hash_file(folder / name)}  {name}\n" for name in list_files(folder)
    )


def read_sums(text: str) -> tuple[dict[str, str], list[int]]:
    """Hashes by file, and the numbers of lines that are none of `sha256sum`'s."""
    sums, strange = {}, []
    for number, line in enumerate(text.removesuffix("\n").split("\n"), 1):
        found = _LINE.fullmatch(line)
        if found is None or found[2] in sums:
            strange.append(number)
        else:
            sums[found[2]] = found[1]
    return sums, strange
