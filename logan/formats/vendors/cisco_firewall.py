"""Cisco Secure Firewall (Firepower Threat Defense): connections, intrusions, files and malware.

Definition: Cisco, Secure Firewall Threat Defense Syslog Messages, "Security Event Syslog Messages"
(430001 intrusion, 430002 the beginning of a connection, 430003 its end, 430004 file, 430005
malware). `FirstPacketSecond` is UTC (since 6.5; before, the syslog header's stamp is all there is).
Of one connection there may be lines of each kind: that of its end stands for it, whatever requests
passed through it. `URL` has the host alone of TLS that was not opened. A user agent precedes what
it cannot say twice, and follows the user: where it comes first, the line has none.
"""

import re
from collections.abc import Sequence
from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.columns import LOGGED_ALONE, Columns, connects
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.keyvalue import KeyValue, Pairs
from logan.formats.engine.layout import TEXT, Expressions, Layout
from logan.formats.engine.lessons import names_no_host_unless, own_stamps
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells, matched, where

_MARK: Final = "%(?:FTD|NGIPS|FMC)-(?:[a-z]+-)?[0-7]-43000[1-5]: "
_NAMES_NO_HOST: Final = (
    "its first lines name no URL and no look-up: have the access rules log connections at their "
    "end, with URL filtering or a decryption policy that sees server names"
)
_NAMES: Final = re.compile(
    ", (?:URL|URI|DNSQuery|SSLServerName|ReferencedHost|HTTP_Hostname): [^,]"
)


def _learn(layout: Layout, records: Sequence[str]) -> Layout:
    found = names_no_host_unless(_NAMES.search, _NAMES_NO_HOST)(layout, records)
    return own_stamps(lambda record: ", FirstPacketSecond: " in record)(found, records)


def _time(cell: Cells) -> Expressions:
    if cell.layout.stamps.own == "none":
        return {}
    return {"time": clock.iso_offset(cell["FirstPacketSecond"])}


def _user(cell: Cells) -> pl.Expr:
    """The user, unless what says so stands behind the user agent, who may say anything."""
    before = TEXT.str.replace("(?s), UserAgent: .*$", "")
    return pl.when(before.str.contains(", User: ", literal=True)).then(cell["User"])


def _closed(cell: Cells) -> pl.Expr:
    bare = cell["address"].str.contains("^(?:https://)?[^/]*/?$").fill_null(value=True)
    return bare & cell["UserAgent"].is_null()


def _names_none(cell: Cells) -> pl.Expr:
    return cell["address"].is_null() & cell["asked"].is_null()


def _is_of_connection(cell: Cells) -> pl.Expr:
    del cell
    return TEXT.str.contains("-43000[1245]: ")


_LINE: Final = (
    "<113>2024-01-10T13:56:01Z ftd1 : %FTD-1-430003: EventPriority: Low, DeviceUUID: "
    "11111111-1111-1111-1111-111111111111, InstanceID: 5, FirstPacketSecond: 2024-01-10T13:55:36Z, "
    "ConnectionID: 35871, AccessControlRuleAction: Allow, SrcIP: 10.1.2.3, DstIP: 203.0.113.9, "
    "SrcPort: 50158, DstPort: 443, Protocol: tcp, IngressInterface: LAN, EgressInterface: WAN, "
    "ACPolicy: Staff, AccessControlRuleName: Web, Prefilter Policy: Default, User: FORCE\\jdoe, "
)
_TLS: Final = (
    "Client: SSL client, ApplicationProtocol: HTTPS, ConnectionDuration: 7, InitiatorPackets: 10, "
    "ResponderPackets: 13, InitiatorBytes: 967, ResponderBytes: 5018, NAPPolicy: Balanced, "
    "SSLActualAction: Do Not Decrypt, SSLServerName: www.example.com, URLCategory: News, "
    "URLReputation: Trusted, URL: https://www.example.com, NAT_InitiatorPort: 36170"
)
_HTTP: Final = (
    "UserAgent: Mozilla/5.0 (X11, Linux), Client: Chrome, ApplicationProtocol: HTTP, "
    "InitiatorBytes: 565, ResponderBytes: 484, HTTPReferer: http://example.org/, HTTPResponse: 200,"
    " ReferencedHost: www.example.com, URL: http://www.example.com/a?b=c"
)
_DNS: Final = (
    "Client: DNS client, ApplicationProtocol: DNS, InitiatorBytes: 88, ResponderBytes: 152, "
    "DNSQuery: www.example.com, DNSRecordType: a host address, DNSResponseType: No Error"
)
_OLD: Final = (_LINE + _TLS).replace("FirstPacketSecond: 2024-01-10T13:55:36Z, ", "")
_OPENED: Final = (
    "time=2024-01-10T13:55:36Z user=FORCE\\jdoe client_ip=10.1.2.3"
    " url=https://www.example.com:443 action=allowed bytes_sent=967 bytes_received=5018"
    " evidence=connect"
)
CISCO_FIREWALL: Final = Format(
    name="cisco-firewall",
    title="Cisco Secure Firewall (Firepower) connection, file and malware events",
    definition="Cisco, Secure Firewall Threat Defense Syslog Messages, 430001 to 430005",
    reader=KeyValue(
        pairs=Pairs(
            before=rf"{_MARK}|, ",
            assign=": ",
            ends="",
            quotes=False,
            escapes=(),
            missing=(
                *("", "-", "Not Found", "No Authentication Required", "Unknown", "Not Available"),
                "N/A",
            ),
        ),
        needs={"SrcIP": "[0-9A-Fa-f.:]+", "DstIP": "[0-9A-Fa-f.:]+"},
        # At the start, so that what stands in front, and has a clock, is taken off
        beside={"event": (f"^[ :]*{_MARK}",)},
    ),
    learns=_learn,
    columns=Columns(
        time=Stamp("utc", _time),
        user=_user,
        client_ip="SrcIP",
        host=lambda cell: pl.when(cell["URL"].is_null() & cell["URI"].is_null()).then(
            pl.coalesce(cell["asked"], cell["address"])
        ),
        url=lambda cell: pl.when(cell["asked"].is_null()).then(
            pl.coalesce(cell["URL"], cell["URI"], cell["HTTP_URI"])
        ),
        port=lambda cell: pl.when(cell["asked"].is_null()).then(
            cell["DstPort"].cast(pl.Int64, strict=False)
        ),
        status="HTTPResponse",
        action=matched(
            ("AccessControlRuleAction", "InlineResult", "FileAction"),
            allowed="allow|trust|fastpath|monitor",
            blocked="(?:interactive )?block.*|dropped|malware block.*",
        ),
        bytes_sent="InitiatorBytes",
        bytes_received="ResponderBytes",
        referrer="HTTPReferer",
        user_agent="UserAgent",
        evidence=connects(_closed, look_up=lambda cell: cell["asked"].is_not_null()),
        repeat=where(_names_none, "no request: a connection that names no host"),
        companion=where(_is_of_connection, "remark"),
        derived={
            "address": lambda cell: cell.first(
                "URL", "URI", "SSLServerName", "ReferencedHost", "HTTP_Hostname"
            ),
            "asked": lambda cell: pl.when(cell["ApplicationProtocol"] == "DNS").then(
                cell["DNSQuery"]
            ),
        },
    ),
    tunnels=LOGGED_ALONE,
    note="Names hosts only where rules look at URLs or server names; one line a connection.",
    rank=7,
    samples=(
        Sample(_LINE + _TLS, _OPENED),
        Sample(
            (_LINE + _HTTP).replace("DstPort: 443", "DstPort: 80").replace("Allow", "Block"),
            "time=2024-01-10T13:55:36Z user=FORCE\\jdoe client_ip=10.1.2.3"
            " url=http://www.example.com:80/a?b=c status=200 action=blocked bytes_sent=565"
            " bytes_received=484 referrer=http://example.org/ user_agent=Mozilla/5.0 (X11, Linux)"
            " evidence=url",
        ),
        Sample(
            (_LINE + _DNS).replace("FORCE\\jdoe", "Not Found").replace("430003", "430002"),
            "time=2024-01-10T13:55:36Z client_ip=10.1.2.3 url=www.example.com action=allowed"
            " bytes_sent=88 bytes_received=152 evidence=dns companion=remark",
        ),
        Sample(_OLD, _OPENED.replace("13:55:36", "13:56:01")),
    ),
    near_misses=(
        (_LINE + _TLS).replace("430003", "106023"),
        (_LINE + _TLS).replace("SrcIP: 10.1.2.3, ", ""),
    ),
)
