"""Sources of several readings that have the same content: their lines count once.

One reading compares what begins alike (`logan.pipeline.copies`). Sources that were not read
together are known to be equal by the SHA-256 of their content, where it was taken.
"""

from collections.abc import Sequence
from dataclasses import replace

from logan.evidence.read_source import ReadSource


def mark_copies(sources: Sequence[ReadSource]) -> list[ReadSource]:
    """The sources, in their order of names, with all but the first of equal ones as copies of it.

    What is a copy already stays one, of the same original or of what that is a copy of now. Without
    a hash of its content, a source is a copy of none; nor is one without records.
    """
    originals: dict[str, str] = {}
    copied: dict[str, str] = {}
    for source in sources:
        if source.copy_of is None and source.content_sha256 is not None and _has_records(source):
            original = originals.setdefault(source.content_sha256, source.name)
            if original != source.name:
                copied[source.name] = original
    return [_marked(source, copied) for source in sources] if copied else list(sources)


def _has_records(source: ReadSource) -> bool:
    """False where there are headers and blank lines alone, which are no copy of anything."""
    bins = source.tally.bins
    return source.tally.lines > bins.get("blank", 0) + bins.get("directive", 0)


def _marked(source: ReadSource, copied: dict[str, str]) -> ReadSource:
    if source.copy_of is not None:
        return replace(source, copy_of=copied.get(source.copy_of, source.copy_of))
    if source.name not in copied:
        return source
    lines = source.tally.lines
    tally = replace(source.tally, bins={"repeat": lines}, ambiguous=0)
    # That its format or clock is not certain is of no matter: its content was read to the end.
    return replace(source, copy_of=copied[source.name], tally=tally, failure=None, advice=None)
