"""A gateway as it lives: writes, rotates, compresses, copies, loses files; and what it wrote.

A *program* is a list of actions, made by a seeded generator. `Gateway` does them in a real folder
and keeps book of every line with a number of its own, so that it can say what a reader must have
counted and what it may have. It knows nothing of how a ledger tells files apart.
"""

import gzip
import io
import lzma
import random
import re
import tarfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from backports import zstd

START: Final = datetime(2026, 3, 2, 6, tzinfo=UTC)
WATCHED: Final = "pimeyes.com"
#: What a line's own number looks like in its URL.
NUMBER: Final = re.compile(r"/n(\d+)")


def _archive(data: bytes) -> bytes:
    """A log as the only file in an archive."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        info = tarfile.TarInfo("var/access.log")
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def _unarchive(data: bytes) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        content = tar.extractfile("var/access.log")
        assert content is not None
        return content.read()


PACKERS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    ".tar.gz": _archive,
    ".gz": gzip.compress,
    ".xz": lzma.compress,
    ".zst": zstd.compress,
}
LIVE: Final = "access.log"


class Dialect(NamedTuple):
    """How a gateway writes: the header of a new file, and a line."""

    name: str
    header: str
    line: Callable[[int, datetime, str, str], str]
    #: A header that may come within a file, after which lines are written by `other_line`.
    other_header: str = ""
    other_line: Callable[[int, datetime, str, str], str] | None = None


def _squid(number: int, time: datetime, user: str, host: str) -> str:
    return (
        f"{time.timestamp():.3f} 5 10.1.2.3 TCP_MISS/200 512 GET http://{host}/n{number} {user} "
        "HIER_DIRECT/192.0.2.1 text/html"
    )


def _w3c(number: int, time: datetime, user: str, host: str) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S} 10.1.2.3 {user} GET http {host} /n{number} 200 512 640"


def _w3c_other(number: int, time: datetime, user: str, host: str) -> str:
    return f"{user} {time:%Y-%m-%d %H:%M:%S} 200 GET http {host} /n{number} 10.1.2.3 640 512"


def _csv(number: int, time: datetime, user: str, host: str) -> str:
    return (
        f'"7","{user}","203.0.113.5","GET","5120","640","{host}","/n{number}","OBSERVED",'
        f'"{int(time.timestamp())}","200","10.1.2.3"'
    )


SQUID: Final = Dialect("squid", "", _squid)
W3C: Final = Dialect(
    "w3c",
    "#Software: SGOS 6.7\n#Fields: date time c-ip cs-username cs-method cs-uri-scheme cs-host "
    "cs-uri-path sc-status sc-bytes cs-bytes\n",
    _w3c,
    "#Fields: cs-username date time sc-status cs-method cs-uri-scheme cs-host cs-uri-path c-ip "
    "cs-bytes sc-bytes\n",
    _w3c_other,
)
CSV: Final = Dialect(
    "csv",
    '"user_id","username","source_ip","http_action","server_to_client_bytes",'
    '"client_to_server_bytes","requested_host","requested_path","result",'
    '"request_timestamp_epoch","http_status_code","client_ip"\n',
    _csv,
)
DIALECTS: Final = (SQUID, W3C, CSV)


class Outcome(NamedTuple):
    """What a run says: whether all that stands there is counted."""

    complete: bool
    why: str = ""


class Audit(Protocol):
    """What is tried: something that reads a gateway's folder again and again."""

    def run(self, now: datetime) -> Outcome:
        """Read what is new."""

    def run_killed(self, now: datetime, step: int) -> None:
        """Begin to read what is new, and be killed at a step; as `run` where there are fewer."""

    def counted(self) -> Counter[int]:
        """How often each line was counted, by its number; watched lines at least."""

    def records(self) -> int | None:
        """How many lines were counted that are neither blank nor headers; None: not known."""


@dataclass(frozen=True)
class LogFile:
    """What stands in a file: numbers of whole lines; a line that has begun; how it is packed.

    `cut`: the packed file breaks off, so that nothing in it can be relied on. `text` is what it
    holds unpacked. `other`: the second header is in force. `torn`: it ends, or begins, within a
    line.
    """

    numbers: tuple[int, ...] = ()
    text: bytes = b""
    tail: bytes = b""
    packing: str = ""
    cut: bool = False
    other: bool = False
    torn: bool = False


@dataclass
class Gateway:
    """A gateway that writes into a folder, by what its program says.

    `written` maps numbers to whether the line names a watched host. `seen` are lines that stood
    whole in a readable file while a run looked, `owed` those of runs that called themselves
    complete; `missed` those that went before a run that was not killed. `torn` are lines that were
    cut in two for good: nobody can say what is to become of them. So are lines that had begun when
    the gateway fell silent: after a while their first part is read as it stands.
    """

    folder: Path
    dialect: Dialect
    random: random.Random
    dateext: bool = False
    now: datetime = START
    files: dict[str, LogFile] = field(default_factory=dict)
    written: dict[int, bool] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    owed: set[int] = field(default_factory=set)
    missed: set[int] = field(default_factory=set)
    torn: set[int] = field(default_factory=set)
    _began: int | None = None
    _rest: bytes = b""
    _retired: list[Path] = field(default_factory=list)
    _rotations: int = 0

    def __post_init__(self) -> None:
        self.files[LIVE] = LogFile()
        (self.folder / LIVE).write_bytes(b"")
        self.write(3)

    # --- What a gateway does

    def write(self, lines: int) -> None:
        """Write whole lines; a line that has begun is ended first."""
        if self.files[LIVE].tail:
            self.finish_line()
        for _ in range(lines):
            number, text = self._next_line()
            self._append(text + b"\n", numbers=(number,))

    def begin_line(self) -> None:
        """Write the first part of a line, as a buffer that is full leaves it."""
        if self.files[LIVE].tail:
            return
        self._began, text = self._next_line()
        cut = self.random.randrange(1, len(text) + 1)
        self._append(text[:cut], tail=text)
        self._rest = text[cut:] + b"\n"

    def finish_line(self) -> None:
        """Write the rest of a line that has begun."""
        live = self.files[LIVE]
        if live.tail and self._began is not None:
            self.files[LIVE] = replace(live, tail=b"")
            whole = () if self._began in self.torn else (self._began,)
            self._append(self._rest, numbers=whole)

    def change_fields(self) -> None:
        """Go on with other columns, under a header of their own."""
        live = self.files[LIVE]
        if self.dialect.other_header and live.numbers and not live.other:
            self.finish_line()
            self._append(self.dialect.other_header.encode())
            self.files[LIVE] = replace(self.files[LIVE], other=True)

    def rotate(self) -> None:
        """Rotate by renaming; the new file may get the inode of one that has gone."""
        self.finish_line()
        self._shift()
        name = self._rotated_name()
        (self.folder / LIVE).rename(self.folder / name)
        self.files[name] = self.files.pop(LIVE)
        self.files[LIVE] = LogFile()
        if self._retired and self.random.random() < 0.7:
            self._retired.pop().rename(self.folder / LIVE)
        (self.folder / LIVE).write_bytes(b"")
        if self.random.random() < 0.7:
            self.write(self.random.randrange(1, 4))

    def copy_and_truncate(self) -> None:
        """Rotate by copying; what is written between copy and truncation is gone."""
        self.finish_line()
        self._shift()
        name = self._rotated_name()
        self._copy(LIVE, name)
        if self.random.random() < 0.2:
            self.write(1)
        (self.folder / LIVE).write_bytes(b"")
        self.files[LIVE] = LogFile()
        if self.random.random() < 0.7:
            self.write(self.random.randrange(1, 6))

    def tear(self) -> None:
        """Rotate by copying while a line is being written: each file gets a part of it."""
        if self.dialect.header or self.files[LIVE].torn:
            self.copy_and_truncate()
            return
        self.write(1)
        self.begin_line()
        assert self._began is not None
        self.torn.add(self._began)
        self._shift()
        name = self._rotated_name()
        self._copy(LIVE, name)
        self.files[name] = replace(self.files[name], tail=b"", torn=True)
        (self.folder / LIVE).write_bytes(self._rest)
        self.files[LIVE] = LogFile(text=self._rest, torn=True)
        self.write(4)

    def compress(self) -> None:
        """Compress a rotated file: sometimes cut off for now, sometimes with both left."""
        plain = [name for name in self._rotated() if not self.files[name].packing]
        if not plain:
            return
        name, ending = self.random.choice(plain), self.random.choice(list(PACKERS))
        packed = PACKERS[ending](self.files[name].text)
        fate = self.random.choice(["whole", "whole", "both", "cut"])
        if fate == "cut":
            packed = packed[: self.random.randrange(len(packed))]
        (self.folder / (name + ending)).write_bytes(packed)
        self.files[name + ending] = replace(
            self.files[name], packing=ending, cut=fate == "cut", tail=b""
        )
        if fate == "whole":
            self._remove(name)

    def end_compression(self) -> None:
        """End what was cut off, or remove what is there twice."""
        for name, file in list(self.files.items()):
            if file.packing and name.removesuffix(file.packing) in self.files:
                (self.folder / name).write_bytes(PACKERS[file.packing](file.text))
                self.files[name] = replace(file, cut=False)
                self._remove(name.removesuffix(file.packing))

    def copy(self) -> None:
        """Somebody's backup of any file, as it stands."""
        name = self.random.choice(sorted(self.files))
        file = self.files[name]
        # Nobody will end a line that has begun in a copy, or a copy of what breaks off.
        if not file.tail and not file.cut:
            self._copy(name, f"{LIVE}.copy{self._rotations}{file.packing}")

    def expire(self) -> None:
        """Remove the oldest file, however packed; its inode may come again."""
        if names := self._rotated():
            for name in [name for name in names if self._age(name) == self._age(names[-1])]:
                self._remove(name, retire=True)

    def touch(self) -> None:
        """Give a file another time and inode, and leave its content."""
        name = self.random.choice(sorted(self.files))
        path = self.folder / name
        fresh = path.with_name(path.name + ".tmp")
        if name != LIVE:
            fresh.write_bytes(path.read_bytes())
            fresh.replace(path)

    def wait(self) -> None:
        """Nothing for some hours; a line that has begun may not wait so long for its end.

        One that breaks off within its number would be counted as another's.
        """
        if (number := NUMBER.search(self.files[LIVE].tail.decode())) and self._breaks_off_in(
            number
        ):
            self.finish_line()
        elif self.files[LIVE].tail and self._began is not None:
            self.torn.add(self._began)
        self.now += timedelta(hours=self.random.randrange(1, 30))

    # --- What a run may and must have counted

    def look(self, *, complete: bool) -> None:
        """Note what stands there for a run."""
        there = set(self.present())
        self.seen |= there
        if complete:
            self.owed |= there

    def present(self) -> Iterator[int]:
        """The lines that stand whole in files that can be read to their end."""
        for file in self.files.values():
            if not file.cut:
                yield from file.numbers

    @property
    def undisturbed(self) -> bool:
        """True where nothing is there that a run may call incomplete."""
        return not any(file.cut or file.torn for file in self.files.values())

    def lost(self) -> set[int]:
        """The lines that went since the last run, and that no run saw whole."""
        begun = {self._began} if self.files[LIVE].tail else set()
        known = self.seen | self.missed | self.torn | {*self.present()} | begun
        return self.written.keys() - known

    # --- The folder

    def _breaks_off_in(self, part: re.Match[str]) -> bool:
        """Whether what is missing of the line that has begun begins within a part of it."""
        written = len(self.files[LIVE].tail) + len(b"\n") - len(self._rest)
        return part.start() < written < part.end()

    def _next_line(self) -> tuple[int, bytes]:
        number = len(self.written) + 1
        self.now += timedelta(seconds=self.random.choice([1, 1, 7, 60, 400]))
        self.written[number] = watched = self.random.random() < 0.4
        host = WATCHED if watched else "www.example.com"
        live = self.files[LIVE]
        line = (live.other and self.dialect.other_line) or self.dialect.line
        text = line(number, self.now, self.random.choice(["jdoe", "jroe", "asmith"]), host)
        return number, text.encode()

    def _append(self, data: bytes, *, numbers: Sequence[int] = (), tail: bytes = b"") -> None:
        live = self.files[LIVE]
        if not live.text:
            data = self.dialect.header.encode() + data
        with (self.folder / LIVE).open("ab") as file:
            file.write(data)
        self.files[LIVE] = replace(
            live, numbers=(*live.numbers, *numbers), text=live.text + data, tail=tail
        )

    def _rotated(self) -> list[str]:
        """Rotated files, the newest first."""
        names = [name for name in self.files if name != LIVE and ".copy" not in name]
        return sorted(names, key=self._age)

    def _age(self, name: str) -> int:
        number = int(re.findall(r"\d+", name)[0])
        return -number if self.dateext else number

    def _rotated_name(self) -> str:
        self._rotations += 1
        if self.dateext:
            return f"{LIVE}-{20260301 + self._rotations}"
        return f"{LIVE}.1"

    def _shift(self) -> None:
        """access.log.1 becomes access.log.2, and so on, whatever it is packed with."""
        if self.dateext:
            return
        for name in reversed(self._rotated()):
            new = re.sub(r"\d+", lambda found: str(int(found[0]) + 1), name, count=1)
            (self.folder / name).rename(self.folder / new)
            self.files[new] = self.files.pop(name)

    def _copy(self, name: str, new: str) -> None:
        (self.folder / new).write_bytes((self.folder / name).read_bytes())
        self.files[new] = self.files[name]

    def _remove(self, name: str, *, retire: bool = False) -> None:
        path = self.folder / name
        if retire:
            number = f"{self._rotations}-{len(self._retired)}"
            kept = self.folder.parent / f"{self.folder.name}-retired-{number}-{name}"
            path.rename(kept)
            self._retired.append(kept)
        else:
            path.unlink()
        del self.files[name]


#: What happens how often between two looks at the folder.
_WEIGHTS: Final = {
    "write": 45,
    "begin_line": 6,
    "change_fields": 3,
    "run": 20,
    "run_killed": 5,
    "rotate": 7,
    "copy_and_truncate": 4,
    "tear": 2,
    "compress": 6,
    "end_compression": 4,
    "copy": 3,
    "expire": 4,
    "touch": 2,
    "wait": 2,
}


class Program(NamedTuple):
    """A life of a gateway: how it writes, and what happens to its files."""

    seed: int
    dialect: Dialect
    dateext: bool
    actions: tuple[str, ...]


def make_program(seed: int, *, length: int = 30) -> Program:
    """The program of a number; the same for the same number."""
    chance = random.Random(seed)
    actions = chance.choices(list(_WEIGHTS), list(_WEIGHTS.values()), k=length)
    dialect = chance.choice(DIALECTS)
    return Program(seed, dialect, chance.random() < 0.5, tuple(actions))


class MiscountError(AssertionError):
    """What was counted is not what was written."""


def run_program(program: Program, folder: Path, audit: Audit) -> None:
    """Do what a program says. Raises `MiscountError` where counts are not what they must be."""
    gateway = Gateway(folder, program.dialect, random.Random(program.seed), program.dateext)
    for action in program.actions:
        if action == "write":
            gateway.write(gateway.random.randrange(1, 6))
        elif action == "run":
            _look(gateway, audit, program)
        elif action == "run_killed":
            gateway.look(complete=False)
            audit.run_killed(gateway.now, gateway.random.randrange(1, 60))
            compare(gateway, audit, program)
        else:
            getattr(gateway, action)()
    gateway.end_compression()
    gateway.write(2)
    _look(gateway, audit, program)


def _look(gateway: Gateway, audit: Audit, program: Program) -> None:
    lost = gateway.lost()
    outcome = audit.run(gateway.now)
    gateway.look(complete=outcome.complete)
    gateway.missed |= lost
    if not outcome.complete and gateway.undisturbed and not lost:
        raise MiscountError(f"{_name(program)}: incomplete where nothing is amiss: {outcome.why}")
    compare(gateway, audit, program)


def compare(gateway: Gateway, audit: Audit, program: Program) -> None:
    """Raise `MiscountError` unless each line is counted once, and none that was never there."""
    counted = audit.counted()
    for number, times in counted.items():
        if times > 1:
            raise MiscountError(f"{_name(program)}: line {number} is counted {times} times")
        if number not in gateway.seen | gateway.torn:
            raise MiscountError(f"{_name(program)}: line {number} is counted and was never there")
    owed = {number for number in gateway.owed if gateway.written[number]}
    if missing := owed - counted.keys():
        raise MiscountError(f"{_name(program)}: lines {sorted(missing)} are not counted")
    records = audit.records()
    most = len(gateway.seen) + 2 * len(gateway.torn)
    if records is not None and not len(gateway.owed) <= records <= most:
        raise MiscountError(
            f"{_name(program)}: {records} lines are counted of {len(gateway.owed)} that must be "
            f"and {most} that may be"
        )


def _name(program: Program) -> str:
    dated = ", dateext" if program.dateext else ""
    return f"program {program.seed} ({program.dialect.name}{dated})"


def read_text(path: Path) -> bytes | None:
    """What a file holds unpacked, up to its last whole line; None for a file that is cut."""
    data = path.read_bytes()
    unpack: Mapping[str, Callable[[bytes], bytes]] = {
        ".tar.gz": _unarchive,
        ".gz": gzip.decompress,
        ".xz": lzma.decompress,
        ".zst": zstd.decompress,
    }
    ending = next((one for one in unpack if path.name.endswith(one)), None)
    if ending is not None:
        try:
            data = unpack[ending](data)
        except (EOFError, OSError, tarfile.TarError, zlib.error, lzma.LZMAError, zstd.ZstdError):
            return None
    return data[: data.rfind(b"\n") + 1]


def identity(path: Path) -> tuple[int, int]:
    """What a file system calls a file."""
    found = path.stat()
    return found.st_dev, found.st_ino
