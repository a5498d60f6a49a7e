"""The summary for programs: the numbers of the page, valid and stable."""

import json
from typing import Any

import polars as pl
import pytest

from logan.outputs import json_rows, json_summary
from logan.outputs.json_summary import SCHEMA, render, render_tables
from logan.tables.spans import parse_window
from logan.tables.summary import summarise
from logan.tables.users import order_people
from tests.outputs.stories import HOSTILE, STORIES


def load(story: str, **others: Any) -> dict[str, Any]:
    return json.loads(render(STORIES[story](), **others))  # type: ignore[no-any-return]


@pytest.mark.parametrize("story", STORIES)
def test_every_result_has_a_valid_document_of_the_same_keys(story: str) -> None:
    document = load(story)
    assert document["schema"] == SCHEMA == "logan.summary/1"
    assert list(document) == list(load("quarter"))


def test_the_numbers_are_those_of_the_tables() -> None:
    summary = summarise(STORIES["quarter"]())
    document = json.loads(render_tables(summary))
    assert document["headline"][0].startswith("2,337 hits on PimEyes by 41 users in 90 days")
    assert document["totals"]["hits"] == summary.totals.hits == 2608
    assert set(document["totals"]) == set(summary.totals._asdict())
    assert sum(row["hits"] for row in document["services"]) == 2608
    assert sum(row["hits"] for row in document["windows"]) == 2608
    assert sum(row["hits"] for row in document["windows_by_service"]) == 2608
    assert document["accounts"]["lines"] == sum(document["accounts"]["bins"].values())
    assert [part["hours_with_lines"] for part in document["coverage"]] == [2160, 2160, 2155, 2160]
    assert document["coverage"][2]["gaps"] == [
        {"start": "2024-02-12T02:00:00Z", "end": "2024-02-12T07:00:00Z", "hours": 5}
    ]


def test_pieces_are_the_document_however_many_people_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    summary = summarise(STORIES["quarter"]())
    whole = render_tables(summary)
    people = order_people(pl.concat(summary.people)).collect().to_dicts()
    assert len(people) > 10
    monkeypatch.setattr(json_rows, "_ROWS", 3)
    monkeypatch.setattr(json_summary, "_TOKENS", 7)
    pieces = list(json_summary.render_pieces(summary))
    assert len(pieces) > 100
    assert "".join(pieces) == whole
    slow = json.dumps(people, indent=2, default=lambda moment: moment.isoformat())
    assert json.loads(slow.replace("+00:00", "Z")) == json.loads(whole)["people"]


def test_lookalikes_are_listed_apart() -> None:
    document = load("quarter")
    assert [(row["domain"], row["lines"]) for row in document["lookalikes"]] == [
        ("notpimeyes.com", 9),
        ("secure-sign-in.co.uk", 4),
    ]
    assert document["lookalikes"][1]["hosts"] == ["login.pimeyes.com.secure-sign-in.co.uk"]
    assert load("nothing")["lookalikes"] == []


def test_names_asked_for_are_checked() -> None:
    assert load("one_user")["selection"]["users_checked"] == [
        {"user": "ann", "seen": True, "similar": []}
    ]


def test_times_are_utc_with_a_z() -> None:
    assert load("no_data")["period"] == {
        "start": "2024-06-03T23:00:00Z",
        "end": "2024-06-10T23:00:00Z",
        "zone": "Europe/London",
        "first_day": "2024-06-04",
        "last_day": "2024-06-10",
        "days": 7,
    }


def test_what_is_incomplete_is_said_with_its_reasons() -> None:
    document = load("incomplete")
    assert document["complete"] is False
    assert [entry["source"] for entry in document["incomplete"]] == [
        "old/mystery.log",
        "proxy-b/connect.log.2.gz",
    ]
    assert document["incomplete"][1]["failure"].startswith("the compressed data ends early")
    assert load("quarter")["incomplete"] == []


def test_windows_without_lines_are_marked() -> None:
    dark = [row["window_start"] for row in load("year")["windows"] if row["no_data"]]
    assert dark == ["2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z", "2024-03-31T23:00:00Z"]


def test_people_can_be_limited_and_the_document_says_of_how_many() -> None:
    document = load("many_users", top=3)
    assert (len(document["people"]), document["people_total"]) == (3, 5000)
    assert len(load("many_users")["people"]) == 5000


def test_the_window_is_the_one_asked_for() -> None:
    document = load("quarter", window=parse_window("90d"))
    assert (document["window"], len(document["windows"])) == ("90d", 1)


def test_hostile_names_are_whole_and_harmless() -> None:
    text = render(STORIES["hostile"]())
    assert text.isascii()
    assert all(character.isprintable() or character == "\n" for character in text)
    users = {row["user"] for row in json.loads(text)["people"]}
    assert set(HOSTILE) <= users


def test_the_same_result_gives_the_same_bytes() -> None:
    assert render(STORIES["year"]()) == render(STORIES["year"]())
