"""Findings settled in memory and on disk: the same rows, whoever they are of."""

from pathlib import Path
from typing import Any, Final

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logan.evidence import limits
from logan.pipeline.scan import scan as scan_by
from logan.pipeline.settings import Settings
from logan.rules.packs import bundled_packs, load_rules
from logan.schema import REPEATED
from logan.tables.summary import summarise
from tests.evidence.readings import RULES, scan

LINE = "{:.3f} 5 10.1.2.{} {} 9 {} {} HIER_DIRECT/1 -\n"


def log(path: Path) -> Path:
    """Two hundred people who set up tunnels, some without a name yet, look in and search."""
    lines = []
    for n in range(2000):
        at, user = 1_704_067_200 + 7 * n, f"u{n % 200}"
        setup = ("NONE_NONE/200", "CONNECT pimeyes.com:443", "-" if n % 3 else user)
        get = ("TCP_MISS/200", "POST https://pimeyes.com/api/search/new", user)
        lines += [LINE.format(at, n % 50, *setup), LINE.format(at + 1, n % 50, *get)]
    path.write_text("".join(lines))
    return path


def settled(path: Path) -> list[tuple[Any, ...]]:
    result = scan(Settings((str(path),), RULES))
    columns = ["source", "line", "bin", "service", "activity", "user", "client_ip"]
    return result.found.select(columns).sort("source", "line").collect().rows()


def test_on_disk_the_findings_are_those_of_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = log(tmp_path / "a.log")
    held = settled(path)
    monkeypatch.setattr(limits, "ROWS_HELD", 500)
    monkeypatch.setattr(limits, "PART_ROWS", 100)
    assert settled(path) == held
    assert {row[2] for row in held} == {"hit", "repeat"}


def test_what_is_on_disk_goes_with_the_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "tmp"
    kept.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(kept))
    monkeypatch.setattr(limits, "ROWS_HELD", 500)
    result = scan(Settings((str(log(tmp_path / "a.log")),), RULES))
    assert {oct(folder.stat().st_mode)[-3:] for folder in kept.iterdir()} == {"700"}
    assert result.found.select(pl.len()).collect().item() == 4000
    del result
    assert list(kept.iterdir()) == []


#: What people ask of several services: uploads and searches that are polled for, results, removals.
ASKED: Final = (
    "POST https://facecheck.id/api/upload_pic",
    "POST https://facecheck.id/api/search",
    "POST https://pimeyes.com/api/search/new",
    "GET https://pimeyes.com/en",
    "POST https://pimeyes.com/api/opt-out-request",
    "GET https://facecheck.id/",
)


@st.composite
def visits(draw: st.DrawFn) -> list[str]:
    """Tunnels, named and nameless, and the requests inside them, of people in two spellings."""
    lines = []
    at = 1_704_067_200
    for _ in range(draw(st.integers(1, 20))):
        at += draw(st.sampled_from((0, 1, 9, 61, 2400)))
        client, person = draw(st.integers(1, 3)), draw(st.integers(1, 3))
        user = draw(st.sampled_from((f"u{person}", f"U{person}", f"u{person}", "-")))
        asked = draw(st.sampled_from(ASKED))
        host = asked.split("/")[2]
        if draw(st.booleans()):
            opener = draw(st.sampled_from((user, "-")))
            setup = ("NONE_NONE/200", f"CONNECT {host}:443", opener)
            lines.append(LINE.format(at, client, *setup))
        if draw(st.booleans()):
            lines.append(LINE.format(at + 0.1, client, "TCP_MISS/200", asked, user))
    return lines


def told(
    path: Path, *, exported: bool = True
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]], Any]:
    """What findings and users come to."""
    result = scan(Settings((str(path),), RULES, exported=exported))
    marks = ["also_upload", "possible_upload", "beside_opt_out"]
    columns = ["source", "line", "bin", "service", "activity", "user", "client_ip", *marks]
    found = result.found.select(columns).sort("source", "line").collect().rows()
    summary = summarise(result)
    users = (
        pl.concat(summary.users)
        .collect()
        .sort("user", "service", "address", nulls_last=True)
        .rows()
    )
    return found, users, [source.bins for source in result.sources]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=visits(),
    held=st.sampled_from((1, 3, 10)),
    part=st.sampled_from((1, 4, 1000)),
    exported=st.booleans(),
)
def test_no_threshold_changes_what_is_told(
    tmp_path: Path, lines: list[str], held: int, part: int, *, exported: bool
) -> None:
    path = tmp_path / "a.log"
    path.write_text("".join(lines) or "\n")
    whole = told(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "ROWS_HELD", held)
        patch.setattr(limits, "PART_ROWS", part)
        patch.setattr("logan.pipeline.read.BATCH_LINES", 2)
        assert told(path, exported=exported) == whole


def test_every_upload_and_search_behind_nameless_tunnels_counts_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = []
    for n in range(300):
        at, client, user = 1_704_067_200 + 900 * (n // 3) + n % 3, n % 3, f"u{n % 3}"
        for later, asked in ((0, ASKED[0]), (9, ASKED[1])):
            setup = ("NONE/200", "CONNECT facecheck.id:443", "-")
            lines.append(LINE.format(at + later, client, *setup))
            lines.append(LINE.format(at + later + 0.1, client, "TCP_MISS/200", asked, user))
    path = tmp_path / "a.log"
    path.write_text("".join(lines))
    monkeypatch.setattr(limits, "ROWS_HELD", 100)
    activities = [row[4] for row in told(path)[0] if row[2] == "hit"]
    assert activities.count("upload") == activities.count("search") == 300


def test_whole_rows_that_nobody_exports_are_not_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = log(tmp_path / "a.log")
    monkeypatch.setattr(limits, "ROWS_HELD", 500)
    stored, read = (
        scan(Settings((str(path),), RULES, exported=exported)) for exported in (True, False)
    )
    left_out = (*REPEATED, "page")
    columns = [name for name in stored.found.collect_schema() if name not in left_out]
    assert read.found.collect_schema().names() == columns
    rows = [one.found.select(columns).sort("source", "line").collect() for one in (stored, read)]
    assert rows[0].equals(rows[1])
    whole = pl.concat([run.rows for run in read.runs]).sort("source", "line").collect()
    assert whole.equals(rows[1])
    assert stored.folder is not None
    assert read.folder is not None
    assert list(stored.folder.path.glob("settled-*"))
    assert not list(read.folder.path.glob("settled-*"))
    assert summarise(read).tracked_pages.is_empty()


def test_pages_told_to_trackers_are_found_in_rows_that_are_settled_as_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packs = bundled_packs()
    own = packs["trackers"].parent / "examples" / "your-sites.yaml"
    (site,) = load_rules([own]).sites[:1]
    rules = load_rules([own], ["trackers"])
    told_page = f"GET https://www.facebook.com/tr/?id=1&dl=https%3A%2F%2F{site.domain}%2Freport%2F1"
    path = tmp_path / "a.log"
    path.write_text(
        "".join(LINE.format(1_704_067_200 + n, 1, "TCP_MISS/200", told_page, "-") for n in range(9))
    )
    monkeypatch.setattr(limits, "ROWS_HELD", 2)
    stored, read = (
        summarise(scan_by(Settings((str(path),), rules, exported=exported))).tracked_pages
        for exported in (True, False)
    )
    assert read.equals(stored)
    assert read["hits"].sum() == 9
