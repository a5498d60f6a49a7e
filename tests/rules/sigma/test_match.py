"""Findings of Sigma rules beside those of packs, in every bin."""

import polars as pl
import pytest

from logan.rules.load import load_packs, load_text
from logan.rules.model import Rules
from logan.rules.packs import DEFAULT_PACK, bundled_pack
from logan.rules.per_line import tag
from logan.rules.request import requests_as_records
from tests.rules.sigma.rules import bins, rule_text

PASTE = rule_text(
    "selection: {cs-host|endswith: [paste.example, pimeyes.com]}\ncondition: selection",
    head="title: Paste\nname: paste",
)


@pytest.fixture(scope="module")
def rules() -> Rules:
    packs = load_packs([bundled_pack(DEFAULT_PACK)])
    return Rules(packs.packs, load_text(PASTE).sigma)


def _findings(rules: Rules, requests: list[str]) -> list[tuple[str, ...]]:
    tagged = tag(requests_as_records(requests), rules)
    return tagged.select("bin", "service", "activity", "rule").rows()


def test_a_pack_claims_its_requests_first(rules: Rules) -> None:
    requests = ["POST https://pimeyes.com/api/search/new", "GET https://paste.example/x"]
    assert _findings(rules, requests) == [
        ("hit", "pimeyes", "search", "pimeyes.search.new"),
        ("hit", "paste", "page", "paste"),
    ]


def test_mentions_and_look_alikes_of_packs_stay(rules: Rules) -> None:
    requests = ["GET https://www.google.com/search?q=pimeyes.com", "GET https://b.example/"]
    assert bins(rules, requests) == ["mention", "unrelated"]


def test_a_tunnel_shows_contact() -> None:
    found = tag(requests_as_records(["CONNECT paste.example:443"]), load_text(PASTE))
    assert found.select("activity", "inferred").row(0) == ("contact", False)


def test_what_a_tunnel_shows_beyond_contact_is_inferred() -> None:
    text = PASTE.replace("name: paste", "name: paste/upload/paste.tunnel")
    found = tag(requests_as_records(["CONNECT paste.example:443"]), load_text(text))
    assert found.select("activity", "inferred").row(0) == ("upload", True)


def test_a_line_that_could_not_be_read_is_a_reject() -> None:
    rules = load_text(PASTE)
    lines = requests_as_records(["GET https://paste.example/", "GET https://b.example/"])
    unread = lines.with_columns(reason=pl.lit("time: cannot be read"))
    assert tag(unread, rules)["bin"].to_list() == ["rejected", "unrelated"]


def test_without_literals_every_unread_line_is_a_reject() -> None:
    rules = load_text(rule_text("s: {cs-method: POST}\ncondition: s"))
    lines = requests_as_records(["GET https://b.example/"])
    unread = lines.with_columns(reason=pl.lit("time: cannot be read"))
    assert tag(unread, rules)["bin"].to_list() == ["rejected"]


def test_rows_keep_their_order(rules: Rules) -> None:
    requests = [
        "GET https://paste.example/1",
        "GET https://b.example/",
        "GET https://pimeyes.com/en",
        "GET https://paste.example/2",
    ]
    tagged = tag(requests_as_records(requests), rules)
    assert tagged["text"].to_list() == requests
    assert tagged["bin"].to_list() == ["hit", "unrelated", "hit", "hit"]


def test_a_challenge_is_a_repeat() -> None:
    lines = requests_as_records(["GET https://paste.example/"])
    lines = lines.with_columns(action=pl.lit("auth").cast(lines.schema["action"]))
    assert tag(lines, load_text(PASTE))["bin"].to_list() == ["repeat"]
