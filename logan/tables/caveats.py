"""What these logs cannot show: the limits that apply to this result, each with its number."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from logan.result import ScanResult, Selection
from logan.tables.coverage import Coverage
from logan.tables.headline import Totals, count_impersonal
from logan.tables.period import Period

Limit = Literal[
    "incomplete",
    "same_lines",
    "seen_twice",
    "seen_once",
    "excluded",
    "folder_markers",
    "purged",
    "older_rules",
    "unparsed",
    "other_logs",
    "no_data",
    "requests",
    "unknown_searches",
    "inferred_searches",
    "attempts",
    "connect",
    "possible_uploads",
    "opt_out_photos",
    "dns",
    "no_user",
    "impersonal",
    "no_queries",
    "inferred",
    "unknown_action",
    "assumed_zone",
    "ambiguous_times",
    "elsewhere",
    "begins_with_logs",
    "narrowed",
]


@dataclass(frozen=True, slots=True)
class Caveat:
    """A limit that applies, with how many of what it bears on (`of`: out of how many)."""

    limit: Limit
    count: int = 0
    of: int = 0


def find_own_caveats(
    selection: Selection, totals: Totals, period: Period | None, *, hits: int
) -> tuple[Caveat, ...]:
    """List the limits of an answer that leaves the building, beside those of `find_caveats`.

    `narrowed` counts the hits selected out of all `hits`; `begins_with_logs` the days from the
    start of the period to the first hit, out of those of the period.
    """
    found = []
    if selection != Selection():
        found.append(Caveat("narrowed", totals.hits, hits))
    if period is not None:
        first = totals.first_seen or period.end
        found.append(Caveat("begins_with_logs", (first - period.start).days, period.days))
    return tuple(found)


def find_caveats(
    result: ScanResult,
    totals: Totals,
    coverage: Iterable[Coverage],
    unknown_searches: Sequence[str] = (),
) -> tuple[Caveat, ...]:
    """List the limits that apply, those that weigh most first.

    `no_data` counts gateway-hours, `seen_once`, `unparsed`, `older_rules` and `ambiguous_times`
    lines, `purged` hits, mentions and lines not parsed, `incomplete` and `assumed_zone` sources,
    `folder_markers` folders, `unknown_searches` services (those named, which have hits),
    `inferred_searches` searches; all others count hits.
    """
    gateways = [part for part in coverage if part.gateway is not None]
    hours = sum(part.hours for part in gateways)
    sources = len(result.sources)
    assumed = [source for source in result.sources if source.zone_origin == "assumed"]
    hits = totals.hits
    unseen_queries = totals.via_url if totals.queries == 0 else 0
    candidates = [
        Caveat("incomplete", sum(not source.complete for source in result.sources), sources),
        Caveat("same_lines", totals.same_lines, hits),
        Caveat("seen_twice", min(result.undecided, hits), hits),
        Caveat("seen_once", result.doubtful),
        Caveat("excluded", len(result.excluded)),
        Caveat("folder_markers", len(result.markers)),
        Caveat("purged", result.purged),
        Caveat("older_rules", result.older_rules.lines if result.older_rules else 0),
        Caveat("unparsed", sum(source.bins.get("rejected", 0) for source in result.sources)),
        Caveat("other_logs", sum(source.other_named for source in result.sources)),
        Caveat("no_data", hours - sum(part.covered for part in gateways), hours),
        Caveat("requests", hits, hits),
        Caveat("unknown_searches", len(unknown_searches), totals.services),
        Caveat("inferred_searches", totals.inferred_searches, totals.searches),
        Caveat("attempts", totals.attempts, hits),
        Caveat("connect", totals.via_connect, hits),
        Caveat("possible_uploads", totals.possible_uploads, hits),
        Caveat("opt_out_photos", totals.beside_opt_out, hits),
        Caveat("dns", totals.via_dns, hits),
        Caveat("no_user", totals.nameless, hits),
        Caveat("impersonal", count_impersonal(result), hits),
        Caveat("no_queries", unseen_queries, hits),
        Caveat("inferred", totals.inferred, hits),
        Caveat("unknown_action", totals.unknown, hits),
        Caveat("assumed_zone", len(assumed), sources),
        Caveat("ambiguous_times", sum(source.ambiguous_times for source in result.sources)),
    ]
    return (
        *(caveat for caveat in candidates if caveat.count),
        Caveat("elsewhere"),
    )
