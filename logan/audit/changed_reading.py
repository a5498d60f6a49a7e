"""Logs that the configuration has read otherwise now than they were: in another zone or format.

A configuration is changed where it was wrong, so all of such a log that is still there is read
again: else what was hours off, or no record by the old mapping file, would stay so, and counts
would not be those of one scan.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from logan.audit.configuration import Gateway
from logan.audit.ledger import Ledger
from logan.audit.ledger_rows import NoticeRow, RunRow
from logan.audit.log_rows import PlaceRow
from logan.audit.new_lines import reading_id
from logan.audit.operations_notices import make_notice
from logan.audit.run_book import are_settings_changed
from logan.audit.streams import joined_failure
from logan.outputs.words import count

#: The segments that count whose zone was that of the configuration, or of nobody.
_READ_IN: Final = """
SELECT DISTINCT stream.gateway, stream.id, json_extract(segment.source, '$.zone')
FROM segment JOIN stream ON stream.id = segment.stream WHERE segment.superseded_by IS NULL
AND json_extract(segment.source, '$.zone_origin') IN ('option', 'assumed')
"""
#: The streams by other settings than their zone; of an older ledger's nobody knows these.
_READ_AS: Final = "SELECT gateway, id, read_as FROM stream WHERE read_as != ''"
#: Whose files have all of which stream, as far as the last run saw.
_HOLDERS: Final = (
    "SELECT place.stream, place.gateway FROM place JOIN stream ON stream.id = place.stream "
    "WHERE place.length >= stream.length"
)
#: Others are too many to ask every night.
_HELD: Final = f" AND stream.id IN (SELECT stream FROM ({_HOLDERS}))"  # noqa: S608 - our own


class ReadOtherwise(NamedTuple):
    """That a stream was read, at least in part, otherwise than the configuration says now.

    `zones`: in which zone it was, and in which it would be now; None: by other settings.
    """

    gateway: str
    stream: int
    zones: tuple[str, str] | None


def find_read_otherwise(
    ledger: Ledger,
    gateways: Iterable[Gateway],
    holders: Mapping[int, Collection[str]] | None = None,
) -> list[ReadOtherwise]:
    """The streams that were read otherwise than the configuration says now.

    A zone is that of stamps and headers which name none. `holders`: the gateways whose files have a
    stream, by one of which it would be read; None: all of it, as the last run saw.
    """
    known = {one.name: (one.tz or "UTC", reading_id(one)) for one in gateways}
    asked = "" if holders is not None else _HELD
    holders = _holders(ledger) if holders is None else holders
    found: dict[int, ReadOtherwise] = {}
    for at, query in enumerate((_READ_IN, _READ_AS)):
        for gateway, stream, read in ledger.connection.execute(query + asked):
            now = sorted({known[name][at] for name in holders.get(stream, ()) if name in known})
            if now and read not in now:
                zones = None if at else (read, now[0])
                found.setdefault(stream, ReadOtherwise(gateway, stream, zones))
    return list(found.values())


def _holders(ledger: Ledger) -> Mapping[int, Collection[str]]:
    found: dict[int, set[str]] = {}
    for stream, gateway in ledger.connection.execute(_HOLDERS):
        found.setdefault(stream, set()).add(gateway)
    return found


def tell_read_otherwise(changed: Iterable[ReadOtherwise], run: RunRow) -> Iterator[NoticeRow]:
    """Of each gateway that its logs are read again as the configuration was changed."""
    logs = Counter((one.gateway, one.zones or ("", "")) for one in changed)
    for (gateway, (zone, now)), many in sorted(logs.items()):
        were, are = ("was", "is") if many == 1 else ("were", "are")
        what = count(many, "log")
        if zone:
            what += f" that {were} read in {zone} {are} read again in {now}"
        else:
            what += f" {are} read again"
        text = f"{gateway}: {what}, as the configuration was changed"
        yield make_notice("format", f"{run.mark}:again:{gateway}:{zone}", text, run, gateway)


def find_not_made_out(ledger: Ledger, run: RunRow, places: Iterable[PlaceRow]) -> frozenset[int]:
    """The streams of which lines could be read, but not be made out by other settings.

    `places` are all that earlier runs saw.
    """
    if not are_settings_changed(ledger, run):
        return frozenset()
    failed = {one.stream for one in places if one.stream and one.failure}
    return frozenset(one for one in failed if joined_failure(ledger, one) is not None)
