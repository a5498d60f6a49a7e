"""How many requests to watched domains each user made: logan against what people use for it.

Every peer is set up as favourably as it allows: reports that nobody asked for are switched off, and
where a peer cannot be told to look at some hosts alone, it may count every request (its row says
so). A peer that would take too long for the whole log is given a tenth or a hundredth of it, and so
is logan beside it; nothing is extrapolated. Those that answer the very question must come to the
same counts as logan before any time is taken.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from commands import LOGAN, WORK, Command, output, run
from measure import (
    GB,
    REPEATS,
    Options,
    Result,
    a_log,
    domains,
    name_size,
    need_equal,
    race,
    read_options,
    summary,
)
from queries import requests
from tools import missing, python_with, tool_version

_FOLDER = WORK / "peers-output"
#: A peer may take so many seconds for one run, in the quick set and otherwise.
_PATIENCE = {"quick": 8, "full": 60, "trial": 3}
_DEBIAN_HAS_NOT = "not in Debian nor on PyPI"

Counts = dict[str, int]


@dataclass(frozen=True)
class Peer:
    """A tool, and how it is asked. `read` finds the counts in what it prints, where it answers the
    very question; else `answers` says what it counts instead."""

    packages: dict[str, str]
    command: Callable[[Path], Command]
    version: tuple[str, ...]
    read: Callable[[bytes], Counts] | None = None
    answers: str = "the same counts"


def names() -> list[str]:
    """The watched domains."""
    return domains().read_text().split()


def any_name() -> str:
    """A regular expression for the watched domains."""
    return "|".join(name.replace(".", r"\.") for name in names())


def host_pattern() -> str:
    """The same for URLs and host:port, with all that may stand around the host."""
    return rf"^([a-z]+://)?([^/:]+\.)?({any_name()})(:[0-9]+)?(/|$)"


def awk(name: str) -> Callable[[Path], Command]:
    """Lines with a watched name first, their host next: the cheapest exact way."""
    program = (
        f'/{any_name()}/ {{ host = $7; sub(/^[a-z]+:\\/\\//, "", host); '
        f'sub(/[\\/:].*/, "", host); if (host ~ /(^|\\.)({any_name()})$/) n[$8]++ }} '
        "END { for (user in n) print user, n[user] }"
    )
    return lambda log: (name, program, log)


def ripgrep_and_awk(log: Path) -> Command:
    """What someone who knows both would write."""
    return ("sh", "-c", 'rg -iFf "$0" "$1" | mawk "$2"', domains(), log, awk("")(log)[1])


def miller(log: Path) -> Command:
    """Fields by number, filtered, counted by user."""
    kept = f'$7 =~ "{host_pattern()}"'
    words = ("--inidx", "--ifs", " ", "--repifs", "--ojson")
    return ("mlr", *words, "filter", kept, "then", "count-distinct", "-f", "8", log)


def duckdb(log: Path) -> Command:
    """The query of the other scripts, for the watched hosts."""
    mine = " OR ".join(f"host = '{name}' OR ends_with(host, '.{name}')" for name in names())
    query = f"SELECT user, count(*) FROM ({requests(log)}) WHERE {mine} GROUP BY user"
    return (python_with("duckdb") or "duckdb", Path(__file__).with_name("duck.py"), query)


def lnav(log: Path) -> Command:
    """SQL over a format for Squid's log, which lnav does not bring."""
    formats = _FOLDER / "lnav" / "formats" / "squid"
    formats.mkdir(parents=True, exist_ok=True)
    (formats / "format.json").write_text(json.dumps(_LNAV_FORMAT))
    query = (
        f"SELECT login, count(*) FROM squid_native WHERE url REGEXP '{host_pattern()}' GROUP BY 1"
    )
    words = ("-n", "-c", f";{query}", "-c", ":write-csv-to -")
    return ("lnav", "-I", _FOLDER / "lnav", *words, log)


_LNAV_PATTERN = (
    r"^(?<timestamp>\d+\.\d+) +(?<took>\d+) (?<client>\S+) (?<result>\S+) (?<bytes>\d+) "
    r"(?<method>\S+) (?<url>\S+) (?<login>\S+) (?<body>.*)$"
)
_LNAV_FORMAT = {
    "$schema": "https://lnav.org/schemas/format-v1.schema.json",
    "squid_native": {
        "title": "Squid",
        "description": "Squid's native access log",
        "regex": {"std": {"pattern": _LNAV_PATTERN}},
        "timestamp-format": ["%s.%L"],
        "value": {
            name: {"kind": "string"} for name in ("client", "result", "method", "url", "login")
        },
        "sample": [
            {"line": "1704067200.000  1 10.3.5.2 TCP_MISS/200 9 GET https://a.example/ u D/- -"}
        ],
    },
}


def goaccess(log: Path) -> Command:
    """Only the panel of users."""
    panels = (
        *("VISITORS", "REQUESTS", "REQUESTS_STATIC", "NOT_FOUND", "HOSTS", "OS", "BROWSERS"),
        *("VISIT_TIMES", "VIRTUAL_HOSTS", "REFERRERS", "REFERRING_SITES", "KEYPHRASES"),
        *("STATUS_CODES", "CACHE_STATUS", "GEO_LOCATION", "MIME_TYPE", "TLS_TYPE"),
    )
    form = "%x.%^ %~%L %h %^/%s %b %m %U %e %^"
    words = ("--no-global-config", "--no-progress", "--no-query-string", f"--log-format={form}")
    times = ("--date-format=%s", "--time-format=%s", "--datetime-format=%s")
    off = [f"--ignore-panel={panel}" for panel in panels]
    return ("goaccess", log, *words, *times, *off, "-o", _FOLDER / "goaccess.json")


def sarg(log: Path) -> Command:
    """Only the report of users and their sites, no index, no pictures."""
    work, out, config = _FOLDER / "sarg-work", _FOLDER / "sarg", _FOLDER / "sarg.conf"
    for folder in (work, out):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    config.write_text(
        f"access_log {log}\noutput_dir {out}\ntemporary_dir {work}\nreport_type users_sites\n"
        "topuser_num 0\nresolve_ip no\nuser_ip no\nindex no\ngraphs no\nlastlog 1\n"
        "overwrite_report yes\nrecords_without_userid ip\n"
    )
    return ("sarg", "-f", config)


def calamaris(log: Path) -> Command:
    """Only the report of requesters, by user."""
    options = "-f squid -u -n -r -1"
    return ("sh", "-c", f'calamaris {options} < "$0"', log)


def pairs(separator: str | None, *, header: bool = False) -> Callable[[bytes], Counts]:
    """Reads lines of a user and a number."""

    def read(data: bytes) -> Counts:
        rows = [line.rsplit(separator, 1) for line in data.decode().splitlines()[header:]]
        return {user: int(number) for user, number in rows}

    return read


def read_miller(data: bytes) -> Counts:
    """Reads Miller's JSON."""
    return {row["8"]: row["count"] for row in json.loads(data)}


_EVERY = "counts all requests of a user: it cannot be told to look at some hosts"
PEERS: dict[str, Peer | str] = {
    "goaccess": Peer({"goaccess": "goaccess"}, goaccess, ("--version",), answers=_EVERY),
    "sarg": Peer(
        {"sarg": "sarg"}, sarg, ("--version",), answers="counts a user's requests to every site"
    ),
    "calamaris": Peer({"calamaris": "calamaris"}, calamaris, ("--version",), answers=_EVERY),
    "squidanalyzer": _DEBIAN_HAS_NOT,
    "lnav": Peer({"lnav": "lnav"}, lnav, ("-V",), pairs(",", header=True)),
    "miller": Peer({"mlr": "miller"}, miller, ("--version",), read_miller),
    "duckdb": Peer({}, duckdb, ("-c", "import duckdb; print(duckdb.__version__)"), pairs("\t")),
    "mawk": Peer({"mawk": "mawk"}, awk("mawk"), ("-W", "version"), pairs(None)),
    "gawk": Peer({"gawk": "gawk"}, awk("gawk"), ("--version",), pairs(None)),
    "rg-mawk": Peer(
        {"mawk": "mawk", "rg": "ripgrep"}, ripgrep_and_awk, ("-W", "version"), pairs(None)
    ),
}


def absence(name: str) -> str | None:
    """Why a peer cannot be measured here; None where it can."""
    peer = PEERS[name]
    if isinstance(peer, str):
        return peer
    if lacking := missing(peer.packages):
        return f"could not be installed (package {', '.join(lacking.values())})"
    if name == "duckdb" and python_with("duckdb") is None:
        return "could not be installed from PyPI"
    return None


def manageable(peer: Peer, options: Options) -> int:
    """The size of log that this peer can be given: the whole, a tenth or a hundredth."""
    size = max(options.size // 100, 1)
    while size < options.size:
        with a_log("squid", size, hit_every=1_000) as log:
            seconds = run(peer.command(log)).seconds
        if seconds * 10 > _PATIENCE[options.scale]:
            break
        size *= 10
    return size


def race_peer(name: str, options: Options) -> Result:
    """One peer and logan in turn; where the peer is missing, a row that says so."""
    row = Result(
        row=f"peers-{name}",
        what=f"requests to watched domains by user, {name_size(options.size)} of Squid log: {name}",
        target="faster",
        met=None,
        ratio=0,
        unit="",
        sides={},
        others=None,
    )
    peer, why = PEERS[name], absence(name)
    if why is not None or isinstance(peer, str):
        return replace(row, note=f"not available: {why}")
    size = manageable(peer, options)
    every = options.hit_every if size == options.size else 1_000
    with a_log("squid", size, hit_every=every) as log:
        told = summary(log, "--top", "0")
        if peer.read is not None:
            ours = {one["user"]: one["hits"] for one in told["people"]}  # type: ignore[attr-defined]
            need_equal("users", {"logan": ours, name: peer.read(output(peer.command(log)))})
        logan = (*LOGAN, "scan", log, "--json", "--top", "0")
        raced = race({"logan": logan, name: peer.command(log)}, options.repeats)
    shutil.rmtree(_FOLDER, ignore_errors=True)
    ratio = raced.ratio(name, "logan")
    program = next(iter(peer.packages), None) or str(python_with("duckdb"))
    return replace(
        row,
        what=f"requests to watched domains by user, {name_size(size)} of Squid log: {name}",
        met=ratio > 1,
        ratio=ratio,
        unit=f"times as fast as {name}",
        sides=raced.sides,
        others=raced.others,
        note=f"{name} {peer.answers}" if peer.read is None else "",
        tools={name: tool_version(program, *peer.version)},
    )


if __name__ == "__main__":
    given = read_options(__doc__, quick=GB, full=GB, repeats=(3, REPEATS), only=PEERS)
    for name_ in given.only:
        _FOLDER.mkdir(exist_ok=True)
        given.keep(race_peer(name_, given))
