"""DOPE Security: both schemas, what a bypass shows, the corpus and its oracles."""

import pytest

from logan.formats import FORMATS
from logan.formats.vendors import dope
from tests.formats.proof import Row, corpus, counted, oracles, read, read_one, reading_of

#: The corpus holds both schemas in one file, which no agent writes.
CSV_LINES = 4


def test_the_first_schema() -> None:
    row = read_one(dope.CSV, dope.CSV.texts[0])
    assert row["time"].isoformat() == "2024-01-01T17:00:00+00:00"
    assert (row["user"], row["client_ip"]) == ("jane.doe@force.example", None)
    assert (row["host"], row["path"], row["query"]) == ("www.example.com", "/a", "b=c")
    assert (row["action"], row["evidence"], row["method"]) == ("allowed", "url", None)
    assert (row["bytes_sent"], row["bytes_received"]) == (2264, 1005)


def test_the_second_schema() -> None:
    row = read_one(dope.JSON, dope.JSON.texts[0])
    assert row["time"].isoformat() == "2024-01-01T10:00:00+00:00"
    assert (row["user"], row["method"]) == ("jane.doe@force.example", "GET")
    assert (row["host"], row["path"], row["query"]) == ("www.example.com", "/a", "b=c")
    assert (row["bytes_sent"], row["bytes_received"]) == (7091, 3230)


@pytest.mark.parametrize(
    ("verdict", "action"), [("0", "allowed"), ("1", "blocked"), ("2", "unknown"), ("3", "allowed")]
)
def test_verdicts(verdict: str, action: str) -> None:
    line = dope.CSV.texts[0].replace(",0,2264,", f",{verdict},2264,")
    assert read_one(dope.CSV, line)["action"] == action


def test_a_bypass_shows_the_host_only() -> None:
    line = dope.CSV.texts[0].replace("web_policy", "bypass")
    assert read_one(dope.CSV, line)["evidence"] == "connect"


def split_corpus() -> tuple[str, str]:
    lines = corpus("dope_swg/secops/samples.log").split("\n")
    return "\n".join(lines[:CSV_LINES]), "\n".join(lines[CSV_LINES:])


def test_the_corpus() -> None:
    first, second = split_corpus()
    rows = read(dope.CSV, first)
    assert counted(rows) == (4, 0)
    objects = read(dope.JSON, second)
    assert counted([row for row in objects if row["text"].strip(" \r")]) == (2, 0)
    for row, oracle in zip([*rows, *objects], oracles("dope_swg"), strict=True):
        compare(row, oracle["id"], oracle["expected"])


def compare(row: Row, name: str, wanted: Row) -> None:
    assert row["time"].strftime("%Y-%m-%dT%H:%M:%SZ") == wanted["ts"]
    assert (row["host"] or "") + (row["path"] or "") == wanted["url"].split("?")[0]
    assert row["bytes_sent"] == int(wanted.get("bytes_out", 0))
    assert row["bytes_received"] == int(wanted.get("bytes_in", 0))
    # Two oracles name the account of the device although someone had signed in: one person would
    # have two names in the two schemas. A warning is no authentication challenge.
    if name not in ("DOPE_SWG#4", "DOPE_SWG#5"):
        assert row["user"] == wanted["user"]
    decision = {"ALLOW": "allowed", "BLOCK": "blocked", "CHALLENGE": "unknown"}
    assert row["action"] == decision[wanted.get("action", "ALLOW")]


def test_the_corpus_is_recognised() -> None:
    whole = corpus("dope_swg/secops/samples.log")
    for text, name in zip(
        (whole, *split_corpus()), ("dope-csv", "dope-csv", "dope-json"), strict=True
    ):
        reading = reading_of(text, FORMATS)
        assert reading is not None
        assert reading.format.name == name
