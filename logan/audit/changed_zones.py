"""Logs whose stamps name no zone, once the configuration has another one for them.

A configuration is changed where it was wrong, so all of such a log that is still there is read
again: else one half of it would be hours off, and counts would not be those of one scan.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from logan.audit.configuration import Gateway
from logan.audit.ledger import Ledger
from logan.audit.ledger_rows import NoticeRow, RunRow
from logan.audit.operations_notices import make_notice
from logan.outputs.words import count

#: The segments that count whose zone was that of the configuration, or of nobody.
_READ_IN: Final = """
SELECT DISTINCT stream.gateway, stream.id, json_extract(segment.source, '$.zone')
FROM segment JOIN stream ON stream.id = segment.stream WHERE segment.superseded_by IS NULL
AND json_extract(segment.source, '$.zone_origin') IN ('option', 'assumed')
"""
#: Those of streams that a file has whole, as far as the last run saw; others are too many to ask.
_HELD: Final = (
    "AND stream.id IN (SELECT place.stream FROM place JOIN stream ON stream.id = place.stream "
    "WHERE place.length >= stream.length)"
)


class ReadInZone(NamedTuple):
    """That a stream was read, at least in part, in another zone than its gateway has now."""

    gateway: str
    stream: int
    zone: str
    now: str


def find_read_in_other_zones(
    ledger: Ledger, gateways: Iterable[Gateway], *, held: bool
) -> list[ReadInZone]:
    """The streams that were read in another zone than the configuration names now.

    Not those whose stamps or headers name one. `held`: only those that a file has whole.
    """
    zones = {one.name: one.tz or "UTC" for one in gateways}
    found = ledger.connection.execute(_READ_IN + (_HELD if held else ""))
    return [
        ReadInZone(gateway, stream, zone, zones[gateway])
        for gateway, stream, zone in found
        if zone != zones.get(gateway, zone)
    ]


def tell_zones(changed: Iterable[ReadInZone], run: RunRow) -> Iterator[NoticeRow]:
    """Of each gateway that its logs are read again in another zone."""
    logs: Mapping[tuple[str, str, str], int] = Counter(
        (one.gateway, one.zone, one.now) for one in changed
    )
    for (gateway, zone, now), many in sorted(logs.items()):
        what = f"{count(many, 'log')} that {'was' if many == 1 else 'were'} read in {zone}"
        text = (
            f"{gateway}: {what} {'is' if many == 1 else 'are'} read again in {now}, as the "
            "configuration says"
        )
        yield make_notice("format", f"{run.mark}:zone:{gateway}:{zone}", text, run, gateway)
