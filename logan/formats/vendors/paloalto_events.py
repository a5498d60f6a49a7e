"""Palo Alto's URL logs as events: CEF and LEEF, and the JSON of Cortex Data Lake and Strata.

Definitions: docs.paloaltonetworks.com, PAN-OS CEF Configuration Guide; Strata Logging Service Log
Reference (URL CEF Fields, URL HTTPS Fields); IBM QRadar DSM guide, Palo Alto PA Series (LEEF).
What the fields mean is said in `logan.formats.vendors.paloalto_record`.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.cef import CefEvent, LeefEvent, with_domain
from logan.formats.engine.columns import NOT_DOCUMENTED, Columns
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.layout import Expressions
from logan.formats.engine.lessons import names_no_host_unless
from logan.formats.engine.stamps import Stamp, any_stamp
from logan.formats.engine.values import Cells, Derivation, where
from logan.formats.vendors.paloalto_lines import NAMES_NO_HOST
from logan.formats.vendors.paloalto_record import (
    EVIDENCE,
    LOOK_UPS,
    decide,
    decrypted,
    looked_up,
    of_request,
    request_port,
)

_URL: Final = "^url$|9999|URL"


def _any(test: Callable[[pl.Expr], pl.Expr], *names: str) -> Derivation:
    """True where one of the cells that name the kind of an event passes a test."""
    return lambda cell: pl.any_horizontal(test(cell[name]).fill_null(value=False) for name in names)


def _kinds(*names: str, opened: Derivation, asked: Derivation) -> dict[str, Derivation]:
    """Which log an event is of, by the cells that say so; of look-ups there is no other line."""
    return {
        "url": asked,
        "opened": opened,
        "of url log": _any(lambda kind: kind.str.contains(_URL), *names),
        "of threat log": _any(lambda kind: kind == "THREAT", *names),
        "look-up": lambda cell: (
            ~cell["of url log"]
            & cell["of threat log"]
            & cell["application"].is_in(LOOK_UPS).fill_null(value=False)
        ),
    }


_CEF: Final = Columns(
    time=any_stamp("stamp", zone="dtz"),
    user=lambda cell: with_domain(cell["user"], cell["sntdom"]),
    client_ip="src",
    action=lambda cell: decide(cell["action"]),
    method=of_request(lambda cell: cell["method"]),
    url=of_request(lambda cell: cell["url"]),
    host=looked_up("request"),
    port=of_request(request_port),
    referrer="referrer",
    user_agent="agent",
    evidence=EVIDENCE,
    repeat=where(
        lambda cell: ~cell["of url log"] & ~cell["of threat log"],
        "no request: a line of another of the firewall's logs",
    ),
    companion=where(lambda cell: ~cell["of url log"] & ~cell["look-up"], "remark"),
    derived=_kinds(
        "@signature",
        "@name",
        opened=lambda cell: pl.coalesce(
            cell["PanOSIsDecrypted"] == "true", decrypted(cell["flexString1"])
        ),
        asked=lambda cell: cell["request"],
    ),
)
_LEEF: Final = replace(
    _CEF,
    time=any_stamp("stamp"),
    user="user",
    host=looked_up("Miscellaneous"),
    derived=_kinds(
        "cat",
        "Subtype",
        "@event",
        opened=lambda cell: decrypted(cell["Flags"]),
        asked=lambda cell: cell["Miscellaneous"].str.strip_chars('"'),
    ),
)


def _instant(cell: Cells) -> Expressions:
    names = ("TimeGeneratedHighResolution", "TimeGenerated", "TimeReceived")
    return {"time": pl.coalesce(clock.iso_offset(cell[name]) for name in names)}


_JSON: Final = replace(
    _CEF,
    time=Stamp("utc", _instant),
    user="user",
    host=looked_up("named"),
    derived={
        **_kinds(
            "LogType",
            "Subtype",
            opened=lambda cell: (cell["IsDecrypted"] == "true").fill_null(value=False),
            asked=lambda cell: cell["url"],
        ),
        "named": lambda cell: cell.first("URL", "FileName", "URLDomain"),
    },
)
_NOTE: Final = "Categories with the action 'allow' are not logged."
_CEF_SAMPLE: Final = (
    "CEF:0|Palo Alto Networks|LF|2.0|THREAT|url|1|dtz=UTC rt=Mar 01 2024 20:48:21 "
    "PanOSIsDecrypted=true sntdom=force suser=jdoe start=Mar 01 2024 20:48:16 src=10.1.2.3 "
    "cs1=Staff web cs1Label=Rule app=web-browsing spt=32350 dpt=443 proto=tcp act=block-url "
    "request=www.example.com/a?b\\=c cs2=news cs2Label=URLCategory "
    "requestClientApplication=Mozilla/5.0 (X11) PanOSReferer= requestMethod=post"
)
_LEEF_SAMPLE: Final = (
    "LEEF:2.0|Palo Alto Networks|PAN-OS Syslog Integration|10.1|(9999)|x7C|"
    "ReceiveTime=2024/03/01 20:48:21|cat=THREAT|Subtype=url|devTime=Mar 01 2024 20:48:21 GMT|"
    "src=10.1.2.3|usrName=force\\jdoe|dstPort=443|Flags=0x403000|action=alert|"
    'Miscellaneous="www.example.com/"|ThreatID=(9999)|URLCategory=news'
)
_JSON_SAMPLE: Final = (
    '{"TimeReceived":"2024-03-01T20:48:21.000000Z","DeviceSN":"no-serial","LogType":"THREAT",'
    '"Subtype":"url","TimeGenerated":"2024-03-01T20:48:16.000000Z","SourceAddress":"10.1.2.3",'
    '"SourceUser":"force\\\\jdoe","DestinationPort":443,"Action":"alert",'
    '"URL":"www.example.com/a?b=c","UserAgent":"Mozilla/5.0","Referer":"","HTTPMethod":"get"}'
)
CEF: Final = Format(
    name="paloalto-cef",
    title="Palo Alto PAN-OS and Strata Logging Service, CEF",
    definition="docs.paloaltonetworks.com, CEF Configuration Guide; URL CEF Fields",
    reader=CefEvent(
        needs={"@vendor": "Palo Alto Networks", "start|rt": ".+"},
        aliases={
            "stamp": ("start", "rt"),
            "method": ("requestMethod",),
            "destination port": ("dpt",),
            "application": ("app",),
            "user": ("suser",),
            "referrer": ("PanOSReferer",),
            "agent": ("requestClientApplication",),
            "action": ("act",),
        },
    ),
    learns=names_no_host_unless(
        re.compile(r"\|url\||9999|\|[^|]*URL[^|]*\|").search, NAMES_NO_HOST
    ),
    columns=_CEF,
    tunnels=NOT_DOCUMENTED,
    note=_NOTE,
    rank=6,
    samples=(
        Sample(
            _CEF_SAMPLE,
            "time=2024-03-01T20:48:16Z user=force\\jdoe client_ip=10.1.2.3 method=POST"
            " url=www.example.com:443/a?b=c action=blocked user_agent=Mozilla/5.0 (X11)"
            " evidence=url",
        ),
    ),
    near_misses=(_CEF_SAMPLE.replace("Palo Alto Networks", "Example"),),
)
LEEF: Final = Format(
    name="paloalto-leef",
    title="Palo Alto PAN-OS, LEEF",
    definition="IBM QRadar DSM guide, Palo Alto PA Series",
    reader=LeefEvent(
        needs={"@vendor": "Palo Alto Networks", "devTime|ReceiveTime": ".+"},
        aliases={
            "stamp": ("devTime", "ReceiveTime"),
            "method": ("RequestMethod",),
            "destination port": ("dstPort",),
            "application": ("Application",),
            "user": ("SourceUser", "usrName"),
            "referrer": ("Referer",),
            "agent": ("UserAgent",),
        },
    ),
    learns=names_no_host_unless(re.compile("Subtype=url|9999|[|]url[|]").search, NAMES_NO_HOST),
    columns=_LEEF,
    tunnels=NOT_DOCUMENTED,
    note=_NOTE,
    rank=6,
    samples=(
        Sample(
            _LEEF_SAMPLE,
            "time=2024-03-01T20:48:21Z user=force\\jdoe client_ip=10.1.2.3"
            " url=www.example.com:443/ action=allowed evidence=connect",
            also=(_LEEF_SAMPLE.replace("LEEF:2.0", "LEEF:1.0").replace("x7C|", ""),),
        ),
    ),
    near_misses=(_LEEF_SAMPLE.replace("Palo Alto Networks", "Example"),),
)
JSON: Final = Format(
    name="paloalto-json",
    title="Palo Alto Cortex Data Lake and Strata Logging Service, JSON",
    definition="docs.paloaltonetworks.com, Strata Logging Service, URL HTTPS Fields",
    reader=JsonObject(
        (
            need("LogType"),
            need("Subtype"),
            need("TimeGenerated", "TimeReceived", regex="^[0-9]{4}-"),
            need("DeviceSN", "LogSourceID", "SequenceNo"),
        ),
        wrappers=("event", "message"),
        aliases={
            "method": ("HTTPMethod",),
            "destination port": ("DestinationPort",),
            "application": ("Application",),
            "user": ("SourceUser",),
            "src": ("SourceAddress", "SourceIP"),
            "referrer": ("Referer",),
            "agent": ("UserAgent",),
            "action": ("Action",),
            "url": ("URL",),
        },
    ),
    learns=names_no_host_unless(re.compile('"Subtype" ?: ?"url"').search, NAMES_NO_HOST),
    columns=_JSON,
    tunnels=NOT_DOCUMENTED,
    note=_NOTE,
    rank=6,
    samples=(
        Sample(
            _JSON_SAMPLE,
            "time=2024-03-01T20:48:16Z user=force\\jdoe client_ip=10.1.2.3 method=GET"
            " url=www.example.com:443/a?b=c action=allowed user_agent=Mozilla/5.0"
            " evidence=url",
        ),
    ),
    near_misses=(_JSON_SAMPLE.replace("LogType", "Type"),),
)
