"""Rows in order, frame by frame, against all of them sorted at once."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any, Final

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logan.outputs import sorted_frames
from logan.outputs.sorted_frames import in_sorted_frames
from logan.result import Run
from logan.runtime.range_partitions import RangePartitions
from logan.schema import TIME
from tests.builders import at

ORDER: Final = (-pl.col("lines"), pl.col("domain"), pl.col("service"))
START: Final = at("2024-01-01 09:00")


def sort_few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if memory held a handful of rows."""
    for name, number in {"_CHUNK": 4, "_FEW": 8, "_IN_MEMORY": 6, "_RANGES": 3}.items():
        monkeypatch.setattr(sorted_frames, name, number)
    monkeypatch.setattr(sorted_frames, "_SAMPLED", 1)


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.none() | st.integers(0, 4) | st.integers(0, 99),
            st.none() | st.sampled_from("abcdefghijklmnopqrst"),
        ),
        max_size=70,
    ),
    st.booleans(),
    st.booleans(),
    st.sampled_from([None, "domain"]),
)
def test_all_rows_come_once_and_in_order(
    listed: list[Any], descending: bool, on_disk: bool, ties: str | None
) -> None:
    """Whatever there is of equal numbers, texts and nulls, and however often rows are cut."""
    rows = pl.LazyFrame(listed, schema={"lines": pl.Int64, "domain": pl.String}, orient="row")
    rows = rows.with_row_index("service")
    halves = [Run(rows.head(len(listed) // 2)), Run(rows.slice(len(listed) // 2))]
    lines = pl.col("lines")
    order = [-lines if descending else lines, "domain", "service"]
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory() as folder:
        sort_few_at_once(patch)
        frames = in_sorted_frames(
            halves,
            order,
            by="lines",
            ties=ties,
            descending=descending,
            folder=SimpleNamespace(path=Path(folder)) if on_disk else None,
        )
        found = [row for frame in frames for row in frame.collect().rows()]
        assert [*Path(folder).iterdir()] == []
    assert found == rows.sort(order, nulls_last=True).collect().rows()


def test_times_are_parted_by_steps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seconds = [None if number % 29 == 0 else number * 7919 % 600 for number in range(200)]
    times = [None if one is None else START + timedelta(seconds=one) for one in seconds]
    rows = pl.LazyFrame({"start": times, "user": range(200)}, schema_overrides={"start": TIME})
    sort_few_at_once(monkeypatch)
    folder = SimpleNamespace(path=tmp_path)
    frames = in_sorted_frames(
        [Run(rows)], ["start", "user"], by="start", step=timedelta(minutes=1), folder=folder
    )
    ordered = [frame.collect() for frame in frames]
    assert pl.concat(ordered).equals(rows.sort("start", "user", nulls_last=True).collect())
    assert max(frame.height for frame in ordered) <= 4


def test_many_rows_are_not_looked_through_for_every_frame(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """They were: twice the rows took four times the time."""
    passes = []
    rows = pl.LazyFrame({"lines": range(400)}).map_batches(
        lambda some: passes.append(1) or some, schema={"lines": pl.Int64}, streamable=False
    )
    sort_few_at_once(monkeypatch)
    folder = SimpleNamespace(path=tmp_path)
    frames = [*in_sorted_frames([Run(rows)], ["lines"], by="lines", folder=folder)]
    assert pl.concat(frames).collect()["lines"].to_list() == [*range(400)]
    assert len(passes) <= 3


def test_no_piece_is_read_before_those_before_it_are_cut(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """All of them were: Polars reads ahead of who takes its batches, so memory grew with users."""
    cut: list[int] = [0]
    cut_when_read = []

    def note_read(some: pl.DataFrame) -> pl.DataFrame:
        cut_when_read.append(sum(cut))
        return some

    add = RangePartitions.add
    monkeypatch.setattr(
        RangePartitions, "add", lambda self, rows: cut.append(rows.height) or add(self, rows)
    )
    sort_few_at_once(monkeypatch)
    rows = pl.DataFrame({"lines": range(400)})
    pieces = [
        some.lazy().map_batches(note_read, schema=some.schema) for some in rows.iter_slices(100)
    ]
    folder = SimpleNamespace(path=tmp_path)
    next(in_sorted_frames([*map(Run, pieces)], ["lines"], by="lines", folder=folder))
    assert cut_when_read[-4:] == [0, 100, 200, 300]


def test_a_number_that_most_rows_have_is_parted_also_behind_a_few_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They came with the few before them, in one frame: all look-alikes that were asked for once."""
    domains = [f"example{number * 7919 % 5000}.com" for number in range(5000)]
    rows = pl.LazyFrame({"domain": domains}).with_row_index("service")
    rows = rows.with_columns(lines=pl.when(pl.col("service") < 3).then(2).otherwise(1))
    monkeypatch.setattr(sorted_frames, "_CHUNK", 400)
    ordered = in_sorted_frames([Run(rows)], ORDER, by="lines", ties="domain", descending=True)
    frames = [frame.collect() for frame in ordered]
    assert pl.concat(frames).equals(rows.sort(ORDER, nulls_last=True).collect())
    assert max(frame.height for frame in frames) < 800


@pytest.mark.parametrize("absent", [0, 3])
def test_rows_of_one_number_are_parted_by_their_text(
    monkeypatch: pytest.MonkeyPatch, absent: int
) -> None:
    names = [f"example{number * 7919 % 5000}.com" for number in range(5000)]
    domains = [*names, *names[:50], *[None] * absent]
    services = [*["pimeyes"] * 5000, *["clearview"] * (50 + absent)]
    rows = pl.LazyFrame({"domain": domains, "service": services}).with_columns(lines=1)
    monkeypatch.setattr(sorted_frames, "_CHUNK", 400)
    ordered = in_sorted_frames([Run(rows)], ORDER, by="lines", ties="domain", descending=True)
    frames = [frame.collect() for frame in ordered]
    assert pl.concat(frames).equals(rows.sort(ORDER, nulls_last=True).collect())
    assert max(frame.height for frame in frames) < 800
    assert len(frames) > 8
