"""Palo Alto's URL logs as events: CEF and LEEF, and the JSON of Cortex Data Lake and Strata.

Definitions: docs.paloaltonetworks.com, PAN-OS CEF Configuration Guide; Strata Logging Service Log
Reference (URL CEF Fields, URL HTTPS Fields); IBM QRadar DSM guide, Palo Alto PA Series (LEEF).
What the fields mean is said in `paloalto`.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.base import Columns, Fault, Format, Head, Layout, Sample, Shows
from logan.formats.engine.cef import Event, LeefEvent, with_domain
from logan.formats.engine.json_lines import Shape, need
from logan.formats.vendors.paloalto import BLIND, LOOK_UPS, LOOKED_UP, decide, decrypted, request

Check = Callable[[str, Layout], Fault | None]

_URL: Final = "^url$|9999|URL"
_CEF: Final = Event(
    keys=(
        "dtz",
        "src",
        "suser",
        "sntdom",
        "dpt",
        "app",
        "flexString1",
        "PanOSIsDecrypted",
        "act",
        "request",
        "requestMethod",
        "requestClientApplication",
        "PanOSReferer",
        "start",
        "rt",
    ),
    needs={"@vendor": "Palo Alto Networks", "start|rt": ".+"},
)
_LEEF: Final = LeefEvent(
    keys=(
        "cat",
        "Subtype",
        "src",
        "usrName",
        "SourceUser",
        "dstPort",
        "Application",
        "Flags",
        "action",
        "Miscellaneous",
        "RequestMethod",
        "UserAgent",
        "Referer",
        "devTime",
        "ReceiveTime",
    ),
    needs={"@vendor": "Palo Alto Networks", "devTime|ReceiveTime": ".+"},
)
_JSON: Final = Shape(
    (
        need("LogType"),
        need("Subtype"),
        need("TimeGenerated", "TimeReceived", regex="^[0-9]{4}-"),
        need("DeviceSN", "LogSourceID", "SequenceNo"),
    ),
    wrappers=("event", "message"),
)


def _kinds(*kinds: pl.Expr, application: pl.Expr, asked: Columns, name: pl.Expr) -> Columns:
    """Which log an event is of, with its request; of the threat log look-ups have no other line."""
    url = pl.any_horizontal(kind.str.contains(_URL).fill_null(value=False) for kind in kinds)
    threat = pl.any_horizontal((kind == "THREAT").fill_null(value=False) for kind in kinds)
    look_up = ~url & threat & application.is_in(LOOK_UPS).fill_null(value=False)
    other = pl.lit("no request: a line of another of the firewall's logs")
    return {
        "repeat": pl.when(~url & ~threat).then(other),
        "companion": pl.when(~url & ~look_up).then(pl.lit("remark")),
        **{column: pl.when(~look_up).then(value) for column, value in asked.items()},
        "host": pl.when(look_up).then(name.str.extract(LOOKED_UP, 1)),
        "evidence": pl.when(look_up).then(pl.lit("dns")).otherwise(asked["evidence"]),
    }


def _cef_columns(layout: Layout) -> Columns:
    del layout
    cell = _CEF.cells
    opened = cell["PanOSIsDecrypted"] == "true"
    return {
        "reason": _CEF.reason(),
        **clock.any_stamp(pl.coalesce(cell["start"], cell["rt"]), cell["dtz"]),
        "client_ip": cell["src"],
        "user": with_domain(cell["suser"], cell["sntdom"]),
        **_kinds(
            cell["@signature"],
            cell["@name"],
            application=cell["app"],
            name=cell["request"],
            asked=request(
                cell["request"],
                method=cell["requestMethod"],
                port=cell["dpt"],
                opened=pl.coalesce(opened, decrypted(cell["flexString1"])),
            ),
        ),
        "action": decide(cell["act"]),
        "referrer": cell["PanOSReferer"],
        "user_agent": cell["requestClientApplication"],
    }


def _leef_columns(layout: Layout) -> Columns:
    del layout
    cell = _LEEF.cells
    return {
        "reason": _LEEF.reason(),
        **clock.any_stamp(pl.coalesce(cell["devTime"], cell["ReceiveTime"])),
        "client_ip": cell["src"],
        "user": pl.coalesce(cell["SourceUser"], cell["usrName"]),
        **_kinds(
            cell["cat"],
            cell["Subtype"],
            cell["@event"],
            application=cell["Application"],
            name=cell["Miscellaneous"],
            asked=request(
                cell["Miscellaneous"].str.strip_chars('"'),
                method=cell["RequestMethod"],
                port=cell["dstPort"],
                opened=decrypted(cell["Flags"]),
            ),
        ),
        "action": decide(cell["action"]),
        "referrer": cell["Referer"],
        "user_agent": cell["UserAgent"],
    }


def _json_columns(layout: Layout) -> Columns:
    def cell(*paths: str) -> pl.Expr:
        return _JSON.cell(layout, *paths)

    exact = cell("TimeGeneratedHighResolution")
    stamps = (exact, cell("TimeGenerated"), cell("TimeReceived"))
    return {
        "reason": _JSON.reason_at(layout),
        "time": pl.coalesce(clock.iso_offset(stamp) for stamp in stamps),
        "client_ip": cell("SourceAddress", "SourceIP"),
        "user": cell("SourceUser"),
        **_kinds(
            cell("LogType"),
            cell("Subtype"),
            application=cell("Application"),
            name=cell("URL", "FileName", "URLDomain"),
            asked=request(
                cell("URL"),
                method=cell("HTTPMethod"),
                port=cell("DestinationPort"),
                opened=(cell("IsDecrypted") == "true").fill_null(value=False),
            ),
        ),
        "action": decide(cell("Action")),
        "referrer": cell("Referer"),
        "user_agent": cell("UserAgent"),
    }


def _blind_without(regex: str, check: Check) -> Callable[[Head], Layout]:
    """A layout that says what a head without any URL log cannot show."""

    def layout(head: Head) -> Layout:
        read = [line for line in head.lines if check(line, Layout()) is None]
        urls = any(re.search(regex, line) for line in read)
        return Layout(blind=BLIND if read and not urls else None)

    return layout


def _json_layout(head: Head) -> Layout:
    layout = _JSON.layout(head)
    read = [line for line in head.lines if _JSON.check(line, layout) is None]
    urls = any(re.search('"Subtype" ?: ?"url"', line) for line in read)
    return layout._replace(blind=BLIND if read and not urls else None)


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


_LOCAL: Final = Shows(
    user=True,
    evidence=("url", "connect"),
    bytes="none",
    clock="local",
    note="Categories with the action 'allow' are not logged.",
)

CEF: Final = Format(
    name="paloalto-cef",
    title="Palo Alto PAN-OS and Strata Logging Service, CEF",
    definition="docs.paloaltonetworks.com, CEF Configuration Guide; URL CEF Fields",
    shows=_LOCAL,
    check=_CEF.check,
    signs=_CEF.signs,
    prepare=_CEF.prepare,
    columns=_cef_columns,
    layout=_blind_without(r"\|url\||9999|\|[^|]*URL[^|]*\|", _CEF.check),
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
    shows=_LOCAL,
    check=_LEEF.check,
    signs=_LEEF.signs,
    prepare=_LEEF.prepare,
    columns=_leef_columns,
    layout=_blind_without("Subtype=url|9999|[|]url[|]", _LEEF.check),
    rank=6,
    samples=(
        Sample(
            _LEEF_SAMPLE,
            "time=2024-03-01T20:48:21Z user=force\\jdoe client_ip=10.1.2.3"
            " url=www.example.com:443/ action=allowed evidence=connect",
        ),
    ),
    near_misses=(_LEEF_SAMPLE.replace("Palo Alto Networks", "Example"),),
)
JSON: Final = Format(
    name="paloalto-json",
    title="Palo Alto Cortex Data Lake and Strata Logging Service, JSON",
    definition="docs.paloaltonetworks.com, Strata Logging Service, URL HTTPS Fields",
    shows=replace(_LOCAL, clock="utc"),
    check=_JSON.check,
    signs=_JSON.signs,
    columns=_json_columns,
    layout=_json_layout,
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
