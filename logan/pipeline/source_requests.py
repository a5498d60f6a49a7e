"""Which sources are read, in which parts and under which numbers, with what was said of each."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import count

from logan.errors import UsageError
from logan.intake.names import fits
from logan.intake.sources import ByteRange, ExcludedPath, Source
from logan.pipeline.settings import PartRequest, Settings
from logan.pipeline.source_options import RequestedSource, request


def request_all(sources: Sequence[Source], settings: Settings) -> list[RequestedSource]:
    """All sources with what was said of them; one that parts are asked of, once for each part.

    Raises UsageError where a part is asked of what is no source.
    """
    parts: dict[str, list[PartRequest | None]] = defaultdict(list)
    for part in settings.parts:
        parts[part.name].append(part)
    if unknown := parts.keys() - {source.name for source in sources}:
        raise UsageError(
            f"{min(unknown)}: a part of it is to be read, and no source has this name. Name it as "
            "it is found below the paths."
        )
    wanted = [(source, part) for source in sources for part in parts.get(source.name, [None])]
    return [_request(*pair, number, settings) for number, pair in enumerate(wanted)]


def _request(
    source: Source, part: PartRequest | None, number: int, settings: Settings
) -> RequestedSource:
    requested = request(source, number, settings.zones, settings.answers)
    if part is None:
        return requested
    return requested._replace(
        source=source._replace(part=ByteRange(part.first_byte, part.stop_byte, part.end)),
        lines_before=part.lines_before,
        directives_before=part.directives_before,
    )


class ArchiveRequests:
    """Gives the files in archives their numbers, behind those of all other sources.

    Threads ask as they come to them, so the numbers of two runs may differ; nothing else does.
    """

    def __init__(self, settings: Settings) -> None:
        self._numbers = count()
        self._settings = settings
        self.excluded: list[ExcludedPath] = []

    def count_on(self, first: int) -> None:
        """Begin to count at the number of all other sources."""
        self._numbers = count(first)

    def request(self, source: Source) -> RequestedSource | None:
        """A file in an archive with what was said of it; None for one that is left out."""
        settings = self._settings
        wanted = settings.members
        if wanted is not None and source.name not in wanted:
            return None
        part = wanted[source.name] if wanted is not None else None
        glob = next((glob for glob in settings.exclude if fits(source.name, glob)), None)
        if glob is None:
            return _request(source, part, next(self._numbers), settings)
        self.excluded.append(ExcludedPath(source.name, glob))
        return None
