"""`logan audit status`: how an audit stands, for a person.

What nobody looked at, or was not told, comes first. Times are local to the audit's zone.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from rich.text import Text

from logan.audit.check import spell
from logan.audit.configuration import AuditConfiguration
from logan.audit.delivery import STANDARD_OUTPUT
from logan.audit.ledger_rows import RunRow
from logan.audit.state import AuditState, GatewayState
from logan.outputs.grid import Column, lay_out
from logan.outputs.page import Page
from logan.outputs.words import count, join, name_day, name_hours, name_moment
from logan.vocabulary import ACTIONS

#: Spans without a line that are named for each gateway, the latest.
_SPANS: Final = 3


def lay_out_status(state: AuditState, configuration: AuditConfiguration, page: Page) -> list[Text]:
    """The state as lines of a page."""
    sections = (_show_head, _show_hits, _show_runs, _show_gateways, _show_notices, _show_keeping)
    return [line for show in sections for line in show(state, configuration, page)]


def _show_head(state: AuditState, configuration: AuditConfiguration, page: Page) -> list[Text]:
    name = configuration.name or configuration.path.stem
    lines = page.wrap(f"{name}: {_headline(state, configuration.tz)}", style="bold")
    for warning in _warnings(state, configuration):
        lines += page.wrap(warning, first=f"  {page.marks.bullet} ", style="bold red")
    return lines


def _headline(state: AuditState, zone: str) -> str:
    if state.last_complete is None:
        return "no run was ever complete"
    ago = spell(state.now - state.last_complete)
    return f"last complete run {ago} ago, {name_moment(state.last_complete, zone)}"


def _warnings(state: AuditState, configuration: AuditConfiguration) -> Iterator[str]:
    last = state.last_ended
    for fault in state.faults:
        yield f"The ledger was altered: {fault}. logan audit verify {configuration.path} says more"
    if last is not None and not last.complete:
        yield f"The last run is incomplete: {'; '.join(last.why) or 'it does not say why'}"
    if state.unseen_hits:
        yield (
            f"{count(state.unseen_hits, 'new hit')} not looked at. When you have: "
            f"logan audit status {configuration.path} --seen"
        )
    if state.unseen_holes:
        yield f"{count(state.unseen_holes, 'hole')} in the logs not looked at"
    if state.rebuilt is not None:
        when = name_moment(state.rebuilt, configuration.tz)
        yield (
            f"There was no ledger on {when}, and the run made one anew: hits that nobody had "
            "looked at before are told no more"
        )
    for gateway in state.gateways:
        if gateway.silent is not None:
            yield f"{gateway.name} is silent: no line for {spell(gateway.silent)}"
    for owed in state.owed:
        reader = _reader(owed.recipient) if owed.recipient else "anybody"
        why = f": {owed.failure}" if owed.failure else ""
        yield f"{count(owed.notices, 'notice')} not delivered to {reader}{why}"


def _show_hits(state: AuditState, configuration: AuditConfiguration, page: Page) -> list[Text]:
    zone = configuration.tz
    sums: Counter[str] = Counter()
    for (service, _), number in state.hits.items():
        sums[service] += number
    if not sums:
        return []
    services, totals = zip(*sums.most_common(), strict=True)
    columns = [
        Column("service", [page.safe(one) for one in services], right=False, cut="end"),
        Column("hits", [f"{total:,}" for total in totals]),
    ]
    for action in ACTIONS:
        numbers = [state.hits.get((one, action), 0) for one in services]
        if any(numbers):
            columns.append(Column(action, [f"{number:,}" for number in numbers], rank=1))
    return [
        *page.title("Hits", f"{sum(totals):,} over all runs"),
        *lay_out(columns, width=page.width, marks=page.marks),
        *_show_counting(state, zone, page),
    ]


def _show_counting(state: AuditState, zone: str, page: Page) -> list[Text]:
    """How exact the numbers are, where a night cannot look at all there is."""
    counting = state.by_nights
    if counting is None:
        return []
    last, tried = (
        name_moment(one, zone) if one else "never" for one in (counting.last, counting.tried)
    )
    killed = "" if last == tried else f"; one begun {tried} did not end"
    words = (
        f"There are {counting.findings:,} findings, so a night compares only those within a day of "
        "its new lines: a visit that several gateways logged may count once too often, or not, "
        f"until run {counting.next_run} settles all together (last done: {last}{killed}). Packages "
        "always settle all."
    )
    return page.wrap(words, first="  ", style="dim")


def _show_runs(state: AuditState, configuration: AuditConfiguration, page: Page) -> list[Text]:
    if not state.runs:
        return []
    zone, runs = configuration.tz, state.runs
    columns = [
        Column("run", [str(run.id) for run in runs]),
        Column("started", [name_moment(run.start, zone) for run in runs]),
        Column("took", [_took(run) for run in runs], rank=2),
        Column("result", [_result(run) for run in runs], right=False),
        Column("new hits", [f"{run.new_hits:,}" for run in runs]),
        Column("looked at", [_seen(run, zone) for run in runs], rank=1),
    ]
    note = f"the last {len(runs)} of {count(state.run_count, 'run')}"
    return [
        *page.title("Runs", note if state.run_count > len(runs) else ""),
        *lay_out(columns, width=page.width, marks=page.marks),
    ]


def _took(run: RunRow) -> str:
    if run.end is None:
        return ""
    span = run.end - run.start
    return f"{span.total_seconds():.0f} s" if span < timedelta(minutes=2) else spell(span)


def _result(run: RunRow) -> str:
    if run.end is None:
        return "under way, or killed"
    said = "complete" if run.complete else "INCOMPLETE"
    return said if run.kind == "run" else f"{said}, {run.kind}"


def _seen(run: RunRow, zone: str) -> str:
    if run.seen is not None:
        return name_moment(run.seen, zone)
    return "no" if run.new_hits else ""


def _show_gateways(state: AuditState, configuration: AuditConfiguration, page: Page) -> list[Text]:
    gateways, zone = state.gateways, configuration.tz
    columns = [
        Column("gateway", [page.safe(one.name) for one in gateways], right=False, cut="end"),
        Column("newest line", [_newest(one, zone) for one in gateways]),
        Column("lines", [f"{one.lines:,}" for one in gateways], rank=1),
        Column("no data", [_uncovered(one) for one in gateways], rank=2),
        Column(
            "format",
            [page.safe(join(list(one.formats))) for one in gateways],
            rank=3,
            right=False,
            cut="end",
        ),
    ]
    return [
        *page.title("Gateways"),
        *lay_out(columns, width=page.width, marks=page.marks),
        *(line for one in gateways for line in _show_spans(one, zone, page)),
    ]


def _newest(gateway: GatewayState, zone: str) -> str:
    return name_moment(gateway.newest, zone) if gateway.newest else "never"


def _uncovered(gateway: GatewayState) -> str:
    hours = sum(part.hours for part in gateway.uncovered)
    return f"{hours:,} h in {count(len(gateway.uncovered), 'gap')}" if hours else "none"


def _show_spans(gateway: GatewayState, zone: str, page: Page) -> list[Text]:
    lines: list[Text] = []
    if not gateway.configured:
        words = f"{gateway.name} is not in the configuration any more"
        lines += page.wrap(words, first="  ", rest="    ")
    if rejected := gateway.bins.get("rejected", 0):
        words = (
            f"{gateway.name}: {count(rejected, 'line')} not parsed, though naming a watched "
            "service: each may be a missing hit"
        )
        lines += page.wrap(words, first="  ", rest="    ")
    for part in gateway.uncovered[-_SPANS:]:
        span = f"{name_hours(part.start, part.end, zone)} ({count(part.hours, 'hour')})"
        lines += page.wrap(f"no data from {gateway.name}: {span}", first="  ", rest="    ")
    hidden = len(gateway.uncovered) - _SPANS
    return [*lines, *page.more(hidden, "gap" if hidden == 1 else "gaps", "--json lists all")]


def _show_notices(state: AuditState, configuration: AuditConfiguration, page: Page) -> list[Text]:
    if not state.told:
        return []
    lines = page.title("Notices", "the last ones, newest first")
    for notice, recipients in state.told:
        made = f"{name_moment(notice.made, configuration.tz)}  {notice.about}"
        lines += page.wrap(made, first="  ", style="dim")
        for line in notice.text.split("\n"):
            lines += page.wrap(line, first="    ")
        told = join([_reader(one) for one in recipients])
        lines += page.wrap(f"told {told}" if told else "told nobody yet", first="    ", style="dim")
    return lines


def _reader(recipient: str) -> str:
    return "standard output" if recipient == STANDARD_OUTPUT else recipient


def _show_keeping(state: AuditState, configuration: AuditConfiguration, page: Page) -> list[Text]:
    """By which rules lines are read, how long what is kept, and what no purge may take."""
    keep, zone = configuration.keep, configuration.tz
    facts = [f"Rules {state.rules}."] if state.rules else []
    facts.append(f"Hits are kept {keep.hits}, counts {keep.counts}.")
    for hold in configuration.holds:
        whose = "the hits of one user" if hold.user else "all hits"
        until = f"until {name_day(hold.until)}" if hold.until else "without end"
        facts.append(f"Held for {hold.reference}: {whose}, {until}.")
    if state.purges:
        last = state.purges[0]
        facts.append(
            f"Last purge {name_moment(last.made, zone)}: {count(last.rows, 'row')} from before "
            f"{name_moment(last.before, zone)}, by {last.setting}."
        )
    return [Text(), *(line for fact in facts for line in page.wrap(fact, style="dim"))]
