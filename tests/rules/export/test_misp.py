"""MISP's own client takes the event."""

import copy
import json
from typing import Any

import pytest

from logan.rules.export.misp import export
from logan.rules.model import Rules


@pytest.fixture(scope="module")
def document(rules: Rules) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(export(rules).files["logan-watched.misp.json"])
    return found


def test_domains_and_hosts_are_attributes_for_detection(document: dict[str, Any]) -> None:
    found = {one["value"]: one for one in document["Event"]["Attribute"]}
    assert found["pimeyes.com"]["type"] == "domain"
    assert found["lens.google.com"]["type"] == "hostname"
    assert all(one["to_ids"] for one in found.values())
    assert len({one["uuid"] for one in found.values()}) == len(found)


def test_misps_client_takes_it(document: dict[str, Any]) -> None:
    pymisp = pytest.importorskip("pymisp", reason="pip install 'logan-audit[test]'")
    event = pymisp.MISPEvent()
    event.load(copy.deepcopy(document))
    assert len(event.attributes) == len(document["Event"]["Attribute"])
    assert str(event.date) == "2026-11-29"
    assert {tag.name for tag in event.tags} >= {'gdpr:special-categories="biometric-data"'}
