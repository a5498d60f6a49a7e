"""PowerDNS: the queries that Recursor and Authoritative Server log, and dnsdist's log of packets.

Definition: doc.powerdns.com, Recursor, Operating (`quiet=no`; structured logging) and Authoritative
Server, `log-dns-queries`; dnsdist.org, LogAction and LogResponseAction; PowerDNS/pdns,
recursordist/pdns_recursor.cc, pdns/auth-main.cc, dnsdistdist/dnsdist-actions-factory.cc. With a
proxy in front the address in brackets is the client's. dnsdist writes the nanoseconds of its stamp
without the zeros in front.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from logan.formats.engine.columns import NOT_LOGGED, Columns, sees
from logan.formats.engine.fields import V4, V6
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.keyvalue import KeyValue, Pairs
from logan.formats.engine.layout import Expressions, Layout
from logan.formats.engine.line_pattern import SHAPE, LineVariants
from logan.formats.engine.pattern import Piece
from logan.formats.engine.stamps import Stamp, epoch_seconds
from logan.formats.engine.values import Cells, where

_ADDRESS: Final = rf"(?:{V4}(?::[0-9]{{1,5}})?|\[{V6}\]:[0-9]{{1,5}}|{V6})"
_TYPE: Final = "[A-Z0-9][A-Za-z0-9-]*"
_LOOK_UP: Final = "A look-up is no visit: browsers look names up ahead, and answers are cached."
_THREAD: Final = (
    Piece("thread", "(?:[0-9]+ )?"),
    Piece(None, r"\["),
    Piece("number", "[0-9]+(?:/[0-9]+)?"),
    Piece(None, r"\] "),
)
_NAME: Final = (
    Piece("name", "[^|' ]+"),
    Piece(None, r"\|"),
    Piece("type", _TYPE),
)
_QUESTION: Final = (
    *_THREAD,
    Piece("transport", "(?:TCP )?"),
    Piece(None, "question for '"),
    *_NAME,
    Piece(None, "' from "),
    Piece("client", _ADDRESS),
    Piece("rest", r"(?: \(.*\))? *"),
)
_ANSWER: Final = (
    *_THREAD,
    Piece(None, "answer to "),
    Piece("recursion", "(?:non-rd )?"),
    Piece(None, "question '"),
    *_NAME,
    Piece("rest", "': .*"),
)
_CACHED: Final = (
    Piece("thread", "(?:[0-9]+ )?"),
    Piece("transport", "(?:TCP )?"),
    Piece(None, "question answered from packet cache "),
    Piece("tag", "(?:tag=[0-9]+ )?"),
    Piece(None, "from "),
    Piece("client", _ADDRESS),
    Piece("rest", r"(?: \(.*\))? *"),
)
_WANTS: Final = (
    Piece("transport", "(?:TCP )?"),
    Piece(None, "Remote "),
    Piece("remote", _ADDRESS),
    Piece("inner", rf"(?:\({_ADDRESS}\))?"),
    Piece("network", "(?:<-[^ ]+)?"),
    Piece(None, " wants '"),
    *_NAME,
    Piece("rest", "', do = [01], bufsize = [0-9]+.*"),
)


def _client(cell: Cells) -> pl.Expr:
    inner = cell["inner"].str.strip_chars("()")
    return pl.coalesce(cell["client"], pl.when(inner != "").then(inner), cell["remote"])


POWERDNS: Final = Format(
    name="powerdns",
    title="PowerDNS Recursor and Authoritative Server, queries",
    definition="doc.powerdns.com, Recursor (quiet) and Authoritative Server (log-dns-queries)",
    reader=LineVariants(
        shapes={"question": _QUESTION, "answer": _ANSWER, "cached": _CACHED, "wants": _WANTS},
        literals=(("question ", " wants '"),),
    ),
    columns=Columns(
        time=None,
        user=None,
        client_ip=_client,
        action=None,
        host="name",
        evidence=sees("dns"),
        companion=where(lambda cell: cell[SHAPE] == "answer", "answer"),
        repeat=where(
            lambda cell: cell[SHAPE] == "cached", "no name: answered from the packet cache"
        ),
    ),
    tunnels=NOT_LOGGED,
    note=f"{_LOOK_UP} Recursor does not name what it answers from its packet cache: such look-ups"
    " are missing.",
    rank=6,
    samples=(
        Sample(
            "2024-01-10T13:55:36.123+00:00 ns1 pdns_recursor[812]: 3 [1418626328/2] question for "
            "'www.example.com|A' from 10.1.2.3:50759 (ecs 10.1.2.0/24)\n"
            "2024-01-10T13:55:36.123+00:00 ns1 pdns_recursor[812]: 3 [1418626328/2] answer to "
            "question 'www.example.com|A': 1 answers, 1 additional, took 1 packets, rcode=0",
            "time=2024-01-10T13:55:36.123000Z client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns",
            "time=2024-01-10T13:55:36.123000Z url=www.example.com action=unknown evidence=dns"
            " companion=answer",
        ),
        Sample(
            "2024-01-10T13:55:36Z ns1 pdns_server[812]: Remote 192.0.2.7(10.1.2.3)<-10.1.2.0/24 "
            "wants 'www.example.com|A', do = 1, bufsize = 1232 (4096): packetcache MISS",
            "time=2024-01-10T13:55:36Z client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns",
            also=(
                (
                    "2024-01-10T13:55:36Z ns1 pdns_server[812]: TCP Remote 10.1.2.3 wants "
                    "'www.example.com|HTTPS', do = 0, bufsize = 512"
                ),
            ),
        ),
        Sample(
            "2024-01-10T13:55:36Z ns1 pdns_recursor[812]: 3 question answered from packet cache "
            "tag=0 from 10.1.2.3:50759 (via 192.0.2.7:50759) ",
            "time=2024-01-10T13:55:36Z client_ip=10.1.2.3 action=unknown evidence=dns"
            " repeat=no name: answered from the packet cache",
        ),
    ),
    near_misses=(
        "2024-01-10T13:55:36Z ns1 pdns_recursor[812]: 3 question for nobody",
        "2024-01-10T13:55:36Z ns1 pdns_server[812]: Query: select content from records",
    ),
)
_CACHED_MESSAGE: Final = "(?:TCP q|Q)uestion answered from packet cache"
STRUCTURED: Final = Format(
    name="powerdns-structured",
    title="PowerDNS Recursor, structured log",
    definition="doc.powerdns.com, Recursor, Operating: logging details of queries and answers",
    reader=KeyValue(
        pairs=Pairs(before="^| "),
        needs={
            "msg": f"Question|Answer|{_CACHED_MESSAGE}",
            "subsystem": ".+",
            "ts": r"[0-9]{9,10}\.[0-9]+",
            "qname": ".+",
            "qtype": ".+",
            "remote": ".+",
        },
    ),
    columns=Columns(
        time=epoch_seconds("ts"),
        user=None,
        client_ip=lambda cell: pl.coalesce(cell["source"], cell["remote"]).str.extract("^([^ ]+)"),
        action=None,
        host="qname",
        evidence=sees("dns"),
        companion=where(lambda cell: cell["msg"] == "Answer", "answer"),
    ),
    tunnels=NOT_LOGGED,
    note=_LOOK_UP,
    rank=6,
    samples=(
        Sample(
            'msg="Question" subsystem="syncres" level="0" prio="Info" tid="4" ts="1704894936.123" '
            'ecs="" mtid="1" proto="udp" qname="www.example.com" qtype="A" '
            'remote="10.1.2.3:50759"\n'
            'msg="Answer" subsystem="syncres" level="0" prio="Info" tid="4" ts="1704894936.500" '
            'answers="1" ecs="" mtid="1" proto="udp" qname="www.example.com" qtype="A" rcode="0" '
            'remote="10.1.2.3:50759"\n'
            'msg="Question answered from packet cache" subsystem="in" level="0" prio="Notice" '
            'tid="4" ts="1704894937.000" qname="www.example.com" qtype="A" '
            'remote="192.0.2.7:50759" '
            'source="10.1.2.3:50759" tag="0"',
            "time=2024-01-10T13:55:36.123000Z client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns",
            "time=2024-01-10T13:55:36.500000Z client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns companion=answer",
            "time=2024-01-10T13:55:37Z client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns",
        ),
    ),
    near_misses=(
        (
            'msg="Starting" subsystem="config" level="0" prio="Info" tid="0" ts="1704894936.123" '
            'qname="www.example.com" qtype="A" remote="10.1.2.3:50759"'
        ),
    ),
)
_STAMP: Final = r"(?:\[[0-9]{9,10}\.[0-9]{1,9}\] )?"
_PACKET: Final = (
    Piece("stamp", _STAMP),
    Piece(None, "Packet from "),
    Piece("client", _ADDRESS),
    Piece(None, " for "),
    Piece("name", "[^ ]+"),
    Piece(None, " "),
    Piece("type", _TYPE),
    Piece("rest", " with id [0-9]+"),
)
_REPLY: Final = (
    Piece("stamp", _STAMP),
    Piece(None, "Answer to "),
    Piece("client", _ADDRESS),
    Piece(None, " for "),
    Piece("name", "[^ ]+"),
    Piece(None, " "),
    Piece("type", _TYPE),
    Piece("rest", r" \([^)]*\) with id [0-9]+"),
)


def _learn(layout: Layout, records: Sequence[str]) -> Layout:
    """Whether lines carry their own stamp."""
    own = [record.startswith("[") for record in records]
    return layout if all(own) else layout.with_stamps(own="some" if any(own) else "none")


def _packet_time(cell: Cells) -> Expressions:
    if cell.layout.stamps.own == "none":
        return {}
    seconds = cell["stamp"].str.extract(r"^\[([0-9]+)").cast(pl.Int64, strict=False)
    nanoseconds = cell["stamp"].str.extract(r"\.([0-9]+)\]").cast(pl.Int64, strict=False)
    moment = seconds * 1_000_000 + nanoseconds // 1_000
    return {"time": pl.from_epoch(moment, time_unit="us").dt.replace_time_zone("UTC")}


DNSDIST: Final = Format(
    name="powerdns-dnsdist",
    title="dnsdist, LogAction and LogResponseAction",
    definition="dnsdist.org, LogAction and LogResponseAction",
    reader=LineVariants(
        shapes={"packet": _PACKET, "reply": _REPLY}, literals=(("Packet from ", "Answer to "),)
    ),
    learns=_learn,
    columns=Columns(
        time=Stamp("utc", _packet_time),
        user=None,
        client_ip="client",
        action=None,
        host="name",
        evidence=sees("dns"),
        companion=where(lambda cell: cell[SHAPE] == "reply", "answer"),
    ),
    tunnels=NOT_LOGGED,
    note=f"{_LOOK_UP} A file has no stamps unless includeTimestamp is on.",
    rank=6,
    samples=(
        Sample(
            "[1704894936.5000000] Packet from 10.1.2.3:50759 for www.example.com. A with id 4711\n"
            "[1704894936.900000000] Answer to 10.1.2.3:50759 for www.example.com. A (No Error) "
            "with id 4711",
            "time=2024-01-10T13:55:36.005000Z client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns",
            "time=2024-01-10T13:55:36.900000Z client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns companion=answer",
        ),
        Sample(
            "2024-01-10T13:55:36Z ns1 dnsdist[812]: Packet from [2001:db8::3]:50759 for "
            "www.example.com. AAAA with id 4711",
            "time=2024-01-10T13:55:36Z client_ip=2001:db8::3 url=www.example.com"
            " action=unknown evidence=dns",
        ),
    ),
    near_misses=("2024-01-10T13:55:36Z ns1 dnsdist[812]: Packet from 10.1.2.3:50759 was dropped",),
)
