"""The kinds of layer that an envelope is made of: a prefix, a member of JSON, a cell of CSV.

Each can be taken off one line in Python and off many in a table, alike. Which layers there are is
said in `logan.formats.engine.envelope`.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import polars as pl

from logan.formats.engine.delimited import positions
from logan.formats.engine.delimited_cells import cell_at, split
from logan.formats.engine.json_lines import parsed, text_at, value
from logan.formats.engine.layout import Layout


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

    @property
    def stamped(self) -> bool:
        """True where the layer has a clock."""
        return bool(self.stamp)

    def time(self, text: pl.Expr) -> pl.Expr | None:
        """The layer's stamp as it stands; None where this layer has none."""
        return text.str.extract(self.regex, 1) if self.stamp else None


class LayerMember(NamedTuple):
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

    @property
    def stamped(self) -> bool:
        """True where the layer has a clock."""
        return bool(self.times)

    def time(self, text: pl.Expr) -> pl.Expr | None:
        """The collector's stamp as it stands; None where this layer has none."""
        return value(*self.times, of=text) if self.times else None


class Lead(NamedTuple):
    """A layer of any short text in front of a JSON object that fills the rest of the line.

    Text with a stamp or a priority starts otherwise: those are layers of their own, with a clock.
    `regex` has the object as group 1.
    """

    name: str
    title: str
    stamped: bool = False
    regex: str = r'^[a-z_\[][^{}"]{0,300}(\{.*\}[ \r]*)$'

    def strip(self, line: str) -> str:
        """The object alone; unchanged where the line is none or starts with it."""
        found = re.match(self.regex, line)
        return found.group(1) if found else line

    def opened(self, text: pl.Expr) -> pl.Expr:
        """`strip` as an expression."""
        return text.str.replace(self.regex, "${1}")

    def time(self, text: pl.Expr) -> pl.Expr | None:
        """No stamp is read out of such text."""
        del text
        return None


@dataclass(frozen=True)
class LayerColumn:
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

    @property
    def stamped(self) -> bool:
        """True where the layer has a clock."""
        return self.stamp is not None

    def time(self, text: pl.Expr) -> pl.Expr | None:
        """The export's stamp as it stands; None where it has no such column."""
        return None if self.stamp is None else cell_at(self._layout, self.stamp, text)


Layer = Prefix | LayerMember | Lead | LayerColumn

#: What collectors and stores put a line into as JSON, and what stands in front of such an object.
OBJECT_LAYERS: Final[tuple[Layer, ...]] = (
    LayerMember("MESSAGE", ("__REALTIME_TIMESTAMP", "_SOURCE_REALTIME_TIMESTAMP")),
    LayerMember("log", ("time",)),
    LayerMember("message", ("@timestamp", "timestamp", "timereported", "timegenerated")),
    LayerMember("msg", ("timereported", "timegenerated", "timestamp", "@timestamp")),
    LayerMember("event.original", ("@timestamp",)),
    LayerMember("event", ("time", "timestamp")),
    LayerMember("_raw", ("_time",)),
    LayerMember("result._raw", ("result._time",)),
    LayerMember("result"),
    LayerMember("_source.message", ("_source.@timestamp",)),
    LayerMember("_source.event.original", ("_source.@timestamp",)),
    LayerMember("_source"),
    # Documents as Kibana's Discover copies them: every value is a list
    LayerMember("fields.message[0]", ("fields.@timestamp[0]",)),
    # GELF (go2docs.graylog.org, Extended log format): seconds since 1970, with decimals
    LayerMember("full_message", ("timestamp",)),
    LayerMember("short_message", ("timestamp",)),
    # Wazuh's archives.json
    LayerMember("full_log", ("timestamp",)),
    # Zeek's Kafka writer, told to tag its JSON with the name of the log
    LayerMember("http"),
    LayerMember("dns"),
    LayerMember("ssl"),
    LayerMember("@message", ("@timestamp",)),
    LayerMember("textPayload", ("timestamp",)),
    LayerMember("jsonPayload", ("timestamp",)),
    LayerMember("SyslogMessage", ("TimeGenerated",)),
    LayerMember("RawData", ("TimeGenerated",)),
    # The one column of tables that keep lines as they came
    LayerMember("raw", ("time", "timestamp")),
    LayerMember("line", ("time", "timestamp")),
    # A pair of Loki's, as `json_lists` unpacks it
    LayerMember("values[1]", ("values[0]",)),
    LayerMember("value"),
    LayerMember("properties", ("time",)),
    LayerMember("data.message", ("data.creationDate",)),
    LayerMember("data"),
    Lead("lead", "text before a JSON object"),
    # Fluent Bit's output on a terminal: number, tag, and the record with its time in a list
    Lead(
        "fluentbit",
        "Fluent Bit's number, tag and time",
        regex=r'^\[[0-9]{1,9}\] [^{}"\[\]]{1,200}: \[[0-9.]{1,30}, *(\{.*\})\][ \r]*$',
    ),
    # Zeek's Kafka writer with logs of several kinds, each under its name
    Lead("named", "JSON with one key", regex=r'^\{ *"[a-z_]{1,40}" *: *(\{.*\}) *\}[ \r]*$'),
)

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
    "Line",
)
_STAMP_COLUMNS: Final = ("_time", "@timestamp", "timestamp", "TimeGenerated [UTC]", "tsNs")


def raw_column(header: str) -> LayerColumn | None:
    """The layer that the header of a CSV export makes; None where no column holds a line."""
    if not any(map(header.__contains__, RAW_COLUMNS)):
        return None
    names = split(header.removeprefix("\ufeff")) or []
    at = next((names.index(name) for name in RAW_COLUMNS if name in names), None)
    if at is None or (len(names) == 1 and names[at] != "_raw"):
        return None
    stamp = next((names.index(name) for name in _STAMP_COLUMNS if name in names), None)
    return LayerColumn(at, len(names), stamp)
