"""Settling, from evidence to a result: the same bytes in every output however it was read.

Sources stand in the order of their names, parts of one joined; nothing depends on the order in
which they were read or merged.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from logan.evidence.equal_content import mark_copies
from logan.evidence.evidence import Evidence
from logan.evidence.findings import settle_findings
from logan.evidence.joined_parts import join_parts
from logan.evidence.read_source import EvidenceError, ReadSource
from logan.evidence.settled import SourceNames
from logan.evidence.uncompared_texts import fail_uncompared
from logan.intake.names import fits
from logan.pipeline.writers import FileSpan, find_writers, gateways_of, logs_of
from logan.result import ScanResult, Selection, SourceAccount
from logan.rules.model import Rules
from logan.rules.redaction import redacted
from logan.rules.seen import Seen
from logan.runtime.private_folder import PrivateFolder
from logan.vocabulary import BINS, Bin

#: Skipped files that are named one by one.
_NAMED: Final = 3


def settle(
    evidence: Evidence,
    rules: Rules,
    *,
    report_zone: str = "UTC",
    selection: Selection = Selection(),  # noqa: B008 - a value
    session_gap_minutes: int = 30,
    exported: bool = True,
) -> ScanResult:
    """What evidence comes to. It is left as it is, and may be settled again.

    `report_zone` is the zone of local days and windows, `selection` what tables show of the result.
    `exported`: whole findings will be read, and more than once. Without it those that are too many
    for memory are settled whenever they are read, and do not say which hit a repeat repeats.
    Raises `EvidenceError` for rules that it was not read by.
    """
    if evidence.rules != rules.version:
        raise EvidenceError(
            f"read by the rules {evidence.rules}, to be settled by {rules.version}: the latter may "
            "see in the same lines what the former did not. Name the rules it was read by, or read "
            "the logs again."
        )
    joined, places, lines_before = join_parts(evidence.sources)
    sources = mark_copies(_fail_uncompared_parts(evidence.sources, joined, places))
    listed = [source.name for source in sources]
    formats = [source.format for source in sources]
    logs, writers = logs_of(listed, formats), find_writers([*map(_file_span, sources)])
    copies = frozenset(at for at, source in enumerate(sources) if source.copy_of is not None)
    names = SourceNames(
        listed,
        places,
        lines_before,
        logs,
        writers.numbers,
        copies,
        formats,
        possible_gateways=writers.possible,
    )
    folder = PrivateFolder()
    settled = settle_findings(
        evidence.findings,
        rules,
        names,
        session_gap_minutes=session_gap_minutes,
        folder=folder,
        stored=exported,
    )
    return ScanResult(
        found=settled.found,
        parts=settled.parts,
        runs=settled.runs,
        rejects=names.placed(evidence.rejects.lazy()).pipe(names.named),
        sources=tuple(_finish(sources, settled.counts)),
        zone=report_zone,
        selection=selection,
        session_gap_minutes=session_gap_minutes,
        service_names=rules.service_names,
        unknown_searches=rules.unknown_searches,
        rules_version=rules.version,
        redactions=redacted(rules),
        notes=(
            *_idle_globs(evidence),
            *_notes(evidence, settled.respelt),
            *_seen_notes(settled.seen),
            *_node_notes(settled.seen.groups, names),
            *_clock_notes(settled.seen.ahead, names),
            *_changing_clock_notes(settled.seen.ahead_by_day, names),
        ),
        excluded=tuple(sorted(name for name, _ in evidence.excluded if name)),
        markers=tuple(sorted(evidence.markers)),
        undecided=settled.seen.undecided,
        doubtful=settled.seen.doubtful,
        folder=folder,
        read_folders=(*evidence.rejects.folders, *(() if exported else evidence.findings.folders)),
    )


def _fail_uncompared_parts(
    sources: Sequence[ReadSource], joined: Sequence[ReadSource], places: Sequence[int]
) -> Sequence[ReadSource]:
    """The joined sources; nobody compared those that were read in parts with any other."""
    if not [one for one in sources if one.part is not None and one.text is not None]:
        return joined
    readings = [-1] * len(joined)
    for place, source in zip(places, sources, strict=True):
        if source.part is not None:
            readings[place] = place
    return fail_uncompared(joined, readings)


def _file_span(source: ReadSource) -> FileSpan:
    """What tells who wrote a source; a copy has the times of what it is a copy of."""
    if source.copy_of is not None:
        return FileSpan(source.name, source.format)
    tally = source.tally
    return FileSpan(source.name, source.format, tally.first_time, tally.last_time)


def _finish(
    sources: Sequence[ReadSource], decided: Mapping[int, Counter[str]]
) -> Iterator[SourceAccount]:
    """The finished accounts, with the bins that were decided when findings were settled."""
    names = [source.name for source in sources]
    gateways = dict(zip(names, gateways_of(names), strict=True))
    for place, source in enumerate(sources):
        # A copy is no gateway of its own, wherever it lies.
        gateway = gateways.get(source.copy_of or source.name, gateways[source.name])
        yield account_of_source(source, decided.get(place, {}), gateway)


def account_of_source(
    source: ReadSource, decided: Mapping[str, int], gateway: str
) -> SourceAccount:
    """A finished account. `gateway` is the estate that the source belongs to."""
    tally = source.tally
    return SourceAccount(
        name=source.name,
        gateway=gateway,
        format=source.format,
        other_log=source.other_log,
        other_named=source.other_named,
        confidence=source.confidence,
        runner_up=source.runner_up,
        lines=tally.lines,
        bins=_all_bins(tally.lines, tally.bins, decided),
        size=source.size,
        first_time=tally.first_time,
        last_time=tally.last_time,
        hours=tally.hours,
        zone=source.zone,
        zone_origin=source.zone_origin,
        ambiguous_times=tally.ambiguous,
        evidence=source.proves,
        complete=source.failure is None,
        failure=source.failure,
        advice=source.advice,
        notes=source.notes,
        sha256=source.sha256,
        content_sha256=source.content_sha256,
        copy_of=source.copy_of,
        encoding=source.encoding,
    )


def _all_bins(lines: int, counted: Mapping[str, int], decided: Mapping[str, int]) -> dict[Bin, int]:
    """Every line in a bin: what none claims cannot name a service."""
    total: dict[str, int] = dict.fromkeys(BINS, 0)
    for some in (counted, decided):
        for name, count in some.items():
            total[name] += count
    total["unrelated"] += lines - sum(total.values())
    return {name: total[name] for name in BINS}


def _idle_globs(evidence: Evidence) -> Iterator[str]:
    """What was said of sources that are not there: mistyped, it leaves a clock to be guessed."""
    for glob in sorted(evidence.globs - {"*"}):
        if not any(fits(source.name, glob) for source in evidence.sources):
            yield f"no source is named {glob}: what an option says of it was not used"
    used = {glob for name, glob in evidence.excluded if name}
    for glob in sorted({glob for _, glob in evidence.excluded} - used):
        yield f"nothing is named {glob}: nothing was left out for it"


def _notes(evidence: Evidence, respelt: int) -> Iterator[str]:
    for name, same_as in sorted(evidence.duplicates):
        yield f"{name} is the same file as {same_as}: read once"
    if respelt:
        names = "1 user name was" if respelt == 1 else f"{respelt} user names were"
        yield f"{names} logged in spellings that differ in case: taken as one"
    if skipped := sorted(evidence.skipped):
        what = "1 file is no log" if len(skipped) == 1 else f"{len(skipped)} files are no logs"
        yield f"{what} by name, passed over: {_name_few(skipped)}"
    if excluded := sorted(name for name, _ in evidence.excluded if name):
        yield f"left out by --exclude: {_name_few(excluded)}"


def _name_few(names: Sequence[str]) -> str:
    """Some names, for a sentence that says what was left out and does not fill the screen."""
    return ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")


def _seen_notes(seen: Seen) -> Iterator[str]:
    """What was counted once though several gateways logged it."""
    if seen.lines:
        lines = "1 line tells" if seen.lines == 1 else f"{seen.lines} lines tell"
        yield (
            f"{lines} of a request that another gateway, sensor or name server logged too: "
            "counted once, by the line that proves most"
        )
    if many := len(seen.addresses):
        proved = "1 address proved" if many == 1 else f"{many} addresses proved"
        yield f"{proved} to be a user's whom another gateway names in the same request"
    if many := len(seen.hidden):
        clients = "1 client of a gateway is" if many == 1 else f"{many} clients of gateways are"
        yield (
            f"{clients} another gateway: nearly all that came from there stands in its log too, at "
            "the same moments, and was counted by that"
        )
    if many := len(set(seen.names.values())):
        users = "1 user has" if many == 1 else f"{many} users have"
        yield f"{users} other names on other gateways, as the same requests show: taken as one"


def _node_notes(groups: Iterable[Sequence[int]], sources: SourceNames) -> Iterator[str]:
    """Which gateways have different requests of the same people, and so count as one."""
    for group in groups:
        names = [sources.names[sources.gateways.index(gateway)] for gateway in group]
        yield (
            f"{_name_few(names)} share out the requests of the same people, as the nodes of a "
            "balancer do: two requests within seconds, one on each, count as two"
        )


def _clock_notes(ahead: Mapping[int, int], sources: SourceNames) -> Iterator[str]:
    """Which clocks are not those of other gateways, by what both logged of the same people."""
    for gateway, seconds in sorted(ahead.items()):
        name = sources.names[sources.gateways.index(gateway)]
        off = f"{abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'}"
        yield (
            f"the clock of {name} is {off} those of other gateways that logged the same visits: "
            "compared without the difference, its times are as logged"
        )


def _changing_clock_notes(
    ahead: Mapping[int, Sequence[tuple[int, int]]], sources: SourceNames
) -> Iterator[str]:
    """Which clocks drift against others, or were put forward or back when these were not."""
    for gateway, steps in sorted(ahead.items()):
        name = sources.names[sources.gateways.index(gateway)]
        least, most = (pick(seconds for _, seconds in steps) for pick in (min, max))
        yield (
            f"the clock of {name} changes against those of other gateways that logged the same "
            f"visits, from {least} s to {most} s ahead: compared day by day without the "
            "difference, its times are as logged"
        )
