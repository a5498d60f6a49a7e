import pytest

from logan.formats.engine.format import Format
from logan.formats.vendors.bluecoat_json import JSON
from logan.formats.vendors.bluecoat_pairs import PAIRS
from tests.formats.proof import (
    Row,
    assert_corpus,
    assert_definition,
    assert_record,
    corpus,
    counted,
    read,
    read_one,
)

WANTED: Row = {
    "time": "2024-01-10T13:55:36+00:00",
    "user": "FORCE\\jdoe",
    "client_ip": "10.1.2.3",
    "method": "GET",
    "scheme": "https",
    "host": "www.example.com",
    "port": 443,
    "path": "/a",
    "query": "b=c",
    "status": 200,
    "action": "allowed",
    "bytes_sent": 640,
    "bytes_received": 5120,
    "user_agent": "Mozilla/5.0 (X11)",
    "evidence": "url",
}


@pytest.mark.parametrize("form", [PAIRS, JSON], ids=lambda form: form.name)
def test_definition(form: Format) -> None:
    assert_definition(form)


@pytest.mark.parametrize("sample", PAIRS.texts)
def test_every_column_of_pairs(sample: str) -> None:
    line = sample + ' cs(Referer)="http://ref.example/"'
    assert_record(read_one(PAIRS, line, zone="UTC"), **WANTED, referrer="http://ref.example/")


def test_every_column_of_json() -> None:
    line = JSON.texts[0].replace('"cs(Referer)":"-"', '"cs(Referer)":"http://ref.example/"')
    changed: Row = {"user": "jdoe@force.example", "user_agent": "Mozilla/5.0"}
    assert_record(read_one(JSON, line), **WANTED | changed, referrer="http://ref.example/")
    tunnel = read_one(JSON, JSON.texts[1])
    assert (tunnel["evidence"], tunnel["time"].isoformat()) == ("connect", WANTED["time"])


@pytest.mark.parametrize(
    ("stamp", "time"),
    [
        ("2024-01-10T13:55:36.000z sg1", "2024-01-10T13:55:36+00:00"),
        ("2024-01-10T14:55:36+01:00 sg1", "2024-01-10T13:55:36+00:00"),
        ("2024-01-10T14:55:36TEST-sg1.force.example", "2024-01-10T13:55:36+00:00"),
        ("2024-01-10 14:55:36 sg1", "2024-01-10T13:55:36+00:00"),
        ("<134> 2024-01-10T13:55:36.500Z sg1", "2024-01-10T13:55:36.500000+00:00"),
    ],
)
def test_the_time_stands_in_front(stamp: str, time: str) -> None:
    line = PAIRS.texts[0].replace("2024-01-10T13:55:36.000z sg1", stamp)
    assert read_one(PAIRS, line, zone="Europe/Paris")["time"].isoformat() == time


def test_the_time_of_a_cookie_tells_the_zone() -> None:
    line = PAIRS.texts[1].replace("13:55:36", "14:55:36")
    line += " x-cookie-date=Wed,%2010-Jan-24%2013:55:36%20GMT"
    assert read_one(PAIRS, line, zone="Asia/Tokyo")["time"].isoformat() == WANTED["time"]


def test_the_relay_lends_its_time_where_there_is_no_other() -> None:
    line = PAIRS.texts[0].replace("2024-01-10T13:55:36.000z", "<134>Jan 10 2024 13:55:36")
    assert read_one(PAIRS, line, zone="UTC")["time"].isoformat() == WANTED["time"]


def test_the_address_of_another_field_is_not_the_host() -> None:
    line = PAIRS.texts[0] + ' c-url="http://pimeyes.com/x?y"'
    row = read_one(PAIRS, line)
    assert (row["host"], row["path"], row["query"]) == ("www.example.com", "/a", "b=c")


@pytest.mark.parametrize("form", [PAIRS, JSON], ids=lambda form: form.name)
def test_action(form: Format) -> None:
    line = form.texts[0].replace("OBSERVED", "DENIED")
    assert read_one(form, line)["action"] == "blocked"
    challenge = line.replace("TCP_NC_MISS", "TCP_AUTH_REDIRECT")
    assert read_one(form, challenge)["action"] == "auth"


def test_json_as_the_cloud_prints_it() -> None:
    text = """ {
      "count": 1000,
      "cs(referer)": "http://ref.example/",
      "cs(User-Agent)": "Mozilla/5.0",
      "cs-bytes": 640,
      "cs-categories": ["News", "Media"],
      "cs-host": "www.example.com",
      "c-ip": "10.1.2.3",
      "cs-method": "GET",
      "cs-uri-path": "/a",
      "cs-uri-port": 443,
      "cs-uri-query": "b=c",
      "cs-uri-scheme": "https",
      "cs-userdn": "jdoe@force.example",
      "date": "2024-01-10",
      "s-action": "Allow",
      "sc-bytes": 5120,
      "sc-filter-result": "Allowed",
      "sc-status": 200,
      "time": "13:55:36",
      "x-timestamp-unix": 1642419296
    }"""
    changed: Row = {"user": "jdoe@force.example", "user_agent": "Mozilla/5.0"}
    rows = [row for row in read(JSON, text) if row["reason"] is None]
    assert_record(rows[0], **WANTED | changed, referrer="http://ref.example/")


def test_corpus() -> None:
    name = "bluecoat_proxysg/sc4s/samples.log"
    assert_corpus(PAIRS, name, records=3, rejects=2)
    rows = [row for row in read(PAIRS, corpus(name)) if row["reason"] is None]
    assert [row["time"].isoformat() for row in rows] == [
        "2019-08-21T17:42:08+00:00",
        *["2024-03-09T14:05:06.123000+00:00"] * 2,
    ]
    assert {row["user"] for row in rows} == {"user4"}
    assert {row["host"] for row in rows} == {"gg.hhh.iii.com"}
    assert {(row["bytes_sent"], row["bytes_received"]) for row in rows} == {(6269, 9469)}
    assert {row["user_agent"] for row in rows} == {"ocspd/1.0.3"}


def test_a_template_that_was_not_filled_in_is_no_record() -> None:
    lines = corpus("bluecoat_proxysg/sc4s/samples.log").split("\n")
    template = next(line for line in lines if "$(c-ip)" in line)
    assert counted(read(PAIRS, template)) == (0, 1)
