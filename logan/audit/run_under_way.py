"""A run under way: files looked at, new lines read and stored file by file, and the end of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from logan.audit.changed_reading import find_not_made_out, find_read_otherwise, tell_read_otherwise
from logan.audit.configuration import AuditConfiguration, Gateway
from logan.audit.counting import NewCounts, count_new, store_counts
from logan.audit.damaged_copies import mend_holdings
from logan.audit.file_survey import FoundLogs, PlaceIndex, find_logs
from logan.audit.findings_notices import FindingsReport, write_findings_notices
from logan.audit.holes import tell_holes
from logan.audit.ledger import Ledger
from logan.audit.ledger_rows import NoticeRow, RunRow
from logan.audit.line_store import store_lines
from logan.audit.log_files import LogFile, to_be_read
from logan.audit.log_rows import PlaceRow, StreamRow
from logan.audit.new_lines import NewLines, is_dated, read_new_lines
from logan.audit.newest_lines import newest_lines
from logan.audit.operations_notices import (
    advise_unrecognised,
    find_silent,
    tell_disk,
    tell_empty_folders,
    tell_format,
    tell_incomplete,
    tell_rejected,
    tell_rejected_before,
    tell_rules,
    tell_silent,
)
from logan.audit.people_checks import PeopleChecks, read_people_checks
from logan.audit.purge import PurgedFindings
from logan.audit.reassigned_logs import enter_hours, reassign_logs
from logan.audit.rescan import hold_anew, write_rescan_notices
from logan.audit.run_book import are_settings_changed, end_run, why_before
from logan.audit.sightings import Sightings
from logan.audit.stored_findings import FINDINGS, REJECTS
from logan.audit.stream_identity import Holding, StreamIdentification
from logan.audit.streams import formats_of, stream_of
from logan.audit.unseen_logs import PlacesBefore, find_unseen
from logan.errors import ConfigurationError, ExitStatus
from logan.pipeline.recognition import NOT_RECOGNISED
from logan.rules.compilation import CompiledPatterns, begin_compiling
from logan.rules.model import Rules


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """What became of a run. `run` is its id.

    `baseline`: it was the first of its ledger, and tells nobody of hits; `ledger_was_lost`: a run
    that found no ledger, though one was to be there. `why` says what could not be read, `silent`
    are gateways without a line for too long, and their newest. `lines` were read; `new_hits` and
    `notices` (made, not delivered) are of this run. `lines_again` were read anew by other rules.
    """

    run: int
    baseline: bool
    ledger_was_lost: bool
    why: tuple[str, ...]
    silent: Mapping[str, datetime | None]
    lines: int
    new_hits: int
    notices: int
    lines_again: int = 0

    @property
    def complete(self) -> bool:
        """True where all was read that there is."""
        return not self.why

    @property
    def status(self) -> ExitStatus:
        """What the run says to cron, as far as nothing goes wrong with the notices."""
        if self.why or self.silent or self.ledger_was_lost:
            return ExitStatus.INCOMPLETE
        return ExitStatus.CONDITION_HOLDS if self.notices else ExitStatus.COMPLETE


class AuditRun:
    """A run under way: what it has found so far. Used once.

    `again` are streams that are read again from their start.
    """

    def __init__(
        self,
        ledger: Ledger,
        configuration: AuditConfiguration,
        rules: Rules,
        run: RunRow,
        clock: Callable[[], datetime],
        again: frozenset[int],
    ) -> None:
        self._ledger = ledger
        self._configuration = configuration
        self._rules = rules
        self._run = run
        self._clock = clock
        self._again = again
        self._purged = PurgedFindings.of(ledger, configuration, run.start)
        self._places = PlaceIndex(ledger, configuration.gateways)
        self._streams: dict[int, StreamRow] = {}
        self._why: list[str] = []
        self._advice: dict[str, Sequence[str]] = {}
        self._notices: list[NoticeRow] = []
        self._unread: dict[LogFile, str] = {}
        self._lines = self._lines_again = 0
        self._people: PeopleChecks | None = None
        self._in_other_hours: set[str] = set()

    def finished(self, why: Sequence[str] = ()) -> RunOutcome:
        """Do it, once; `why` says what makes it incomplete from the start."""
        self._why += why
        watched = begin_compiling(self._rules)
        newest = newest_lines(self._ledger, self._configuration.gateways, self._run.start)
        found = find_logs(self._configuration, self._run, self._places)
        self._why += found.why
        self._notices += found.notices
        self._notices += tell_empty_folders(self._ledger, found.markers, self._run)
        places, rules = self._places.places, self._rules
        if reassign_logs(self._ledger, self._configuration, found.files, places, rules):
            self._places = PlaceIndex(self._ledger, self._configuration.gateways)
        self._read_otherwise_again()
        unchanged = self._places.pass_over(
            found.files,
            self._run,
            again=self._again,
            archives=not are_settings_changed(self._ledger, self._run),
        )
        rest = [to_be_read(file) for file in found.files if file not in unchanged]
        ripe = frozenset(one for one in rest if self._places.is_ripe(one, self._run))
        exclude = {gateway.name: gateway.exclude for gateway in self._configuration.gateways}
        identification = StreamIdentification(self._ledger, unchanged, ripe, exclude)
        holdings = identification.identify(rest, self._places.places)
        places = self._places.places
        dated = partial(is_dated, self._configuration.gateways, rules, watched)
        mended = mend_holdings(self._ledger, holdings, places, unchanged.values(), dated)
        self._why += mended.why
        self._in_other_hours |= mended.gateways
        anew = self._again | find_not_made_out(self._ledger, self._run, places)
        holdings = [*hold_anew(self._ledger, mended.holdings, anew)]
        for gateway in self._configuration.gateways:
            new = [one for one in holdings if one.is_new and one.file.gateway == gateway.name]
            self._read(gateway, new, watched)
        with self._ledger.transaction():
            return self._finish(found, holdings, unchanged, newest)

    def _read_otherwise_again(self) -> None:
        gateways = self._configuration.gateways
        changed = find_read_otherwise(self._ledger, gateways)
        self._again |= {one.stream for one in changed}
        self._notices += tell_read_otherwise(changed, self._run)
        self._in_other_hours = {one.gateway for one in changed}

    def _read(
        self, gateway: Gateway, holdings: Sequence[Holding], watched: Callable[[], CompiledPatterns]
    ) -> None:
        """Read the new lines of one gateway, and store them file by file."""
        if not holdings:
            return
        known = (one.stream for one in holdings if one.stream is not None and one.stream > 0)
        self._streams |= {number: stream_of(self._ledger, number) for number in known}
        formats = formats_of(self._ledger, gateway.name)
        for new in read_new_lines(gateway, holdings, self._streams, self._rules, watched):
            file, number = new.holding.text.file, new.holding.stream
            if new.failure is not None:
                self._unread[file] = new.failure
                continue
            assert number is not None  # noqa: S101 - what is new has a stream
            before = self._streams.get(number)
            since = self._places.since(file, self._run)
            now = store_lines(self._ledger, self._run, self._kept(new, before), before, since)
            self._streams[number] = now
            self._lines += max(0, now.lines - (before.lines if before is not None else 0))
            self._lines_again += new.source.tally.lines if number in self._again else 0
            self._notices += tell_format(now, formats, self._run)
            formats.add(now.format)

    def _kept(self, new: NewLines, before: StreamRow | None) -> NewLines:
        """What was read, less what was purged of it before."""
        if before is None or not new.holding.starts_anew:
            return new
        lines, ended = before.lines, new.source.tally.last_time
        return new._replace(
            findings=self._purged.left_of(new.findings, FINDINGS, lines=lines, ended=ended),
            rejects=self._purged.left_of(new.rejects, REJECTS, lines=lines, ended=ended),
        )

    # --- The end

    def _finish(
        self,
        found: FoundLogs,
        holdings: Sequence[Holding],
        unchanged: Mapping[LogFile, PlaceRow],
        newest: Mapping[str, datetime],
    ) -> RunOutcome:
        """All that is known when the last file is stored. To be done in a transaction."""
        ledger, run, zone = self._ledger, self._run, self._configuration.tz
        self._notices += self._note_places(found, holdings, unchanged)
        self._read_people()
        counts = count_new(ledger, self._rules, zone=zone)
        silent = find_silent(ledger, self._configuration, run.start)
        self._notices += tell_silent(silent, run, zone)
        self._notices += tell_rejected(counts, self._configuration.gateways, run)
        self._notices += tell_rejected_before(ledger, self._configuration.gateways, run)
        self._notices += tell_rules(ledger, run)
        self._notices += tell_disk(ledger, run)
        told = why_before(self._ledger, self._run)
        self._notices += tell_incomplete(run, self._why, told, self._advice)
        new_hits = self._tell_findings(counts, newest)
        store_counts(ledger, counts, run.id)
        enter_hours(ledger, self._in_other_hours)
        notices = 0 if run.is_baseline else self._store_notices()
        why = tuple(dict.fromkeys(self._why))
        end_run(
            ledger,
            replace(
                run, end=max(run.start, self._clock()), complete=not why, why=why, new_hits=new_hits
            ),
        )
        return RunOutcome(
            run=run.id,
            baseline=run.is_baseline,
            ledger_was_lost=False,
            why=why,
            silent=silent,
            lines=self._lines,
            lines_again=self._lines_again,
            new_hits=new_hits,
            notices=notices,
        )

    def _note_places(
        self, found: FoundLogs, holdings: Sequence[Holding], unchanged: Mapping[LogFile, PlaceRow]
    ) -> Iterator[NoticeRow]:
        """Note where which stream lies now, and tell what is gone."""
        ledger, run, before = self._ledger, self._run, self._places.places
        sightings = Sightings(ledger, run, self._streams, PlacesBefore(before, found.files))
        for file, place in unchanged.items():
            sightings.pass_by(file, place)
        for holding in holdings:
            failure = self._unread.get(holding.file)
            seen = holding if failure is None else holding.unread(failure)
            yield from sightings.look_at(seen, self._places.since(holding.file, run))
        missing = find_unseen(before, found, self._configuration.gateways)
        self._why += missing.why
        sightings.leave(missing.unseen)
        left_out = frozenset(missing.left_out)
        gone = sightings.gone([one for one in before if one not in left_out])
        yield from tell_holes(ledger, run, gone, sightings.holding, self._configuration.tz)
        self._note_failed(sightings.write())

    def _note_failed(self, places: Sequence[PlaceRow]) -> None:
        """Note why files could not be read whole, or not be made out, and what to do."""
        for place in places:
            reason = f"{place.gateway}: {place.path}: {place.failure}"
            self._why.append(reason)
            if (place.failure or "").startswith(NOT_RECOGNISED):
                advice = advise_unrecognised(place, self._configuration.path.absolute())
                self._advice[reason] = tuple(advice)

    def _tell_findings(self, counts: NewCounts, newest: Mapping[str, datetime]) -> int:
        """Make the notices about hits; how many hits they tell of."""
        if self._run.kind == "rescan":
            names = self._rules.service_names
            self._notices += write_rescan_notices(counts, names, self._run)
            return counts.new_hits
        if self._run.is_baseline or counts.fresh.is_empty():
            return 0
        gateways = self._configuration.gateways
        report = FindingsReport(
            run=self._run,
            names=self._rules.service_names,
            zone=self._configuration.tz,
            newest=newest,
            late={one.name: one.late for one in gateways if one.late is not None},
            people=self._people,
        )
        self._notices += write_findings_notices(self._ledger, counts, report)
        return counts.new_hits

    def _read_people(self) -> None:
        """Read the lists of people; with faults in them a run is not complete, and reads the logs
        all the same."""
        try:
            services = self._rules.services_by_any_name
            self._people = read_people_checks(self._configuration, services)
        except ConfigurationError as error:
            self._why += [str(problem) for problem in error.problems]

    def _store_notices(self) -> int:
        """Store what is to be told, and was not told before; how many these are."""
        before = self._ledger.connection.total_changes
        self._ledger.insert_all(self._notices, ignore=True)
        return self._ledger.connection.total_changes - before
