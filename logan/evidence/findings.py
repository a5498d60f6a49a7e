"""Findings are settled: what lines show among the others, in bounded memory.

While they are few that is done at once, else part by part (`logan.evidence.partwise`).
"""

from collections import Counter, defaultdict

from logan.evidence import limits
from logan.evidence.settled import SettledFindings, SourceNames, add_bins, count_bins, in_order
from logan.evidence.stored_rows import StoredRows
from logan.records.accounts import respell
from logan.result import Folder, Run
from logan.rules.across_lines import settle_whole
from logan.rules.model import Rules
from logan.rules.repeated_hits import with_hits_repeated
from logan.rules.same_request import compared_requests, without_repeats
from logan.rules.seen_twice import without_seen


def settle_findings(
    findings: StoredRows,
    rules: Rules,
    sources: SourceNames,
    *,
    session_gap_minutes: int,
    folder: Folder,
    only_counted: bool = False,
    stored: bool = True,
) -> SettledFindings:
    """Settle what single lines cannot show; rows past a size go to `folder`.

    The result is the same whatever the order, the chunks and the number of the rows. Where they are
    `only_counted`, `found` and `runs` are what tables by person count, and the findings need have
    no more than `partwise.COUNTED_COLUMNS`. Not `stored`: whole rows past a size are made of the
    findings whenever they are read, lack `schema.REPEATED`, and are in no order.
    """
    if findings.height < limits.ROWS_HELD and not only_counted:
        return _settle_in_memory(findings, rules, sources, session_gap_minutes)
    from logan.evidence.partwise import PartwiseSettling  # few scans find so much

    settling = PartwiseSettling(
        findings,
        rules,
        sources,
        session_gap_minutes,
        folder,
        only_counted=only_counted,
        stored=stored,
    )
    return settling.settled()


def _settle_in_memory(
    findings: StoredRows, rules: Rules, sources: SourceNames, gap: int
) -> SettledFindings:
    rows = without_repeats(sources.placed(findings.lazy()).collect(), sources.logs)
    once, seen = without_seen(rows, sources.gateways, sources.formats)
    if sources.may_be_of_several:
        from logan.rules.undecided_repeats import count_alike_in_files  # few logs ask for it

        compared = once.with_columns(compared_requests())
        alike = count_alike_in_files(compared, sources.gateways, sources.possible_gateways)
        seen = seen._replace(undecided=seen.undecided + alike)
    spelt, respelt = respell(once.lazy())
    final = settle_whole(with_hits_repeated(spelt.collect()), rules, session_gap_minutes=gap)
    found = in_order(sources.named(final.lazy())).sort("source", "line").collect().lazy()
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    add_bins(count_bins(final), counts)
    return SettledFindings(found, (found,), (Run(found),), counts, respelt, seen)
