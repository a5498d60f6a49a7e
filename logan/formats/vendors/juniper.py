"""Juniper SRX: the web filter's messages, as structured and as plain syslog.

Definition: Juniper, System Log Explorer, RT_UTM (WEBFILTER_URL_PERMITTED, WEBFILTER_URL_BLOCKED,
WEBFILTER_URL_REDIRECTED, each with an `_LS` twin of a logical system): `url` is the host, `obj` the
path (`object-name` and `pathname` until Junos 12); of TLS that was not opened the host alone is
known, and `obj` is `/`. A structured message is nothing but data behind the header, whose stamp is
the record's; a plain one has the header's, and holds the data or a sentence made of it.
Redirected is what is shown the filter's own page. Whether a connection that an SSL proxy opened has
a message beside those of its requests is not said.
"""

from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.columns import NOT_DOCUMENTED, Columns, connects
from logan.formats.engine.fields import ADDRESS
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.keyvalue import KeyValue, Pairs
from logan.formats.engine.layout import TEXT
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pattern import Piece
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells, Derivation, words
from logan.schema import ACTION

_EVENT: Final = r"WEBFILTER_URL_(PERMITTED|BLOCKED|REDIRECTED)(?:_MT)?(?:_LS)?"
_STRUCTURED: Final = rf"(?:^|[ >])1 ([0-9T:.+Z-]+) [^ ]+ RT_UTM [^ ]+ {_EVENT} \[junos@"
_PLAIN: Final = rf"(?:^|[ :]){_EVENT}: "
_PAIRS: Final = Pairs(before=r"[ \[]", escapes=('\\"', "\\\\", "\\]"), missing=("", "-", "N/A"))
_NEEDS: Final = {
    "source-address": "[0-9A-Fa-f.:]+",
    "url|object-name": "[^ ]+",
    "obj|pathname": ".*",
}


def _action(event: str, group: int) -> Derivation:
    """By the name of the message."""

    def decide(_cell: Cells) -> pl.Expr:
        word = TEXT.str.extract(event, group)
        passed = pl.when(word == "PERMITTED").then(pl.lit("allowed"))
        return passed.otherwise(pl.lit("blocked")).cast(ACTION)

    return decide


def _is_closed(port: pl.Expr, path: pl.Expr) -> pl.Expr:
    """True of TLS that may not have been opened."""
    return (port == "443") & (path.is_null() | (path == "/"))


def _data_is_closed(cell: Cells) -> pl.Expr:
    return _is_closed(cell["destination-port"], pl.coalesce(cell["obj"], cell["pathname"]))


_COLUMNS: Final = Columns(
    time=Stamp("offset", lambda _: {"time": clock.iso_offset(TEXT.str.extract(_STRUCTURED, 1))}),
    user="username",
    client_ip="source-address",
    host=("url", "object-name"),
    port="destination-port",
    url=("obj", "pathname"),
    action=_action(_STRUCTURED, 2),
    evidence=connects(_data_is_closed),
)
_DATA: Final = (
    'source-zone="trust" destination-zone="untrust" source-address="10.1.2.3" source-port="58974" '
    'destination-address="203.0.113.9" destination-port="80" session-id="16297" '
    'application="HTTP" nested-application="UNKNOWN" category="Enhanced_News" '
    'reason="BY_PRE_DEFINED" profile="WCF1" url="www.example.com" obj="/a?b=c" '
    'username="FORCE\\\\jdoe" roles="N/A" application-sub-category="N/A" urlcategory-risk="0"'
)
_LINE: Final = (
    "<14>1 2024-01-10T13:55:36.345Z srx1 RT_UTM - WEBFILTER_URL_PERMITTED "
    f"[junos@2636.1.1.1.2.129 {_DATA}]"
)
_BLOCKED: Final = (
    _LINE.replace("PERMITTED", "BLOCKED_LS")
    .replace('port="80"', 'port="443"')
    .replace("/a?b=c", "/")
    .replace("FORCE\\\\jdoe", "N/A")
)
STRUCTURED: Final = Format(
    name="juniper-srx",
    title="Juniper SRX web filter, structured syslog",
    definition="Juniper, System Log Explorer, RT_UTM: WEBFILTER_URL_*",
    reader=KeyValue(pairs=_PAIRS, needs=_NEEDS, beside={"event": (_STRUCTURED,)}),
    columns=_COLUMNS,
    tunnels=NOT_DOCUMENTED,
    rank=7,
    samples=(
        Sample(
            _LINE,
            "time=2024-01-10T13:55:36.345000Z user=FORCE\\jdoe client_ip=10.1.2.3"
            " url=www.example.com:80/a?b=c action=allowed evidence=url",
        ),
        Sample(
            _LINE.replace(' category="Enhanced_News"', ' name="N/A"')
            .replace(" url=", " object-name=")
            .replace(" obj=", " pathname="),
            "time=2024-01-10T13:55:36.345000Z user=FORCE\\jdoe client_ip=10.1.2.3"
            " url=www.example.com:80/a?b=c action=allowed evidence=url",
        ),
        Sample(
            _BLOCKED,
            "time=2024-01-10T13:55:36.345000Z client_ip=10.1.2.3 url=www.example.com:443/"
            " action=blocked evidence=connect",
        ),
    ),
    near_misses=(
        _LINE.replace("WEBFILTER_URL_PERMITTED", "AV_VIRUS_DETECTED_MT"),
        _LINE.replace('url="www.example.com" ', ""),
    ),
)
PLAIN: Final = replace(
    STRUCTURED,
    name="juniper-srx-plain",
    title="Juniper SRX web filter, plain syslog",
    reader=KeyValue(pairs=_PAIRS, needs=_NEEDS, beside={"event": (_PLAIN,)}),
    columns=replace(_COLUMNS, time=None, action=_action(_PLAIN, 1)),
    samples=(
        Sample(
            "<14>2024-01-10T13:55:36Z srx1 RT_UTM: WEBFILTER_URL_BLOCKED: WebFilter: "
            f'ACTION="URL Blocked" {_DATA}',
            "time=2024-01-10T13:55:36Z user=FORCE\\jdoe client_ip=10.1.2.3"
            " url=www.example.com:80/a?b=c action=blocked evidence=url",
        ),
    ),
    near_misses=(f"<14>Jan 10 13:55:36 srx1 RT_UTM: AV_VIRUS_DETECTED_MT: {_DATA}", _LINE),
)
_SENTENCE: Final = (
    Piece(None, '(?:RT_UTM: )?(?:WEBFILTER_URL_[A-Z_]+: )?WebFilter: ACTION="URL '),
    Piece("action", "Permitted|Blocked|Redirected"),
    Piece("zones", '" (?:[a-z]+-zone="[^"]*" ?)*'),
    Piece("client", ADDRESS),
    Piece(None, r"\([0-9]+\)->"),
    Piece("server", ADDRESS),
    Piece(None, r"\("),
    Piece("port", "[0-9]+"),
    Piece("session", r"\) (?:[A-Z_-]+=(?:\"[^\"]*\"|[^ \"]*) ?)*?"),
    Piece(None, 'CATEGORY="'),
    Piece("category", '[^"]*'),
    Piece("reason", '" REASON="[^"]*" PROFILE="[^"]*"'),
    Piece(None, " URL="),
    Piece("url", "[^ ]+"),
    Piece(None, " OBJ="),
    Piece("obj", "[^ ]*"),
    Piece(None, " (?:USERNAME=|username )"),
    Piece("user", "[^ ]+(?: [^ ]+){0,5}?"),
    Piece(None, " (?:ROLES=|roles )"),
    Piece("tail", ".*"),
)


#: A name or a path of a user's own may hold what ends it.
_TWICE: Final = "|".join(
    rf" {key}.* {key}" for key in ("OBJ=", "(?:USERNAME=|username )", "(?:ROLES=|roles )")
)


def _sentence_is_closed(cell: Cells) -> pl.Expr:
    return _is_closed(cell["port"], cell["obj"])


_SAID: Final = (
    'RT_UTM: WEBFILTER_URL_PERMITTED: WebFilter: ACTION="URL Permitted" 10.1.2.3(58974)->'
    '203.0.113.9(443) CATEGORY="Enhanced_News" REASON="BY_PRE_DEFINED" PROFILE="WCF1" '
    "URL=www.example.com OBJ=/ username N/A roles N/A"
)
_SAID_SINCE: Final = (
    'WebFilter: ACTION="URL Blocked" source-zone="trust" destination-zone="untrust" '
    '10.1.2.3(58974)->203.0.113.9(80) SESSION_ID=16297 APPLICATION="HTTP" '
    'NESTED-APPLICATION="UNKNOWN" CATEGORY="Enhanced_News" REASON="BY_PRE_DEFINED" '
    'PROFILE="WCF1" URL=www.example.com OBJ=/a?b=c USERNAME=jdoe ROLES=Employees'
)
SENTENCE: Final = Format(
    name="juniper-srx-message",
    title="Juniper SRX web filter, plain syslog in words",
    definition=STRUCTURED.definition,
    reader=LinePattern(pieces=_SENTENCE, missing=("", "-", "N/A"), doubtful=_TWICE),
    columns=Columns(
        time=None,
        user="user",
        client_ip="client",
        host="url",
        port="port",
        url="obj",
        action=words("action", allowed=("Permitted",), blocked=("Blocked", "Redirected")),
        evidence=connects(_sentence_is_closed),
    ),
    tunnels=NOT_DOCUMENTED,
    rank=7,
    samples=(
        Sample(
            f"<23>2024-01-10T13:55:36Z srx1 {_SAID}",
            "time=2024-01-10T13:55:36Z client_ip=10.1.2.3 url=www.example.com:443/"
            " action=allowed evidence=connect",
        ),
        Sample(
            f"<23>2024-01-10T13:55:36Z srx1 RT_UTM: WEBFILTER_URL_BLOCKED: {_SAID_SINCE}",
            "time=2024-01-10T13:55:36Z user=jdoe client_ip=10.1.2.3"
            " url=www.example.com:80/a?b=c action=blocked evidence=url",
        ),
    ),
    near_misses=(
        f"<23>2024-01-10T13:55:36Z srx1 {_SAID.replace('URL=', 'X=')}",
        f"<23>2024-01-10T13:55:36Z srx1 {_SAID.replace('OBJ=/', 'OBJ=/a b')}",
    ),
)
