"""STIX bundles become services; what a log cannot show is refused with its line."""

import json
from pathlib import Path
from typing import Any

import pytest

from logan.errors import ConfigurationError, Problem
from logan.rules.load import load_packs
from logan.rules.model import Rules
from logan.rules.per_line import tag
from logan.rules.request import requests_as_records
from logan.rules.stix.indicators import parse_bundle


def indicator(number: int, pattern: str, **others: Any) -> dict[str, Any]:
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{number:08}-0000-4000-8000-000000000000",
        "created": "2024-01-01T00:00:00.000Z",
        "modified": f"2024-01-{number:02}T00:00:00.000Z",
        "name": f"Service {number}",
        "pattern": pattern,
        "pattern_type": "stix",
        "valid_from": "2024-01-01T00:00:00Z",
        **others,
    }


def bundle(*objects: dict[str, Any]) -> str:
    return json.dumps({"type": "bundle", "id": "bundle--1", "objects": objects}, indent=1)


def load(*objects: dict[str, Any]) -> Rules:
    problems: list[Problem] = []
    packs = parse_bundle(bundle(*objects), path="feed.json", problems=problems)
    assert problems == []
    return Rules(tuple(packs))


def problems(text: str) -> list[Problem]:
    found: list[Problem] = []
    assert parse_bundle(text, path="feed.json", problems=found) == []
    return found


def bins(rules: Rules, *requests: str) -> list[str]:
    return tag(requests_as_records(requests), rules)["bin"].to_list()


def test_a_domain_stands_for_itself_and_all_below_it() -> None:
    rules = load(indicator(1, "[domain-name:value = 'face.example']"))
    assert bins(
        rules,
        "GET https://face.example/",
        "CONNECT www.face.example:443",
        "DNS face.example",
        "GET https://notface.example/",
        "GET https://www.google.com/search?q=face.example",
    ) == ["hit", "hit", "hit", "cleared", "mention"]


def test_a_host_stands_for_itself() -> None:
    rules = load(indicator(1, "[hostname:value = 'h.face.example']"))
    assert bins(rules, "GET https://h.face.example/", "GET https://face.example/") == [
        "hit",
        "unrelated",
    ]


def test_an_address_stands_for_one_path_and_query() -> None:
    rules = load(indicator(1, "[url:value = 'https://big.example/face?op=find']"))
    assert bins(
        rules,
        "GET https://big.example/face?op=find",
        "GET https://big.example/face?x=1&op=find",
        "GET https://big.example/face?op=finder",
        "GET https://big.example/face/x?op=find",
        "GET https://big.example/",
        "CONNECT big.example:443",
    ) == ["hit", "hit", "unrelated", "unrelated", "unrelated", "unrelated"]


def test_indicators_of_one_name_are_one_service() -> None:
    rules = load(
        indicator(1, "[domain-name:value = 'face.example']", name="Face"),
        indicator(2, "[domain-name:value = 'face.test']", name="Face"),
    )
    assert rules.services["face"].domains == ("face.example", "face.test")
    assert rules.packs[0].checked.isoformat() == "2024-01-02"


def test_the_id_that_logan_exported_comes_back() -> None:
    reference = [{"source_name": "logan", "external_id": "pimeyes"}]
    rules = load(indicator(1, "[domain-name:value = 'a.example']", external_references=reference))
    assert list(rules.services) == ["pimeyes"]


def test_a_name_below_another_is_watched_once() -> None:
    rules = load(
        indicator(1, "[domain-name:value = 'www.face.example']"),
        indicator(2, "[domain-name:value = 'face.example']"),
    )
    assert list(rules.services) == ["service_2"]


def test_what_expired_is_cleared_afterwards() -> None:
    rules = load(
        indicator(1, "[domain-name:value = 'face.example']", valid_until="2023-01-01T00:00:00Z")
    )
    assert bins(rules, "GET https://face.example/") == ["cleared"]


def test_what_was_revoked_is_passed_over() -> None:
    rules = load(
        indicator(1, "[domain-name:value = 'face.example']"),
        indicator(2, "[domain-name:value = 'other.example']", revoked=True),
    )
    assert list(rules.services) == ["service_1"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"pattern": "[ipv4-addr:value = '192.0.2.1']"}, "which no web log has"),
        ({"pattern": "title: x", "pattern_type": "sigma"}, "of type `sigma`"),
        ({"pattern": "[domain-name:value = 'nodots']"}, "no name that a log could hold"),
        ({"pattern": "[domain-name:value = '*.a.example']"}, "no name that a log could hold"),
        ({"pattern": "[url:value = 'http://[::1/']"}, "no name that a log could hold"),
        ({"pattern": "[domain-name:value = 'co.uk']"}, "is a public suffix"),
    ],
)
def test_what_cannot_be_honoured_is_named(changes: dict[str, Any], words: str) -> None:
    good = indicator(1, "[domain-name:value = 'face.example']")
    bad = indicator(2, "") | {"name": "Bad"} | changes
    text = bundle(good, bad)
    (problem,) = problems(text)
    assert words in problem.message
    assert '"id": "indicator--00000002' in text.splitlines()[(problem.line or 0) - 1]


def test_every_problem_comes_at_once() -> None:
    bad = [indicator(number, "[file:size = 5]") for number in (1, 2, 3)]
    assert len(problems(bundle(*bad))) == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not JSON"),
        ("[]", "no STIX bundle"),
        ('{"type": "report"}', "no STIX bundle"),
        ("[" * 100_000, "nests too deeply"),
        ('{"type": "bundle", "objects": []}', "holds no indicator"),
    ],
)
def test_a_file_of_another_kind_is_refused(text: str, words: str) -> None:
    (problem,) = problems(text)
    assert words in problem.message


def test_a_bundle_loads_beside_a_pack(tmp_path: Path) -> None:
    path = tmp_path / "feed.stix.json"
    path.write_text(bundle(indicator(1, "[domain-name:value = 'face.example']")), encoding="utf-8")
    assert load_packs([path]).packs[0].name == "feed-stix"
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_packs([tmp_path / "none.json"])


@pytest.mark.parametrize("own", ["../../etc/cron.d/x", "a b", "", None])
def test_a_foreign_id_is_no_path(own: str | None) -> None:
    reference = [{"source_name": "logan", "external_id": own}]
    rules = load(indicator(1, "[domain-name:value = 'a.example']", external_references=reference))
    assert list(rules.services) == ["service_1"]


def test_a_name_is_one_line_without_controls() -> None:
    rules = load(indicator(1, "[domain-name:value = 'a.example']", name="A\nhttp_access\x1b[2J"))
    assert [service.name for service in rules.services.values()] == ["A http_access[2J"]
