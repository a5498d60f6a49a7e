from datetime import UTC, datetime

from hypothesis import given

from logan.formats import FORMATS
from logan.formats.vendors.apache_blackbox import BLACKBOX
from tests.formats.proof import (
    assert_agreement,
    assert_definition,
    batches,
    corpus,
    counted,
    few,
    read,
    read_one,
    reading_of,
)


def test_definition() -> None:
    assert_definition(BLACKBOX)


def test_every_column() -> None:
    row = read_one(BLACKBOX, BLACKBOX.texts[0])
    assert {name: row[name] for name in row if row[name] is not None and name != "text"} == {
        "time": datetime(2024, 1, 18, 20, 39, 4, tzinfo=UTC),
        "user": "/C=GB/O=Force/CN=Doe Jane (jdoe)",
        "client_ip": "10.1.2.3",
        "method": "POST",
        "host": "www.example.com",
        "port": 443,
        "path": "/a",
        "query": "b=c",
        "status": 200,
        "action": "unknown",
        "bytes_sent": 2289,
        "bytes_received": 415,
        "referrer": "https://www.example.com/",
        "user_agent": "Mozilla/5.0 (X11)",
        "evidence": "url",
        "source": "log",
        "line": 1,
        "setup": False,
        "ambiguous": False,
    }


def test_an_absolute_address_names_the_host_asked_for() -> None:
    row = read_one(BLACKBOX, BLACKBOX.texts[0].replace("POST /a", "GET http://b.example:81/a"))
    assert (row["host"], row["port"]) == ("b.example", 81)


@few
@given(batches(BLACKBOX.texts))
def test_check_and_columns_agree(lines: list[str]) -> None:
    assert_agreement(BLACKBOX, lines)


def test_corpus_mixes_zones_in_one_file() -> None:
    text = corpus("apache_nginx/gchq_stroom/sampleApacheBlackBox.log")
    rows = read(BLACKBOX, text)
    assert counted(rows) == (16, 0)
    assert [rows[at]["time"] for at in (0, 4, -1)] == [
        datetime(2020, 1, 18, 20, 39, 4, tzinfo=UTC),
        datetime(2020, 1, 18, 1, 43, 4, tzinfo=UTC),
        datetime(2020, 1, 18, 12, 52, 6, tzinfo=UTC),
    ]
    reading = reading_of(text, FORMATS)
    assert reading is not None
    assert reading.format is BLACKBOX
