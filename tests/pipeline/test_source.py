"""A source's format, clock and line account while it is read."""

import gzip
from pathlib import Path

import pytest

from logan.formats import FORMATS
from logan.intake.opening import open_source
from logan.intake.sources import Source
from logan.pipeline.read import read
from logan.pipeline.recognition import recognise
from logan.pipeline.settings import Settings
from logan.pipeline.settle import account_of_source, settle
from logan.pipeline.source import SourceEnd, SourceReading
from logan.pipeline.source_options import RequestedSource, answers_of, zone_of
from logan.result import SourceAccount
from logan.rules.packs import load_rules

SQUID = b"1704103200.100 5 10.1.2.3 TCP_MISS/200 9 GET http://a.example/ jdoe HIER_DIRECT/1 -\n"
LOCAL = b"#Fields: date-local time-local c-ip cs-method cs-host\n2024-01-01 10:00:00 10.1.2.3 GET a.example\n"

#: A format without stamps, behind a header that has them.
LENT = (
    b"2024-01-01T10:00:00+00:00 USG1 CEF:0|ZyXEL|USG FLEX 200|5.40(ABUI.0)|0|Forward web sites|5|"
    b"devID=a1b2c3 src=10.1.2.3 dst=192.0.2.1 spt=65066 dpt=443 suser=jdoe msg=www.example.com\n"
)
#: A format whose stamps may name their zone, and here do.
DATED = (
    b"date=2024-05-13 time=17:29:45 devid=FGT0 tz=+0100 logid=0317013312 type=utm "
    b'subtype=webfilter srcip=10.1.2.3 hostname="www.example.com" url="/a" action=passthrough\n'
)


def recognised(tmp_path: Path, data: bytes, *, zone: str | None = None) -> SourceReading:
    path = tmp_path / "a.log"
    path.write_bytes(data)
    requested = RequestedSource(Source("a.log", path, len(data)), 0, zone)
    with open_source(requested.source) as reader:
        reading = SourceReading(recognise(requested, reader.head, FORMATS))
        question = reading.recognised.zone_question
        if question is not None and question.is_dated():
            reading.note_dated()
        reading.lines = sum(block.lines for block in reader.blocks())
        reading.finish(SourceEnd.of(reader))
    return reading


def settled(reading: SourceReading, **bins: int) -> SourceAccount:
    return account_of_source(reading.read_source({}, 0), bins, "a.log")


@pytest.mark.parametrize(
    ("name", "zone"),
    [("hq/a.log", "+01:00"), ("x/a.log", "+02:00"), ("x/b.log", "Europe/London")],
)
def test_the_first_glob_that_fits_names_the_zone(name: str, zone: str) -> None:
    zones = [("hq/*", "+01:00"), ("a.log", "+02:00"), ("*", "Europe/London")]
    assert zone_of(name, zones) == zone
    assert zone_of("x/b.log", zones[:2]) is None


@pytest.mark.parametrize(
    "glob",
    ["gw-*", "gw-1", "logs/gw-1", "gw-1/*.xz", "access*", "*.xz", "/srv/logs/gw-1/access.xz"],
)
def test_a_glob_names_a_file_or_a_folder_above_it(glob: str) -> None:
    assert zone_of("/srv/logs/gw-1/access.xz", [(glob, "UTC")]) == "UTC"


@pytest.mark.parametrize("glob", ["gw", "w-1", "access", "gw-1/*.gz", "srv/gw-1"])
def test_a_glob_stands_for_whole_names(glob: str) -> None:
    assert zone_of("/srv/logs/gw-1/access.xz", [(glob, "UTC")]) is None


def test_answers_are_found_by_question_and_glob() -> None:
    answers = [("a*", "year", "2023"), ("*", "year", "2024"), ("*", "order", "dmy")]
    assert answers_of("a.log", answers) == {"year": "2023", "order": "dmy"}
    assert answers_of("b.log", answers) == {"year": "2024", "order": "dmy"}


@pytest.mark.parametrize(
    ("data", "zone", "expected"),
    [
        (SQUID, None, ("UTC", "record")),
        (SQUID, "Europe/London", ("UTC", "record")),
        (LOCAL, "Europe/London", ("Europe/London", "option")),
        (LOCAL, None, ("UTC", "assumed")),
        (LOCAL.replace(b"#Fields", b"#GMT-Offset: -0500\n#Fields"), None, ("-05:00", "header")),
        (DATED, None, ("UTC", "record")),
        (DATED, "Europe/London", ("UTC", "record")),
        (LENT, None, ("UTC", "envelope")),
        (LENT, "Europe/London", ("UTC", "envelope")),
        (LENT.replace(b"+00:00", b""), None, ("UTC", "assumed")),
        (DATED + DATED.replace(b" tz=+0100", b""), "Europe/London", ("Europe/London", "option")),
    ],
)
def test_who_named_the_clock(
    tmp_path: Path, data: bytes, zone: str | None, expected: tuple[str, str]
) -> None:
    account = settled(recognised(tmp_path, data, zone=zone))
    assert (account.zone, account.zone_origin) == expected


def test_a_header_in_the_midst_changes_columns_and_clock(tmp_path: Path) -> None:
    reading = recognised(tmp_path, LOCAL, zone="Europe/London")
    assert reading.in_force.zone == "Europe/London"
    reading.follow("#Fields: time date c-ip cs-host\r")
    assert reading.in_force.layout.names == ("time", "date", "c-ip", "cs-host")
    assert reading.in_force.zone == "UTC"
    assert reading.recognised.start.zone == "Europe/London"


def test_what_no_bin_claims_is_unrelated(tmp_path: Path) -> None:
    reading = recognised(tmp_path, SQUID * 10)
    result = settled(reading, hit=3, repeat=1)
    assert result.bins["unrelated"] == 6
    assert sum(result.bins.values()) == result.lines == 10


@pytest.mark.parametrize("data", [b"", b"\n \n\n", gzip.compress(b"", mtime=0)])
def test_a_source_without_lines_is_complete(tmp_path: Path, data: bytes) -> None:
    assert settled(recognised(tmp_path, data)).complete


def test_an_unknown_format_is_incomplete_with_advice(tmp_path: Path) -> None:
    account = settled(recognised(tmp_path, b"dear diary, nothing happened today at all\n"))
    assert not account.complete
    assert "not recognised" in (account.failure or "")
    assert "--format" in (account.advice or "")
    assert (account.format, account.lines) == (None, 1)


def test_damage_is_said_before_anything_else(tmp_path: Path) -> None:
    reading = recognised(tmp_path, gzip.compress(SQUID * 100, mtime=0)[:-6])
    failure = reading.why_incomplete
    assert failure is not None
    assert "gzip" in failure.reason


def test_an_input_that_could_not_be_opened_has_an_account_too(tmp_path: Path) -> None:
    rules = load_rules()
    read_alone = read(Settings((str(tmp_path / "x"), str(write(tmp_path / "a.log", SQUID))), rules))
    account = settle(read_alone, rules).sources[1]
    assert (account.name, account.complete) == (str(tmp_path / "x"), False)
    assert account.failure == "nothing found there"
    assert account.advice


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path
