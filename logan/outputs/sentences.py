"""What a summary says in sentences, the same on a screen and in JSON."""

from collections.abc import Iterable, Mapping
from typing import Final

from logan.outputs.words import count, join, name_local_day, name_moment, name_period
from logan.result import ScanResult, SourceAccount
from logan.tables.caveats import Caveat, Limit
from logan.tables.summary import Summary
from logan.vocabulary import ARCHIVES

#: Services that get a line of their own in the headline; one more, if that makes the list whole.
_LINES: Final = 4

#: What each bin of the line accounts means.
BIN_MEANINGS: Final = {
    "hit": "requests to a watched service",
    "mention": "name one elsewhere: a search, a wrapped link, a referrer",
    "cleared": "name one by chance: look-alikes, other names",
    "rejected": "name one, but could not be parsed: --export lists them",
    "repeat": "a further line about a request, or no visit: log-on challenges",
    "unrelated": "cannot name one",
    "blank": "empty lines",
    "directive": "header lines of the log itself",
}


#: What each limit means for the reader, with its number.
_LIMITS: Final[dict[Limit, str]] = {
    "incomplete": "Not used in full: {sources}. {bound}, and an absence proves nothing.",
    "same_lines": "In more than one file, byte for byte the same, though none is a copy of the "
    "other: {hits}. They may be counted twice. Give each log once.",
    "excluded": "Left out on request, with --exclude: {number} files or folders. What they hold is "
    "in no number.",
    "folder_markers": "Folders in a storage of Azure's or Google's with nothing listed below them: "
    "{number}. A log in an object whose name ends with a slash looks the same there, and would be "
    "in no number.",
    "purged": "Removed from the ledger as their time was over: {lines} that named a service. They "
    "stand among the unrelated, and in no number of hits.",
    "older_rules": "Read by older rules alone, for their logs are gone: {lines}{until}. Not looked "
    "for in them: {unknown}.",
    "seen_twice": "Logged by more than one gateway within seconds, where no line says whether it "
    "was one request: {hits}. Each may count twice.",
    "seen_once": "Taken for what another gateway saw of the same request, as so few agree that it "
    "may be chance: {lines}. Each may be one more hit.",
    "unparsed": "Naming a watched service, but not parsed: {lines}. Each may be a hit that is "
    "missing here.",
    "other_logs": "In files that are no access logs, and name a watched service: {lines}. They are "
    "no visits, but may tell of one that the access logs lack: read them.",
    "no_data": "Without a line: {hours}. That is no data, not no hits.",
    "requests": "A hit is a request. One visit makes many, some without a person (prefetch, "
    "reload, page furniture), and none proves a search unless it is counted as one.",
    "unknown_searches": "Searches are a lower bound where what starts one is unknown. {services}.",
    "inferred_searches": "Inferred from what came before and after, for no request shows them: "
    "{searches}.",
    "attempts": "Searches that the service refused: {hits}. None of them is counted as a search.",
    "connect": "Host only, through an encrypted tunnel: {hits}. Page, upload or search cannot be "
    "told apart there, so searches and uploads are a lower bound.",
    "possible_uploads": "Tunnels that sent enough for a photo: {number}. Size alone does not prove "
    "an upload.",
    "opt_out_photos": "Uploads and searches in a session that also asked for removal: {number}. "
    "The photo may have been sent for that alone.",
    "dns": "Look-ups of a name: {hits}. A device asked for the address; that does not prove a "
    "visit, and one look-up can stand for many visits.",
    "no_user": "Without a user name: {hits}. An address can be shared by many people, and can pass "
    "from one to another.",
    "impersonal": "By an account of a computer or of the system: {hits}. It counts as a user, and "
    "names nobody.",
    "no_queries": "With a URL, but never a query string: {hits}. The gateway may cut them off "
    "(Squid does by default): searches that only the query shows are missed.",
    "inferred": "Activity inferred from the host name, not seen in a path: {hits}.",
    "unknown_action": "Let through or not, the log does not say: {hits}.",
    "assumed_zone": "Local time of no named zone, read as UTC: {sources}. Name the zone with --tz.",
    "ambiguous_times": "Local time that a clock change makes ambiguous: {lines}. It may be off by "
    "as much as the clocks moved.",
    "elsewhere": "Use over other networks, on personal devices, through a VPN or of services that "
    "the rules do not know leaves no trace in these logs.",
    "begins_with_logs": "Use may be older than these logs: nothing before {start} was looked at.",
    "narrowed": "Not the whole answer: {selection}. Of all hits in the logs this is {hits}; nobody "
    "is cleared by not being among them.",
}


def write_headline(summary: Summary) -> list[str]:
    """Write the result in words: each line names its number, unit and service, the first the time.

    Numbers are not aligned. Several services are listed by hits, with the sum last.
    """
    totals, period = summary.totals, summary.period
    if period is None:
        return ["No data: nothing can be said, for no line with a time was read"]
    when = name_period(period)
    if not totals.hits:
        return [_write_nothing(summary, when)]
    least = "At least " if is_lower_bound(summary) else ""
    rows = summary.services.to_dicts()
    named = len(rows) if len(rows) <= _LINES + 1 else _LINES
    lines = []
    for row in rows[:named]:
        service = name_service(summary, row["service"])
        lines.append(f"{least}{count(row['hits'], 'hit')} on {service}{_write_people(row)}")
    lines[0] += f" in {when}"
    if rest := rows[named:]:
        hits = sum(row["hits"] for row in rest)
        lines.append(f"{least}{count(hits, 'hit')} on {count(len(rest), 'other service')}")
    if len(rows) > 1:
        people = _write_people({"users": totals.users, "addresses": totals.addresses})
        every = "both services" if len(rows) == 2 else f"all {len(rows)} services"
        lines.append(f"{least}{count(totals.hits, 'hit')} on {every}{people}")
    return lines


def is_lower_bound(summary: Summary) -> bool:
    """True where something was not read, and nothing that was read may count twice."""
    return not summary.result.complete and not _count_possible_doubles(summary)


def write_bound(summary: Summary) -> str:
    """Say what the counts of an incomplete run are: no lower bound where lines may count twice."""
    if is_lower_bound(summary):
        return "Every count is a lower bound"
    doubles = count(_count_possible_doubles(summary), "hit")
    return f"No count is a lower bound, for {doubles} may be counted twice"


def _count_possible_doubles(summary: Summary) -> int:
    """Count hits that another file, or another gateway, may have logged too."""
    return min(summary.totals.same_lines + summary.result.undecided, summary.totals.hits)


def _write_nothing(summary: Summary, when: str) -> str:
    covered = summary.coverage[-1].covered
    if not covered:
        return f"No data: nothing can be said, for no line falls in {when}"
    watched = summary.result.selection.services or tuple(summary.result.service_names)
    what = (
        name_service(summary, watched[0])
        if len(watched) == 1
        else f"any of {len(watched)} watched services"
    )
    seen = "" if summary.result.complete else " in what could be read"
    unparsed = sum(source.bins.get("rejected", 0) for source in summary.result.sources)
    lines = f", but {count(unparsed, 'line')} that may be hits could not be parsed"
    return f"No hits on {what}{seen} in {when}{lines if unparsed else ''}"


def _write_people(row: Mapping[str, int]) -> str:
    users, addresses = row["users"], row["addresses"]
    if users and addresses:
        return f" by {count(users, 'user')} and from {count(addresses, 'unnamed address')}"
    if users:
        return f" by {count(users, 'user')}"
    return f" from {count(addresses, 'address')} without a user name" if addresses else ""


def name_service(summary: Summary, service: str | None) -> str:
    """Give the display name of a service, or its id where the rules give none."""
    return summary.result.service_names.get(service or "", service or "an unnamed service")


def write_doubt(summary: Summary) -> str | None:
    """Say what finding nothing does not prove; None if there are hits, or no data at all."""
    if summary.totals.hits or not summary.coverage or not summary.coverage[-1].covered:
        return None
    return (
        "No line that was read shows a request to one. That does not prove that nobody used one: "
        "see what these logs cannot show, below."
    )


def write_selection(summary: Summary) -> str | None:
    """Say what the tables are limited to; None if to nothing."""
    selection, zone = summary.result.selection, summary.result.zone
    parts = []
    if selection.services:
        parts.append(join([name_service(summary, service) for service in selection.services]))
    if selection.users:
        parts.append(join([f"user {user}" for user in selection.users]))
    if selection.since:
        parts.append(f"from {name_moment(selection.since, zone)}")
    if selection.until:
        parts.append(f"before {name_moment(selection.until, zone)}")
    return f"Only {', '.join(parts)}" if parts else None


def write_asked(summary: Summary) -> list[str]:
    """Say which users that were asked for never occur, and whose names are much like theirs."""
    lines = []
    for asked in summary.asked:
        if not asked.seen:
            lines.append(f"No line that names a service is of a user {asked.user}")
        if asked.similar:
            names = join([*asked.similar])
            lines.append(f"Not counted with {asked.user}, though of the same name: {names}")
    return lines


def write_caveats(summary: Summary) -> list[tuple[Limit, str]]:
    """Say what these logs cannot show, each limit with the number it bears on."""
    return [(caveat.limit, write_caveat(caveat, summary)) for caveat in summary.caveats]


def write_unknown_searches(summary: Summary) -> str:
    """Name the services with hits whose searches are not all known, and what is not known."""
    named: dict[str, list[str]] = {}
    for service, what in summary.unknown_searches.items():
        named.setdefault(what, []).append(name_service(summary, service))
    return "; ".join(f"{join(services)}: {what}" for what, services in named.items())


def write_caveat(caveat: Caveat, summary: Summary) -> str:
    """Say what one limit means, with its number."""
    number, of, period = caveat.count, caveat.of, summary.period
    selection = write_selection(summary) or ""
    return _LIMITS[caveat.limit].format(
        number=f"{number:,}",
        hits=f"{number:,} of {count(of, 'hit')}",
        sources=f"{number:,} of {count(of, 'source')}",
        hours=f"{number:,} of {count(of, 'gateway hour')}",
        lines=count(number, "line"),
        bound=write_bound(summary),
        start=name_moment(period.start, period.zone) if period else "",
        selection=selection[:1].lower() + selection[1:],
        searches=f"{number:,} of {count(of, 'search')}",
        services=write_unknown_searches(summary),
        **_describe_older(summary.result),
    )


def _describe_older(result: ScanResult) -> dict[str, str]:
    """Up to when only older rules have read, and what these did not know."""
    older = result.older_rules
    newest = name_local_day(older.newest, result.zone) if older else ""
    names = [*older.services] if older else []
    if len(names) > _LINES + 1:
        names = [*names[:_LINES], f"{len(names) - _LINES} more"]
    return {
        "until": f", up to {newest}" if newest else "",
        "unknown": join(names) or "what only the newer rules tell from others",
    }


def write_other_log(source: SourceAccount) -> str:
    """Say what a log is that holds no requests, and how many of its lines name a service."""
    if source.format in ARCHIVES:
        return f"is {source.other_log}: the files in it are listed by themselves"
    named = source.other_named
    lines = f"; {count(named, 'line')} of it may name a watched service" if named else ""
    return f"is {source.other_log}: no access log, left out{lines}"


def list_unread(summary: Summary) -> Iterable[tuple[str, str, str]]:
    """List sources that are not complete, by name: name, why, what to do next."""
    for source in sorted(summary.result.sources, key=lambda source: source.name):
        if not source.complete:
            yield (
                source.name,
                source.failure or "not read to its end",
                source.advice or "get the file again, or leave it out and say so",
            )
