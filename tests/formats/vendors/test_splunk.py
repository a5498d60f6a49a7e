"""Splunk: results with their lines in `_raw`, results with fields only."""

import csv
import io
import json
from pathlib import Path

import pytest

from logan.formats import FORMATS
from logan.formats.engine.format import Format
from logan.formats.vendors import splunk, squid
from logan.pipeline import scan
from logan.pipeline.scan import Settings
from logan.rules.packs import load_rules
from tests.formats.proof import counted, framed, layout_of, read, read_one, reading_of

SQUID = squid.NATIVE.texts[0]
MULTI = "first line\n" + SQUID


def export(*rows: tuple[str, ...]) -> str:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    return text.getvalue()


@pytest.mark.parametrize(
    "header",
    [
        ("_time", "_raw", "host"),
        ("@timestamp", "event.original"),
        ("TimeGenerated [UTC]", "RawData", "Type"),
        ("_raw",),
    ],
)
def test_the_line_of_a_csv_export_is_read_by_its_own_format(header: tuple[str, ...]) -> None:
    at = next(at for at, name in enumerate(header) if name in ("_raw", "event.original", "RawData"))
    cells = ["2024-01-01T10:00:00.000+0000"] * len(header)
    cells[at] = SQUID
    text = export(header, tuple(cells), tuple(cells))
    reading = reading_of(text, FORMATS)
    assert reading is not None
    assert (reading.format.name, reading.confidence) == ("squid", 1.0)
    rows = read(squid.NATIVE, text)
    assert counted(rows[1:]) == (2, 0)
    assert rows[1]["host"] == "www.example.com"
    assert rows[0]["reason"] is not None, "the header is no record"


def test_lines_with_newlines_and_quotes_in_their_cells() -> None:
    line = '10.1.2.3 - jdoe [01/Jan/2024:10:00:00 +0000] "GET http://a.example/ HTTP/1.1" 200 5'
    text = export(("_raw", "host"), (line, "proxy\n1"), (line, "proxy2"))
    reading = reading_of(text, FORMATS)
    assert reading is not None
    assert reading.format.name == "common"
    rows = [row for row in read(reading.format, text)[1:] if row["text"].strip()]
    assert counted(rows) == (2, 0)
    assert [row["host"] for row in rows] == ["a.example", "a.example"]


def test_a_scan_counts_the_line_inside_an_export_where_it_begins(tmp_path: Path) -> None:
    visit = SQUID.replace("www.example.com", "pimeyes.com")
    path = tmp_path / "export.csv"
    path.write_text(export(("_time", "_raw", "note"), ("x", visit, "a\nb"), ("x", visit, "c")))
    result = scan.scan(Settings((str(path),), load_rules()))
    (source,) = result.sources
    assert (source.format, source.failure) == ("squid", None)
    assert source.lines == 4 == sum(source.bins.values())
    assert (source.bins["hit"], source.bins["repeat"]) == (2, 1)
    assert result.found.collect()["line"].sort().to_list() == [2, 4]


def test_a_json_export() -> None:
    text = "\n".join(
        json.dumps({"preview": False, "offset": at, "result": {"_raw": SQUID}}) for at in range(2)
    )
    reading = reading_of(text, FORMATS)
    assert reading is not None
    assert reading.format.name == "squid"
    assert counted(read(squid.NATIVE, text)) == (2, 0)


@pytest.mark.parametrize("form", [splunk.CSV, splunk.JSON], ids=lambda form: form.name)
def test_fields(form: Format) -> None:
    row = read_one(form, form.texts[0])
    assert row["time"].isoformat() == "2024-01-01T10:00:00.123000+00:00"
    assert (row["user"], row["client_ip"]) == ("jdoe", "10.1.2.3")
    assert (row["scheme"], row["host"], row["path"]) == ("https", "www.example.com", "/a")
    assert (row["status"], row["evidence"]) == (200, "url")
    assert row["action"] == ("allowed" if form is splunk.CSV else "blocked")
    assert row["bytes_sent"] is row["bytes_received"] is None


def test_the_epoch_and_a_wall_clock() -> None:
    row = read_one(splunk.CSV, splunk.CSV.texts[1])
    assert row["time"].isoformat() == "2024-01-01T10:00:00.123000+00:00"
    local = splunk.CSV.texts[0].replace("T10:00:00.123+0000", " 10:00:00.123")
    row = read_one(splunk.CSV, local, zone="Europe/Paris")
    assert row["time"].isoformat() == "2024-01-01T09:00:00.123000+00:00"


def test_a_table_without_people_is_no_log() -> None:
    text = '"_time",url,count\n"2024-01-01T10:00:00.000+0000",http://a.example/,7'
    assert reading_of(text, [splunk.CSV]) is None


def test_framing_follows_the_export() -> None:
    text = export(("_raw", "host"), (SQUID, "a\nb"))
    layout = layout_of(squid.NATIVE, text)
    assert framed(squid.NATIVE, text, layout).split("\n")[1].endswith('"ab"')
