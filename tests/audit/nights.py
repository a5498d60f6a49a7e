"""An audit in a folder of its own, run night by night, and what its ledger says."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from logan.audit import run, run_under_way
from logan.audit.configuration import AuditConfiguration, read_configuration
from logan.audit.ledger import Ledger
from logan.audit.ledger_opening import open_ledger
from logan.audit.ledger_rows import CountRow, NoticeRow
from logan.audit.log_rows import SegmentRow
from logan.audit.run import begin_audit, run_audit
from logan.audit.run_under_way import RunOutcome
from logan.rules.compilation import CompiledPatterns, begin_compiling
from logan.rules.packs import load_rules

_load_rules = cache(load_rules)
START = datetime(2024, 3, 4, 4, 40, tzinfo=UTC)
CONFIGURATION = """
ledger = "ledger.sqlite"
[[gateway]]
name = "hq"
paths = ["logs/*"]
silence = "30h"
{extra}
[keep]
hits = "400d"
counts = "7y"
{after}
"""


@cache
def _watch_facial_search() -> CompiledPatterns:
    return begin_compiling(_load_rules((), ()))()


def compile_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read and compile the pack that is used unless told otherwise once for all runs of a test."""
    monkeypatch.setattr(run, "load_rules", _load_rules)
    monkeypatch.setattr(run_under_way, "begin_compiling", lambda _rules: _watch_facial_search)


def squid(
    number: int, *, host: str = "pimeyes.com", user: str = "jdoe", time: datetime = START
) -> str:
    """A line of Squid's; numbers are minutes after `time`."""
    at = (time + timedelta(minutes=number)).timestamp()
    return f"{at:.3f} 5 10.1.2.3 TCP_MISS/200 512 GET http://{host}/n{number} {user} HIER_DIRECT/192.0.2.1 text/html\n"


def date_logs(folder: Path, now: datetime) -> None:
    """Have each log of a run whose clock is not that of this machine be a minute old, or older."""
    written = int((now - timedelta(minutes=1)).timestamp()) * 10**9
    for path in folder.rglob("*"):
        if path.is_file() and path.stat().st_mtime_ns > written:
            os.utime(path, ns=(written, written))


@dataclass
class Nights:
    """An audit of the logs in `folder`; each run is a day after the one before."""

    folder: Path
    extra: str = ""
    after: str = ""
    now: datetime = START + timedelta(days=1)
    outcomes: list[RunOutcome] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.logs.mkdir(exist_ok=True)
        (self.folder / "audit.toml").write_text(
            CONFIGURATION.format(extra=self.extra, after=self.after)
        )

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def configuration(self) -> AuditConfiguration:
        return read_configuration(self.folder / "audit.toml")

    def begin(self) -> RunOutcome:
        """Make the ledger."""
        date_logs(self.logs, self.now)
        self.outcomes.append(begin_audit(self.configuration, now=self.now))
        return self.outcomes[-1]

    def run(self, *, hours: float = 24) -> RunOutcome:
        """The next run, so many hours later."""
        self.now += timedelta(hours=hours)
        date_logs(self.logs, self.now)
        self.outcomes.append(run_audit(self.configuration, now=self.now))
        return self.outcomes[-1]

    def write(self, name: str, text: str) -> Path:
        """Write lines to the end of a log."""
        path = self.logs / name
        with path.open("a") as file:
            file.write(text)
        return path

    def ledger(self) -> Ledger:
        return open_ledger(self.folder / "ledger.sqlite")

    def counts(self, measure: str) -> dict[str, int]:
        """What was counted, by service."""
        found: dict[str, int] = {}
        with self.ledger() as ledger:
            for row in ledger.select(CountRow, "WHERE measure = ?", measure):
                found[row.service] = found.get(row.service, 0) + row.value
        return {name: number for name, number in found.items() if number}

    def hits(self) -> int:
        return sum(self.counts("hits").values())

    def bins(self) -> Mapping[str, int]:
        """All lines by their bins."""
        with self.ledger() as ledger:
            rows = ledger.select(CountRow, "WHERE service = ''")
        return {row.measure.removeprefix("bin:"): row.value for row in rows if row.value}

    def lines(self) -> int:
        """The lines of all segments that count."""
        with self.ledger() as ledger:
            segments = ledger.select(SegmentRow, "WHERE superseded_by IS NULL")
        return sum(one.to_line - one.from_line for one in segments)

    def notices(self, about: str | None = None) -> list[NoticeRow]:
        """What was to be told."""
        with self.ledger() as ledger:
            rows = ledger.select(NoticeRow, "ORDER BY id")
        return [row for row in rows if about in (None, row.about)]
