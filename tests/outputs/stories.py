"""Results worth looking at: each is rendered at every width and compared with a stored page."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final

from logan.result import ScanResult, Selection, SourceAccount
from logan.vocabulary import LOOKALIKE
from tests.builders import Row, at, fit_source, hit, hours, result, source

QUARTER: Final = ("2024-01-01 00:00", "2024-03-31 00:00")
PROXY, TUNNELS, RESOLVER = "proxy-a/access.log", "proxy-b/connect.log", "dns/dns.log"
OFFICERS: Final = tuple(f"METRO\\pc{number}" for number in range(1001, 1042))

#: Names that somebody could log in with to harm whoever reads the report.
HOSTILE: Final = (
    "\x1b[2J\x1b]0;owned\x07",
    "[red]x[/oops]",
    "[link=file:///etc/passwd]y[/link]",
    "gpj\u202eexe.a",
    '=HYPERLINK("http://evil.example")',
    "zero\u200bwidth",
    "\x9b31mc1",
    "two\nlines\tand tab",
    "名字" * 12,
    "x" * 300,
    ":smile: {user} %s",
    "\ufeff",
)


LOOKS: Final = {"kinds": (None,), "source": PROXY, "bin": "cleared", "rule": LOOKALIKE}


def quarter() -> ScanResult:
    """A first quarter behind two gateways and a resolver, with a block from 18 March on."""
    kinds = ("page", "page", "results", "search", "asset", "page", "upload", "results", "account")
    rows = [
        *_spread(1600, OFFICERS[:33], kinds=kinds, source=PROXY),
        *_spread(
            737, OFFICERS[20:], kinds=("contact",), source=TUNNELS, evidence="connect", query=None
        ),
        *_spread(214, OFFICERS[:6], kinds=("page",), source=PROXY, service="clearview"),
        *_spread(
            57,
            (None,),
            kinds=("contact",),
            source=RESOLVER,
            service="facecheck",
            evidence="dns",
            action="unknown",
            query=None,
        ),
        *_spread(18, OFFICERS[:5], kinds=("page",), source=PROXY, bin="mention"),
        *_spread(9, OFFICERS[:4], host="notpimeyes.com", **LOOKS),
        *_spread(4, OFFICERS[3:6], host="login.pimeyes.com.secure-sign-in.co.uk", **LOOKS),
    ]
    for number, row in enumerate(rows):
        if row["user"] is None:
            row["client_ip"] = f"192.0.2.{10 + number % 3}"
        if row["source"] == PROXY and row["time"] >= at("2024-03-18 00:00"):
            row["action"] = "blocked"
        row["also_upload"] = row["activity"] == "search" and number % 2 == 0
        row["possible_upload"] = row["evidence"] == "connect" and number % 19 == 0
    full = hours(*QUARTER)
    night = hours("2024-02-12 02:00", "2024-02-12 07:00")
    common = {"first_time": at(QUARTER[0]), "last_time": at("2024-03-30 23:59")}
    unparsed = {"cleared": 31, "rejected": 3, "repeat": 412, "unrelated": 2_345_678, "blank": 2}
    plain = {"unrelated": 845_678, "directive": 14}
    sources = [
        _account(rows, PROXY, unparsed, hours=full, confidence=0.99, runner_up="common", **common),
        _account(
            rows,
            TUNNELS,
            plain,
            hours=full - night,
            format="w3c",
            zone="Europe/London",
            zone_origin="option",
            **common,
        ),
        _account(rows, RESOLVER, {"unrelated": 99_001}, hours=full, format="zeek", **common),
    ]
    return result(rows, sources=sources)


def _spread(number: int, users: Sequence[str | None], **fields: Any) -> list[Row]:
    """Spread hits over the working hours of the quarter, unevenly but always in the same way."""
    kinds = fields.pop("kinds")
    rows = []
    for index in range(number):
        step = index * 2_654_435_761 % 2**32 // 7
        time = at(QUARTER[0]) + timedelta(days=step % 90, hours=8 + step // 90 % 10)
        time += timedelta(minutes=step // 7 % 60, seconds=index % 60)
        user = users[step // 11 % len(users)]
        rows.append(hit(time, user, activity=kinds[step // 13 % len(kinds)], **fields))
    for row, user in zip(rows, users, strict=False):  # nobody is left out by chance
        row["user"] = user
    return rows


def _account(rows: list[Row], name: str, bins: dict[str, int], **others: Any) -> SourceAccount:
    mine = [row["bin"] for row in rows if row["source"] == name]
    found = {outcome: mine.count(outcome) for outcome in ("hit", "mention")}
    return source(name, bins=found | bins, **others)


def incomplete() -> ScanResult:
    """The same quarter with two files that could not be used in full."""
    whole = quarter()
    cut = source(
        "proxy-b/connect.log.2.gz",
        gateway="proxy-b",
        complete=False,
        failure="the compressed data ends early, after line 48,211",
        advice="get the file from the gateway again, and scan again",
    )
    strange = source(
        "old/mystery.log",
        format=None,
        confidence=None,
        complete=False,
        failure="format not recognised: squid comes closest; line 1 fails at field 3, the address",
        advice="name the format with --format",
    )
    return whole._replace(sources=(*whole.sources, cut, strange))


def nothing() -> ScanResult:
    """A quarter of lines, none of which names a service."""
    account = source(
        "proxy-a/access.log",
        bins={"unrelated": 2_345_678},
        first_time=at(QUARTER[0]),
        last_time=at("2024-03-30 23:59"),
        hours=hours(*QUARTER),
    )
    return result([], sources=[account])


def no_lines() -> ScanResult:
    """One empty file."""
    return result(
        [], sources=[source("empty.log", bins={"unrelated": 0}, format=None, confidence=None)]
    )


def no_data() -> ScanResult:
    """A question about a time of which there are no lines."""
    asked = Selection(since=at("2024-06-03 23:00"), until=at("2024-06-10 23:00"))
    return nothing()._replace(selection=asked._replace(services=("pimeyes",)))


def one_user() -> ScanResult:
    """Few hits of one user, asked for by name."""
    rows = [hit(f"2024-01-0{day} 09:30", "ann", activity="search") for day in (2, 3, 9)]
    rows.append(hit("2024-01-04 10:00", "bob"))
    return result(rows, selection=Selection(users=("ann",)))


def one_day() -> ScanResult:
    """The day on which the clocks go back."""
    rows = [
        hit(at("2024-10-26 23:10") + timedelta(minutes=minute * 37 % 1490), f"u{minute % 5}")
        for minute in range(80)
    ]
    return result(rows)


def year() -> ScanResult:
    """A year of two services, with three months of which there is no data."""
    start, gap = at("2023-11-01 06:00"), (at("2024-02-01 00:00"), at("2024-05-06 00:00"))
    rows = []
    for number in range(4000):
        time = start + timedelta(hours=number * number % 8760, minutes=number % 60)
        if not gap[0] <= time < gap[1]:
            kind = "clearview" if number % 9 == 0 else "pimeyes"
            rows.append(hit(time, f"METRO\\u{number % 12}", service=kind))
    account = fit_source(rows)
    return result(rows, sources=[account._replace(hours=account.hours - hours(*gap))])


def many_users() -> ScanResult:
    """Five thousand users behind three gateways, in many files."""
    start = at("2024-01-02 00:10")
    rows = [
        hit(
            start + timedelta(minutes=number * 7919 % (20 * 1440)),
            f"METRO\\user{number % 5000}",
            source=f"gateway-{number % 3}/access.log.{number // 3 % 30}",
        )
        for number in range(9_000)
    ]
    files: dict[str, list[Row]] = {}
    for row in rows:
        files.setdefault(row["source"], []).append(row)
    return result(rows, sources=[fit_source(mine, name) for name, mine in files.items()])


def hostile() -> ScanResult:
    """Every name that comes from outside tries to harm the reader."""
    rows = [hit("2024-01-02 09:30", name) for name in HOSTILE]
    rows += [hit("2024-01-02 09:30", None, client_ip=name) for name in HOSTILE]
    rows += [
        hit("2024-01-02 09:30", name, host=name, bin="cleared", rule=LOOKALIKE) for name in HOSTILE
    ]
    account = fit_source(
        rows,
        f"{HOSTILE[0]}/{HOSTILE[3]}[b].log",
        complete=False,
        failure=f"stopped at {HOSTILE[6]}",
        advice=HOSTILE[2],
        runner_up=HOSTILE[1],
        notes=(HOSTILE[7],),
        zone=HOSTILE[0],
        zone_origin="header",
    )
    return result(rows, sources=[account], notes=(HOSTILE[0],), rules_version=HOSTILE[1])


STORIES: Final[dict[str, Callable[[], ScanResult]]] = {
    story.__name__: story
    for story in (
        quarter,
        incomplete,
        nothing,
        no_lines,
        no_data,
        one_user,
        one_day,
        year,
        many_users,
        hostile,
    )
}
