"""Which of the streams that a run has found begin as a text does."""

import tracemalloc
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logan.audit.known_streams import KnownStreams
from logan.audit.ledger import Ledger
from logan.audit.ledger_opening import create_ledger
from logan.audit.log_files import log_file
from logan.intake.source_search import find

#: Checksums of ever longer beginnings; few values, so that many agree for a while.
BEGINNINGS = st.lists(st.integers(1, 2), max_size=4)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return create_ledger(tmp_path / "ledger.sqlite")


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=st.lists(BEGINNINGS, max_size=8), asked=BEGINNINGS)
def test_streams_that_agree_as_far_as_both_are_known_are_found_in_their_order(
    ledger: Ledger, found: list[list[int]], asked: list[int]
) -> None:
    """A checksum is over all that stands before it, so the last one that both have decides."""
    file = log_file("hq", find([__file__]).sources[0])
    assert file is not None
    streams = KnownStreams(ledger, MappingProxyType({}))
    for beginning in found:
        streams.begin(file, beginning, 9)
    both = [min(len(one), len(asked)) for one in found]
    expected = [
        at
        for at, (one, known) in enumerate(zip(found, both, strict=True))
        if known and one[known - 1] == asked[known - 1]
    ]
    assert [-one.number - 1 for one in streams.alike(asked)] == expected


def test_a_stream_that_begins_as_no_other_takes_little_memory(ledger: Ledger) -> None:
    """A first night may find a hundred thousand, each with thirteen checksums."""
    file = log_file("hq", find([__file__]).sources[0])
    assert file is not None
    streams = KnownStreams(ledger, MappingProxyType({}))
    beginnings = [range(13 * at, 13 * at + 13) for at in range(1_000)]
    tracemalloc.start()
    for beginning in beginnings:
        streams.begin(file, beginning, 9)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 2_000 * len(beginnings)


def test_no_look_at_how_a_stream_begins_reads_all_of_the_ledger(ledger: Ledger) -> None:
    """As thousands of logs are put into it, each asks."""
    for query in ("SELECT * FROM", "DELETE FROM"):
        plan = f"EXPLAIN QUERY PLAN {query} beginning WHERE stream = 1"
        steps = [step for *_, step in ledger.connection.execute(plan)]
        assert {step.split()[0] for step in steps} == {"SEARCH"}
