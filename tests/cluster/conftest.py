"""One cluster for all tests that do it no harm."""

from collections.abc import Iterator

import pytest

from tests.cluster.machines import Machines, machines_in
from tests.storage.conftest import environment, s3, servers

__all__ = ["environment", "machines", "s3", "servers"]


@pytest.fixture(scope="session")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    with machines_in(tmp_path_factory.mktemp("machines"), 1, 2) as started:
        yield started
