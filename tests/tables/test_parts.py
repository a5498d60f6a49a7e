"""The rows of a table that come part by part."""

from pathlib import Path

import polars as pl
import pytest

from logan.tables import parts
from logan.tables.parts import KeptRows


@pytest.mark.parametrize("held", [1, 7, 1000])
@pytest.mark.parametrize("on_disk", [True, False])
def test_rows_are_all_kept_in_few_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: int, *, on_disk: bool
) -> None:
    monkeypatch.setattr(parts, "_ROWS_HELD", held)
    kept = KeptRows(tmp_path if on_disk else None, "users")
    rows = pl.DataFrame({"number": range(50)})
    for some in rows.iter_slices(3):
        kept.append(some)
    assert pl.concat(kept.pieces()).sort("number").collect().equals(rows)
    files = len(list(tmp_path.iterdir()))
    assert files <= 50 // held if on_disk else not files
