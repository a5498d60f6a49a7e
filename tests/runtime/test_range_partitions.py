"""Rows cut by ranges: each comes once, in the range of its value, whatever is held."""

from pathlib import Path

import polars as pl
import pytest

from logan.runtime import range_partitions
from logan.runtime.range_partitions import RangePartitions


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("held", [1, 1000])
def test_rows_come_range_by_range_and_those_of_nulls_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: int, *, descending: bool
) -> None:
    monkeypatch.setattr(range_partitions, "_ROWS_HELD", held)
    cut = RangePartitions(tmp_path / "ranges", pl.col("user"), pl.Series(["b", "m"]))
    cut.add(pl.DataFrame({"user": ["a", "b", "c", None]}))
    cut.add(pl.DataFrame({"user": ["m", "z", "a"]}))
    found = [
        (sorted(pl.concat(pieces).collect()["user"].to_list(), key=str), height)
        for pieces, height in cut.ranges(descending=descending)
    ]
    full = [(["a", "a", "b"], 3), (["c", "m"], 2), (["z"], 1)]
    assert found == [*(full[::-1] if descending else full), ([None], 1)]
    assert [*(tmp_path / "ranges").iterdir()] == []
    assert (tmp_path / "ranges").stat().st_mode & 0o777 == 0o700
