"""SonicWall SonicOS: web site hits and blocks of the content filter, standard and enhanced syslog.

Definition: SonicOS Log Events Reference Guide (5.8 to 7.1), Index of Syslog Tag Field Descriptions:
`dstname` is the requested host, `arg` its path, `op` the request's method, `result` the answer's
status; `sent` and `rcvd` count from the side that opened the connection. Stamps are wall clock
unless the unit is told to write UTC, which they then say.
"""

import re
from typing import Final

import polars as pl

from logan.formats.engine.columns import NOT_DOCUMENTED, Columns, connects
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.keyvalue import KeyValue
from logan.formats.engine.layout import integer
from logan.formats.engine.lessons import names_no_host_unless
from logan.formats.engine.stamps import any_stamp
from logan.formats.engine.values import Cells, matched, where

_PAIRS: Final = KeyValue(
    needs={
        "sn": "[0-9A-Fa-f-]+",
        "time": "[0-9]{4}-[0-9]{2}-[0-9]{2} .*",
        "fw": ".+",
        "m": "[0-9]+",
        "c|gcat": "[0-9]+",
    },
)
_METHODS: Final = {"1": "GET", "2": "POST", "3": "HEAD", "0": None}
#: Message identifiers of the content filter's denials.
_DENIED: Final = ("14", "15", "1153", "1573")
DEFINITION: Final = "SonicOS Log Events Reference Guide, Index of Syslog Tag Field Descriptions"
TUNNELS: Final = NOT_DOCUMENTED
NAMES_NO_HOST: Final = (
    "its first lines name no web site (dstname): a log of sessions cannot show visits"
)


def _verdict(cell: Cells) -> pl.Expr:
    """What the message says, which alone tells a hit from a denial, and what its number does."""
    by_rule = cell["fw_action"].str.to_lowercase().is_in(["drop", "deny", "block"])
    denied = (cell["m"].is_in(_DENIED) | by_rule).fill_null(value=False)
    hit = pl.when(cell["m"] == "97").then(pl.lit(" web site hit")).otherwise(pl.lit(""))
    said = pl.concat_str(cell["msg"].fill_null(""), hit)
    return pl.when(denied).then(pl.lit("denied")).otherwise(said)


def _is_closed(cell: Cells) -> pl.Expr:
    """True of HTTPS that was not opened: only the name is known, and the path is a bare `/`."""
    bare = cell["arg"].is_null() | (cell["arg"] == "/")
    return (cell["service"] != "http").fill_null(value=True) & bare


def _client(cell: Cells) -> pl.Expr:
    """The address in `address:port:interface:name`."""
    address = cell["src"].str.extract(r"^((?:[0-9]{1,3}\.){3}[0-9]{1,3}|\[[^\]]*\])", 1)
    # An IPv6 address ends two colons before the interface's name.
    bare = cell["src"].str.extract(r"^([^\[].*?:.*?):[0-9]*:[A-Z][^:]*(?::.*)?$", 1)
    return pl.coalesce(address, bare, cell["srcV6"], cell["src"])


def _user(cell: Cells) -> pl.Expr:
    user = cell.first("usr", "user")
    return pl.when(~user.str.contains("^Unknown ")).then(user)


def _port(cell: Cells) -> pl.Expr:
    return integer(cell["dst"].str.extract(r"^(?:[0-9.]+|\[[^\]]*\]):([0-9]+)", 1))


COLUMNS: Final = Columns(
    time=any_stamp("time"),
    client_ip=_client,
    user=_user,
    method=lambda cell: pl.when(~cell["closed"]).then(cell["op"].replace(_METHODS)),
    scheme="service",
    host="dstname",
    port=_port,
    url=lambda cell: pl.when(cell["arg"].str.starts_with("/")).then(cell["arg"]),
    status="result",
    action=matched(
        _verdict,
        allowed=".*web ?site (?:hit|access|allowed).*",
        blocked=".*(?:denied|blocked|forbidden).*",
        status="result",
    ),
    bytes_sent="sent",
    bytes_received="rcvd",
    referrer="referer",
    evidence=connects(lambda cell: cell["closed"]),
    repeat=where(
        lambda cell: cell["dstname"].is_null(),
        "no request: a session or event that names no web site",
    ),
    derived={
        "service": lambda cell: (
            cell["proto"].str.to_lowercase().str.extract("^(?:tcp|udp)/(https?)$", 1)
        ),
        "closed": _is_closed,
    },
)


_SAMPLE: Final = (
    'id=firewall sn=18B1690729A8 time="2024-06-16 17:21:40 UTC" fw=192.0.2.1 pri=6 c=1024 m=97 '
    'msg="Web site hit" app=48 sess="Auto" n=9 usr="FORCE\\jdoe" src=10.1.2.3:52589:X0:pc7 '
    "dst=203.0.113.9:80:X1:edge.example.net proto=tcp/http op=1 sent=798 rcvd=12352 result=200 "
    'dstname=www.example.com arg=/a?b=c code=64 Category="News" note="Policy: Default"'
)
SYSLOG: Final = Format(
    name="sonicwall",
    title="SonicWall SonicOS web site hits and blocks",
    definition=DEFINITION,
    reader=_PAIRS,
    learns=names_no_host_unless(re.compile(" dstname=").search, NAMES_NO_HOST),
    columns=COLUMNS,
    tunnels=TUNNELS,
    note="Stamps are UTC only where they say so.",
    rank=6,
    samples=(
        Sample(
            _SAMPLE,
            "time=2024-06-16T17:21:40Z user=FORCE\\jdoe client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com:80/a?b=c status=200 action=allowed bytes_sent=798"
            " bytes_received=12352 evidence=url",
        ),
        Sample(
            "<134>" + _SAMPLE.replace(" UTC", "").replace("m=97", "m=14").replace("hit", "denied"),
            "time=2024-06-16T17:21:40Z user=FORCE\\jdoe client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com:80/a?b=c status=200 action=blocked bytes_sent=798"
            " bytes_received=12352 evidence=url",
        ),
    ),
    near_misses=(_SAMPLE.replace(" m=97", ""),),
)
