"""Zeek's logs as TSV with their headers and as JSON lines, one log or several in a file.

Definition: docs.zeek.org, frameworks/logging (ASCII writer: `#separator`, `#fields`, `-` for unset,
`(empty)`, bytes as `\\xNN`; JSON writer: unset keys are left out, times as epoch or ISO 8601).
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.columns import NOT_DOCUMENTED
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.layout import (
    Expressions,
    Head,
    Layout,
    RequiredLiterals,
    missing_to_null,
)
from logan.formats.engine.line_pattern import LayoutPattern
from logan.formats.engine.pattern import Pattern, Piece, separated
from logan.formats.engine.stamps import Stamp, epoch_seconds
from logan.formats.engine.values import Cells
from logan.formats.vendors.zeek_record import EPOCH, MARKS, NOTE, kind_of, table, unescaped


@dataclass(frozen=True)
class TabbedLog(LayoutPattern):
    """Zeek's TSV. Cells are the names of `#fields`, unescaped."""

    directive = "#"
    required_literals: RequiredLiterals = (("#fields", "#separator"),)

    @staticmethod
    def stamp_span(line: str, layout: Layout) -> tuple[int, int] | None:
        """Eight of ten digits: 100 seconds."""
        opens = layout.names[:1] in (("ts",), ()) and re.match(r"[0-9]{10}\.", line)
        return (0, 8) if opens else None

    def layout(self, head: Head) -> Layout | None:
        """The layout at the first record; None where no header names Zeek's own columns."""
        layout = Layout()
        for line in head.lines:
            if line.startswith("#"):
                layout = self.follow(layout, line)
            elif layout.names:
                break
        return layout if {"ts"} < set(layout.names) else None

    def follow(self, layout: Layout, line: str) -> Layout:
        """The layout after a header line; `#close` and the rest change nothing."""
        mark = layout.cells.separator or "\t"
        name, _, value = line.partition(" " if line.startswith("#separator ") else mark)
        if name == "#fields":
            return layout._replace(names=tuple(value.split(mark)), zone=None)
        if name == "#separator":
            return layout.with_cells(separator=re.sub(r"\\x([0-9a-f]{2})", _character, value))
        if name == "#unset_field":
            return layout.with_cells(unset=value)
        if name == "#empty_field":
            return layout.with_cells(empty=value)
        return layout

    def pattern_of(self, layout: Layout) -> Pattern:
        """By `#fields` and `#separator`."""
        return _pattern(layout)

    def cell(self, found: pl.Expr, layout: Layout) -> pl.Expr:
        """The value without escapes; null for what the header calls unset or empty."""
        nothing = (layout.cells.unset or "-", layout.cells.empty or "(empty)", "")
        return missing_to_null(unescaped(found), nothing)


@lru_cache(maxsize=32)
def _pattern(layout: Layout) -> Pattern:
    mark = re.escape(layout.cells.separator or "\t")
    pieces = [Piece(name, EPOCH if name == "ts" else f"[^{mark}]*") for name in layout.names]
    return Pattern(separated(pieces, mark))


def _character(found: re.Match[str]) -> str:
    return chr(int(found.group(1), 16))


def _json_kind(cell: Cells) -> pl.Expr:
    """By a column of which no other log has any, else by the name that shippers add."""
    marked = pl.coalesce(
        pl.when(pl.any_horizontal(cell[mark].is_not_null() for mark in marks)).then(pl.lit(kind))
        for kind, marks in MARKS.items()
    )
    named = pl.when(cell["_path"].is_in(list(MARKS))).then(cell["_path"])
    return pl.coalesce(marked, named, pl.lit("other"))


def _json_time(cell: Cells) -> Expressions:
    return {"time": pl.coalesce(clock.epoch_seconds(cell["ts"]), clock.iso_offset(cell["ts"]))}


_HTTP_FIELDS: Final = (
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\ttrans_depth\tmethod\thost\turi"
    "\treferrer\tuser_agent\trequest_body_len\tresponse_body_len\tstatus_code\n"
)
_HEAD: Final = "1704103200.123456\tCx7\t10.1.2.3\t50000\t203.0.113.9\t"
_HTTP: Final = f"{_HEAD}80\t1\tGET\twww.example.com\t/a?b=c\t-\tMozilla/5.0\t0\t512\t200"
_SSL: Final = f"{_HEAD}443\tTLSv13\tTLS_AES_128_GCM_SHA256\tx25519\twww.example.com\tF\t-\th2\tT"
_DNS: Final = (
    f"{_HEAD}53\tudp\t7\t0.000870\twww.example.com\t1\tC_INTERNET\t1\tA\t0\tNOERROR"
    "\tF\tF\tT\tT\t0\t203.0.113.9\t300.000000\tF"
)
TSV: Final = Format(
    name="zeek-tsv",
    title="Zeek log, TSV with its headers",
    definition="docs.zeek.org, Log Formats and Inspection; http.log, ssl.log, dns.log",
    reader=TabbedLog(),
    columns=table(
        epoch_seconds("ts"), lambda cell: pl.lit(kind_of(cell.layout.names)), nothing=None
    ),
    tunnels=NOT_DOCUMENTED,
    note=NOTE,
    rank=6,
    samples=(
        Sample(
            f"#separator \\x09\n#path\thttp\n{_HTTP_FIELDS}{_HTTP}",
            "time=2024-01-01T10:00:00.123456Z client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com:80/a?b=c status=200 action=unknown bytes_sent=0"
            " bytes_received=512 user_agent=Mozilla/5.0 evidence=url",
            also=(f"#separator \\x20\n{_HTTP_FIELDS}{_HTTP}".replace("\t", " "),),
        ),
        Sample(
            "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tversion\tcipher\tcurve"
            f"\tserver_name\tresumed\tlast_alert\tnext_protocol\testablished\n{_SSL}",
            "time=2024-01-01T10:00:00.123456Z client_ip=10.1.2.3 url=www.example.com:443"
            " action=unknown evidence=connect",
        ),
        Sample(
            f"#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\n{_HEAD}53\tudp",
            "time=2024-01-01T10:00:00.123456Z client_ip=10.1.2.3 action=unknown"
            " evidence=url repeat=a record of another of Zeek's logs, no request of its own",
        ),
    ),
    near_misses=("#fields\tdate\ttime\n2024-01-01\t10:00:00", _HTTP),
)
JSON: Final = Format(
    name="zeek-json",
    title="Zeek log, JSON",
    definition="docs.zeek.org, Log Formats and Inspection; http.log, ssl.log, dns.log",
    reader=JsonObject(
        (need("ts", regex="^[0-9]"), need("id.orig_h", "id_orig_h", "fuid", "_path")),
        # Collectors that allow no dots in names write underscores for them.
        aliases={
            "id.orig_h": ("id.orig_h", "id_orig_h"),
            "id.resp_p": ("id.resp_p", "id_resp_p"),
        },
        missing=(),
        stamp="ts",
    ),
    columns=table(Stamp("utc", _json_time), _json_kind, nothing=("-", "(empty)", "")),
    tunnels=NOT_DOCUMENTED,
    note=NOTE,
    rank=6,
    samples=(
        Sample(
            '{"ts":1704103200.123456,"uid":"Cx","id.orig_h":"10.1.2.3","id.resp_p":80,"trans_depth":1,'
            '"method":"GET","host":"www.example.com","uri":"/a?b=c","request_body_len":0}',
            "time=2024-01-01T10:00:00.123456Z client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com:80/a?b=c action=unknown bytes_sent=0 evidence=url",
        ),
        Sample(
            '{"ts":"2024-01-01T10:00:00.123456Z","uid":"Cx","id.orig_h":"10.1.2.3","id.resp_p":443,'
            '"server_name":"www.example.com","resumed":false,"established":true}',
            "time=2024-01-01T10:00:00.123456Z client_ip=10.1.2.3 url=www.example.com:443"
            " action=unknown evidence=connect",
        ),
        Sample(
            '{"ts":1704103200.123456,"uid":"Cx","id":{"orig_h":"10.1.2.3","resp_p":53},"trans_id":7,'
            '"query":"www.example.com","qtype_name":"A","rejected":false}',
            "time=2024-01-01T10:00:00.123456Z client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns",
        ),
        Sample(
            '{"ts":1704103200.123456,"uid":"Cx","id_orig_h":"10.1.2.3","id_resp_p":80,"trans_depth":1,'
            '"method":"GET","host":"www.example.com","uri":"/a?b=c","request_body_len":0}',
            "time=2024-01-01T10:00:00.123456Z client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com:80/a?b=c action=unknown bytes_sent=0 evidence=url",
        ),
        Sample(
            '{"_path":"conn","ts":1704103200.1,"uid":"Cx","id.orig_h":"10.1.2.3","proto":"tcp"}',
            "time=2024-01-01T10:00:00.100000Z client_ip=10.1.2.3 action=unknown"
            " evidence=url repeat=a record of another of Zeek's logs, no request of its own",
        ),
    ),
    near_misses=('{"ts":1704103200.1,"uid":"Cx"}', '{"ts":"x","id.orig_h":"10.1.2.3"}'),
)
