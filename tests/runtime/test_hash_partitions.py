"""Rows cut by a key: each comes back once, and rows of one key together."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.runtime import hash_partitions
from logan.runtime.hash_partitions import HashPartitions, partitions_for

KEYS = st.lists(st.integers(0, 40), min_size=1, max_size=120)
TYPES = {"key": pl.Int64, "row": pl.Int64}


def cut_of(folder: Path, keys: list[int], *, piece: int) -> HashPartitions:
    cut = HashPartitions(folder, pl.col("key"))
    rows = pl.DataFrame({"key": keys, "row": range(len(keys))}, schema=TYPES)
    for some in rows.iter_slices(piece):
        cut.add(some)
    return cut


@given(KEYS, st.integers(1, 9), st.integers(1, 50), st.integers(1, 20), st.integers(1, 3))
def test_each_row_comes_once_with_all_of_its_key(
    tmp_path_factory: pytest.TempPathFactory,
    keys: list[int],
    part_rows: int,
    held: int,
    uncut: int,
    partitions: int,
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hash_partitions, "_PARTITIONS", partitions)
        patch.setattr(hash_partitions, "_PASSES", 1)
        patch.setattr(hash_partitions, "_ROWS_HELD", held)
        patch.setattr(hash_partitions, "_ROWS_CUT", uncut)
        cut = cut_of(folder / "rows", keys, piece=7)
        kept = list(cut.parts(part_rows, keep=True))
        every = pl.concat(cut.frames())
        parts = list(cut.parts(part_rows))
    rows = pl.concat(parts)
    assert rows.sort("row").rows() == list(zip(keys, range(len(keys)), strict=True))
    assert every.sort("row").equals(rows.sort("row"))
    assert [set(part["row"]) for part in kept] == [set(part["row"]) for part in parts]
    for part in parts:
        here = set(part["key"])
        assert part.height == sum(key in here for key in keys)


def test_few_rows_are_one_part(tmp_path: Path) -> None:
    cut = cut_of(tmp_path / "rows", list(range(1000)), piece=100)
    assert len(list(cut.parts(1000))) == 1


def test_what_was_handed_out_is_gone(tmp_path: Path) -> None:
    cut = cut_of(tmp_path / "rows", list(range(1000)), piece=100)
    assert list(cut.frames())
    assert sum(rows.height for rows in cut.parts(100)) == 1000
    assert not list((tmp_path / "rows").rglob("*.arrow"))
    assert not list(cut.frames())


def test_what_is_read_for_the_last_time_is_gone(tmp_path: Path) -> None:
    cut = cut_of(tmp_path / "rows", list(range(1000)), piece=100)
    assert sum(rows.height for rows in cut.parts(100, keep=True)) == 1000
    assert sum(rows.height for rows in cut.frames(keep=False)) == 1000
    assert not list((tmp_path / "rows").rglob("*.arrow"))


def test_a_partition_is_one_file_however_often_rows_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hash_partitions, "_ROWS_CUT", 10)
    monkeypatch.setattr(hash_partitions, "_ROWS_HELD", 20)
    cut = cut_of(tmp_path / "rows", [1, 2] * 500, piece=10)
    assert sum(rows.height for rows in cut.frames()) == 1000
    assert len(list((tmp_path / "rows").iterdir())) <= 2


@pytest.mark.parametrize("count", [1, 100, 4_000, 20_000])
def test_rows_of_known_number_are_parts_that_need_not_be_cut_again(
    tmp_path: Path, count: int
) -> None:
    partitions = partitions_for(count, 1_000)
    assert partitions * 1_000 > count
    cut = HashPartitions(tmp_path / "rows", pl.col("key"), partitions=partitions)
    cut.add(pl.DataFrame({"key": range(count)}))
    assert len(list(cut.parts(1_000))) <= partitions


def test_far_more_rows_than_memory_holds_are_cut_again_rather_than_into_small_files() -> None:
    assert partitions_for(10**9, 40_000) == partitions_for(10**8, 40_000) < 100
