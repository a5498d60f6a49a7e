"""A table with a header that a spreadsheet saved again: its header tells what parts its cells."""

import csv
import io
from collections.abc import Iterator

import pytest

from logan.formats import FORMATS
from logan.formats.detect.head import head_of
from logan.formats.engine.delimited import Delimited
from logan.formats.engine.format import Format
from logan.formats.vendors.zscaler_csv import CSV
from tests.formats.proof import ANSWERS, layout_of, lines_of, raw


def headed_samples() -> Iterator[object]:
    """Formats whose reader knows a header, with each sample that has one, parted by commas."""
    for form in FORMATS:
        for at, text in enumerate(form.texts):
            if not isinstance(form.reader, Delimited) or not form.reader.headed:
                continue
            found = form.reader.header(head_of(text.encode(), whole=True))
            if found is not None and found.cells.separator == ",":
                yield pytest.param(form, text, id=f"{form.name}-{at}")


def saved_with_semicolons(text: str) -> str:
    """As Excel saves it where a comma parts the decimals, with the line that tells it so."""
    written = io.StringIO()
    rows = csv.reader(io.StringIO(text), skipinitialspace=True)
    csv.writer(written, delimiter=";", lineterminator="\n").writerows(rows)
    return "sep=;\n" + written.getvalue()


def records(form: Format, text: str) -> list[dict[str, object]]:
    layout = layout_of(form, text, ANSWERS)
    prefix = layout.cells.header or "no header"
    lines = [line for line in lines_of(text) if not line.startswith((prefix, "sep="))]
    return raw(form, lines, layout).drop("text", "line", "source").to_dicts()


@pytest.mark.parametrize(("form", "text"), list(headed_samples()))
def test_semicolons_change_no_record(form: Format, text: str) -> None:
    assert records(form, saved_with_semicolons(text)) == records(form, text)


@pytest.mark.parametrize(
    ("stamp", "read"),
    [
        ("29.11.2026 13:55:36", "2026-11-29T13:55:36"),
        ("05.11.2026 13:55:36", "2026-11-05T13:55:36"),
        ("05.11.2026 13:55", "2026-11-05T13:55:00"),
    ],
)
def test_dates_with_points_have_the_day_first(stamp: str, read: str) -> None:
    line = f"{stamp};jdoe@force.example;www.example.com/a;Allowed;640;5120"
    text = f"Time;User;URL;Policy Action;Sent Bytes;Received Bytes\n{line}\n"
    (row,) = records(CSV, text)
    assert row["reason"] is None
    assert str(row["local_time"]).replace(" ", "T") == read
