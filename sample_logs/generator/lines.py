"""A line, the fact of what it is, and how each gateway writes one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple

from generator.plan import BOROUGH_PLAN, BOROUGH_UPGRADE, HQ_PLAN

BINS: Final = (
    "hit",
    "mention",
    "cleared",
    "rejected",
    "repeat",
    "unrelated",
    "blank",
    "directive",
)


@dataclass(frozen=True, slots=True)
class Fact:
    """What a line is. `kind` is the planted thing in words; `sent` the bytes a tunnel sent."""

    bin: str
    kind: str
    service: str = ""
    user: str = ""
    activity: str = ""
    action: str = ""
    evidence: str = ""
    sent: int = 0


EVERYDAY: Final = Fact("unrelated", "everyday traffic")
JUNK: Final = Fact("unrelated", "no record")
BLANK: Final = Fact("blank", "blank line")
CUT: Final = Fact("rejected", "cut line that names PimEyes", "pimeyes")


class Line(NamedTuple):
    """`at` is in milliseconds since 1970; `text` has no line end."""

    at: int
    text: bytes
    fact: Fact


class Person(NamedTuple):
    """A user as the gateway logs one, with the machine that is always theirs."""

    user: str
    client: str
    agent: str

    @property
    def unknown(self) -> "Person":
        """The same machine before its user has given a name."""
        return self._replace(user="-")


_WINDOWS: Final = "Mozilla/5.0 (Windows NT 10.0; Win64; x64"
_CHROME: Final = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
_AGENTS: Final = (
    f"{_WINDOWS}) {_CHROME}",
    f"{_WINDOWS}) {_CHROME} Edg/120.0.0.0",
    f"{_WINDOWS}; rv:115.0) Gecko/20100101 Firefox/115.0",
)


def hq_person(user: str, number: int) -> Person:
    """Somebody at headquarters; `number` makes the address, which is private."""
    client = f"10.20.{number // 200}.{number % 200 + 10}"
    return Person(user, client, _AGENTS[number % len(_AGENTS)])


def borough_person(user: str, number: int) -> Person:
    """Somebody in a borough, whose gateway logs no user agent."""
    return Person(user, f"10.60.{number // 200}.{number % 200 + 10}", "-")


HQ_STAFF: Final = [
    hq_person(f"{name}@METRO.TEST", number)
    for number, name in [
        *enumerate(name for name, _, _ in HQ_PLAN),
        *((number, f"p{1000 + number}") for number in range(30, 220)),
    ]
]
BOROUGH_STAFF: Final = [
    borough_person(f"METRO\\{name}", number)
    for number, name in [
        *enumerate(name for name, _, _ in BOROUGH_PLAN),
        *((number, f"p{2000 + number}") for number in range(30, 150)),
    ]
]


class Reply(NamedTuple):
    """What Squid notes about its answer."""

    code: str
    size: int = 0
    mime: str = "-"
    peer: str = "HIER_NONE/-"
    elapsed: int = 0


def squid(
    at: int, who: Person, method: str, url: str, reply: Reply, *, referrer: str = "-"
) -> bytes:
    """Squid's native line, the referrer and the user agent quoted behind it."""
    stamp = f"{at // 1000}.{at % 1000:03d} {reply.elapsed:6d}"
    outcome = f"{who.client} {reply.code} {reply.size}"
    request = f"{method} {url} {who.user} {reply.peer} {reply.mime}"
    return f'{stamp} {outcome} {request} "{referrer}" "{who.agent}"'.encode()


_OLD_FIELDS: Final = (
    "date-local time-local time-taken c-ip cs-username cs-method cs-uri-scheme cs-host cs-uri-port "
    "cs-uri-path cs-uri-query sc-status s-action sc-filter-result x-exception-id sc-bytes cs-bytes"
)
_NEW_FIELDS: Final = (
    "date-local time-local c-ip cs-username sc-filter-result cs-categories sc-status s-action "
    "x-exception-id cs-method cs-uri-scheme cs-host cs-uri-port cs-uri-path cs-uri-query cs-bytes "
    "sc-bytes time-taken"
)
TUNNEL: Final = {"cs-method": "CONNECT", "cs-uri-scheme": "tcp", "cs-uri-port": "443"}
PLAIN: Final = {"cs-method": "GET", "cs-uri-scheme": "http", "cs-uri-port": "80"}
PASSED: Final = {"sc-status": "200", "s-action": "TCP_TUNNELED", "sc-filter-result": "OBSERVED"}
FETCHED: Final = PASSED | {"s-action": "TCP_NC_MISS"}
CHALLENGED: Final = {"sc-status": "407", "s-action": "TCP_DENIED", "sc-filter-result": "DENIED"}
DENIED: Final = CHALLENGED | {"sc-status": "403", "x-exception-id": "policy_denied"}


def clock(at: int) -> str:
    """`2024-01-31 09:05:00`, UTC and London alike."""
    return datetime.fromtimestamp(at // 1000, tz=UTC).strftime("%Y-%m-%d %H:%M:%S")


def w3c(
    at: int, who: Person, host: str, *parts: Mapping[str, str], sent: int, received: int
) -> bytes:
    """A W3C extended line, in the columns that the borough gateway had at that time."""
    values = {"c-ip": who.client, "cs-username": who.user, "cs-host": host}
    values |= {"cs-bytes": str(sent), "sc-bytes": str(received), "time-taken": str(at % 9_000)}
    values["cs-categories"] = '"Business and Economy"'
    values["date-local"], values["time-local"] = clock(at).split()
    for part in parts:
        values |= part
    fields = _OLD_FIELDS if at < BOROUGH_UPGRADE else _NEW_FIELDS
    return " ".join(values.get(name, "-") for name in fields.split()).encode()


def header(at: int) -> list[Line]:
    """The directives with which the borough gateway opens a file, and starts again within one."""
    version, fields = ("7.2", _OLD_FIELDS) if at < BOROUGH_UPGRADE else ("7.3", _NEW_FIELDS)
    texts = (
        f"#Software: Borough Secure Web Gateway {version}",
        "#Version: 1.0",
        f"#Date: {clock(at)}",
        f"#Fields: {fields}",
    )
    return [Line(at, text.encode(), Fact("directive", "header")) for text in texts]
