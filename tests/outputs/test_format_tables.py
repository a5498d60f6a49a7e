"""Formats for people: every definition shown, nothing of a log let through to the terminal."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from logan.formats import FORMATS
from logan.outputs.format_tables import (
    BYTES_WORDS,
    CLOCK_WORDS,
    EVIDENCE_WORDS,
    detected_record,
    format_records,
    markdown_table,
    print_detected,
    print_explained,
    print_formats,
)
from logan.pipeline.inspect import explain, inspect

SQUID = "1704103200.100 5 10.1.2.3 TCP_MISS/200 9 GET http://a.example/x?y {} HIER_DIRECT/1 -\n"


def console(width: int = 80) -> Console:
    return Console(file=StringIO(), width=width, color_system=None, _environ={})


def shown(out: Console) -> str:
    assert isinstance(out.file, StringIO)
    return out.file.getvalue()


def test_every_word_of_a_definition_has_words_for_people() -> None:
    for form in FORMATS:
        assert set(form.shows.evidence) <= set(EVIDENCE_WORDS)
        assert form.shows.bytes in BYTES_WORDS
        assert form.shows.clock in CLOCK_WORDS


def test_the_markdown_table_is_one_table() -> None:
    lines = markdown_table(FORMATS).splitlines()
    assert lines[1] == "| --- | --- | --- | --- | --- | --- | --- |"
    assert [f"`{form.name}`" in line for form, line in zip(FORMATS, lines[2:], strict=True)] == [
        True
    ] * len(FORMATS)
    assert not any("\n" in record["title"] for record in format_records(FORMATS))


@pytest.mark.parametrize("width", [60, 120])
def test_the_list_fits_the_width_and_shows_notes(width: int) -> None:
    out = console(width)
    print_formats(FORMATS, console=out)
    lines = shown(out).splitlines()
    assert max(map(len, lines)) <= width
    noted = next(form for form in FORMATS if form.shows.note)
    assert noted.shows.note.split()[0] in shown(out)


def test_an_input_is_shown_with_its_format_or_its_failure(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(SQUID.format("jdoe"))
    (tmp_path / "b.log").write_text("no such log\n")
    (tmp_path / "c.log").write_text("")
    found = list(inspect([str(tmp_path)]))
    out = console()
    print_detected(found, console=out)
    for words in ("squid: Squid native", "format not recognised", "empty: nothing to read"):
        assert words in shown(out)
    assert [detected_record(one)["format"] for one in found] == ["squid", None, None]


def test_lines_are_explained_and_made_safe(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text(SQUID.format("\x1b]0;x[bold]") + "junk \u202e\n")
    (one,) = inspect([str(path)])
    out = console()
    print_explained(one, explain(one, lines=2), console=out)
    text = shown(out)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\\x1b]0;x[bold]" in text
    assert "no record: time: found 'junk" in text
    assert "line 1" in text
    assert "2024-01-01 10:00:00.100000 UTC" in text
