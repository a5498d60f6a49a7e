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
        if source.copy_of is None and source.content_sha256 is not None and source.has_records:
            original = originals.setdefault(source.content_sha256, source.name)
            if original != source.name:
                copied[source.name] = original
    return [_marked(source, copied) for source in sources] if copied else list(sources)


def _marked(source: ReadSource, copied: dict[str, str]) -> ReadSource:
    if source.copy_of is not None:
        return replace(source, copy_of=copied.get(source.copy_of, source.copy_of))
    if source.name not in copied:
        return source
    return source.as_copy(copied[source.name])
