"""What syslog daemons, containers and collectors wrap around a line, taken off before it is read.

An envelope is a sequence of layers from the outside in, written as one string for `Layout.options`
("cri syslog tag", "json:message"). Opening it is tolerant: a line that lacks a layer is taken as it
is there, and its format decides. Which envelope a source has is for `logan.formats.detection`;
nothing here knows a format.

Definitions: RFC 3164 section 4, RFC 5424 section 6; rsyslog property replacer (JSON templates);
systemd.journal-fields(7) and systemd JSON export; Docker json-file logging driver; Kubernetes CRI
logging format (kubernetes/design-proposals-archive, node/kubelet-cri-logging.md); Elastic Common
Schema (`message`, `event.original`); Splunk export and HTTP event collector (`_raw`, `event`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import polars as pl

from logan.formats.base import Head, Layout
from logan.formats.delimited import cell_at, positions, split
from logan.formats.json_lines import parsed, text_at, value

Lines = tuple[str, ...]

#: Layers within each other, the tag behind a syslog header and a PRI before it counted apart.
MAX_LAYERS: Final = 5
#: The share of lines that must have a layer before it is thought of.
_LEAST_SHARE: Final = 0.5

_PRI: Final = "(?:<[0-9]{1,3}> ?)"
_ISO: Final = (
    "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,9})?"
    "(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
)
#: `Oct  9 22:33:20`; Cisco and some relays put the year before or behind the clock.
_BSD: Final = (
    "[A-Z][a-z]{2} +[0-9]{1,2} (?:[0-9]{4} )?"
    "[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.][0-9]{1,9})?(?: [0-9]{4})?"
)
_STAMP: Final = f"(?:{_ISO}|{_BSD})"
_STRUCTURED: Final = r'(?:-|(?:\[[^ =\]"]+(?: [^ =\]"]+="(?:[^"\\]|\\.)*")*\])+)'
_WORD: Final = "[^ ]+"


@dataclass(frozen=True)
class Prefix:
    """A layer in front of the line. `stamp` is what of it is a time, if anything."""

    name: str
    title: str
    head: str
    stamp: str = ""
    tail: str = ""

    @property
    def regex(self) -> str:
        """The whole prefix, its stamp as group 1."""
        return f"^{self.head}({self.stamp}){self.tail}"

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.regex)

    def strip(self, line: str) -> str:
        """The line without this layer; unchanged where it has none."""
        found = self._compiled.match(line)
        return line[found.end() :] if found else line

    def opened(self, text: pl.Expr) -> pl.Expr:
        """`strip` as an expression."""
        return text.str.replace(self.regex, "")

    def time(self, text: pl.Expr) -> pl.Expr | None:
        """The layer's stamp as it stands; None where this layer has none."""
        return text.str.extract(self.regex, 1) if self.stamp else None


@dataclass(frozen=True)
class Member:
    """A layer of JSON: the line (or object) is the value at `path`, the time at one of `times`."""

    path: str
    times: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """`json:message`."""
        return f"json:{self.path}"

    @property
    def title(self) -> str:
        """What people call it."""
        return f"JSON with the line in `{self.path}`"

    def strip(self, line: str) -> str:
        """The value without its line end; the line itself where it holds none."""
        record = parsed(line)
        inner = text_at(record, self.path) if record is not None else None
        return line if inner is None else inner.rstrip("\r\n")

    def opened(self, text: pl.Expr) -> pl.Expr:
        """`strip` as an expression."""
        return pl.coalesce(value(self.path, of=text).str.strip_chars_end("\r\n"), text)

    def time(self, text: pl.Expr) -> pl.Expr | None:
        """The collector's stamp as it stands; None where this layer has none."""
        return value(*self.times, of=text) if self.times else None


@dataclass(frozen=True)
class Lead:
    """A layer of any short text in front of a JSON object that fills the rest of the line.

    Text with a stamp or a priority starts otherwise: those are layers of their own, with a clock.
    """

    name: str
    title: str
    _regex: str = r'^[a-z_\[][^{}"]{0,300}(\{.*\}[ \r]*)$'

    def strip(self, line: str) -> str:
        """The object alone; unchanged where the line is none or starts with it."""
        found = re.match(self._regex, line)
        return found.group(1) if found else line

    def opened(self, text: pl.Expr) -> pl.Expr:
        """`strip` as an expression."""
        return text.str.replace(self._regex, "${1}")

    def time(self, text: pl.Expr) -> pl.Expr | None:
        """No stamp is read out of such text."""
        del text
        return None


@dataclass(frozen=True)
class Column:
    """A layer of CSV: the line is the cell at place `at` of `count`, the time that at `stamp`.

    Made from the header of an export; that header itself holds no line.
    """

    at: int
    count: int
    stamp: int | None = None

    @property
    def name(self) -> str:
        """`csv:2/7/0`, or `csv:2/7/` without a stamp."""
        return f"csv:{self.at}/{self.count}/{'' if self.stamp is None else self.stamp}"

    @property
    def title(self) -> str:
        """In words."""
        return f"column {self.at + 1} of a CSV export"

    @property
    def _layout(self) -> Layout:
        return positions([str(at) for at in range(self.count)])

    def strip(self, line: str) -> str:
        """The cell without its line end; the line itself where its cells do not come out even."""
        cells = split(line)
        if cells is None or len(cells) != self.count:
            return line
        inner = cells[self.at].strip(" \t\r\n")
        return "" if inner in RAW_COLUMNS else inner

    def opened(self, text: pl.Expr) -> pl.Expr:
        """`strip` as an expression."""
        return pl.coalesce(cell_at(self._layout, self.at, text).str.strip_chars(" \t\r\n"), text)

    def time(self, text: pl.Expr) -> pl.Expr | None:
        """The export's stamp as it stands; None where it has no such column."""
        return None if self.stamp is None else cell_at(self._layout, self.stamp, text)


Layer = Prefix | Member | Lead | Column
#: The columns of exports that hold a line as it was logged, and those that hold its time.
RAW_COLUMNS: Final = (
    "_raw",
    "event.original",
    "message",
    "Message",
    "RawData",
    "SyslogMessage",
    "@message",
    "raw",
    "RawEvent",
    "textPayload",
)
_STAMP_COLUMNS: Final = ("_time", "@timestamp", "timestamp", "TimeGenerated [UTC]")


def raw_column(header: str) -> Column | None:
    """The layer that the header of a CSV export makes; None where no column holds a line."""
    names = split(header.removeprefix("\ufeff")) or []
    at = next((names.index(name) for name in RAW_COLUMNS if name in names), None)
    if at is None or (len(names) == 1 and names[at] != "_raw"):
        return None
    stamp = next((names.index(name) for name in _STAMP_COLUMNS if name in names), None)
    return Column(at, len(names), stamp)


LAYERS: Final[tuple[Layer, ...]] = (
    Prefix("cri", "container log prefix", "", _ISO, " std(?:out|err) [FP](?::[^ ]*)? "),
    Prefix(
        "syslog5424",
        "syslog header (RFC 5424)",
        f"{_PRI}?1 ",
        f"(?:-|{_ISO})",
        f" {_WORD} {_WORD} {_WORD} {_WORD} {_STRUCTURED}(?: \ufeff?| ?$)",
    ),
    Prefix("syslog", "syslog header", f"{_PRI}?", _STAMP, " +[^ ]*[^ :] +"),
    Prefix("stamp", "time stamp", f"{_PRI}?", _STAMP, " +"),
    # OpenWrt's logread: ctime, facility and level
    Prefix(
        "logread",
        "logread header",
        "[A-Z][a-z]{2} ",
        "[A-Z][a-z]{2} +[0-9]{1,2} [0-9:]{8} [0-9]{4}",
        r" [a-z0-9]+\.[a-z]+ ",
    ),
    Prefix("pri", "syslog priority", _PRI),
    Prefix("tag", "program name", r"[A-Za-z0-9_./@%()-]{1,64}(?:\[[^\] ]{0,64}\]: ?|: +)"),
    Prefix("compose", "container name", r"[A-Za-z0-9_.-]+ +\| "),
    Prefix("pod", "pod name", r"\[pod/[^\] ]+\] "),
    Member("MESSAGE", ("__REALTIME_TIMESTAMP", "_SOURCE_REALTIME_TIMESTAMP")),
    Member("log", ("time",)),
    Member("message", ("@timestamp", "timestamp", "timereported", "timegenerated")),
    Member("msg", ("timereported", "timegenerated", "timestamp", "@timestamp")),
    Member("event.original", ("@timestamp",)),
    Member("event", ("time", "timestamp")),
    Member("_raw", ("_time",)),
    Member("result._raw", ("result._time",)),
    Member("result"),
    Member("_source.message", ("_source.@timestamp",)),
    Member("_source.event.original", ("_source.@timestamp",)),
    Member("_source"),
    Member("@message", ("@timestamp",)),
    Member("textPayload", ("timestamp",)),
    Member("jsonPayload", ("timestamp",)),
    Member("SyslogMessage", ("TimeGenerated",)),
    Member("RawData", ("TimeGenerated",)),
    # The one column of tables that keep lines as they came
    Member("raw", ("time", "timestamp")),
    Member("line", ("time", "timestamp")),
    Member("value"),
    Member("properties", ("time",)),
    Member("data.message", ("data.creationDate",)),
    Member("data"),
    Lead("lead", "text before a JSON object"),
)
_BY_NAME: Final = {layer.name: layer for layer in LAYERS}


def layers(envelope: str | None) -> tuple[Layer, ...]:
    """The layers of an envelope, from the outside in."""
    return tuple(map(_named, envelope.split(" "))) if envelope else ()


def _named(name: str) -> Layer:
    if not name.startswith("csv:"):
        return _BY_NAME[name]
    at, count, stamp = name.removeprefix("csv:").split("/")
    return Column(int(at), int(count), int(stamp) if stamp else None)


def describe(envelope: str | None) -> str:
    """The layers in words, from the outside in; empty where there are none."""
    return ", ".join(layer.title for layer in layers(envelope))


def strip(line: str, envelope: str | None) -> str:
    """The line inside an envelope."""
    for layer in layers(envelope):
        line = layer.strip(line)
    return line


def inside(text: pl.Expr, envelope: str | None) -> pl.Expr:
    """`strip` as an expression."""
    for layer in layers(envelope):
        text = layer.opened(text)
    return text


def stamps(text: pl.Expr, envelope: str | None) -> list[pl.Expr]:
    """The stamps of an envelope as they stand, the innermost (the origin's) first."""
    found = []
    for layer in layers(envelope):
        stamp = layer.time(text)
        if stamp is not None:
            found.append(stamp)
        text = layer.opened(text)
    return found[::-1]


def envelopes(head: Head) -> Iterator[tuple[str | None, Head]]:
    """The envelopes that a head may have, the plain head first, each with the head inside it.

    Fewer layers come before more. Two envelopes that leave the same lines are one.
    """
    seen = {head.lines}
    level: list[tuple[str | None, Head]] = [(None, head)]
    for _ in range(MAX_LAYERS + 1):
        yield from level
        level = [(name, inner) for name, inner in _deeper(level) if _new(inner.lines, seen)]


def _new(lines: Lines, seen: set[Lines]) -> bool:
    there = lines in seen
    seen.add(lines)
    return not there


def _deeper(level: list[tuple[str | None, Head]]) -> Iterator[tuple[str, Head]]:
    for envelope, head in level:
        column = None if envelope else raw_column(head.lines[0])
        for layer in (*LAYERS, column) if column else LAYERS:
            lines = tuple(layer.strip(line) for line in head.lines)
            # A header without a message is no envelope: its line is the record.
            pairs = zip(head.lines, lines, strict=True)
            changed = sum(inner.strip() != "" and inner != line for line, inner in pairs)
            if changed and changed >= _LEAST_SHARE * len(lines):
                name = f"{envelope} {layer.name}" if envelope else layer.name
                yield name, Head(lines, head.numbers)
