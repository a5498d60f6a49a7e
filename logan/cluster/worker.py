"""What a worker does. Its functions are named in messages, take bytes and give bytes.

Light to import: a scheduler looks at the names as well, and reads nothing.
"""

import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple, cast

if TYPE_CHECKING:
    from pathlib import Path

    from logan.cluster.messages import DigestRequest, TaskAnswer, TextDigests, WorkerTerms
    from logan.evidence.evidence import Evidence
    from logan.pipeline.settings import Settings
    from logan.rules.compilation import CompiledPatterns

#: How often a worker looks whether its task is still wanted, in seconds.
_LOOK: Final = 0.5


class _Abandoned(Exception):  # noqa: N818 - no error: nobody waits any more
    """Nobody wants what is being read any more."""


def confirm_import() -> bytes:
    """Nothing: that it could be called shows that logan is there. A scheduler needs no more."""
    return b""


def describe_tools() -> bytes:
    """The tools that this worker has."""
    from logan.cluster.messages import TaskAnswer
    from logan.cluster.tools import installed_tools

    return TaskAnswer("tools", dict(installed_tools())).packed()


def read_sources(terms: bytes, request: bytes) -> bytes:
    """Read sources, or parts of them: evidence, or where it lies in scratch storage.

    Copies are not looked for: other workers have other sources.
    """
    return _answer(terms, lambda reader: _read(reader, request))


def digest_texts(terms: bytes, requests: bytes) -> bytes:
    """Read texts again, for what their digests say of what they may be copies of."""
    return _answer(terms, lambda reader: _digest(requests, reader.wanted))


class _Reader(NamedTuple):
    """The terms of a reading, with what is made of them once.

    `wanted` says whether anybody waits; `tell` tells how far a source is read: its name, the first
    byte of the part, and bytes of that.
    """

    terms: "WorkerTerms"
    settings: "Settings"
    watched: "CompiledPatterns"
    wanted: Callable[[], bool]
    tell: Callable[[str, int, int], None]


def _answer(terms: bytes, work: Callable[[_Reader], "TaskAnswer"]) -> bytes:
    """The answer of `work`, where the tools are the same; whatever goes wrong is one as well.

    What an error says is left out, for it may quote a line of a log.
    """
    from logan.cluster.messages import TaskAnswer, WorkerTerms
    from logan.cluster.scratch import ScratchError
    from logan.cluster.tools import differences, installed_tools

    try:
        unpacked = WorkerTerms.unpacked(terms)
        if others := [*differences(unpacked.tools, installed_tools())]:
            return TaskAnswer("other tools", {"differences": others}).packed()
        reader = _Reader(unpacked, *_prepare(terms), _who_knows(), _who_tells(unpacked.topic))
        return work(reader).packed()
    except ScratchError as error:
        return TaskAnswer("failed", {"reason": f"what was found {error}"}).packed()
    except OSError as error:
        return TaskAnswer("failed", {"reason": error.strerror or type(error).__name__}).packed()
    except Exception as error:  # noqa: BLE001 - said of the sources, not of the whole run
        return TaskAnswer("failed", {"reason": _fault(error)}).packed()


def _fault(error: Exception) -> str:
    import traceback
    from pathlib import Path

    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "logan" in Path(frame.filename).parts] or frames
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}"
    return f"a fault in logan itself: {type(error).__name__} at {place}"


@lru_cache(maxsize=2)
def _prepare(terms: bytes) -> tuple["Settings", "CompiledPatterns"]:
    """The settings that terms describe, and the compiled rules. Kept: tasks share their terms."""
    from logan.cluster.messages import WorkerTerms
    from logan.formats.choice import chosen_formats
    from logan.pipeline.settings import Settings
    from logan.rules.compilation import begin_compiling
    from logan.rules.load import load_packs
    from logan.runtime.private_folder import PrivateFolder

    sent, folder = WorkerTerms.unpacked(terms), PrivateFolder()
    rules = load_packs(_write_files(sent.rules, folder.path / "rules"))
    if rules.version != sent.rules_version:
        raise ValueError("the rules are not those that were sent")
    mappings = tuple(_write_files(sent.mapping_files, folder.path / "formats"))
    settings = Settings(
        paths=(),
        rules=rules,
        zones=sent.zones,
        answers=sent.answers,
        formats=chosen_formats(sent.format, sent.squid_logformat, mappings),
        hashing=sent.hashing,
        exclude=sent.exclude,
    )
    return settings, begin_compiling(rules)()


def _write_files(files: Sequence[tuple[str, str]], folder: "Path") -> list["Path"]:
    """Files that were sent, in their order, each in a folder of its own: names may be the same."""
    paths = []
    for number, (name, text) in enumerate(files):
        place = folder / str(number)
        place.mkdir(parents=True)
        path = place / name
        path.write_bytes(text.encode())
        paths.append(path)
    return paths


def _read(reader: _Reader, sent: bytes) -> "TaskAnswer":
    from logan.cluster.messages import ReadRequest
    from logan.intake.sources import FoundSources
    from logan.pipeline.read import read

    request = ReadRequest.unpacked(sent)
    first = request.parts[0].first_byte if request.parts else 0

    def note(source: str, position: int) -> None:
        if not reader.wanted():
            raise _Abandoned
        reader.tell(source, first, position - first)

    evidence = read(
        reader.settings._replace(parts=request.parts),
        found=FoundSources(request.sources, (), (), ()),
        watched=lambda: reader.watched,
        threads=1,
        comparing=False,
        progress=note,
    )
    return _send(evidence, reader.terms)


def _send(evidence: "Evidence", terms: "WorkerTerms") -> "TaskAnswer":
    """Evidence by itself, or by where it was put where it is large.

    It has a name that nobody else puts anything under: of who read it before, and died while it was
    put there, something may be left.
    """
    import tempfile
    import uuid

    from logan.cluster.messages import TaskAnswer
    from logan.cluster.scratch import put
    from logan.evidence.packed import pack

    with tempfile.SpooledTemporaryFile(max_size=terms.most_sent) as file:
        binary = cast("BinaryIO", file)
        pack(evidence, binary)
        size = file.tell()
        file.seek(0)
        if size <= terms.most_sent:
            return TaskAnswer("evidence", {}, file.read())
        if terms.scratch is None:
            return TaskAnswer("large", {"size": size})
        name = f"{uuid.uuid4().hex}.evidence"
        return TaskAnswer("scratch", put(binary, terms.scratch, name))


def _digest(sent: bytes, wanted: Callable[[], bool]) -> "TaskAnswer":
    from logan.cluster.messages import TaskAnswer, pack_digests, unpack_digest_requests

    found = [
        _digest_whole(request, wanted) if request.whole else _digest_prefixes(request)
        for request in unpack_digest_requests(sent)
        if wanted()
    ]
    return TaskAnswer("digests", {}, pack_digests(found))


def _digest_whole(request: "DigestRequest", wanted: Callable[[], bool]) -> "TextDigests":
    """The hash of what is stored, up to the size that was read: a log in use may have grown."""
    from logan.cluster.messages import TextDigests
    from logan.intake.opening import open_source
    from logan.intake.sources import ByteRange

    source = request.source._replace(part=ByteRange(0, request.source.size or 0))
    with open_source(source, hashing=True) as reader:
        for _ in reader.blocks():
            if not wanted():
                raise _Abandoned
        return TextDigests({}, reader.content_sha256, reader.failure, reader.advice)


def _digest_prefixes(request: "DigestRequest") -> "TextDigests":
    from logan.cluster.messages import TextDigests
    from logan.pipeline.copies import SourceText, read_prefixes

    sha256 = None if request.sha256 is None else bytes.fromhex(request.sha256)
    text = SourceText(request.source, request.checksums, request.size, True, sha256)
    found = read_prefixes(text, request.lengths)
    digests = {length: digest.hex() for length, digest in found.digests.items()}
    return TextDigests(digests, None, *(found.failure or (None, None)))


def _who_knows() -> Callable[[], bool]:
    """What says whether the task of this thread is still wanted; it looks now and then only."""
    from distributed import get_worker
    from distributed.worker import thread_state

    state, key, last = get_worker().state, thread_state.key, time.monotonic()

    def is_wanted() -> bool:
        nonlocal last
        if time.monotonic() - last < _LOOK:
            return True
        last = time.monotonic()
        task = state.tasks.get(key)
        return task is not None and task.state in ("executing", "long-running")

    return is_wanted


def _who_tells(topic: str | None) -> Callable[[str, int, int], None]:
    """What tells the client how far a source is read; it does now and then only."""
    from distributed import get_worker

    worker, last = get_worker(), time.monotonic()

    def tell(source: str, first: int, position: int) -> None:
        nonlocal last
        if topic is not None and time.monotonic() - last >= _LOOK:
            last = time.monotonic()
            worker.log_event(topic, [source, first, position])

    return tell
