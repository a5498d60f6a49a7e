"""The sources on the page."""

from logan.outputs.sources import show_sources
from logan.tables.summary import summarise
from tests.builders import result, source
from tests.outputs.test_provenance import plain, tell


def test_few_files_are_listed_and_many_are_summed_by_gateway() -> None:
    few = tell(*(source(f"a/{number:02}") for number in range(12)))
    many = tell(*(source(f"a/{number:02}") for number in range(13)))
    assert len(plain(show_sources, few)) == 3 + 12
    lines = plain(show_sources, many)
    assert (lines[2].split()[:2], lines[3].split()[:4]) == (
        ["gateway", "files"],
        ["a", "13", "squid", "13,000"],
    )


def test_a_clock_says_who_named_its_zone() -> None:
    lines = plain(
        show_sources,
        tell(
            source("1", zone_origin="record"),
            source("2", zone_origin="header", zone="UTC"),
            source("3", zone_origin="option", zone="Europe/London"),
            source("4", zone_origin="assumed"),
            source("5", format=None),
            source("6", format=None, bins={"unrelated": 0}),
        ),
    )
    clocks = [" ".join(line.split()[4:]) for line in lines[3:7]]
    assert clocks == [
        "in each record 100%",
        "UTC, by the file 100%",
        "Europe/London, by --tz 100%",
        "UTC, assumed 100%",
    ]
    assert "not recognised" in lines[7]
    assert "empty" in lines[8]


def test_columns_that_say_nothing_are_left_out() -> None:
    lines = plain(show_sources, tell(source("a", format=None, confidence=None)))
    assert lines[2].split() == ["file", "format", "lines", "hits"]


def test_notes_of_the_run_and_of_a_source_are_shown() -> None:
    noted = summarise(result([], sources=[source("a", notes=("odd",))], notes=("whole",)))
    assert plain(show_sources, noted)[-2:] == ["  • whole", "  • a: odd"]
