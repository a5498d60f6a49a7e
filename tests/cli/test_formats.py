"""`logan formats`: the list, what files are taken for, and lines field by field."""

import json
from pathlib import Path

import pytest

from logan.formats import FORMATS
from tests.conftest import Run

SQUID = "1704103200.100 5 10.1.2.3 TCP_MISS/200 9 GET http://a.example/x?y jdoe HIER_DIRECT/1 -\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "access.log"
    path.write_text(
        "".join(f"<134>Jan  1 10:00:00 proxy1 squid[7]: {line}" for line in [SQUID] * 3)
    )
    return path


def test_every_format_is_listed_with_what_it_shows(run: Run) -> None:
    ran = run("formats")
    assert ran.status == 0
    for form in FORMATS:
        assert form.name in ran.out
    listed = json.loads(run("formats", "--json").out)
    assert [one["name"] for one in listed] == [form.name for form in FORMATS]
    assert run("formats", "list").out == ran.out
    assert json.loads(run("formats", "list", "--json").out) == listed
    assert set(listed[0]) == {
        "name", "title", "definition", "user", "evidence", "bytes", "clock", "note",
    }  # fmt: skip


def test_the_markdown_table_has_a_row_for_each(run: Run) -> None:
    rows = run("formats", "--markdown").out.splitlines()
    assert len(rows) == len(FORMATS) + 2
    assert len({row.replace("\\|", "").count("|") for row in rows}) == 1


def test_detect_names_format_envelope_and_certainty(log: Path, run: Run) -> None:
    ran = run("formats", "detect", log)
    assert ran.status == 0
    assert "squid: Squid native access log" in ran.out
    assert "100% of the first lines fit" in ran.out
    assert "syslog header, program name" in " ".join(ran.out.split())
    (found,) = json.loads(run("formats", "detect", log, "--json").out)
    assert found["format"] == "squid"
    assert found["envelope"] == ["syslog", "tag"]
    assert found["failure"] is None


def test_an_unknown_file_is_incomplete_and_says_why(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "odd.log"
    path.write_text("1704103200.100 5 10.1.2.3 TCP_MISS/200 many\n")
    ran = run("formats", "detect", path)
    assert ran.status == 3
    assert "closest is squid" in ran.out
    assert "found 'aaaa'" in " ".join(ran.out.split())


def test_explain_shows_each_field_and_what_is_not_said(log: Path, run: Run) -> None:
    ran = run("formats", "explain", log, "--lines", "1")
    assert ran.status == 0
    fields = dict(line.split(None, 1) for line in ran.out.splitlines() if len(line.split()) > 1)
    assert fields["time"] == "2024-01-01 10:00:00.100000 UTC"
    assert fields["host"] == "a.example"
    assert fields["user"] == "jdoe"
    assert "bytes_sent" in fields["not"]
    assert "line 2" not in ran.out


def test_explain_says_where_a_line_fails(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "access.log"
    path.write_text(SQUID * 2 + SQUID.replace("/200", "/2OO"))
    ran = run("formats", "explain", path)
    assert ran.status == 0
    assert "no record: bytes: found 'OO 9 GET" in " ".join(ran.out.split())


def test_what_a_line_says_cannot_reach_the_terminal(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "access.log"
    path.write_text(SQUID.replace("jdoe", "j\x1b[2Jdoe[/red]"))
    out = run("formats", "explain", path).out
    assert "\x1b" not in out
    assert "j\\x1b[2Jdoe[/red]" in out


def test_wrong_options_are_usage_errors(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "missing.log"
    ran = run("formats", "explain", path)
    assert ran.status == 2
    assert run("formats", "detect", path, "--date-order", "ydm").status == 2
    assert run("formats", "detect", path, "--year", "24").status == 2


UNKNOWN = "when=1704103200 account=jdoe site=www.example.com client=10.1.2.3 verdict=ok\n"


def test_an_unknown_log_is_drafted_mapped_and_read(tmp_path: Path, run: Run) -> None:
    log, mapping = tmp_path / "acme.log", tmp_path / "acme.yaml"
    log.write_text(UNKNOWN.replace("when", "time") * 3)
    assert run("formats", "detect", log).status == 3
    drafted = run("formats", "draft", log)
    assert drafted.status == 0
    mapping.write_text(drafted.out)
    detected = run("formats", "detect", log, "--format-file", mapping)
    assert detected.status == 0
    assert "acme: acme" in detected.out
    parsed = run("parse", log, "--format-file", mapping)
    assert json.loads(parsed.out.splitlines()[0])["host"] == "www.example.com"


def test_a_draft_that_needs_a_decision_says_so(tmp_path: Path, run: Run) -> None:
    log = tmp_path / "acme.log"
    log.write_text(UNKNOWN.replace("1704103200", "soon"))
    drafted = run("formats", "draft", log)
    assert drafted.status == 0
    assert "not usable yet" in drafted.err
    log.write_text("one\ntwo words\n")
    assert run("formats", "draft", log).status == 3


def test_a_faulty_mapping_file_is_a_usage_error(tmp_path: Path, run: Run) -> None:
    mapping = tmp_path / "acme.yaml"
    mapping.write_text("format: acme\n")
    ran = run("scan", tmp_path, "--format-file", mapping)
    assert ran.status == 2
    assert f"{mapping}:1: the file lacks `title`" in ran.err
