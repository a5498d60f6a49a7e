"""What a scan was asked to do."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from logan.formats import FORMATS
from logan.formats.engine.format import Format
from logan.pipeline.source_options import Answers, Zones
from logan.result import Selection
from logan.rules.model import Rules


class PartRequest(NamedTuple):
    """What is to be read of a source of this name: bytes [first_byte, stop_byte) of its text.

    Both are 0, the size of the text, or follow a newline. `lines_before` and `directives_before`
    as in `logan.evidence.read_source.SourcePart`, `end` as in `logan.intake.sources.ByteRange`.
    """

    name: str
    first_byte: int
    stop_byte: int
    lines_before: int | None = None
    directives_before: tuple[str, ...] = ()
    end: int | None = None


class Settings(NamedTuple):
    """What a scan was asked to do.

    `zones` are (glob, zone) pairs, first match wins, for stamps without a zone; `answers` settle
    what else a stamp leaves open (`logan.formats.engine.dates`). `report_zone` is the zone of local
    days. `formats` are those that may be used. `hashing` asks for SHA-256, `prefix_digests` for
    what shows later on, without the logs, which of them begins another one of another reading.
    `exported`: as in `logan.pipeline.settle.settle`.
    `exclude` are globs of files and folders that are left out.
    `parts` say what is to be read of the sources that they name; of others all is. `members` names
    the files in archives that are read, each of them whole, and the part that it is called in what
    is said of it (None: none); without it all are read.
    """

    paths: tuple[str, ...]
    rules: Rules
    zones: Zones = ()
    answers: Answers = ()
    report_zone: str = "UTC"
    formats: Sequence[Format] = FORMATS
    selection: Selection = Selection()
    session_gap_minutes: int = 30
    hashing: bool = False
    prefix_digests: bool = False
    exported: bool = True
    parts: tuple[PartRequest, ...] = ()
    exclude: tuple[str, ...] = ()
    members: Mapping[str, PartRequest | None] | None = None
