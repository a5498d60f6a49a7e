"""What the name of a file says: that it is no log, or that it fits a glob."""

import os
import re
from collections.abc import Iterator
from fnmatch import fnmatch, fnmatchcase, translate
from itertools import combinations
from pathlib import Path, PurePath
from typing import Final

from logan.errors import UsageError

#: Why a path or address is unread that names nothing.
NOTHING_THERE: Final = "nothing found there"
#: Names that are never a log, compared without case. They are passed over inside folders, beside
#: whatever begins with a dot; a file that is named on the command line is always read.
NEVER_LOGS: Final = (
    *("README", "README.*", "LICENSE", "LICENSE.txt", "CHANGELOG", "*.md", "*.rst", "*.pdf"),
    *("*.py", "*.pyc", "__pycache__", "*.sh", "*.yaml", "*.yml", "*.toml"),
    *("MD5SUMS", "SHA*SUMS", "*.md5", "*.sha256", "*.sig", "*.asc"),
)
#: Parts of an object's key that are no names at all: nothing is passed over for them.
_DOTS: Final = (".", "..")
#: All of them as one expression.
_NEVER: Final = re.compile("|".join(translate(name.casefold()) for name in NEVER_LOGS))


def never_log(name: str) -> str | None:
    """Why a file or folder of this name, within a folder, is no log; None where it may be."""
    if name.startswith(".") and name not in _DOTS:
        return "hidden"
    if _NEVER.match(name.casefold()) is None:
        return None
    patterns = (one for one in NEVER_LOGS if fnmatchcase(name.casefold(), one.casefold()))
    return f"named like {next(patterns)}"


def fits(name: str, glob: str) -> bool:
    """True where a glob names a source's file, a folder above it, or both.

    `boroughs-*`, `boroughs-*/*.xz` and `access*` are all `logs/boroughs-swg/access.xz`.
    """
    return fnmatch(name, glob) or any(fnmatch(one, glob) for one in _spans(name))


def _spans(name: str) -> Iterator[str]:
    """The parts of a path, and all runs of them."""
    parts = PurePath(name).parts
    return ("/".join(parts[first:end]) for first, end in combinations(range(len(parts) + 1), 2))


def shown_name(path: Path | str) -> str:
    """A path as valid Unicode: bytes that are no UTF-8 stand as `\\xNN`."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def refuse_deep_glob(pattern: str) -> None:
    """Raise `UsageError` for a glob with a part `**`.

    In sh that is one folder, in many programs any number of them: whoever means these would not be
    told of the logs that one folder leaves out.
    """
    if "**" in pattern.split("/"):
        raise UsageError(
            f"{shown_name(pattern)}: `**` would stand for one folder, as in sh, and leave out what "
            "lies deeper. Name the folder above it: it is read with all below it. --exclude leaves "
            "out what is not wanted"
        )
