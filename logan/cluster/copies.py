"""Which sources equal or begin others, of all that workers read: they read them again for that."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from logan.cluster.dispatch import ClusterTask
from logan.cluster.messages import DigestRequest, TextDigests, pack_digest_requests
from logan.cluster.worker import digest_texts
from logan.intake.sources import Source
from logan.pipeline.copies import SourceText, TextPrefixes

#: Texts, and bytes of them, that one task reads again.
_TEXTS: Final = 256
_BYTES: Final = 256 << 20


class NumberedRequest(NamedTuple):
    """A text to be read again, and its place among others."""

    number: int
    request: DigestRequest
    size: int


def request_prefixes(
    texts: Sequence[SourceText], lengths: Mapping[int, set[int]]
) -> Iterator[NumberedRequest]:
    """What must be read again to compare texts at these lengths (`lengths_to_compare`)."""
    for at, some in lengths.items():
        text = texts[at]
        sha256 = None if text.sha256 is None else text.sha256.hex()
        request = DigestRequest(text.source, text.beginning, text.size, sha256, tuple(sorted(some)))
        yield NumberedRequest(at, request, max(some))


def request_hash(number: int, source: Source) -> NumberedRequest:
    """That the hash of all that is stored of a source is to be taken."""
    return NumberedRequest(number, DigestRequest(source, whole=True), source.size or 0)


def digest_tasks(terms: bytes, requests: Sequence[NumberedRequest]) -> list[ClusterTask]:
    """The tasks that read texts again; what is large, each by itself."""
    batches: list[list[NumberedRequest]] = []
    size = 0
    for one in requests:
        if not batches or len(batches[-1]) >= _TEXTS or size + one.size > _BYTES:
            batches.append([])
            size = 0
        batches[-1].append(one)
        size += one.size
    return [_digest_task(terms, batch) for batch in batches]


def _digest_task(terms: bytes, batch: Sequence[NumberedRequest]) -> ClusterTask:
    return ClusterTask(
        function=digest_texts,
        arguments=(terms, pack_digest_requests([one.request for one in batch])),
        size=sum(one.size for one in batch),
        subject=tuple(one.number for one in batch),
        pieces=tuple(_digest_task(terms, [one]) for one in batch) if len(batch) > 1 else (),
    )


def as_prefixes(found: TextDigests) -> TextPrefixes:
    """Digests as `logan.pipeline.copies` compares them."""
    digests = {length: bytes.fromhex(text) for length, text in found.digests.items()}
    failure = None if found.reason is None else (found.reason, found.advice)
    return TextPrefixes(digests, failure)
