"""PowerDNS: the queries that Recursor and Authoritative Server log. dnsdist is in `dnsdist`.

Definition: doc.powerdns.com, Recursor, Operating (`quiet=no`) and Structured Logging Dictionary,
and Authoritative Server, `log-dns-queries`; PowerDNS/pdns, recursordist/pdns_recursor.cc and
auth-main.cc. With a proxy in front the address in brackets is the client's.
"""

from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine.columns import LOOK_UP_NOTE, NOT_LOGGED, Columns, sees
from logan.formats.engine.fields import V4, V6
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.keyvalue import KeyValue, Pairs
from logan.formats.engine.line_pattern import SHAPE, LineVariants
from logan.formats.engine.pattern import Piece
from logan.formats.engine.stamps import epoch_seconds
from logan.formats.engine.values import Cells, where

ENDPOINT: Final = rf"(?:{V4}(?::[0-9]{{1,5}})?|\[{V6}\]:[0-9]{{1,5}}|{V6})"
QUERY_TYPE: Final = "[A-Z0-9][A-Za-z0-9-]*"
_THREAD: Final = (
    Piece("thread", "(?:[0-9]+ )?"),
    Piece(None, r"\["),
    Piece("number", "[0-9]+(?:/[0-9]+)?"),
    Piece(None, r"\] "),
)
_NAME: Final = (
    Piece("name", "[^|' ]+"),
    Piece(None, r"\|"),
    Piece("type", QUERY_TYPE),
)
_QUESTION: Final = (
    *_THREAD,
    Piece("transport", "(?:TCP )?"),
    Piece(None, "question for '"),
    *_NAME,
    Piece(None, "' from "),
    Piece("client", ENDPOINT),
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
    Piece("client", ENDPOINT),
    Piece("rest", r"(?: \(.*\))? *"),
)
_WANTS: Final = (
    Piece("transport", "(?:TCP )?"),
    Piece(None, "Remote "),
    Piece("remote", ENDPOINT),
    Piece("inner", rf"(?:\({ENDPOINT}\))?"),
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
        record_type="type",
        evidence=sees("dns"),
        companion=where(lambda cell: cell[SHAPE] == "answer", "answer"),
        repeat=where(
            lambda cell: cell[SHAPE] == "cached", "no name: answered from the packet cache"
        ),
    ),
    tunnels=NOT_LOGGED,
    note=f"{LOOK_UP_NOTE} Recursor does not name what it answers from its packet cache: such"
    " look-ups are missing.",
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
_MESSAGE: Final = "Question|Answer|(?:TCP q|Q)uestion answered from packet cache"
_EPOCH: Final = r"[0-9]{9,10}\.[0-9]+"
STRUCTURED: Final = Format(
    name="powerdns-structured",
    title="PowerDNS Recursor, structured log",
    definition="doc.powerdns.com, Recursor, Operating: logging details of queries and answers",
    reader=KeyValue(
        pairs=Pairs(before="^| "),
        needs={
            "msg": _MESSAGE,
            "subsystem": ".+",
            "ts": _EPOCH,
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
        record_type="qtype",
        evidence=sees("dns"),
        companion=where(lambda cell: cell["msg"] == "Answer", "answer"),
    ),
    tunnels=NOT_LOGGED,
    note=LOOK_UP_NOTE,
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
#: The keys of the `json` backend, and of `systemd-journal` in the journal's JSON export.
_KEYS: Final = {name: (name, name.upper()) for name in ("qname", "qtype", "remote", "source")} | {
    "msg": ("msg", "MESSAGE"),
    "ts": ("ts", "TIMESTAMP"),
}
JSON: Final = replace(
    STRUCTURED,
    name="powerdns-json",
    title="PowerDNS Recursor, structured log as JSON or in the journal",
    definition="doc.powerdns.com, Recursor, Structured Logging Dictionary",
    reader=JsonObject(
        (
            need("msg", "MESSAGE", regex=f"^(?:{_MESSAGE})$"),
            need("ts", "TIMESTAMP", regex=f"^{_EPOCH}$"),
            need("qname", "QNAME"),
            need("qtype", "QTYPE"),
            need("remote", "REMOTE"),
            need("subsystem", "SUBSYSTEM"),
        ),
        aliases=_KEYS,
    ),
    note=f"{LOOK_UP_NOTE} `journalctl` without `-o json` prints no names.",
    samples=(
        Sample(
            '{"ecs": "", "level": "0", "msg": "Question", "mtid": "1", "priority": "6", "proto": '
            '"udp", "qname": "www.example.com", "qtype": "A", "remote": "10.1.2.3:50759", '
            '"subsystem": "syncres", "tid": "4", "ts": "1704894936.123"}',
            "time=2024-01-10T13:55:36.123000Z client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns",
            also=(
                (
                    '{"__REALTIME_TIMESTAMP":"1704894936999999","_HOSTNAME":"ns1","MESSAGE":'
                    '"Question answered from packet cache","PRIORITY":"5","SUBSYSTEM":"in",'
                    '"TIMESTAMP":"1704894936.123","QNAME":"www.example.com","QTYPE":"A",'
                    '"SOURCE":"10.1.2.3:50759","REMOTE":"192.0.2.7:50759"}'
                ),
            ),
        ),
    ),
    near_misses=(
        '{"msg": "Question", "ts": "1704894936.123", "qname": "www.example.com", "qtype": "A"}',
    ),
)
