"""Configurations and ledgers made for tests: small, and whole."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from logan.audit.configuration import (
    AuditConfiguration,
    Gateway,
    Recipient,
    Retention,
    RuleChoice,
)
from logan.audit.configuration_values import RetentionPeriod
from logan.audit.ledger import Ledger
from logan.audit.ledger_opening import create_ledger
from logan.audit.ledger_rows import NoticeRow, RulesRow, RunRow
from logan.audit.log_rows import HourRow, StreamRow
from logan.audit.run_chain import run_sha256
from logan.audit.subjects import Subject

NIGHT = datetime(2026, 3, 4, 4, 40, tzinfo=UTC)
RULES = "facial-search 2 (2026-01-29)"


def reader(*about: Subject, run: Sequence[str] = ("mail",), names: bool = False) -> Recipient:
    return Recipient(about, tuple(run), names, line=1)


def configuration(
    place: Path,
    *tell: Recipient,
    gateways: Sequence[str] = ("hq-squid",),
    silence: timedelta | None = None,
    prometheus: Path | None = None,
) -> AuditConfiguration:
    return AuditConfiguration(
        path=place / "audit.toml",
        sha256="0" * 64,
        ledger=place / "ledger.sqlite",
        name="METRO",
        tz="Europe/London",
        gateways=tuple(
            Gateway(name, (f"{place}/{name}.log*",), "UTC", None, silence, None, 1)
            for name in gateways
        ),
        rules=RuleChoice(),
        people=None,
        tell=tell,
        keep=Retention(RetentionPeriod(400, "d"), RetentionPeriod(7, "y")),
        holds=(),
        prometheus=prometheus,
    )


def run_row(number: int = 1, **fields: object) -> RunRow:
    """A run of its night: complete, nothing new, unless said otherwise."""
    start = NIGHT + timedelta(days=number - 1)
    values = {"end": start + timedelta(seconds=9), "complete": True, "id": number} | fields
    return RunRow("run", start, "0.1.0", 1, "0" * 64, **values)  # type: ignore[arg-type]


def ledger_with(place: Path, *runs: RunRow) -> Ledger:
    """A new ledger with these runs, or the run of one night."""
    ledger = create_ledger(place / "ledger.sqlite")
    ledger.insert(RulesRow(RULES, "ab" * 32, 1))
    before = None
    for run in runs or (run_row(),):
        linked = run
        if run.end is not None:
            linked = replace(run, previous_sha256=before)
            before = run_sha256(linked, "ab" * 32)
            linked = replace(linked, sha256=before)
        ledger.insert(linked)
    return ledger


def notice(key: str, about: Subject = "hits", **fields: object) -> NoticeRow:
    values = {"run": 1, "gateway": "hq-squid", "text": f"about {key}", "made": NIGHT} | fields
    return NoticeRow(key, about, **values)  # type: ignore[arg-type]


class Mailbox:
    """Takes what is sent in place of commands; `broken` are commands that fail."""

    def __init__(self, *broken: str, dies_after: int | None = None) -> None:
        self.got: list[tuple[str, str]] = []
        self.broken, self.dies_after = set(broken), dies_after

    def __call__(self, words: Sequence[str], text: str) -> str | None:
        if words[0] in self.broken:
            return "ended with 75"
        self.got.append((words[0], text))
        if self.dies_after is not None and len(self.got) > self.dies_after:
            raise KeyboardInterrupt
        return None

    def print(self, text: str) -> None:
        with suppress(KeyboardInterrupt):
            self(["-"], text)


def stream_row(gateway: str, last: datetime | None, **fields: object) -> StreamRow:
    values = {"first_run": 1, "seen_run": 1, "last_time": last} | fields
    path = f"{gateway}.log"
    return StreamRow(gateway, path, path, "squid", "UTC", "squid", **values)  # type: ignore[arg-type]


def hour_rows(gateway: str, first: datetime, *hours: int) -> list[HourRow]:
    """Hours with lines: so many after `first`."""
    begin = int(first.timestamp()) // 3600
    return [HourRow(gateway, begin + hour, 1) for hour in hours]
