"""Rows in order, frame by frame, against all of them sorted at once."""

from typing import Final

import polars as pl
import pytest

from logan.outputs import sorted_frames
from logan.outputs.sorted_frames import in_sorted_frames
from logan.result import Run

ORDER: Final = (-pl.col("lines"), pl.col("domain"), pl.col("service"))


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
