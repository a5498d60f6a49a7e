"""The facts about the logs, counted from what was planted and never from the logs."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, NamedTuple

from generator.files import LogFile
from generator.lines import BINS, Fact, Line, clock
from generator.plan import (
    BLOCKED_FROM,
    DAY,
    END,
    GAP_END,
    GAP_START,
    HOUR,
    LARGE,
    MINUTE,
    PIMEYES_HITS,
    PIMEYES_USERS,
    SERVICES,
    START,
)

_HEADLINE = "2,337 hits on PimEyes by 41 users in 90 days, 1 Jan to 30 Mar 2024"
_SESSION_GAP = 30 * MINUTE


class Planted(NamedTuple):
    """A line and where it is; `number` is 1-based."""

    path: str
    number: int
    line: Line

    @property
    def fact(self) -> Fact:
        """What the line is."""
        return self.line.fact


def planted_lines(files: Iterable[LogFile]) -> list[Planted]:
    """Every line of every file, in order."""
    return [Planted(file.path, n, line) for file in files for n, line in enumerate(file.lines, 1)]


def iso(at: int) -> str:
    """ISO 8601, UTC, whole seconds."""
    return clock(at).replace(" ", "T") + "Z"


def make_truth(files: list[LogFile]) -> dict[str, Any]:
    """Everything that a reader of the logs should find. Users are as logged, times are UTC."""
    lines = planted_lines(files)
    hits = [line for line in lines if line.fact.bin == "hit"]
    by_service = {name: [h for h in hits if h.fact.service == name] for name in SERVICES}
    by_file = {file.path: _bins(file) for file in files}
    counted = ("mention", "cleared", "rejected", "repeat")
    return {
        "headline": _HEADLINE,
        "since": iso(START),
        "until": iso(END),
        "pimeyes_blocked_from": iso(BLOCKED_FROM),
        "services": {
            name: {"name": SERVICES[name]} | _service(found) for name, found in by_service.items()
        },
        "pimeyes": _pimeyes(by_service["pimeyes"]),
        "planted": {
            bin_: _kinds(line for line in lines if line.fact.bin == bin_) for bin_ in counted
        },
        "gaps": [
            {
                "gateway": "hq-squid",
                "from": iso(GAP_START),
                "until": iso(GAP_END),
                "hours": (GAP_END - GAP_START) // HOUR,
            }
        ],
        "totals": {key: sum(bins[key] for bins in by_file.values()) for key in ("lines", *BINS)},
        "files": by_file,
    }


def check_plan(truth: Mapping[str, Any]) -> None:
    """Raises ValueError unless the plan makes the numbers that the headline promises."""
    pimeyes = truth["services"]["pimeyes"]
    made = pimeyes["hits"], pimeyes["users"]
    if made != (PIMEYES_HITS, PIMEYES_USERS):
        raise ValueError(f"the plan makes {made[0]} hits by {made[1]} users")


def _bins(file: LogFile) -> dict[str, int]:
    found = Counter(line.fact.bin for line in file.lines)
    return {"lines": len(file.lines)} | {bin_: found[bin_] for bin_ in BINS}


def _count(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))


def _kinds(lines: Iterable[Planted]) -> dict[str, int]:
    return _count(line.fact.kind for line in lines)


def _done(hits: list[Planted], activity: str) -> int:
    return sum(hit.fact.activity == activity for hit in hits)


def _acted(hits: list[Planted], action: str) -> int:
    return sum(hit.fact.action == action for hit in hits)


def _place(hit: Planted) -> dict[str, str | int]:
    return {"time": iso(hit.line.at), "file": hit.path, "line": hit.number}


def _service(hits: list[Planted]) -> dict[str, Any]:
    return {
        "hits": len(hits),
        "users": len({hit.fact.user for hit in hits} - {""}),
        "hits_without_user": sum(not hit.fact.user for hit in hits),
        "allowed": _acted(hits, "allowed"),
        "blocked": _acted(hits, "blocked"),
        "searches": _done(hits, "search"),
        "uploads": _done(hits, "upload"),
        "opt_out": _done(hits, "opt_out"),
        "possible_uploads": sum(hit.fact.sent > LARGE for hit in hits),
        "by_evidence": _count(hit.fact.evidence for hit in hits),
        "by_kind": _kinds(hits),
        "first_hit": _place(min(hits, key=lambda hit: hit.line.at)),
        "last_hit": _place(max(hits, key=lambda hit: hit.line.at)),
    }


def _pimeyes(hits: list[Planted]) -> dict[str, Any]:
    by_user: dict[str, list[Planted]] = {}
    for hit in hits:
        by_user.setdefault(hit.fact.user, []).append(hit)
    heaviest_first = sorted(by_user, key=lambda user: (-len(by_user[user]), user))
    users = {user: _user(by_user[user]) for user in heaviest_first}
    days = [datetime.fromtimestamp(hit.line.at // 1000, tz=UTC).date() for hit in hits]
    return {
        "sessions": sum(user["sessions"] for user in users.values()),
        "by_gateway": _count(hit.path.partition("/")[0] for hit in hits),
        "by_iso_week": _count("{}-W{:02d}".format(*day.isocalendar()) for day in days),
        "by_day": _count(day.isoformat() for day in days),
        "by_user": users,
    }


def _user(hits: list[Planted]) -> dict[str, int]:
    moments = sorted(hit.line.at for hit in hits)
    pauses = (later - earlier for earlier, later in pairwise(moments))
    return {
        "hits": len(hits),
        "searches": _done(hits, "search"),
        "uploads": _done(hits, "upload"),
        "blocked": _acted(hits, "blocked"),
        "sessions": 1 + sum(pause > _SESSION_GAP for pause in pauses),
        "active_days": len({at // DAY for at in moments}),
    }
