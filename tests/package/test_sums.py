"""Sums over a table of a package, batch by batch, against the whole table at once."""

from pathlib import Path

import polars as pl
import pytest

import logan.package.reading as module
from logan.package import report_content
from logan.package.reading import Package, open_package, sums
from logan.package.report_content import make_content
from logan.tables import batch_sums
from logan.tables.batch_sums import BatchSums, SumQuery
from logan.tables.hit_counts import HitCounts
from tests.outputs.stories import STORIES
from tests.package.builders import write


@pytest.fixture
def table(tmp_path: Path) -> Path:
    users = [None if number % 50 == 0 else f"u{number * 7 % 300}" for number in range(2_000)]
    path = tmp_path / "hits.csv"
    pl.DataFrame({"user": users, "bytes": range(2_000)}).write_csv(path)
    return path


def test_queries_that_are_asked_together_give_what_the_whole_table_gives(
    table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BATCH", 200)
    monkeypatch.setattr(batch_sums, "_HELD", 40)
    size = pl.col("bytes").cast(pl.Int64).sum()
    by_user = SumQuery(("user",), {"hits": pl.len().cast(pl.Int64), "size": size})
    of_all, of_users = sums(table, [SumQuery((), {"size": size}), by_user])
    assert of_all.rows() == [(sum(range(2_000)),)]
    expected = pl.read_csv(table).group_by("user").agg(hits=pl.len(), size=pl.col("bytes").sum())
    assert of_users.rows() == expected.sort("user", nulls_last=True).rows()


def test_many_keys_are_not_added_up_for_every_batch(
    table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They were, once there were more of them than are held: quadratic in the users of a force."""
    added = []
    monkeypatch.setattr(module, "_BATCH", 200)
    monkeypatch.setattr(batch_sums, "_HELD", 40)
    add_up = BatchSums._added_up
    monkeypatch.setattr(BatchSums, "_added_up", lambda self: added.append(self) or add_up(self))
    sums(table, [SumQuery(("user",), {"hits": pl.len()})])
    assert len(added) < 15


def test_a_report_reads_the_hits_once_where_no_service_is_blocked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = open_package(write(STORIES["many_users"](), tmp_path / "out"))
    read = []
    batches = module.read_batches
    monkeypatch.setattr(
        module, "read_batches", lambda path: read.append(path.name) or batches(path)
    )
    make_content(package)
    assert read.count("hits.csv") == 1


@pytest.mark.parametrize("story", sorted(STORIES))
def test_hits_counted_as_they_are_written_are_what_their_table_gives(
    story: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[HitCounts] = []
    count = report_content.count_hits

    def note(package: Package, by_hours: pl.DataFrame | None) -> HitCounts:
        counted.append(count(package, by_hours))
        return counted[-1]

    monkeypatch.setattr(report_content, "count_hits", note)
    package = open_package(write(STORIES[story](), tmp_path / "out"))
    [hits] = counted
    read = count(package)
    assert hits.by_hour.rows() == read.by_hour.rows()
    assert hits.by_local_hour.rows() == read.by_local_hour.rows()
    assert (hits.users, hits.addresses) == (read.users, read.addresses)


def test_a_package_that_is_made_reads_its_hits_for_the_workbook_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []
    batches = module.read_batches
    monkeypatch.setattr(
        module, "read_batches", lambda path: read.append(path.name) or batches(path)
    )
    write(STORIES["many_users"](), tmp_path / "out")
    assert read.count("hits.csv") == 1
