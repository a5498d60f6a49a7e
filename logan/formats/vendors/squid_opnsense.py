"""Squid's access log as OPNsense writes it, extended: the combined one with the device's address.

Definition: opnsense/plugins, www/squid, template squid.conf (target `file_extendend`: `%>a %[ui
%>eui %[un [%tl] "%rm %ru HTTP/%rv" %>Hs %<st "%{Referer}>h" "%{User-Agent}>h" %Ss:%Sh`); Squid,
src/eui (colons in the 48 bits of a MAC address, dashes in 64; none of a connection of its own). Its
target in JSON is read as ECS, its others as Squid's native log.
"""

from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine.fields import CLIENT, USER, USER_OF_WORDS
from logan.formats.engine.format import Sample
from logan.formats.engine.pattern import Piece
from logan.formats.engine.values import Cells
from logan.formats.vendors.squid import user_name
from logan.formats.vendors.weblog import SQUID_COMBINED
from logan.formats.vendors.weblog_lines import SQUID_COMBINED_LINE, TWO_STATUSES, RequestLines

_BYTE: Final = "[0-9a-f]{2}"
_DEVICE: Final = f"{_BYTE}(?::{_BYTE}){{5}}|{_BYTE}(?:-{_BYTE}){{7}}"


def _user(cell: Cells) -> pl.Expr:
    return user_name(cell["user"].str.strip_chars('"'))


_WEB: Final = SQUID_COMBINED.columns
_LINE: Final = (
    '10.1.2.3 - 00:11:22:aa:bb:cc jdoe [10/Jan/2024:13:55:36 +0000] "GET'
    ' http://www.example.com/a?b=c HTTP/1.1" 200 2326 "http://ref.example/" "Mozilla/5.0 (X11)"'
    " TCP_MISS:HIER_DIRECT"
)
OPNSENSE: Final = replace(
    SQUID_COMBINED,
    name="squid-opnsense",
    title="Squid on OPNsense, extended log",
    definition="opnsense/plugins, www/squid, template squid.conf",
    reader=RequestLines(
        pieces=(
            Piece("client", CLIENT),
            # Where there is no device, the words are those of other logs with a host in front
            Piece(None, rf" (?:[^ \[\"]+ (?:{_DEVICE})|- -) "),
            Piece("user", f"{USER}|{USER_OF_WORDS}"),
            *SQUID_COMBINED_LINE[1:],
        ),
        doubtful=TWO_STATUSES,
    ),
    columns=replace(
        _WEB,
        client_ip="client",
        user=_user,
        host=None,
        derived={name: made for name, made in _WEB.derived.items() if name != "who"},
    ),
    note="",
    rank=5,
    samples=(
        Sample(
            _LINE,
            "time=2024-01-10T13:55:36Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com/a?b=c status=200 action=allowed bytes_received=2326"
            " referrer=http://ref.example/ user_agent=Mozilla/5.0 (X11) evidence=url",
        ),
        Sample(
            '2001:db8::7 - 02-11-22-ff-fe-aa-bb-cc - [10/Jan/2024:13:55:36 +0000] "CONNECT'
            ' www.example.com:443 HTTP/1.1" 403 3900 "-" "Mozilla/5.0" TCP_DENIED:HIER_NONE',
            "time=2024-01-10T13:55:36Z client_ip=2001:db8::7 method=CONNECT"
            " url=www.example.com:443 status=403 action=blocked bytes_received=3900"
            " user_agent=Mozilla/5.0 evidence=connect",
        ),
    ),
    near_misses=(
        _LINE.replace("00:11:22:aa:bb:cc ", ""),
        _LINE.replace("00:11:22:aa:bb:cc", "10.1.2.4"),
        _LINE.replace(" TCP_MISS:HIER_DIRECT", ""),
    ),
)
