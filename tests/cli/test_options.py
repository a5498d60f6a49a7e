"""Values of options: zones, moments, formats."""

from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from logan.cli.options import ReadingOptions, read_moment, read_zones, reading_options
from logan.errors import UsageError
from logan.formats import FORMATS
from logan.formats.choice import chosen_formats


def test_zones_by_glob_come_before_the_one_for_all() -> None:
    assert read_zones(["Europe/London", "hq*=+02:00"]) == (
        (("hq*", "+02:00"), ("*", "Europe/London")),
        "Europe/London",
    )
    assert read_zones([]) == ((), "UTC")


@pytest.mark.parametrize("values", [["Mars/Base"], ["a=b"], ["UTC", "Europe/London"]])
def test_zones_that_make_no_sense_are_refused(values: list[str]) -> None:
    with pytest.raises(UsageError, match="--tz"):
        read_zones(values)


@pytest.mark.parametrize(
    ("text", "zone", "end", "expected"),
    [
        ("2024-07-01", "Europe/London", False, datetime(2024, 6, 30, 23, tzinfo=UTC)),
        ("2024-07-01", "Europe/London", True, datetime(2024, 7, 1, 23, tzinfo=UTC)),
        ("2024-03-31", "Europe/London", True, datetime(2024, 3, 31, 23, tzinfo=UTC)),
        ("2024-07-01T12:30", "Europe/London", True, datetime(2024, 7, 1, 11, 30, tzinfo=UTC)),
        ("2024-07-01T12:30:00Z", "Europe/London", False, datetime(2024, 7, 1, 12, 30, tzinfo=UTC)),
        ("2024-07-01", "+02:00", False, datetime(2024, 6, 30, 22, tzinfo=UTC)),
    ],
)
def test_moments_are_local_and_a_day_includes_itself(
    text: str, zone: str, end: bool, expected: datetime
) -> None:
    assert read_moment("--since", text, zone, end=end) == expected


def test_a_moment_that_is_none_is_refused_with_an_example() -> None:
    assert read_moment("--since", None, "UTC") is None
    with pytest.raises(UsageError, match="2024-01-31"):
        read_moment("--since", "31/01/2024", "UTC")


def test_formats_by_name_and_by_family() -> None:
    assert chosen_formats(None, None) == FORMATS
    assert [form.name for form in chosen_formats("squid-combined", None)] == ["squid-combined"]
    assert len(chosen_formats("zeek", None)) >= 3
    with pytest.raises(UsageError, match="no such format"):
        chosen_formats("squidd", None)
    with pytest.raises(UsageError, match="contradict"):
        chosen_formats("w3c", "%ts %ru")


def test_what_is_said_of_reading_comes_to_a_command_as_one_value() -> None:
    seen: list[tuple[str, ReadingOptions]] = []

    @click.command()
    @reading_options
    @click.option("--other")
    def command(*, other: str, reading: ReadingOptions) -> None:
        seen.append((other, reading))

    words = "--exclude a --tz hq=UTC --tz +01:00 --date-order dmy --year 2024 --other b"
    files = "--format-file m.yaml --format w3c --squid-logformat %ts"
    command.main([*words.split(), *files.split()], standalone_mode=False)
    command.main([], standalone_mode=False)
    given = ReadingOptions(
        exclude=("a",),
        zones=("hq=UTC", "+01:00"),
        orders=("dmy",),
        years=("2024",),
        squid_logformat="%ts",
        format_name="w3c",
        mapping_files=(Path("m.yaml"),),
    )
    assert seen == [("b", given), (None, ReadingOptions((), (), (), (), None, None, ()))]
    assert given.answers() == (("*", "date-order", "dmy"), ("*", "year", "2024"))
