"""Ledgers made by hand, for what asks a ledger and needs no run."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from logan.audit.ledger import Ledger
from logan.audit.ledger_opening import create_ledger
from logan.audit.ledger_rows import RulesRow, RunRow
from logan.audit.log_rows import SegmentRow, StreamRow
from logan.audit.stored_findings import FINDINGS, REJECTS, pack_rows
from logan.evidence.evidence import Evidence
from logan.pipeline.read import read
from logan.pipeline.settings import Settings
from logan.rules.compilation import CompiledPatterns, begin_compiling
from logan.rules.packs import load_rules

RULES = load_rules()
NOW = datetime(2026, 6, 1, 4, 40, tzinfo=UTC)


@cache
def _watched() -> CompiledPatterns:
    return begin_compiling(RULES)()


def line(time: datetime, user: str, host: str = "pimeyes.com") -> str:
    """A line of Squid's native log, with its end."""
    return (
        f"{time.timestamp():.3f} 5 10.1.2.3 TCP_MISS/200 512 GET http://{host}/en {user} "
        "HIER_DIRECT/192.0.2.1 text/html\n"
    )


def unparsed(user: str) -> str:
    """A line that names a service and cannot be parsed, with its end."""
    return f"1772433027.000 cut {user} http://pimeyes.com/\n"


def read_text(folder: Path, text: str) -> Evidence:
    """What reading a log with this text gives."""
    path = folder / "access.log"
    path.write_text(text)
    return read(Settings((str(path),), RULES, hashing=True), watched=_watched)


class LedgerDesk:
    """A ledger, and logs entered into it as a run would have."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "ledger.sqlite"
        self.ledger: Ledger = create_ledger(self.path)
        self._rules = self.ledger.insert(RulesRow(RULES.version, "0" * 64))

    def enter(
        self, lines: Iterable[str], *, start: datetime = NOW, counted: bool = True
    ) -> SegmentRow:
        """Enter a log, read whole by a run of its own."""
        text = "".join(lines)
        evidence = read_text(self.folder, text)
        source = evidence.sources[0]
        run = self.ledger.insert(
            RunRow("run", start, "0.1.0", self._rules, "0" * 64, end=start, complete=True)
        )
        stream = self.ledger.insert(
            StreamRow("hq", source.name, source.name, source.format, "UTC", "", run, run)
        )
        tally = source.tally
        segment = SegmentRow(
            *(stream, run, self._rules, 0, tally.lines, 0, len(text), "0" * 64),
            bins=tally.bins,
            source={},
            first_time=tally.first_time,
            last_time=tally.last_time,
            counted_by=run if counted else None,
        )
        segment = replace(segment, id=self.ledger.insert(segment))
        for kind, rows in ((FINDINGS, evidence.findings), (REJECTS, evidence.rejects)):
            if rows.height:
                self.ledger.insert(pack_rows(segment.id, kind, rows.lazy().collect()))
        return segment


def days_before(days: float) -> datetime:
    """A moment before `NOW`."""
    return NOW - timedelta(days=days)
