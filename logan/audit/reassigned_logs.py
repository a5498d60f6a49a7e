"""Logs that a changed configuration gives to another gateway: what was read of them goes along."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from logan.audit.configuration import AuditConfiguration
from logan.audit.counting import add_counts, count_given
from logan.audit.ledger import Ledger
from logan.audit.log_files import LogFile
from logan.audit.log_rows import HourRow, PlaceRow, SegmentRow
from logan.evidence.document import restore_source
from logan.rules.model import Rules

_GIVE_STREAM: Final = "UPDATE stream SET gateway = ? WHERE id = ? AND gateway = ?"
_GIVE_PLACE: Final = "UPDATE place SET gateway = ? WHERE path = ?"
#: All that the ledger has of a gateway, under another name.
_RENAME: Final = tuple(
    f"UPDATE {table} SET gateway = ? WHERE gateway = ?"  # noqa: S608 - names of our own
    for table in ("stream", "place", "count", "hour")
)


def reassign_logs(
    ledger: Ledger,
    configuration: AuditConfiguration,
    files: Sequence[LogFile],
    places: Sequence[PlaceRow],
    rules: Rules,
) -> bool:
    """Give streams to the gateways that have their files now; whether any were given.

    A file that the last run saw as a log of one gateway, and that another one's paths name now, was
    moved from entry to entry, or its entry got another name. Where a gateway is gone from the
    configuration, and the one that has all of its logs is new, that is its new name: all that was
    counted gets it. Else what was counted of the streams, and the hours that they have, go along.
    """
    moved = [*_find_moved(files, places)]
    if not moved:
        return False
    heirs: dict[str, set[str]] = {}
    for place, gateway in moved:
        heirs.setdefault(place.gateway, set()).add(gateway)
    configured = {one.name for one in configuration.gateways}
    with ledger.transaction():
        known = {name for (name,) in ledger.connection.execute("SELECT gateway FROM stream")}
        renamed = {
            old: next(iter(new))
            for old, new in heirs.items()
            if old not in configured and len(new) == 1 and not new & known
        }
        for old, new in renamed.items():
            for statement in _RENAME:
                ledger.connection.execute(statement, (new, old))
        others = [(place, name) for place, name in moved if place.gateway not in renamed]
        given = dict(_give(ledger, others))
        add_counts(ledger, count_given(ledger, rules, given, zone=configuration.tz))
        enter_hours(ledger, {name for names in given.values() for name in names})
    return True


def _find_moved(
    files: Sequence[LogFile], places: Sequence[PlaceRow]
) -> Iterator[tuple[PlaceRow, str]]:
    """The places of files that another gateway has now, and which; members go with archives."""
    now = {file.source.name: file.gateway for file in files}
    archives = {one.stamp: now.get(one.path) for one in places if not one.member}
    for place in places:
        its_archive = archives.get(place.stamp._replace(member=()))
        gateway = its_archive if place.member else now.get(place.path)
        if gateway is not None and gateway != place.gateway:
            yield place, gateway


def _give(
    ledger: Ledger, moved: Sequence[tuple[PlaceRow, str]]
) -> Iterator[tuple[int, tuple[str, str]]]:
    """Give streams away; of each its number, and both names."""
    for place, gateway in moved:
        ledger.connection.execute(_GIVE_PLACE, (gateway, place.path))
        given = ledger.connection.execute(_GIVE_STREAM, (gateway, place.stream, place.gateway))
        if place.stream is not None and given.rowcount:
            yield place.stream, (place.gateway, gateway)


def enter_hours(ledger: Ledger, gateways: Collection[str]) -> None:
    """Enter anew which hours have lines of gateways. To be done in a transaction."""
    of_gateway = "WHERE stream IN (SELECT id FROM stream WHERE gateway = ?)"
    for gateway in gateways:
        ledger.connection.execute("DELETE FROM hour WHERE gateway = ?", (gateway,))
        for segment in ledger.select(SegmentRow, of_gateway, gateway):
            hours = sorted(restore_source(segment.source).tally.hours)
            rows = (HourRow(gateway, hour, segment.rules_id) for hour in hours)
            ledger.insert_all(rows, ignore=True)
