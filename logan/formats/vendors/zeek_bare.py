"""Zeek's logs as TSV without their headers, as syslog carries them: several logs in one stream.

Definition: docs.zeek.org, http.log, ssl.log, dns.log; the column orders from Bro 2.2 to Zeek 7.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import polars as pl

from logan.formats.engine.columns import NOT_DOCUMENTED
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import TEXT, Expressions, Fault, Layout
from logan.formats.engine.pattern import Pattern, Piece, separated
from logan.formats.engine.reader import CELL, PlainReader
from logan.formats.engine.stamps import epoch_seconds
from logan.formats.engine.values import Cells
from logan.formats.vendors.zeek import TabbedLog
from logan.formats.vendors.zeek_record import EPOCH, NOTE, table

_HEADS: Final = (
    Piece("ts", EPOCH),
    Piece("uid", "[^\t]+"),
    Piece("id.orig_h", "[0-9A-Fa-f.:]+"),
    Piece("id.orig_p", "[0-9]+"),
    Piece("id.resp_h", "[0-9A-Fa-f.:]+"),
    Piece("id.resp_p", "[0-9]+"),
)
_NUMBER: Final = "[0-9]+|-"
_FLAG: Final = "[TF]"
#: Columns in the order of all versions; what came later is optional, and told by its neighbours.
_BARE: Final = {
    "http": Pattern(
        (
            *separated(
                (
                    *_HEADS,
                    Piece("trans_depth", "[0-9]+"),
                    Piece("method", "[A-Za-z_-]+"),
                    Piece("host", "[^\t]*"),
                    Piece("uri", "[^\t]*"),
                    Piece("referrer", "[^\t]*"),
                ),
                "\t",
            ),
            Piece("version", r"(?:\t(?:[0-9](?:\.[0-9])?|-))?"),
            Piece(None, "\t"),
            Piece("user_agent", "[^\t]*[^0-9\t][^\t]*"),
            Piece("origin", "(?:\t[^\t]*[^0-9\t][^\t]*)?"),
            Piece(None, "\t"),
            Piece("request_body_len", _NUMBER),
            Piece(None, "\t"),
            Piece("response_body_len", _NUMBER),
            Piece(None, "\t"),
            Piece("status_code", "[0-9]{3}|-"),
            Piece("rest", "\t.*"),
        )
    ),
    "ssl": Pattern(
        (
            *separated(
                (
                    *_HEADS,
                    Piece("version", "(?:TLS|SSL|DTLS)v[0-9]+|unknown-[0-9]+|-"),
                    Piece("cipher", "[A-Za-z0-9_-]+"),
                    Piece("curve", "[A-Za-z0-9_-]+"),
                    Piece("server_name", "[^\t]*"),
                    Piece("resumed", _FLAG),
                    Piece("last_alert", "[^\t]*"),
                    Piece("next_protocol", "[^\t]*"),
                    Piece("established", _FLAG),
                ),
                "\t",
            ),
            Piece("rest", "(?:\t.*)?"),
        )
    ),
    "dns": Pattern(
        (
            *separated((*_HEADS, Piece("proto", "[a-z]+"), Piece("trans_id", _NUMBER)), "\t"),
            Piece("rtt", r"(?:\t(?:[0-9]+\.[0-9]+|-))?"),
            Piece(None, "\t"),
            *separated(
                (
                    Piece("query", "[^\t]*"),
                    Piece("qclass", _NUMBER),
                    Piece("qclass_name", "[^\t]*"),
                    Piece("qtype", _NUMBER),
                    Piece("qtype_name", "[^\t]*"),
                    Piece("rcode", _NUMBER),
                    Piece("rcode_name", "[^\t]*"),
                    *(Piece(name, _FLAG) for name in ("AA", "TC", "RD", "RA")),
                    Piece("Z", "[0-9]+"),
                ),
                "\t",
            ),
            Piece("rest", "\t.*"),
        )
    ),
}
#: Any of Zeek's records: stamp, id of connection or file, and at least two columns more.
_ANY: Final = Pattern(
    (
        *separated((Piece("ts", r"[0-9]{9,10}\.[0-9]{6}"), Piece("uid", "[^\t ]+")), "\t"),
        Piece(None, "\t"),
        *separated((Piece("third column", "[^\t]*"), Piece("fourth column", "[^\t]*")), "\t"),
        Piece("rest", "(?:\t.*)?"),
    )
)


#: The cell of `UnheadedLog` that says which log a line is of.
_SHAPE: Final = "log"


class UnheadedLog(PlainReader):
    """Lines of any of Zeek's logs. Cells are Zeek's names, null in a log that is not read."""

    required_literals = _ANY.required_literals
    stamp_span = staticmethod(TabbedLog.stamp_span)

    def check(self, line: str, _layout: Layout) -> Fault | None:
        """The first field at which a line stops fitting."""
        return _ANY.fault(line)

    def fits(self, lines: Sequence[str]) -> bool | None:
        """Whether all lines fit whole."""
        return _ANY.fits(lines)

    def fits_any(self, lines: Iterable[str]) -> bool | None:
        """Whether any line fits whole."""
        return _ANY.fits_any(lines)

    def reason(self, _layout: Layout) -> pl.Expr:
        """Null where a line fits, else the field at which it stops fitting."""
        return _ANY.reason(TEXT.str.contains(_ANY.regex))

    def steps(self, _layout: Layout, names: frozenset[str]) -> Sequence[Expressions]:
        """The line split by each log's columns, then the cells."""
        splits = {f"%{kind}": TEXT.str.extract_groups(log.regex) for kind, log in _BARE.items()}
        return splits, {CELL + name: self._cell(name) for name in sorted(names)}

    def _cell(self, name: str) -> pl.Expr:
        if name == "ts":
            return TEXT.str.extract(f"^({EPOCH})\t")
        if name == _SHAPE:
            there = {kind: pl.col(f"%{kind}").struct.field("f0") for kind in _BARE}
            return pl.coalesce(
                pl.when(cell.is_not_null()).then(pl.lit(kind)) for kind, cell in there.items()
            )
        return pl.coalesce(
            pl.col(f"%{kind}").struct.field(f"f{log.names.index(name)}")
            for kind, log in _BARE.items()
            if name in log.names
        )


def _kind(cell: Cells) -> pl.Expr:
    return cell[_SHAPE].fill_null("other")


_HEAD: Final = "1704103200.123456\tCx7\t10.1.2.3\t50000\t203.0.113.9\t"
_HTTP: Final = f"{_HEAD}80\t1\tGET\twww.example.com\t/a?b=c\t-\tMozilla/5.0\t0\t512\t200"
_SSL: Final = f"{_HEAD}443\tTLSv13\tTLS_AES_128_GCM_SHA256\tx25519\twww.example.com\tF\t-\th2\tT"
_DNS: Final = (
    f"{_HEAD}53\tudp\t7\t0.000870\twww.example.com\t1\tC_INTERNET\t1\tA\t0\tNOERROR"
    "\tF\tF\tT\tT\t0\t203.0.113.9\t300.000000\tF"
)
BARE: Final = Format(
    name="zeek-bare",
    title="Zeek log, TSV without headers (as syslog carries it)",
    definition="docs.zeek.org, http.log, ssl.log, dns.log; column orders since Bro 2.2",
    reader=UnheadedLog(),
    columns=table(epoch_seconds("ts"), _kind, nothing=("-", "(empty)", "")),
    tunnels=NOT_DOCUMENTED,
    note=NOTE,
    rank=4,
    samples=(
        Sample(
            f"{_HTTP}\tOK\t-",
            "time=2024-01-01T10:00:00.123456Z client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com:80/a?b=c status=200 action=unknown bytes_sent=0"
            " bytes_received=512 user_agent=Mozilla/5.0 evidence=url",
        ),
        Sample(
            _SSL,
            "time=2024-01-01T10:00:00.123456Z client_ip=10.1.2.3 url=www.example.com:443"
            " action=unknown evidence=connect",
        ),
        Sample(
            _DNS,
            "time=2024-01-01T10:00:00.123456Z client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns",
        ),
        Sample(
            f"{_HEAD}53\tudp\tdns",
            "time=2024-01-01T10:00:00.123456Z action=unknown evidence=url repeat=a record"
            " of another of Zeek's logs, no request of its own",
        ),
    ),
    near_misses=("1704103200.123\tx\ty\tz", "1704103200.123456 Cx7 10.1.2.3 50000 203.0.113.9"),
)
