"""What the name of a file says: that it is no log, or that it fits a glob."""

import os
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase, translate
from functools import cache, lru_cache
from itertools import chain, combinations
from pathlib import Path, PurePath
from typing import Final

#: Why a path or address is unread that names nothing.
NOTHING_THERE: Final = "nothing found there"
#: Names that are never a log, compared without case. They are passed over inside folders, beside
#: whatever begins with a dot; a file that is named on the command line is always read.
NEVER_LOGS: Final = (
    *("README", "README.*", "LICENSE", "LICENSE.txt", "CHANGELOG", "*.md", "*.rst", "*.pdf"),
    *("*.py", "*.pyc", "__pycache__", "*.sh", "*.yaml", "*.yml", "*.toml"),
    *("*.png", "*.jpg", "*.jpeg", "*.gif", "Thumbs.db", "desktop.ini"),
    *("MD5SUMS", "SHA*SUMS", "*.md5", "*.sha256", "*.sig", "*.asc"),
)
#: How a log is named, and hardly a folder.
_LOG_ENDING: Final = re.compile(
    r"(?i)\.(log|txt|csv|tsv|jsonl?|ndjson|xml|evtx|parquet|t?gz|bz2|xz|zst|zip|tar)([.-]?\d[\d.-]*)?"
)
#: Parts of an object's key that are no names at all: nothing is passed over for them.
_DOTS: Final = (".", "..")
#: A part `**` of a glob that others follow; several of them in a row are one.
_DEEP_PARTS: Final = re.compile(r"(?:^|(?<=/))(?:\*\*/+)+")
#: How the end of a text is written where a glob is made an expression.
_END: Final = translate("")[len("(?s:)") :]


def never_log(name: str) -> str | None:
    """Why a file or folder of this name, within a folder, is no log; None where it may be."""
    if is_hidden(name):
        return "hidden"
    if _never_logs().match(name.casefold()) is None:
        return None
    patterns = (one for one in NEVER_LOGS if fnmatchcase(name.casefold(), one.casefold()))
    return f"named like {next(patterns)}"


@cache
def _never_logs() -> re.Pattern[str]:
    """`NEVER_LOGS` as one expression."""
    return re.compile("|".join(translate(name.casefold()) for name in NEVER_LOGS))


def is_hidden(name: str) -> bool:
    """Whether a name is one that a shell's `*` and `**` do not stand for."""
    return name.startswith(".") and name not in _DOTS


def named_like_log(name: str) -> bool:
    """Whether a name ends as those of logs do, and hardly a folder's."""
    return any(found.end() == len(name) for found in _LOG_ENDING.finditer(name))


def part_fits(name: str, part: str) -> bool:
    """Whether a name fits a part of a glob as in a shell, which is asked for hidden names only."""
    hidden = name.startswith(".") and not part.startswith(".")
    return bool(name) and fnmatchcase(name, part) and not hidden


def fits(name: str, glob: str) -> bool:
    """True where a glob names a source's file, a folder above it, or both.

    `boroughs-*`, `boroughs-*/*.xz` and `access*` are all `logs/boroughs-swg/access.xz`. A `*`
    stands for slashes too; a part `**` that others follow may also stand for nothing, so that
    `logs/**/access.xz` is `logs/access.xz`.
    """
    matches = _expression(glob).match
    return any(matches(os.path.normcase(one)) for one in chain((name,), _spans(name)))


@lru_cache(maxsize=256)
def _expression(glob: str) -> re.Pattern[str]:
    """A glob as one expression, in which each of its parts `**` that others follow may be none."""
    between = map(translate, map(os.path.normcase, _DEEP_PARTS.split(glob)))
    # Without the end of the text, which each piece would ask for.
    pieces = [text.removesuffix(_END) for text in between]
    return re.compile("(?:.*/)?".join(pieces) + _END, re.DOTALL)


def _spans(name: str) -> Iterator[str]:
    """The parts of a path, all runs of them, and all that it begins with."""
    parts = PurePath(name).parts
    yield from ("/".join(parts[at:end]) for at, end in combinations(range(len(parts) + 1), 2))
    yield from (name[: slash.start()] for slash in re.finditer("/", name))


def shown_name(path: Path | str) -> str:
    """A path as valid Unicode: bytes that are no UTF-8 stand as `\\xNN`."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def holds_no_log(passed_over: int) -> str:
    """Why a folder gives nothing to read: empty, or all in it is passed over by name."""
    return "holds no log" + (f"; {passed_over:,} passed over by name" if passed_over else "")
