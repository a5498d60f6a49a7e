"""Sophos Central: the address and what was done stand in an event's words."""

import pytest

from logan.formats.vendors.sophos_central import CEF, JSON
from tests.formats.proof import read_one

BLOCKED, BYPASSED = JSON.texts
BYPASS = "User bypassed category block to 'https://www.example.com/a?b=c' due to category 'News'"


@pytest.mark.parametrize(
    ("words", "action", "path"),
    [
        ("'https://www.example.com/a' blocked due to category 'News'", "blocked", "/a"),
        ("'https://www.example.com/a' warned due to category 'News'", "unknown", "/a"),
        (
            "Access has been blocked to 'https://www.example.com/a' as 'Mal/HTMLGen-A'",
            "blocked",
            "/a",
        ),
        (BYPASS, "allowed", "/a"),
    ],
)
def test_what_was_done(words: str, action: str, path: str) -> None:
    row = read_one(JSON, BYPASSED.replace(BYPASS, words))
    assert (row["action"], row["host"], row["path"]) == (action, "www.example.com", path)


def test_an_address_cannot_say_what_was_done() -> None:
    words = "'https://www.example.com/?q=allowed due to category' blocked due to category 'News'"
    row = read_one(JSON, BYPASSED.replace(BYPASS, words))
    assert (row["action"], row["query"]) == ("blocked", "q=allowed due to category")


@pytest.mark.parametrize("word", ["allowed", "DENIED"])
def test_an_address_with_a_quote_and_a_decision_is_not_read(word: str) -> None:
    words = f"'https://www.example.com/' {word} due to category 'x' blocked due to category 'News'"
    row = read_one(JSON, BYPASSED.replace(BYPASS, words))
    assert (row["action"], row["host"]) == ("unknown", None)


def test_other_events_are_no_requests() -> None:
    update = BLOCKED.replace("WebFilteringBlocked", "UpdateSuccess")
    assert read_one(JSON, update)["repeat"] == "no request: another event"
    (cef,) = CEF.texts
    assert read_one(CEF, cef.replace("WebControlViolation", "UpdateSuccess"))["repeat"] is not None
