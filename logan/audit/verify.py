"""Whether a ledger is sound in itself, and says of the logs that are still there what they say.

What is proved: that nothing in it was changed since, as far as its own hashes and the logs tell.
Whoever can write the ledger can make its hashes anew: keep that of the last run elsewhere (the
notices and packages of every night), or a copy.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from logan import __version__
from logan.audit.changed_reading import find_read_otherwise
from logan.audit.configuration import AuditConfiguration, Gateway
from logan.audit.held_logs import HeldLog, LogSurvey, survey_logs
from logan.audit.kept_rules import load_kept_rules
from logan.audit.ledger import Ledger, explained
from logan.audit.ledger_checks import (
    ALTERED,
    LedgerFault,
    check_file,
    check_hits,
    check_tables,
)
from logan.audit.ledger_rows import RunRow
from logan.audit.log_rows import StoredRowsRow, StreamRow
from logan.audit.new_lines import read_files, reading_settings
from logan.audit.purge import purged_before
from logan.audit.stored_findings import FINDINGS, unpack_rows
from logan.audit.streams import segments_of
from logan.evidence.evidence import Evidence
from logan.outputs.words import count
from logan.pipeline.settings import PartRequest
from logan.rules.model import Rules
from logan.schema import FOUND

_RESTORE: Final = "take a copy of the log that is as it was read; the ledger is not in doubt by it"
#: Files that are read together.
_TOGETHER: Final = 32


@dataclass(frozen=True, slots=True)
class AuditVerdict:
    """What verifying a ledger came to. Without faults it is sound.

    `unread` are logs that are there and could not be read, with the reason. Of its `lines`,
    `proved` were found again in a log, byte for byte; `found_again` are findings that were made
    anew of these, and are the same. Where it is not sound in itself, no log was looked at.
    """

    faults: tuple[LedgerFault, ...]
    unread: tuple[tuple[str, str], ...] = ()
    runs: int = 0
    lines: int = 0
    proved: int = 0
    found_again: int = 0

    @property
    def gone(self) -> int:
        """The lines that no log has any more."""
        return self.lines - self.proved

    @property
    def sound(self) -> bool:
        """True where nothing is wrong, as far as it could be checked."""
        return not self.faults


def verify_ledger(ledger: Ledger, configuration: AuditConfiguration) -> AuditVerdict:
    """Check a ledger against itself and, if it is sound so far, against all logs that are there.

    Every log is read in full. Raises `LedgerError` where the ledger cannot be read at all.
    """
    with explained(ledger.path), ledger.snapshot():
        faults = [*check_file(ledger)] or check_tables(ledger)
        if faults:
            return AuditVerdict(tuple(faults))
        survey = survey_logs(ledger, configuration.gateways)
        streams = {one.id: one for one in ledger.select(StreamRow)}
        holders = survey.holders(streams.values())
        reading = _Rereading(ledger, configuration.gateways)
        altered = [LedgerFault(log.name, log.failure or "", _RESTORE) for log in _altered(survey)]
        return AuditVerdict(
            faults=(*check_hits(ledger), *altered, *reading.compare(holders)),
            unread=tuple(_unread(survey)),
            runs=len(ledger.select(RunRow)),
            lines=sum(one.lines for one in streams.values()),
            proved=sum(streams[number].lines for number in holders),
            found_again=reading.found_again,
        )


def _altered(survey: LogSurvey) -> Iterator[HeldLog]:
    return (log for log in survey.logs if log.altered)


def _unread(survey: LogSurvey) -> Iterator[tuple[str, str]]:
    yield from ((one.name, one.reason) for one in survey.unread)
    for log in survey.logs:
        if log.failure is not None and not log.altered:
            yield log.name, log.failure


# --- The ledger against the logs


class _Rereading:
    """Reads logs again, by the rules that the ledger has, and compares what is found in them."""

    def __init__(self, ledger: Ledger, gateways: Sequence[Gateway]) -> None:
        self._ledger = ledger
        self._gateways = gateways
        self._purged = purged_before(ledger)
        self.found_again = 0

    def compare(self, holders: Mapping[int, HeldLog]) -> Iterator[LedgerFault]:
        """The logs of which the ledger has other findings than are in them."""
        for rules_id, streams in self._by_rules(holders).items():
            with load_kept_rules(self._ledger, rules_id) as rules:
                logs = {number: holders[number] for number in streams if number in holders}
                for gateway in self._gateways:
                    own = [n for n, log in logs.items() if log.file.gateway == gateway.name]
                    for start in range(0, len(own), _TOGETHER):
                        some = {number: logs[number] for number in own[start : start + _TOGETHER]}
                        yield from self._compare_some(gateway, some, rules)

    def _by_rules(self, holders: Mapping[int, HeldLog]) -> dict[int, list[int]]:
        """The streams that this logan read, each by one set of rules alone, by these.

        Not those that the configuration has read otherwise now.
        """
        held_by = {number: (log.file.gateway,) for number, log in holders.items()}
        others = find_read_otherwise(self._ledger, self._gateways, held_by)
        otherwise = {one.stream for one in others}
        query = (
            "SELECT stream, min(segment.rules_id) FROM segment JOIN run ON run.id = segment.run "
            "WHERE superseded_by IS NULL GROUP BY stream "
            "HAVING count(DISTINCT segment.rules_id) = 1 AND min(version = ?) ORDER BY stream"
        )
        streams: dict[int, list[int]] = {}
        for stream, rules_id in self._ledger.connection.execute(query, (__version__,)):
            if stream not in otherwise:
                streams.setdefault(rules_id, []).append(stream)
        return streams

    def _compare_some(
        self, gateway: Gateway, logs: Mapping[int, HeldLog], rules: Rules
    ) -> Iterator[LedgerFault]:
        parts = {
            log.file: PartRequest(log.name, 0, log.length, 0, end=log.length)
            for log in logs.values()
        }
        evidence = read_files(parts, reading_settings(gateway, rules))
        numbers = {source.name: number for number, source in enumerate(evidence.sources)}
        for stream, log in logs.items():
            again = _key(_rows_of(evidence, numbers[log.name]))
            yield from self._compare_rows(log, again, _key(self._kept(stream)))

    def _compare_rows(
        self, log: HeldLog, again: pl.DataFrame, kept: pl.DataFrame
    ) -> Iterator[LedgerFault]:
        if self._purged is not None:
            newer = (pl.col("time") >= self._purged).fill_null(value=False)
            older = again.filter(~newer)
            held = older.join(kept, on=older.columns, how="semi", nulls_equal=True)
            again = pl.concat([again.filter(newer), held])
        self.found_again += again.height
        more, fewer = (
            left.join(right, on=left.columns, how="anti", nulls_equal=True).height
            for left, right in ((kept, again), (again, kept))
        )
        if more or fewer or kept.height != again.height:
            what = (
                f"{count(fewer, 'finding')} in it that the ledger has not, and "
                f"{count(more, 'finding')} in the ledger that it has not"
            )
            yield LedgerFault(log.name, what, ALTERED)

    def _kept(self, stream: int) -> pl.DataFrame:
        """The findings of a stream, with the numbers of their lines in it."""
        of_part = "WHERE segment = ? AND kind = ?"
        frames = (
            unpack_rows(stored).with_columns(pl.col("line") + part.from_line)
            for part in segments_of(self._ledger, stream)
            for stored in self._ledger.select(StoredRowsRow, of_part, part.id, FINDINGS)
        )
        return pl.concat([_NONE, *frames])


_NONE: Final = pl.DataFrame(schema=FOUND)
#: What of a finding is compared: not what depends on the version of a library.
_COMPARED: Final = tuple(
    name for name in FOUND if name not in ("source", "text_hash", "request_key")
)


def _rows_of(evidence: Evidence, source: int) -> pl.DataFrame:
    return evidence.findings.lazy().filter(pl.col("source") == source).collect()


def _key(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(_COMPARED)
