"""The library of the standard's authors takes the bundle; its ids stay."""

import json
from typing import Any

import pytest

from logan.rules.export.stix import export
from logan.rules.model import Rules

MISSING = "needs stix2: pip install 'logan-audit[test]'"


@pytest.fixture(scope="module")
def bundle(rules: Rules) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(export(rules).files["logan-watched.stix.json"])
    return found


def _of(bundle: dict[str, Any], service: str) -> list[dict[str, Any]]:
    wanted = {"source_name": "logan", "external_id": service}
    return [one for one in bundle["objects"] if wanted in one.get("external_references", [])]


def test_a_domain_and_what_lies_below_it_are_two_indicators(bundle: dict[str, Any]) -> None:
    patterns = [one["pattern"] for one in _of(bundle, "pimeyes")]
    assert patterns == [
        "[domain-name:value = 'pimeyes.com']",
        "[domain-name:value LIKE '%.pimeyes.com']",
    ]
    assert [one["pattern"] for one in _of(bundle, "google_lens")] == [
        "[domain-name:value = 'lens.google.com']"
    ]


def test_ids_and_dates_stay(bundle: dict[str, Any]) -> None:
    first = _of(bundle, "pimeyes")[0]
    assert first["id"] == "indicator--95a5da10-e6cb-5fee-90a9-6cb89de10807"
    assert first["created"] == first["valid_from"] == "2026-11-29T00:00:00.000Z"
    ids = [one["id"] for one in bundle["objects"]]
    assert len(ids) == len(set(ids))


def test_the_standards_library_takes_it(bundle: dict[str, Any]) -> None:
    stix2 = pytest.importorskip("stix2", reason=MISSING)
    parsed = stix2.parse(json.dumps(bundle), allow_custom=False)
    assert len(parsed.objects) == len(bundle["objects"])


def test_patterns_are_sound(bundle: dict[str, Any]) -> None:
    validator = pytest.importorskip("stix2patterns.validator", reason=MISSING)
    patterns = [one["pattern"] for one in bundle["objects"] if one["type"] == "indicator"]
    assert patterns
    assert [validator.run_validator(one, stix_version="2.1") for one in patterns] == [
        [] for _ in patterns
    ]
