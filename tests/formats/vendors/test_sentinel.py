"""Sentinel's CommonSecurityLog: both exports, the order of the date, the corpus."""

from logan.formats import FORMATS
from logan.formats.engine.dates import question
from logan.formats.vendors import sentinel
from tests.formats.proof import corpus, counted, layout_of, read, read_one, reading_of

CORPUS = "sentinel_csl/azure_sentinel/Fortinet_FortiGate_WebSession_IngestedLogs.csv"


def test_csv() -> None:
    row = read_one(sentinel.CSV, sentinel.CSV.texts[0])
    assert row["time"].isoformat() == "2024-04-22T10:00:00.123000+00:00"
    assert (row["user"], row["client_ip"], row["method"]) == ("FORCE\\jdoe", "10.1.2.3", None)
    assert (row["scheme"], row["host"], row["path"]) == ("https", "www.example.com", "/a")
    assert (row["query"], row["action"], row["evidence"]) == ("b=c,d", "allowed", "url")
    assert (row["bytes_sent"], row["bytes_received"]) == (640, 5120)


def test_json() -> None:
    row = read_one(sentinel.JSON, sentinel.JSON.texts[0])
    assert row["time"].isoformat() == "2024-04-22T10:00:00.123000+00:00"
    assert (row["user"], row["method"], row["action"]) == ("jdoe", "GET", "blocked")


def test_a_host_without_an_address_proves_a_connection() -> None:
    line = sentinel.CSV.texts[0].replace("https://www.example.com/a?b=c,d", "www.example.com")
    row = read_one(sentinel.CSV, line)
    assert (row["evidence"], row["host"], row["port"]) == ("connect", "www.example.com", 443)


def test_an_order_that_nothing_decides_is_asked_for() -> None:
    text = sentinel.CSV.texts[0].replace("4/22/2024", "4/12/2024")
    assert question(layout_of(sentinel.CSV, text)) is not None


def test_the_corpus() -> None:
    text = corpus(CORPUS).removeprefix("\ufeff").removeprefix("\\xef\\xbb\\xbf")
    rows = read(sentinel.CSV, text)
    assert counted(rows) == (2, 0)
    assert [row["action"] for row in rows] == ["allowed", "blocked"]
    assert [row["bytes_sent"] for row in rows] == [100, 800]
    for row in rows:
        assert row["time"].isoformat() == "2025-04-22T00:00:00+00:00"
        assert (row["scheme"], row["host"], row["path"]) == ("https", "testurl66.com", "/")
        assert row["user"] is None
    assert [row["client_ip"] for row in rows] == ["12.1.123.123", "12.1.123.124"]
    reading = reading_of(text, FORMATS)
    assert reading is not None
    assert reading.format.name == "sentinel-csv"
