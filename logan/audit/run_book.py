"""The book of runs: that one begins, by which rules; and how it ended, chained to the last one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from logan import __version__
from logan.audit.configuration import AuditConfiguration
from logan.audit.ledger import Ledger
from logan.audit.ledger_rows import RuleFileRow, RulesRow, RunRow
from logan.audit.run_chain import rules_sha256, run_sha256
from logan.package.rule_files import read_rule_files
from logan.rules.model import Rules

_KILLED: Final = "ended before it was through"
#: After a longer one a clock may have been set wrong, and what a purge removes does not come back.
_LONGEST_PAUSE: Final = timedelta(days=35)


def begin_run(
    ledger: Ledger, configuration: AuditConfiguration, rules: Rules, now: datetime, kind: str
) -> RunRow:
    """Note that a run begins; what was killed before it is ended."""
    with ledger.transaction():
        for killed in ledger.select(RunRow, "WHERE end IS NULL ORDER BY id"):
            end_run(ledger, replace(killed, end=now, complete=False, why=(_KILLED,)))
        complete = ledger.value("SELECT 1 FROM run WHERE end IS NOT NULL AND why != ?", (_KILLED,))
        first = ledger.value("SELECT kind FROM run ORDER BY id LIMIT 1")
        beginning = str(first or (kind if kind == "rebuilt" else "baseline"))
        run = RunRow(
            kind=kind if complete else beginning,
            start=now,
            version=__version__,
            rules_id=_store_rules(ledger, rules),
            config_sha256=configuration.sha256,
        )
        return replace(run, id=ledger.insert(run))


def _store_rules(ledger: Ledger, rules: Rules) -> int:
    """The rules of a run, word for word, unless the ledger has them already; their id."""
    files = read_rule_files(rules)
    sha256 = rules_sha256([(file.name, file.content) for file in files])
    known = ledger.select(RulesRow, "WHERE sha256 = ?", sha256)
    if known:
        return known[0].id
    number = ledger.insert(RulesRow(rules.version, sha256))
    ledger.insert_all(
        RuleFileRow(number, at, file.name, file.content) for at, file in enumerate(files)
    )
    return number


def end_run(ledger: Ledger, run: RunRow) -> None:
    """Store the end of a run, chained to the run that ended before it."""
    query = "WHERE sha256 IS NOT NULL ORDER BY id DESC LIMIT 1"
    before = ledger.select(RunRow, query)
    chained = replace(run, previous_sha256=before[0].sha256 if before else None)
    rules = ledger.select(RulesRow, "WHERE id = ?", run.rules_id)[0]
    ledger.update(replace(chained, sha256=run_sha256(chained, rules.sha256)))


def clock_jump(ledger: Ledger, run: RunRow) -> timedelta | None:
    """How long after the run before it a run began, where that is so long that its clock may be
    wrong; None: it is not."""
    before = ledger.select(RunRow, "WHERE id < ? ORDER BY id DESC LIMIT 1", run.id)
    since = run.start - before[0].start if before else timedelta()
    return since if since > _LONGEST_PAUSE else None


def why_before(ledger: Ledger, run: RunRow) -> Sequence[str]:
    """What the last run said that was not killed, and told: a baseline tells nobody."""
    query = "WHERE id < ? AND why != ? AND kind IN ('run', 'rescan') ORDER BY id DESC LIMIT 1"
    before = ledger.select(RunRow, query, run.id, (_KILLED,))
    return [why for one in before for why in one.why]


def are_settings_changed(ledger: Ledger, run: RunRow) -> bool:
    """Whether the run before was another logan's, or had other settings or rules."""
    before = ledger.select(RunRow, "WHERE id < ? ORDER BY id DESC LIMIT 1", run.id)
    now = (run.version, run.config_sha256, run.rules_id)
    return any((one.version, one.config_sha256, one.rules_id) != now for one in before)
