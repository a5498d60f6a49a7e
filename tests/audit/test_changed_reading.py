"""What was wrong in the configuration is mended: what is there is read again, rightly."""

from datetime import timedelta
from pathlib import Path

import pytest

from logan.audit import log_files, new_lines
from logan.audit.ledger_rows import CountRow
from logan.audit.log_rows import HourRow
from logan.audit.verify import verify_ledger
from tests.audit.nights import START, Nights, compile_once, squid


@pytest.fixture
def nights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Nights:
    """An audit that takes a few lines for a whole head, so that it goes on where it stopped."""
    compile_once(monkeypatch)
    monkeypatch.setattr(new_lines, "HEAD_SIZE", 300)
    monkeypatch.setattr(log_files, "TAIL_BYTES", 200)
    return Nights(tmp_path, extra='tz = "UTC"')


def local_lines(first: int, stop: int) -> str:
    """Lines of FortiGate's whose stamps name no zone, an hour apart."""
    stamps = (START + timedelta(hours=at) for at in range(first, stop))
    return "".join(
        f'date={at:%Y-%m-%d} time={at:%H:%M:%S} devname="fw" devid="FGT60" logid="0317013312" '
        'type="utm" subtype="webfilter" eventtype="ftgd_allow" level="notice" srcip=10.1.2.3 '
        'user="jdoe" hostname="pimeyes.com" action="passthrough" reqtype="direct" '
        f'url="/{at:%d%H}" method="domain"\n'
        for at in stamps
    )


def say_zone(nights: Nights, zone: str) -> None:
    path = nights.folder / "audit.toml"
    path.write_text(path.read_text().replace('tz = "UTC"', f'tz = "{zone}"'))


def hits_by_day(nights: Nights) -> dict[str, int]:
    with nights.ledger() as ledger:
        rows = ledger.select(CountRow, "WHERE measure = 'hits'")
    return {row.window: row.value for row in rows if row.value}


def test_all_of_a_log_is_read_in_the_zone_that_the_configuration_has_now(nights: Nights) -> None:
    """Its first night is counted six hours later, on another day, and its hours with it."""
    nights.write("access.log", local_lines(0, 19))
    nights.begin()
    assert hits_by_day(nights) == {"2024-03-04": 19}
    say_zone(nights, "Etc/GMT+6")
    nights.write("access.log", local_lines(24, 26))
    assert nights.run().complete
    assert hits_by_day(nights) == {"2024-03-04": 14, "2024-03-05": 7}
    first = int(START.timestamp()) // 3600 + 6
    with nights.ledger() as ledger:
        hours = {row.hour - first for row in ledger.select(HourRow)}
        assert verify_ledger(ledger, nights.configuration).faults == ()
    assert hours == {*range(19), 24, 25}
    (told,) = nights.notices("format")
    assert told.text == (
        "hq: 1 log that was read in UTC is read again in Etc/GMT+6, as the configuration was changed"
    )
    (hits,) = nights.notices("hits")
    assert hits.text.startswith("hq: 2 new hits")


def test_it_is_read_again_once_though_nothing_was_written(nights: Nights) -> None:
    nights.write("access.log", local_lines(0, 19))
    nights.begin()
    say_zone(nights, "Etc/GMT+6")
    for _ in range(2):
        nights.run()
    assert hits_by_day(nights) == {"2024-03-04": 14, "2024-03-05": 5}
    assert (len(nights.notices("format")), len(nights.notices("hits"))) == (1, 0)


def test_a_ledger_is_not_altered_by_a_change_of_the_configuration(nights: Nights) -> None:
    """Before the next run its findings are in the old zone; its bytes are compared."""
    nights.write("access.log", local_lines(0, 19))
    nights.begin()
    say_zone(nights, "Etc/GMT+6")
    with nights.ledger() as ledger:
        verdict = verify_ledger(ledger, nights.configuration)
    assert (verdict.faults, verdict.proved, verdict.found_again) == ((), 19, 0)


def test_stamps_that_name_their_zone_are_not_read_again(nights: Nights) -> None:
    nights.write("access.log", "".join(squid(at) for at in range(5)))
    nights.begin()
    say_zone(nights, "Etc/GMT+6")
    nights.run()
    assert nights.notices("format") == []


MAPPING = """
format: acme
title: Acme
lines: key-value
tunnels: none
columns:
  time: {{from: when, form: iso}}
  user: account
  client_ip: null
  url: {url}
  action: null
samples:
  - line: 'when="2024-07-05T13:55:36Z" account="jdoe" address="http://www.example.com/"'
    record: {{user: jdoe}}
"""


def test_lines_that_a_mended_mapping_file_makes_out_are_found(nights: Nights) -> None:
    """In a log that was rotated since, and nobody writes to; the configuration says the same."""
    path = nights.folder / "audit.toml"
    path.write_text(path.read_text().replace('tz = "UTC"', 'format_files = ["acme.yaml"]'))
    mapping = nights.folder / "acme.yaml"
    mapping.write_text(MAPPING.format(url="address"))
    for at in range(8):
        name = "uri" if at % 2 else "address"
        nights.write(
            "access.log.1",
            f'when="2024-03-04T1{at}:00:00Z" account="jdoe" {name}="http://pimeyes.com/{at}"\n',
        )
    nights.begin()
    assert (nights.hits(), nights.bins()["rejected"]) == (4, 4)
    mapping.write_text(MAPPING.format(url="[address, uri]"))
    with nights.ledger() as ledger:
        assert verify_ledger(ledger, nights.configuration).faults == ()
    for _ in range(2):
        nights.run()
    assert (nights.hits(), nights.bins().get("rejected", 0)) == (8, 0)
    (told,) = nights.notices("format")
    assert told.text == "hq: 1 log is read again, as the configuration was changed"
    (hits,) = nights.notices("hits")
    assert hits.text.startswith("hq: 4 new hits")


def assert_read_again_once(
    nights: Nights, lines: str, *, wrong: str, right: str, days: tuple[str, str]
) -> None:
    """A log of hits that are all on the first of two days as the configuration says what is wrong,
    and on the other one by what is right."""
    path = nights.folder / "audit.toml"
    path.write_text(path.read_text().replace('tz = "UTC"', wrong))
    nights.write("access.log.1", lines)
    nights.begin()
    hits = lines.count("\n")
    assert hits_by_day(nights) == {days[0]: hits}
    path.write_text(path.read_text().replace(wrong, right))
    for _ in range(2):
        assert nights.run().complete
        assert hits_by_day(nights) == {days[1]: hits}
    (told,) = nights.notices("format")
    assert told.text == "hq: 1 log is read again, as the configuration was changed"
    with nights.ledger() as ledger:
        assert verify_ledger(ledger, nights.configuration).faults == ()


def test_dates_that_were_read_in_the_wrong_order_are_read_again(nights: Nights) -> None:
    lines = "".join(
        f'10.1.2.3 - jdoe [03/02/2024 11:30:{at:02}] "GET http://pimeyes.com/{at} HTTP/1.1" 200 5\n'
        for at in range(8)
    )
    wrong, right = 'date_order = "mdy"', 'date_order = "dmy"'
    days = ("2024-03-02", "2024-02-03")
    assert_read_again_once(nights, lines, wrong=wrong, right=right, days=days)


def test_lines_are_read_again_by_another_logformat_of_squids(nights: Nights) -> None:
    """Its stamps were taken for local ones, which name the next day."""
    lines = "".join(
        f"2024-03-01 20:00:{at:02} 10.1.2.3 jdoe GET http://pimeyes.com/{at} 200\n"
        for at in range(8)
    )
    form = "%{{%Y-%m-%d %H:%M:%S}}{clock} %>a %un %rm %ru %>Hs"
    wrong, right = (
        f"tz = \"Etc/GMT+6\"\nsquid_logformat = '{form.format(clock=clock)}'"
        for clock in ("tl", "tg")
    )
    days = ("2024-03-02", "2024-03-01")
    assert_read_again_once(nights, lines, wrong=wrong, right=right, days=days)


def test_a_log_that_only_another_gateway_has_by_now_is_not_read_again_each_night(
    nights: Nights,
) -> None:
    """It counts for the first; the second, whose zone is another, has all that is left of it."""
    path, other = nights.folder / "audit.toml", nights.folder / "other"
    entry = '[[gateway]]\nname = "branch"\npaths = ["other/*"]\ntz = "Etc/GMT+6"\n[keep]'
    path.write_text(path.read_text().replace("[keep]", entry))
    other.mkdir()
    first = nights.write("access.log", local_lines(0, 19))
    nights.begin()
    first.rename(other / "access.log")
    with (other / "access.log").open("a") as file:
        file.write(local_lines(24, 26))
    for _ in range(4):
        nights.run()
    assert (nights.hits(), len(nights.notices("format"))) == (21, 1)
