"""What one line proves: bin, service, activity, rule, and whether it is inferred."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logan.rules import per_line
from logan.rules.load import load_text
from logan.rules.model import Rules
from logan.rules.packs import load_rules
from logan.rules.per_line import service_of_hosts, tag
from logan.rules.request import requests_as_records
from logan.schema import FINDING
from logan.vocabulary import LOOKALIKE
from tests.rules.packs_for_tests import SOUND


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load_rules()


def judged(rules: Rules, request: str, **columns: Any) -> dict[str, Any]:
    records = requests_as_records([request])
    changed = records.with_columns(
        pl.lit(value).cast(records.schema[name]).alias(name) for name, value in columns.items()
    )
    return tag(changed, rules).row(0, named=True)


def verdict(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("bin", "service", "activity", "rule", "inferred"))


CASES = [
    ("GET https://pimeyes.com/en", ("hit", "pimeyes", "page", None, False)),
    ("GET https://pimeyes.com", ("hit", "pimeyes", "page", None, False)),
    (
        "POST https://pimeyes.com/api/search/new",
        ("hit", "pimeyes", "search", "pimeyes.search.new", False),
    ),
    (
        "POST https://pimeyes.com/api/%73earch/new",
        ("hit", "pimeyes", "search", "pimeyes.search.new", False),
    ),
    ("POST https://pimeyes.com/API/search/new", ("hit", "pimeyes", "api", None, False)),
    ("POST https://pimeyes.com/api/search/new/", ("hit", "pimeyes", "api", None, False)),
    ("OPTIONS https://pimeyes.com/api/search/new", ("hit", "pimeyes", "api", None, False)),
    ("GET https://pimeyes.com/static/app.9f.js", ("hit", "pimeyes", "asset", None, False)),
    ("GET https://pimeyes.com/favicon.ICO?v=2", ("hit", "pimeyes", "asset", None, False)),
    ("GET https://pimeyes.com/en/app.js/", ("hit", "pimeyes", "page", None, False)),
    ("HEAD https://pimeyes.com/en", ("hit", "pimeyes", "poll", None, False)),
    ("GET https://pimeyes.com/api/search/new", ("hit", "pimeyes", "api", None, False)),
    ("CONNECT pimeyes.com:443", ("hit", "pimeyes", "contact", None, False)),
    (
        "CONNECT jsc3.pimeyes.com:443",
        ("hit", "pimeyes", "results", "pimeyes.collector.contact", True),
    ),
    (
        "CONNECT app.clearview.ai:443",
        ("hit", "clearview", "contact", None, False),
    ),
    (
        "GET https://email.mg.pimeyes.com/c/a",
        ("hit", "pimeyes", "email_link", "pimeyes.mail", True),
    ),
    ("DNS jsc3.pimeyes.com", ("hit", "pimeyes", "contact", None, False)),
    ("DNS app.clearview.ai", ("hit", "clearview", "contact", None, False)),
    ("GET https://www.google.com/", ("unrelated", None, None, None, None)),
    (
        "GET https://www.google.com/search?q=pimeyes.com",
        ("mention", "pimeyes", None, "mention.named", False),
    ),
    (
        "GET https://pimeyes-com.translate.goog/en",
        ("mention", "pimeyes", "page", "mention.translated", True),
    ),
    (
        "CONNECT pimeyes-com.translate.goog:443",
        ("mention", "pimeyes", "contact", "mention.translated", False),
    ),
    (
        "DNS pimeyes-com.translate.goog",
        ("mention", "pimeyes", "contact", "mention.translated", False),
    ),
    (
        "GET https://www.facebook.com/trending < https://pimeyes.com/",
        ("mention", "pimeyes", "click_out", "mention.referrer", True),
    ),
    (
        "GET https://pimeyes-com.cdn.ampproject.org/c/s/pimeyes.com/en",
        ("mention", "pimeyes", None, "mention.named", False),
    ),
    (
        "GET https://social.example/p/1 < https://pimeyes.com/",
        ("mention", "pimeyes", "click_out", "mention.referrer", True),
    ),
    (
        "GET https://social.example/style.css < https://pimeyes.com/",
        ("mention", "pimeyes", "asset", "mention.referrer", True),
    ),
    (
        "GET https://www.google-analytics.com/collect < https://pimeyes.com/",
        ("mention", "pimeyes", "asset", "mention.referrer", True),
    ),
    (
        "GET https://www.facebook.com/tr/?id=1 < https://pimeyes.com/",
        ("mention", "pimeyes", "asset", "mention.referrer", True),
    ),
    (
        "GET https://www.facebook.com/somebody < https://pimeyes.com/",
        ("mention", "pimeyes", "click_out", "mention.referrer", True),
    ),
    (
        "POST https://social.example/api < https://pimeyes.com/",
        ("mention", "pimeyes", None, "mention.referrer", False),
    ),
    (
        "GET https://example.org/ < https://www.google.com/search?q=pimeyes.com",
        ("mention", "pimeyes", None, "mention.named", False),
    ),
    ("GET https://facecheck.id/ < https://pimeyes.com/", ("hit", "facecheck", "page", None, False)),
    ("GET https://notpimeyes.com/", ("cleared", "pimeyes", None, LOOKALIKE, None)),
    (
        "GET https://clearview.ai.evil.example/notpimeyes.com",
        ("cleared", "clearview", None, LOOKALIKE, None),
    ),
    ("CONNECT pimeyes-com.evil.example:443", ("cleared", "pimeyes", None, LOOKALIKE, None)),
    ("GET https://example.org/notpimeyes.com", ("cleared", "pimeyes", None, None, None)),
    ("GET http://pimeyes.com@evil.example/", ("cleared", "pimeyes", None, None, None)),
    ("GET https://example.org/%41", ("unrelated", None, None, None, None)),
]


@pytest.mark.parametrize(("request_", "expected"), CASES)
def test_what_a_request_proves(rules: Rules, request_: str, expected: tuple[Any, ...]) -> None:
    row = judged(rules, request_)
    found = verdict(row)
    assert found[:4] == expected[:4]
    assert bool(found[4]) is bool(expected[4])


def test_a_log_without_methods_still_shows_the_path(rules: Rules) -> None:
    found = judged(rules, "- https://pimeyes.com/api/search/new")
    assert verdict(found) == ("hit", "pimeyes", "search", "pimeyes.search.new", True)
    needed = SOUND.replace("methods: [POST]", "methods: [POST]\n        method_needed: true")
    found = judged(load_text(needed), "- https://alpha.example/api/search")
    assert verdict(found) == ("hit", "alpha", "api", None, False)


@pytest.mark.parametrize(
    ("request_", "columns", "bin_"),
    [
        ("GET https://pimeyes.com/", {"action": "auth"}, "repeat"),
        ("CONNECT pimeyes.com:443", {"repeat": "CERTVERIFY beside CONNECT"}, "repeat"),
        ("GET https://pimeyes.com/", {"action": "blocked"}, "hit"),
        ("GET https://www.google.com/?q=pimeyes.com", {"action": "auth"}, "mention"),
        ("GET https://notpimeyes.com/", {"repeat": "again"}, "cleared"),
        ("GET https://example.org/", {"action": "auth"}, "unrelated"),
    ],
)
def test_only_requests_to_a_service_are_repeats(
    rules: Rules, request_: str, columns: dict[str, str], bin_: str
) -> None:
    assert judged(rules, request_, **columns)["bin"] == bin_


@pytest.mark.parametrize(
    ("request_", "bin_"),
    [
        ("GET https://pimeyes.com/en", "rejected"),
        ("GET https://pimeyes-com.translate.goog/en", "rejected"),
        ("GET https://example.org/?q=pimeyes.com", "rejected"),
        ("GET https://notpimeyes.com/en", "cleared"),
        ("GET https://example.org/%41", "unrelated"),
    ],
)
def test_what_is_no_record_is_judged_by_its_text(rules: Rules, request_: str, bin_: str) -> None:
    found = judged(rules, request_, reason="time: cannot be read", host=None)
    assert found["bin"] == bin_
    assert (found["activity"], found["rule"]) == (None, None)


def test_what_shows_nothing_that_was_asked_for_and_names_a_service_is_a_reject(
    rules: Rules,
) -> None:
    """As an event of a kind that the format does not know yet, with its host in a new field."""
    nothing = dict.fromkeys(("host", "path", "query"))
    found = judged(rules, "GET https://pimeyes.com/en", **nothing)
    assert (found["bin"], found["rule"]) == ("rejected", None)
    assert "not read" in found["reason"]
    hostless = {"repeat": "no request: an event that names no host"}
    assert judged(rules, "GET https://pimeyes.com/en", **nothing, **hostless)["bin"] == "rejected"
    for told in ({"referrer": "https://pimeyes.com/"}, {"repeat": "no request: an event"}):
        assert judged(rules, "GET https://pimeyes.com/en", **nothing, **told)["bin"] != "rejected"


def test_a_host_that_belongs_to_a_reject_decides_nothing(rules: Rules) -> None:
    """A half-parsed host may be wrong: the text is asked."""
    found = judged(
        rules, "GET https://example.org/", reason="status: no number", host="pimeyes.com"
    )
    assert found["bin"] == "unrelated"


VALID = SOUND + "    valid_from: 2019-01-01\n    valid_to: 2020-03-31\n"


@pytest.mark.parametrize(
    ("when", "bin_"),
    [
        (datetime(2018, 12, 31, 23, 59, tzinfo=UTC), "cleared"),
        (datetime(2019, 1, 1, tzinfo=UTC), "hit"),
        (datetime(2020, 3, 31, 23, 59, tzinfo=UTC), "hit"),
        (datetime(2020, 4, 1, tzinfo=UTC), "cleared"),
    ],
)
def test_a_domain_is_the_service_for_a_time(when: datetime, bin_: str) -> None:
    found = judged(load_text(VALID), "GET https://beta.example/", time=when)
    assert (found["bin"], found["service"]) == (bin_, "beta")
    assert (found["activity"] is None) is (bin_ == "cleared")


def test_a_signature_means_something_for_a_time() -> None:
    rules = load_text(SOUND.replace("path: '/api", "valid_to: 2020-01-01\n        path: '/api"))
    request = "POST https://alpha.example/api/search"
    early = judged(rules, request, time=datetime(2020, 1, 1, 23, tzinfo=UTC))
    late = judged(rules, request, time=datetime(2020, 1, 2, tzinfo=UTC))
    assert (early["activity"], late["activity"]) == ("search", "api")


def test_rows_and_order_stay(rules: Rules) -> None:
    requests = [request for request, _ in CASES]
    records = requests_as_records(requests)
    found = tag(records, rules)
    assert found.drop(*FINDING).equals(records)
    assert {name: found.schema[name] for name in FINDING} == FINDING
    alone = [tag(records[index : index + 1], rules) for index in range(len(requests))]
    assert pl.concat(alone).equals(found), "a line is judged by itself"


def test_no_lines_are_no_findings(rules: Rules) -> None:
    found = tag(requests_as_records([]), rules)
    assert found.height == 0
    assert {name: found.schema[name] for name in FINDING} == FINDING


def test_hosts_are_matched_by_whole_labels(rules: Rules) -> None:
    hosts = pl.Series(
        [
            "pimeyes.com",
            "a.pimeyes.com",
            "notpimeyes.com",
            "com",
            "",
            None,
            "pimeyes.com.a",
            "x.y.z",
        ]
    )
    found = service_of_hosts(hosts, rules)
    assert found.to_list() == ["pimeyes", "pimeyes", None, None, None, None, None, None]


load_once = cache(load_rules)
REQUESTS = st.lists(st.sampled_from([request for request, _ in CASES]), min_size=1, max_size=12)


def test_threads_share_what_was_decided() -> None:
    rules = load_once()
    records = requests_as_records([request for request, _ in CASES])
    per_line._decider.cache_clear()
    alone = tag(records, rules)
    per_line._decider.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda _: tag(records, rules).equals(alone), range(16)))


def test_what_two_threads_decided_is_remembered_once() -> None:
    rules = load_once()
    decider = per_line._Decider(rules.services["pimeyes"], rules)
    requests = requests_as_records(["GET https://pimeyes.com/en"])
    decided = decider._decide(requests.select(decider._seen))
    decider._remember(decided)
    decider._remember(decided)
    assert decider._known.height == 1


#: An example makes all deciders anew, twice.
@settings(max_examples=40)
@given(st.lists(REQUESTS, min_size=1, max_size=4), st.integers(0, 5))
def test_what_was_decided_before_is_decided_alike(batches: list[list[str]], room: int) -> None:
    rules = load_once()
    found = {}
    for remembered in (0, room):
        per_line._decider.cache_clear()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(per_line, "_REMEMBERED", remembered)
            found[remembered] = [tag(requests_as_records(batch), rules) for batch in batches]
    assert all(one.equals(other) for one, other in zip(found[0], found[room], strict=True))
