"""Which sources one gateway wrote, as far as their names, formats and spans of time tell.

Files whose names differ in digits alone are the turns of one gateway (`access.log.1`, a day) or the
logs of several (`px1.log` beside `px2.log`). A gateway ends one file and begins the next, so that
its files lie one after the other; two gateways write side by side. Which digits tell the gateways
apart is what leaves fewest of the files of each side by side.
"""

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from heapq import heappop, heappush
from pathlib import PurePath
from typing import Final, NamedTuple

from logan.intake.addresses import is_address

#: Words in the names of rotated files that say nothing of who wrote them.
_ENDINGS: Final = frozenset(
    ("gz", "bz", "xz", "zst", "lz", "z", "old", "bak", "log", "txt", "csv", "json", "ndjson")
)
#: An address; a part of a hash, as uploaders put behind a name; letters; digits.
_PIECES: Final = re.compile(
    r"(?<![\d.])(?P<address>(?:(?:[1-9]\d{0,2}|0)\.){3}(?:[1-9]\d{0,2}|0)(?!\.?\d))"
    r"|(?<![a-z\d])(?P<hash>(?=\d*[a-f])(?=[a-f]*\d)[a-f\d]{4,})(?![a-z\d])"
    r"|(?P<word>[a-z]+)"
    r"|(?P<digits>\d+)"
)
#: A gateway logs some requests by their beginning, so that a file reaches back into the one before:
#: by a part of its length, of long ones by so much. Stamps of short ones agree by so many seconds.
_PART: Final = 4
_MOST_SECONDS: Final = 1800
_LEAST_SECONDS: Final = 5
#: Of more places in a name only what begins or ends there is looked at.
_PLACES: Final = 6
#: As many digits as a day has, or a day with a time.
_DATES: Final = (6, 8, 10, 12, 14)

#: A place in a name: how many words stand before it, how many digits since.
_Place = tuple[int, int]


class FileSpan(NamedTuple):
    """What tells of a source who wrote it; no times where it has none, or is a copy."""

    name: str
    format: str | None
    first_time: datetime | None = None
    last_time: datetime | None = None


class Writers(NamedTuple):
    """For each source the number of what wrote it, and another, of what may have written it.

    Sources of one writer that differ in the latter are too short to tell, and named as those of
    two gateways may be.
    """

    numbers: Sequence[int]
    possible: Sequence[int]


class _Name(NamedTuple):
    """A file's name: its words, the digits between them, and which of these are days or times."""

    words: tuple[str, ...]
    digits: Mapping[_Place, str]
    dates: frozenset[_Place]


class _Member(NamedTuple):
    """A file of a family: its place among the sources, its name, and the core of its span."""

    at: int
    name: _Name
    core: tuple[float, float] | None

    @property
    def possible_number(self) -> tuple[tuple[_Place, str], ...]:
        """The digits of a file too short to tell that may be its gateway's: no day, none behind
        one."""
        if self.core is None or self.core[0] < self.core[1]:
            return ()
        digits = self.name.digits.items()
        return tuple((place, text) for place, text in digits if place not in self.name.dates)


def find_writers(files: Sequence[FileSpan]) -> Writers:
    """What wrote each of the files: those of one folder, one format and one name but for digits,
    unless they were written side by side."""
    families: dict[tuple[str, tuple[str, ...], str | None], list[_Member]] = defaultdict(list)
    for at, file in enumerate(files):
        folder, name = os.path.split(file.name)
        parsed = _parsed(name)
        families[_as_path(folder), parsed.words, file.format].append(
            _Member(at, parsed, _core(file.first_time, file.last_time))
        )
    writers: list[tuple[object, ...]] = [()] * len(files)
    possible: list[tuple[object, ...]] = [()] * len(files)
    for family, members in families.items():
        for member, which in _told_apart(members):
            writers[member.at] = (family, which)
            possible[member.at] = (family, which, member.possible_number)
    return Writers(_numbered(writers), _numbered(possible))


def _numbered(values: Iterable[object]) -> list[int]:
    listed = [*values]
    numbers = {value: number for number, value in enumerate(dict.fromkeys(listed))}
    return [numbers[value] for value in listed]


@lru_cache(maxsize=4096)
def _parsed(name: str) -> _Name:
    """A name in its parts. Digits behind an ending are a turn, as in `access.log.1`."""
    words: list[str] = []
    digits: dict[_Place, str] = {}
    dates: set[_Place] = set()
    since, ended = 0, False
    for piece in _PIECES.finditer(name.lower()):
        text = piece[0]
        if piece["word"] in _ENDINGS:
            ended = ended or name[: piece.start()].endswith(".")
        elif piece["word"] or piece["address"]:
            words.append(text)
            since = 0
        elif not ended:
            place = (len(words), since)
            digits[place] = text
            since += 1
            year = len(text) == 4 and re.fullmatch("(19|20)[0-9]{2}", text)
            dated = len(text) in _DATES or year
            before = (place[0], place[1] - 1) in dates
            if dated or before or piece["hash"]:
                dates.add(place)
    return _Name(tuple(words), digits, frozenset(dates))


def _core(first: datetime | None, last: datetime | None) -> tuple[float, float] | None:
    """The span of a file without what the file before it and the one behind it may have too."""
    if first is None or last is None:
        return None
    begin, end = first.timestamp(), last.timestamp()
    margin = max(_LEAST_SECONDS, min((end - begin) / _PART, _MOST_SECONDS))
    if 2 * margin < end - begin:
        return begin + margin, end - margin
    return (begin + end) / 2, (begin + end) / 2


def _told_apart(members: Sequence[_Member]) -> Iterator[tuple[_Member, tuple[object, ...]]]:
    """The files of a family with what tells those of one gateway from those of another."""
    if len(members) == 1 or not _in_sequences(members).pairs:
        yield from ((member, ()) for member in members)
        return
    varying = _varying_places(members)
    best = min(_ranges(varying), key=lambda places: (_cost(members, places), len(places), places))
    for value, group in _grouped(members, best).items():
        for member, number in zip(group, _in_sequences(group).numbers, strict=True):
            yield member, (value, number)


class _Sequences(NamedTuple):
    """Files by the number of their sequence, of as few as hold each file behind the one before it;
    how many pairs of them lie side by side."""

    numbers: Sequence[int]
    pairs: int


def _in_sequences(members: Sequence[_Member]) -> _Sequences:
    numbers = [0] * len(members)
    # Lists, not generators: most folders hold many files, and each step of one is a call.
    cores = [
        (member.core, _order(member.name), at)
        for at, member in enumerate(members)
        if member.core is not None
    ]
    running: list[tuple[float, int]] = []
    free: list[int] = []
    used = pairs = 0
    for (begin, end), _, at in sorted(cores):
        while running and running[0][0] <= begin:
            heappush(free, heappop(running)[1])
        pairs += len(running)
        if free:
            numbers[at] = heappop(free)
        else:
            numbers[at] = used
            used += 1
        heappush(running, (end, numbers[at]))
    return _Sequences(numbers, pairs)


def _order(name: _Name) -> tuple[tuple[_Place, str], ...]:
    return tuple(sorted(name.digits.items()))


def _cost(members: Sequence[_Member], places: Sequence[_Place]) -> int:
    """How many gateways there would be, and how many pairs of their own files side by side."""
    groups = [_in_sequences(group) for group in _grouped(members, places).values()]
    return sum(max(group.numbers) + 1 + group.pairs for group in groups)


def _grouped(
    members: Sequence[_Member], places: Sequence[_Place]
) -> Mapping[tuple[str | None, ...], list[_Member]]:
    groups: dict[tuple[str | None, ...], list[_Member]] = defaultdict(list)
    for member in members:
        groups[tuple(map(member.name.digits.get, places))].append(member)
    return groups


def _varying_places(members: Sequence[_Member]) -> list[_Place]:
    places = sorted({place for member in members for place in member.name.digits})
    return [
        place for place in places if len({member.name.digits.get(place) for member in members}) > 1
    ]


def _ranges(places: Sequence[_Place]) -> Iterator[tuple[_Place, ...]]:
    """Neighbouring places that may number gateways together, and none."""
    yield ()
    few = len(places) <= _PLACES
    for first in range(len(places)):
        for stop in range(first + 1, len(places) + 1):
            if few or first == 0 or stop == len(places) or stop == first + 1:
                yield tuple(places[first:stop])


@lru_cache(maxsize=256)
def _as_path(folder: str) -> str:
    """A folder as paths are written: `.` for none, no doubled marks. Kept: files share folders.

    An address is written as it is.
    """
    return folder if is_address(folder) else str(PurePath(folder))


def logs_of(names: Sequence[str], formats: Sequence[str | None]) -> list[int]:
    """For each source the number of its log: files of one format that lie in one folder."""
    return _numbered(zip(gateways_of(names), formats, strict=True))


def gateways_of(names: Sequence[str]) -> list[str]:
    """For each source its folder (rotated files of one gateway lie together), or, alone, itself.

    Standard input lies in no folder.
    """
    folders = [name if name == "-" else _as_path(os.path.split(name)[0]) for name in names]
    together = Counter(folders)
    return [
        folder if together[folder] > 1 else name
        for name, folder in zip(names, folders, strict=True)
    ]
