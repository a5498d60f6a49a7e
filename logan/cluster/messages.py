"""What goes to a worker and comes back: JSON, compressed, and evidence as bytes. No pickles."""

import json
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, Self

from logan.intake.addresses import ObjectAddress
from logan.intake.files import FileIdentity, for_another_machine
from logan.intake.object_storage import FoundObject, ObjectState
from logan.intake.sources import ByteRange, Source
from logan.pipeline.settings import PartRequest

_SIZE: Final = 4

#: What became of a task: `evidence` or `digests` are in the answer; `scratch` says where evidence
#: lies; `large`: it is more than may be sent, and there is no scratch storage; `other tools`: the
#: worker has not what is needed; `failed`: it could not be done there.
AnswerKind = Literal["tools", "evidence", "scratch", "large", "digests", "other tools", "failed"]


class WorkerTerms(NamedTuple):
    """How every worker is to read: everything but which sources.

    `rules` are (name, text) of the rule files, in their order, `rules_version` what the rules made
    of them say of themselves. `mapping_files` are (name, text) as well. `tools` are those of the
    client. What takes more than `most_sent` bytes goes to `scratch`, an address; None: there is no
    such storage. Workers say how far they are in events of Dask's that `topic` names; None: they do
    not. The rest is as in `logan.pipeline.settings.Settings`.
    """

    tools: Mapping[str, str]
    rules: tuple[tuple[str, str], ...]
    rules_version: str
    zones: tuple[tuple[str, str], ...] = ()
    answers: tuple[tuple[str, str, str], ...] = ()
    format: str | None = None
    squid_logformat: str | None = None
    mapping_files: tuple[tuple[str, str], ...] = ()
    exclude: tuple[str, ...] = ()
    hashing: bool = False
    most_sent: int = 64 << 20
    scratch: str | None = None
    topic: str | None = None

    def packed(self) -> bytes:
        """The terms as they are sent."""
        return _pack(self._asdict())

    @classmethod
    def unpacked(cls, data: bytes) -> Self:
        """The terms that were sent."""
        return cls(**{name: _as_tuples(value) for name, value in _unpack(data).items()})


class ReadRequest(NamedTuple):
    """Which sources are to be read; of those that `parts` name these parts only."""

    sources: tuple[Source, ...]
    parts: tuple[PartRequest, ...] = ()

    def packed(self) -> bytes:
        """The request as it is sent."""
        return _pack({"sources": [*map(_describe, self.sources)], "parts": self.parts})

    @classmethod
    def unpacked(cls, data: bytes) -> Self:
        """The request that was sent."""
        sent = _unpack(data)
        parts = tuple(PartRequest(*_as_tuples(part)) for part in sent["parts"])
        return cls(tuple(map(_restore, sent["sources"])), parts)


class DigestRequest(NamedTuple):
    """A text that is read again, up to each of `lengths`; see `logan.pipeline.copies`.

    `checksums` are those it began with. `whole`: the hash of all that is stored is wanted, and
    nothing else.
    """

    source: Source
    checksums: tuple[int, ...] = ()
    size: int = 0
    sha256: str | None = None
    lengths: tuple[int, ...] = ()
    whole: bool = False


def pack_digest_requests(requests: Sequence[DigestRequest]) -> bytes:
    """Requests as they are sent."""
    return _pack([{**one._asdict(), "source": _describe(one.source)} for one in requests])


def unpack_digest_requests(data: bytes) -> list[DigestRequest]:
    """The requests that were sent."""
    return [
        DigestRequest(_restore(one.pop("source")), **{name: _as_tuples(one[name]) for name in one})
        for one in _unpack(data)
    ]


class TextDigests(NamedTuple):
    """The SHA-256 of a text at each length, in hexadecimal, or why it could not be read again.

    `whole` is that of all that is stored.
    """

    digests: Mapping[int, str] = {}
    whole: str | None = None
    reason: str | None = None
    advice: str | None = None


def pack_digests(found: Sequence[TextDigests]) -> bytes:
    """Digests as they come back."""
    return _pack([[list(one.digests.items()), *one[1:]] for one in found])


def unpack_digests(data: bytes) -> list[TextDigests]:
    """The digests that came back."""
    return [TextDigests(dict(one[0]), *one[1:]) for one in _unpack(data)]


class TaskAnswer(NamedTuple):
    """What a worker says of a task. `said` are words or values that go with its kind."""

    kind: AnswerKind
    said: Mapping[str, Any] = {}
    data: bytes = b""

    def packed(self) -> bytes:
        """The answer as it is sent."""
        head = json.dumps([self.kind, self.said]).encode()
        return len(head).to_bytes(_SIZE, "big") + head + self.data

    @classmethod
    def unpacked(cls, data: bytes) -> Self:
        """The answer that was sent. Raises ValueError for anything else."""
        stop = _SIZE + int.from_bytes(data[:_SIZE], "big")
        kind, said = json.loads(data[_SIZE:stop])
        return cls(kind, said, data[stop:])


def _describe(source: Source) -> dict[str, Any]:
    """A source by a path that does not depend on the folder that a process works in."""
    path = None if source.path is None else str(source.path.absolute())
    return {**source._asdict(), "path": path, "identity": _describe_identity(source)}


def _describe_identity(source: Source) -> list[Any] | None:
    if source.identity is None or source.path is None:
        return None
    *numbers, first, last = for_another_machine(source.identity, source.path)
    return [*numbers, first.hex(), last.hex()]


def _restore_identity(sent: list[Any] | None) -> FileIdentity | None:
    if sent is None:
        return None
    device, number, size, changed, first, last = sent
    return FileIdentity(device, number, size, changed, bytes.fromhex(first), bytes.fromhex(last))


def _restore(sent: Mapping[str, Any]) -> Source:
    part = sent["part"]
    taken = {
        "path": None if sent["path"] is None else Path(sent["path"]),
        "identity": _restore_identity(sent["identity"]),
        "part": None if part is None else ByteRange(*part),
        "member": tuple(sent["member"]),
        "remote": _restore_remote(sent["remote"]),
    }
    return Source(**{**sent, **taken})


def _restore_remote(sent: list[Any] | None) -> FoundObject | None:
    if sent is None:
        return None
    address, state = sent
    return FoundObject(ObjectAddress(*address), ObjectState(*state))


def _pack(value: Any) -> bytes:
    return zlib.compress(json.dumps(value).encode(), 6)


def _unpack(data: bytes) -> Any:
    return json.loads(zlib.decompress(data))


def _as_tuples(value: Any) -> Any:
    """Lists as the tuples that they were."""
    return tuple(map(_as_tuples, value)) if isinstance(value, list) else value
