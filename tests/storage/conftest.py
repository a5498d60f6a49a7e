"""Storages that are started once for all tests that want one, a bucket for each test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from logan.intake import object_reader, object_storage, storage_process, storage_questions
from tests.storage.proxy import Proxy, proxy_before
from tests.storage.servers import OTHERS, Bucket, Server, serving

_NUMBERS = count()

Servers = Callable[[str], Server]


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Gives the server of a scheme, started when it is first asked for."""
    started: dict[str, Server] = {}
    with ExitStack() as stack:

        def get(scheme: str) -> Server:
            if scheme not in started:
                log = tmp_path_factory.mktemp("server") / scheme
                started[scheme] = stack.enter_context(serving(scheme, log))
            return started[scheme]

        yield get


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """An environment that leads to no storage, and no connection that was made in another."""
    for name in OTHERS:
        monkeypatch.delenv(name)
    monkeypatch.setattr(object_reader, "PAUSES", (0.0, 0.01))
    monkeypatch.setattr(storage_questions, "_end_without_it", lambda: None)
    storage_process.end_process()
    object_storage.connect.cache_clear()
    object_reader.patience_with.cache_clear()
    yield monkeypatch
    object_storage.connect.cache_clear()
    object_reader.patience_with.cache_clear()


@pytest.fixture(params=["s3", "abfs", "gs"])
def bucket(
    request: pytest.FixtureRequest, servers: Servers, environment: pytest.MonkeyPatch
) -> Bucket:
    """A bucket of each kind of storage in turn."""
    return _make_bucket(servers(request.param), environment)


@pytest.fixture
def s3(servers: Servers, environment: pytest.MonkeyPatch) -> Bucket:
    """A bucket in S3."""
    return _make_bucket(servers("s3"), environment)


@pytest.fixture
def proxy(s3: Bucket, environment: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """What stands between logan and the bucket in S3."""
    with proxy_before(s3.server.port) as proxy:
        for name, value in s3.server.environment(proxy.port).items():
            environment.setenv(name, value)
        yield proxy


def _make_bucket(server: Server, environment: pytest.MonkeyPatch) -> Bucket:
    for name, value in server.environment().items():
        environment.setenv(name, value)
    return Bucket(server, f"logs-{next(_NUMBERS)}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of logs beside the bucket."""
    path = tmp_path / "proxy"
    path.mkdir()
    return path
