"""The text of a file that people wrote, whichever program saved it: letters that are seen."""

import hashlib
import re
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

from logan.intake import encodings, foreign
from logan.people.remarks import FileRemarks

#: No force has a register of this size; ten spans of 60,000 people are 60 MB.
MOST_BYTES: Final = 128 << 20
#: Controls, and what Unicode calls format characters: joiners, directions, soft hyphens, marks.
_UNSEEN: Final = (
    "[\\x00-\\x08\\x0e-\\x1f\\x7f-\\x84\\x86-\\x9f\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
#: Those of them, and of the blanks, that ASCII has.
_CONTROLS: Final = bytes((*range(9), *range(11, 32), 127)).replace(b"\r", b"")
#: Blanks that are not the usual one, and line ends that no program ends a row with.
_BLANK: Final = "[\\x0b\\x0c\\x85\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
_SAVE_AGAIN: Final = "Save it again as `CSV UTF-8`, or export it with -Encoding UTF8."
_OFFICE: Final = ("zip", "ole")


class RegisterText(NamedTuple):
    """What a file says, and the hash of its bytes."""

    text: str
    sha256: str


def read_text(path: Path, remarks: FileRemarks) -> RegisterText | None:
    """The text of a file; None where it cannot be read, with the reason among the problems.

    It is without signs that nobody sees; line ends are as they were.
    """
    data = _read(path, remarks)
    text = None if data is None else _decode(data, remarks)
    if data is None or text is None:
        return None
    return RegisterText(_without_unseen(text, remarks), hashlib.sha256(data).hexdigest())


def _read(path: Path, remarks: FileRemarks) -> bytes | None:
    """The bytes of a file that may be a register."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        remarks.refuse(None, f"cannot be read: {error.strerror}")
        return None
    if len(data) > MOST_BYTES:
        size = MOST_BYTES >> 20
        remarks.refuse(None, f"is larger than {size} MiB: no such register", "Is it a log?")
        return None
    found = foreign.recognise(data[:512])
    if found is not None:
        office = found.name in _OFFICE and path.suffix.lower().startswith((".xl", ".od"))
        what = "is a workbook, not CSV" if office else f"is {found.words}, not CSV"
        remarks.refuse(None, what, "Open it and save the sheet as `CSV UTF-8`; give that file.")
        return None
    return data


def _decode(data: bytes, remarks: FileRemarks) -> str | None:
    """The text of a file: UTF-8 or UTF-16, else Windows-1252, which is said."""
    encoding, mark = encodings.detect(data[:64])
    body = data[mark:]
    try:
        return body.decode("utf-8" if encoding.startswith("utf-8") else encoding)
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        if encoding != "utf-8":
            remarks.refuse(None, f"is damaged: it begins as {encoding.upper()}", _SAVE_AGAIN)
            return None
    return _decode_windows(body, line, remarks)


def _decode_windows(body: bytes, line: int, remarks: FileRemarks) -> str | None:
    """Text that is no UTF-8, as Windows-1252, unless some of it is UTF-8 beyond doubt."""
    if body.decode("utf-8", "ignore").isascii():
        try:
            text = body.decode("cp1252")
        except UnicodeDecodeError as error:
            line = body[: error.start].count(b"\n") + 1
        else:
            remarks.limit(
                f"is not UTF-8: its letters beyond ASCII (the first on line {line}) were read as"
                " Windows-1252"
            )
            return text
    remarks.refuse(line, "holds letters that are neither UTF-8 nor Windows-1252", _SAVE_AGAIN)
    return None


def _without_unseen(text: str, remarks: FileRemarks) -> str:
    """The text without signs that nobody sees, and with one kind of blank.

    They come along when a cell is copied from a page or a letter, and two names that look the same
    are then not the same.
    """
    if not _has_unseen(text):
        return text
    text = re.sub(_BLANK, " ", text)
    first = re.search(_UNSEEN, text)
    line = 1 if first is None else text.count("\n", 0, first.start()) + 1
    seen, many = re.subn(_UNSEEN, "", text)
    if not many:
        return seen
    what = "a sign" if many == 1 else f"{many:,} signs"
    remarks.limit(f"has {what} that nobody sees (the first on line {line}): left out")
    return seen


def _has_unseen(text: str) -> bool:
    """Whether any sign of a text is `_UNSEEN` or a `_BLANK`."""
    if text.isascii():
        return len(text.encode().translate(None, _CONTROLS)) < len(text)
    return bool(pl.Series([text]).str.contains(f"{_UNSEEN}|{_BLANK}").item())
