"""The measure finds false positives and misses where there are some, and logan's packs have none."""

import pytest

from logan.rules import figures
from logan.rules.figures import measure, own_hosts, reached_signatures
from logan.rules.host_lists import host_lists
from logan.rules.load import load_packs, load_text
from logan.rules.model import Rules
from logan.rules.packs import bundled_packs

PACK = """
pack: demo
title: Demo
version: 1
checked: 2024-01-02
sources: {A: {what: A source.}}
services:
  - id: demo
    name: Demo
    category: consumer_face_search
    confidence: client
    sources: [A]
    domains: [demo.example]
    hosts:
      - {host: single.other.example, confidence: client, sources: [A]}
      - {host_re: 'api\\d\\.third\\.example', confidence: client, sources: [A]}
      - {host: big.example, shared: true, confidence: client, sources: [A]}
"""
OWN = ["demo.example", "www.demo.example", "single.other.example", "api1.third.example"]
STRANGERS = [
    "mydemo.example",
    "demo.example.net",
    "x.single.other.example",
    "other.example",
    "api12.third.example",
    "big.example",
    "example",
]


@pytest.fixture(scope="module")
def packs() -> Rules:
    return load_packs(list(bundled_packs().values()))


def test_what_belongs_to_a_service() -> None:
    assert own_hosts(load_text(PACK), [*OWN, *STRANGERS]) == OWN


def test_sound_rules_are_right() -> None:
    measured = measure(load_text(PACK), [*OWN, *STRANGERS, "DEMO.example.", "demo.example"])
    assert (measured.wrong, measured.missed) == ((), ())
    assert (measured.hosts, measured.own) == (len(OWN) + len(STRANGERS), len(OWN))
    assert (measured.cleared, measured.mentions) == (2, 1)


def test_a_false_positive_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "own_hosts", lambda _rules, _hosts: ["demo.example"])
    assert measure(load_text(PACK), OWN).wrong == (
        "api1.third.example",
        "single.other.example",
        "www.demo.example",
    )


def test_a_miss_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "own_hosts", lambda _rules, hosts: list(hosts))
    assert measure(load_text(PACK), ["demo.example", "a.example"]).missed == ("a.example",)


def test_a_signature_without_a_test_that_reaches_it_shows(packs: Rules) -> None:
    assert reached_signatures(packs) == set(packs.signatures)


def test_the_packs_on_the_most_used_hosts(packs: Rules) -> None:
    lists = host_lists()
    if not lists:
        pytest.skip("no list of hosts: pip install 'logan-audit[figures]'")
    measured = measure(packs, [host for one in lists for host in one.hosts])
    assert measured.hosts > 1_000_000
    assert measured.own > 40
    assert (measured.wrong, measured.missed) == ((), ())
