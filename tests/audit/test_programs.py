"""The audit against the model: whatever a gateway does to its files, each line counts once.

`LOGAN_AUDIT_PROGRAMS=10000` runs as many programs; without it a small number of them is tried.
"""

import os
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from logan.audit import log_files, new_lines
from logan.audit.configuration import read_configuration
from logan.audit.configuration_values import Purpose
from logan.audit.ledger import NoLedgerError
from logan.audit.ledger_opening import open_ledger
from logan.audit.run import begin_audit, run_audit
from logan.audit.verify import verify_ledger
from tests.audit.estate import (
    counted_hits,
    counted_records,
    settled_hits,
    write_configuration,
)
from tests.audit.kills import killed_at
from tests.audit.model import MiscountError, Outcome, make_program, run_program
from tests.audit.nights import compile_once, date_logs

PROGRAMS = int(os.environ.get("LOGAN_AUDIT_PROGRAMS", "20"))
#: Programs that one test runs.
BATCH = 5


class AuditRuns:
    """The audit as a program's reader: the run itself, in this process."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "ledger.sqlite"
        self.configuration = read_configuration(write_configuration(folder), Purpose.ASK)

    def run(self, now: datetime) -> Outcome:
        date_logs(self.path.parent / "logs", now)
        outcome = (run_audit if self._has_ledger() else begin_audit)(self.configuration, now=now)
        hits, counts = self.counted().total(), settled_hits(self.path)
        if hits != counts:
            raise MiscountError(f"{counts} hits are counted, and {hits} are kept")
        return Outcome(outcome.complete, "; ".join(outcome.why))

    def run_killed(self, now: datetime, step: int) -> None:
        with killed_at(self.path, step):
            self.run(now)

    def counted(self) -> Counter[int]:
        return counted_hits(self.path) if self._has_ledger() else Counter()

    def records(self) -> int | None:
        return counted_records(self.path) if self._has_ledger() else None

    def _has_ledger(self) -> bool:
        try:
            open_ledger(self.path).close()
        except NoLedgerError:
            return False
        return True


@pytest.fixture(autouse=True)
def _compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compile_once(monkeypatch)


@pytest.mark.parametrize("first", range(0, PROGRAMS, BATCH))
def test_each_line_counts_once_in_every_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    """Every other batch takes a few lines for a whole head: then new lines alone are read."""
    if first // BATCH % 2:
        monkeypatch.setattr(new_lines, "HEAD_SIZE", 300)
        monkeypatch.setattr(log_files, "TAIL_BYTES", 200)
    for seed in range(first, first + BATCH):
        folder = tmp_path / str(seed)
        (folder / "logs").mkdir(parents=True)
        audit = AuditRuns(folder)
        run_program(make_program(seed), folder / "logs", audit)
    with open_ledger(audit.path) as ledger:
        assert verify_ledger(ledger, audit.configuration).faults == ()
