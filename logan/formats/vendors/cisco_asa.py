"""Cisco ASA (also PIX and FWSM): requests that HTTP inspection saw, and those a URL filter refused.

Definition: Cisco, Secure Firewall ASA Series Syslog Messages, 304001 and 304002 (PIX 6.3 System Log
Messages for `JAVA URL`). 304001 says that a host tried to fetch an address, not what came of it;
304002 that one was refused, beside or in place of the former. In front of an address stands the
user of cut-through proxy (`user@`, of PIX `user` and a space), behind it that of the identity
firewall, in brackets. Where a request has no Host, `Hostname not present URI:` and the path follow;
an address longer than a line goes on in further ones, which say `partial` at both ends. Stamps are
those of the line's head. Requests inside TLS are not seen. Messages that cannot name a host are no
requests; others that may are not read (URL servers, WebVPN, botnet filter, host names of users, and
connections beside an address that a rule gives by its name, in brackets).
"""

import re
from typing import Final

import polars as pl

from logan.formats.engine.columns import LOGGED_ALONE, Columns
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import missing_to_null
from logan.formats.engine.lessons import names_no_host_unless
from logan.formats.engine.line_pattern import SHAPE, LineVariants
from logan.formats.engine.pattern import Piece
from logan.formats.engine.values import Cells, Derivation, unless, where

_PRODUCT: Final = "[ :]*%(?:ASA|PIX|FWSM)-(?:[a-z]+-)?[0-7]-"
#: All but 304 (URL filter), 338 (botnet filter), 716 (WebVPN) and 746 (host names of users).
_NAMELESS: Final = (
    "(?:[124-689][0-9]{2}|3(?:0[0-35-9]|[124-9][0-9]|3[0-79])"
    "|7(?:0[0-9]|1[0-57-9]|4[0-57-9]|[235-9][0-9]))[0-9]{3}"
)
#: Brackets with a name of several labels in them name a host.
_NO_HOST_IN_BRACKETS: Final = r"[^()]*(?:\((?:[^().]|\.[^A-Za-z()])*\.?\)[^()]*)*"
_CLIENT: Final = (
    Piece("user", "(?:[^ ]+[@ ])?"),
    Piece("first name", r"(?:\([^()]*\) ?)?"),
    Piece("client", "[^ @()]+"),
    Piece("second name", r"(?: ?\([^()]*\))?"),
)
_SERVER: Final = Piece("server", "[0-9A-Fa-f.:]*[0-9A-Fa-f.]|[A-Za-z0-9_.-]+")
_SHAPES: Final = {
    "accessed": (
        Piece("product", f"{_PRODUCT}304001"),
        Piece(None, ": "),
        *_CLIENT,
        Piece(None, " Accessed "),
        Piece("kind", "(?:JAVA )?URL"),
        Piece(None, " "),
        _SERVER,
        Piece("gap", ": ?"),
        Piece("address", ".*"),
    ),
    "denied": (
        Piece("product", f"{_PRODUCT}304002"),
        Piece(None, ": Access denied URL "),
        Piece("address", ".*"),
        Piece(None, " SRC "),
        *_CLIENT,
        Piece(None, " DEST "),
        Piece("server", "[^ ]+"),
        Piece("interface", "(?: on interface [^ ]+)?"),
    ),
    "event": (
        Piece("product", f"{_PRODUCT}{_NAMELESS}"),
        Piece(None, ": "),
        Piece("rest", _NO_HOST_IN_BRACKETS),
    ),
}
#: The words behind a name, twice: a user wrote the first of them as his name, or the last in the
#: address that he asked for.
_TWO_RECORDS: Final = " Accessed (?:JAVA )?URL .* Accessed (?:JAVA )?URL | SRC .* SRC "
_NO_HOST: Final = "Hostname not present URI: ?"
_NAMES_NO_HOST: Final = (
    "its first lines hold no URL with a host (304001, 304002): turn on HTTP inspection and the "
    "logging of these messages; connections (302013 and others) tell addresses only"
)


def _user(cell: Cells) -> pl.Expr:
    """Of cut-through proxy, else of the identity firewall; a security group may stand behind it."""
    named = pl.coalesce(
        missing_to_null(cell[name].str.extract(r"\(([^(),]*)", 1).str.strip_chars())
        for name in ("first name", "second name")
    )
    return pl.coalesce(missing_to_null(cell["user"].str.strip_chars_end("@ ")), named)


def _url(cell: Cells) -> pl.Expr:
    """The address; under the server's where the request named no host, or the log writes none."""
    found = cell["address"].str.replace(" partial$", "").str.replace(f"^{_NO_HOST}", "")
    own = found.str.contains("^[A-Za-z][A-Za-z0-9+.-]*://")
    path = pl.when(found.str.starts_with("/")).then(found).otherwise(pl.lit("/") + found)
    server = cell["server"].str.replace("^(.*:.*)$", "[${1}]")
    of_server = pl.concat_str([pl.lit("http://"), server, path])
    hostless = (cell[SHAPE] == "accessed") & ~own
    return pl.when(_is_request(cell)).then(pl.when(hostless).then(of_server).otherwise(found))


def _is_request(cell: Cells) -> pl.Expr:
    return cell["address"].is_not_null() & ~cell["address"].str.starts_with("partial ")


def _shape(name: str) -> Derivation:
    return lambda cell: cell[SHAPE] == name


def _action(cell: Cells) -> pl.Expr:
    denied = pl.when(cell[SHAPE] == "denied").then(pl.lit("blocked"))
    return denied.otherwise(pl.lit("unknown"))


_HEAD: Final = "<165>Jan 10 2024 13:55:36 asa1 : %ASA-5-"
_GET: Final = f"{_HEAD}304001: 10.1.2.3 Accessed URL 203.0.113.9:http://www.example.com/a?b=c"
_REST: Final = _GET.replace("http://www.example.com", "partial ") + " partial"
_DENIED: Final = (
    f"{_HEAD}304002: Access denied URL http://www.example.com/a SRC 10.1.2.3(FORCE\\jdoe) "
    "DEST 203.0.113.9 on interface inside"
)
_BUILT: Final = (
    f"{_HEAD}302013: Built outbound TCP connection 7 for outside:203.0.113.9/443 "
    "(203.0.113.9/443) to inside:10.1.2.3/50000 (192.0.2.1/50000)"
)
_FRONT: Final = "time=2024-01-10T13:55:36Z"
_SEEN: Final = "client_ip=10.1.2.3 url=http://www.example.com/a?b=c action=unknown evidence=url"
CISCO_ASA: Final = Format(
    name="cisco-asa",
    title="Cisco ASA, PIX and FWSM requests (304001, 304002)",
    definition="Cisco, Secure Firewall ASA Series Syslog Messages, 304001 and 304002",
    reader=LineVariants(
        shapes=_SHAPES, literals=(("%ASA-", "%PIX-", "%FWSM-"),), doubtful=_TWO_RECORDS
    ),
    learns=names_no_host_unless(re.compile("-30400[12]: .*[A-Za-z]://[^/]").search, _NAMES_NO_HOST),
    columns=Columns(
        time=None,
        user=_user,
        client_ip="client",
        action=_action,
        url=_url,
        repeat=unless(
            _is_request, "no request: an event of the firewall, or the rest of an address"
        ),
        companion=where(_shape("denied"), "remark"),
    ),
    tunnels=LOGGED_ALONE,
    note="Sees requests in the clear only; what came of them stands there where a filter refused.",
    rank=6,
    samples=(
        Sample(
            _GET,
            f"{_FRONT} {_SEEN}",
            also=(
                _GET.replace("Accessed URL", "Accessed JAVA URL"),
                _GET.replace("13:55:36 asa1 :", "13:55:36:"),
                _GET.replace("%ASA-5", "%ASA-session-5"),
                _GET.replace("203.0.113.9:http", "2001:db8::9: http"),
                _GET.replace("%ASA", "%FWSM"),
            ),
        ),
        Sample(
            _GET.replace("10.1.2.3 ", "FORCE\\jdoe@10.1.2.3 "),
            f"{_FRONT} user=FORCE\\jdoe {_SEEN}",
            also=(_GET.replace("10.1.2.3 ", "10.1.2.3(FORCE\\jdoe) "),),
        ),
        Sample(
            _DENIED,
            f"{_FRONT} user=FORCE\\jdoe client_ip=10.1.2.3 url=http://www.example.com/a"
            " action=blocked evidence=url companion=remark",
        ),
        Sample(
            _GET.replace("http://www.example.com", "Hostname not present URI: "),
            f"{_FRONT} client_ip=10.1.2.3 url=http://203.0.113.9/a?b=c action=unknown evidence=url",
            also=(_GET.replace("http://www.example.com", ""),),
        ),
        Sample(
            f"{_GET} partial\n{_REST}\n{_BUILT}",
            f"{_FRONT} {_SEEN}",
            f"{_FRONT} client_ip=10.1.2.3 action=unknown evidence=url"
            " repeat=no request: an event of the firewall, or the rest of an address",
            f"{_FRONT} action=unknown evidence=url"
            " repeat=no request: an event of the firewall, or the rest of an address",
        ),
    ),
    near_misses=(
        _GET.replace("304001", "304003"),
        _GET.replace("%ASA-5-304001", "%ASA-6-716003"),
        _GET.replace("%ASA", "%FTD"),
        _DENIED.replace(" SRC 10.1.2.3(FORCE\\jdoe)", ""),
    ),
)
