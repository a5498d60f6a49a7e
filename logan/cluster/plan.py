"""What is given to workers at a time: a source, a range of a large one, or many small ones."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from logan.cluster.dispatch import ClusterTask
from logan.cluster.messages import ReadRequest
from logan.cluster.worker import read_sources
from logan.formats.engine.format import Format
from logan.intake.sources import Source
from logan.pipeline.parts import propose_parts
from logan.pipeline.settings import PartRequest
from logan.runtime.ordered_map import map_in_order

#: Plain sources of more than this are read in ranges of about this size, in bytes.
PART_BYTES = 256 << 20
#: Sources of up to this size go together, as many as come to `BATCH_BYTES`.
SMALL_BYTES = 16 << 20
BATCH_BYTES = 64 << 20
#: So many sources go together at most.
BATCH_SOURCES = 256


def plan_reading(
    sources: Sequence[Source], formats: Sequence[Format], terms: bytes
) -> Iterator[ClusterTask]:
    """The tasks that read all sources once."""
    propose = partial(propose_parts, part_bytes=PART_BYTES, formats=formats)
    large = [source for source in sources if (source.size or 0) > SMALL_BYTES]
    for source, parts in zip(large, map_in_order(propose, large), strict=True):
        for part in parts or (None,):
            yield read_task(terms, [source], part)
    small = [source for source in sources if (source.size or 0) <= SMALL_BYTES]
    for batch in _batches(small):
        yield read_task(terms, batch)


def _batches(sources: Iterable[Source]) -> Iterator[list[Source]]:
    """Sources in their order, as many together as may be."""
    batch: list[Source] = []
    size = 0
    for source in sources:
        if batch and (len(batch) >= BATCH_SOURCES or size + (source.size or 0) > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(source)
        size += source.size or 0
    if batch:
        yield batch


def read_task(
    terms: bytes, sources: Sequence[Source], part: PartRequest | None = None, *, avoid: str = ""
) -> ClusterTask:
    """A task that reads these sources, or a part of the one; anywhere else than at `avoid`."""
    request = ReadRequest(tuple(sources), () if part is None else (part,))
    size = sum(source.size or 0 for source in sources)
    return ClusterTask(
        function=read_sources,
        arguments=(terms, request.packed()),
        size=size if part is None else part.stop_byte - part.first_byte,
        subject=request,
        pieces=tuple(read_task(terms, [one]) for one in sources) if len(sources) > 1 else (),
        avoid=frozenset((avoid,)) if avoid else frozenset(),
    )
