"""What a person said of sources by their names: zones, answers, parts. The first glob that fits
counts.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from logan.intake.names import fits
from logan.intake.sources import Source

#: (glob, zone): for stamps that name no zone.
Zones = Sequence[tuple[str, str]]
#: (glob, question, answer): what `logan.formats.engine.dates` may have to ask.
Answers = Sequence[tuple[str, str, str]]


class RequestedSource(NamedTuple):
    """A source that is to be read, and what was said of it. `number` is that within the run.

    `zone` None: nobody named one. `lines_before` and `directives_before` are what stands before a
    part, as in `logan.evidence.read_source.SourcePart`.
    """

    source: Source
    number: int
    zone: str | None = None
    answers: Mapping[str, str] = {}
    lines_before: int | None = None
    directives_before: tuple[str, ...] = ()


def request(source: Source, number: int, zones: Zones, answers: Answers) -> RequestedSource:
    """A source with what was said of it."""
    zone = zone_of(source.name, zones)
    return RequestedSource(source, number, zone, answers_of(source.name, answers))


def zone_of(name: str, zones: Zones) -> str | None:
    """The zone that the user named for a source by (glob, zone) pairs; None where nobody did."""
    return next((zone for glob, zone in zones if fits(name, glob)), None)


def answers_of(name: str, answers: Answers) -> dict[str, str]:
    """What the user answered for a source; the first answer to a question that names it counts."""
    found: dict[str, str] = {}
    for question in {question for _, question, _ in answers}:
        pairs = [(glob, answer) for glob, about, answer in answers if about == question]
        if (answer := zone_of(name, pairs)) is not None:
            found[question] = answer
    return found
