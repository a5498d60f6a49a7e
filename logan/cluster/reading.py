"""Reading on a cluster, from paths to evidence: the same as `logan.pipeline.read` gives."""

import asyncio
import logging
import uuid
import warnings
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, Protocol

from logan.cluster.access import ClusterAccess, ClusterError, check_access, check_connection
from logan.cluster.assembly import ClusterEvidence
from logan.cluster.copies import (
    NumberedRequest,
    as_prefixes,
    digest_tasks,
    request_hash,
    request_prefixes,
)
from logan.cluster.dispatch import ClusterTask, Dispatcher, Take, TaskOutcome
from logan.cluster.messages import TextDigests, WorkerTerms, unpack_digests
from logan.cluster.plan import plan_reading, read_task
from logan.cluster.roster import WorkerRoster
from logan.cluster.scratch import begin_scratch, end_scratch
from logan.errors import UsageError
from logan.evidence.evidence import Evidence
from logan.intake.source_search import find
from logan.intake.sources import FoundSources
from logan.pipeline.copies import copies_among, lengths_to_compare
from logan.pipeline.read import Progress
from logan.pipeline.settings import Settings

if TYPE_CHECKING:
    from distributed import Client

#: How long a scheduler that may be gone is told that this run is over, in seconds.
_CLOSE_SECONDS: Final = 3
_INSTALL: Final = "--cluster needs Dask, which is not installed: pip install 'logan-audit[cluster]'"
_LARGE: Final = (
    "{}: what is found in it is more than is sent through a cluster, so it is incomplete, and "
    "others like it will be. Stop here to spare reading them in vain, and name storage for results "
    "of such a size with --scratch"
)


def read_on_cluster(
    settings: Settings,
    terms: WorkerTerms,
    access: ClusterAccess,
    *,
    progress: Progress | None = None,
    note: Callable[[str], None] = lambda _: None,
) -> Evidence:
    """Have workers read every input once, and put together what they found.

    `terms` say of the settings what workers are told. `progress` is told a source's name and its
    bytes read so far, `note` what the user should know meanwhile. Raises `UsageError` for what
    cannot begin so, `ClusterError` where there is no cluster; what is wrong with an input, or
    becomes of a worker, stands in what is said of the source.
    """
    _require_dask()
    check_access(access)
    found = find(settings.paths, exclude=settings.exclude)
    if any(source.is_stream for source in found.sources):
        raise UsageError(
            "-: workers cannot read the standard input of this machine. Write it to a file that "
            "they can open, or leave --cluster out"
        )
    check_connection(access)
    run = uuid.uuid4().hex
    scratch = None if terms.scratch is None else begin_scratch(terms.scratch, run)
    try:
        with _in_silence():
            topic = None if progress is None else f"logan-{run}"
            told = terms._replace(scratch=scratch, topic=topic)
            reading = ClusterReading(settings, told, found, progress, note)
            return asyncio.run(_read_by(reading, told, access, note))
    finally:
        if scratch is not None:
            end_scratch(scratch)


def _require_dask() -> None:
    try:
        import distributed  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise UsageError(_INSTALL) from error


@contextmanager
def _in_silence() -> Iterator[None]:
    """What Dask has to say of broken connections and versions is said here, in other words."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


@asynccontextmanager
async def _connected(access: ClusterAccess) -> AsyncIterator["Client"]:
    from distributed import Client
    from distributed.security import Security

    files = {"ca_file": access.ca, "client_cert": access.cert, "client_key": access.key}
    named = {f"tls_{name}": str(path) for name, path in files.items() if path is not None}
    security = Security(require_encryption=access.is_secure, **named)
    try:
        client = await Client(
            access.address, security=security, asynchronous=True, set_as_default=False, name="logan"
        )
    except OSError as error:
        raise ClusterError(f"{access.address}: no scheduler answers there: {error}") from error
    try:
        yield client
    finally:
        with suppress(OSError, asyncio.TimeoutError):
            await client.close(timeout=_CLOSE_SECONDS)


async def _read_by(
    reading: "ClusterReading",
    terms: WorkerTerms,
    access: ClusterAccess,
    note: Callable[[str], None],
) -> Evidence:
    async with _connected(access) as client:
        roster = WorkerRoster(client, terms.tools, note)
        await roster.begin()
        if terms.topic is not None:
            client.subscribe_topic(terms.topic, reading.note_event)
        return await reading.read(Dispatcher(client, roster))


class Tasks(Protocol):
    """Who sees tasks through: see `Dispatcher`."""

    @property
    def addresses(self) -> frozenset[str]: ...
    async def complete(self, tasks: Sequence[ClusterTask], take: Take) -> None: ...


class ClusterReading:
    """One reading of all inputs."""

    def __init__(
        self,
        settings: Settings,
        terms: WorkerTerms,
        found: FoundSources,
        progress: Progress | None = None,
        note: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._settings = settings
        self._terms = terms.packed()
        self._found = found
        self._progress, self._note = progress, note
        self._told_large = False
        self._positions: dict[str, dict[int, int]] = defaultdict(dict)
        self._evidence = ClusterEvidence(found.sources, terms.scratch)

    async def read(self, dispatcher: Tasks) -> Evidence:
        """Have all read, and put it together."""
        sources, formats = self._found.sources, self._settings.formats
        tasks = await asyncio.to_thread(lambda: [*plan_reading(sources, formats, self._terms)])
        await dispatcher.complete(tasks, self._take)
        await self._read_elsewhere(dispatcher)
        await asyncio.to_thread(self._evidence.explain_unopened)
        await self._read_again(dispatcher)
        if self._settings.hashing:
            await self._hash_whole(dispatcher)
        await self._set_copies_apart(dispatcher)
        return await asyncio.to_thread(self._evidence.merged, self._found, self._settings)

    def note_event(self, event: tuple[float, Sequence[Any]]) -> None:
        """Take what a worker says of how far it is."""
        _, (name, first, position) = event
        self._tell(str(name), int(first), int(position))

    def _take(self, outcome: TaskOutcome) -> None:
        self._evidence.take(outcome)
        request = outcome.task.subject
        if outcome.answer is not None and outcome.answer.kind == "large":
            self._note_large(request.sources[0].name)
        for part in request.parts:
            self._tell(part.name, part.first_byte, part.stop_byte - part.first_byte)
        for source in request.sources if not request.parts else ():
            self._tell(source.name, 0, source.size or 0)

    def _note_large(self, name: str) -> None:
        """Say at once, and once, that there should be a scratch storage: others may be read yet."""
        if not self._told_large:
            self._note(_LARGE.format(name))
        self._told_large = True

    def _tell(self, name: str, first: int, position: int) -> None:
        """Tell how much of a source has been read, of which a part is so far."""
        parts = self._positions[name]
        parts[first] = max(position, parts.get(first, 0))
        if self._progress is not None:
            self._progress(name, sum(parts.values()))

    async def _read_elsewhere(self, dispatcher: Tasks) -> None:
        """What a worker could not open may be there for another: a share may not be mounted."""
        if len(dispatcher.addresses) > 1:
            tasks = [
                read_task(self._terms, [one.source], one.part, avoid=one.address)
                for one in self._evidence.unopened()
            ]
            await dispatcher.complete(tasks, self._evidence.take_instead)

    async def _read_again(self, dispatcher: Tasks) -> None:
        """Read parts again that other directives stand before than they were read by."""
        while again := self._evidence.parts_to_read_again():
            tasks = [read_task(self._terms, [source], part) for source, part in again]
            await dispatcher.complete(tasks, self._evidence.take)

    async def _hash_whole(self, dispatcher: Tasks) -> None:
        """The hash of a whole cannot be made of its parts'."""
        sources = self._evidence.sources_in_parts()
        requests = [request_hash(number, source) for number, source in enumerate(sources)]
        for number, found in (await self._digest(dispatcher, requests)).items():
            self._evidence.note_hash(sources[number].name, found)

    async def _set_copies_apart(self, dispatcher: Tasks) -> None:
        texts = self._evidence.texts()
        lengths = lengths_to_compare(texts)
        found = await self._digest(dispatcher, [*request_prefixes(texts, lengths)])
        copies = copies_among(texts, {at: as_prefixes(one) for at, one in found.items()})
        self._evidence.note_copies(texts, copies)

    async def _digest(
        self, dispatcher: Tasks, requests: Sequence[NumberedRequest]
    ) -> dict[int, TextDigests]:
        """What reading texts again gave, by their numbers."""
        found: dict[int, TextDigests] = {}

        def take(outcome: TaskOutcome) -> None:
            numbers = outcome.task.subject
            if outcome.answer is None:
                reason = f"it could not be read a second time: {outcome.reason}"
                found.update((number, TextDigests(reason=reason)) for number in numbers)
            else:
                found.update(zip(numbers, unpack_digests(outcome.answer.data), strict=True))

        await dispatcher.complete(digest_tasks(self._terms, requests), take)
        return found
