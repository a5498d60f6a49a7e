"""Which hosts a list may hold: a service's own, never one that serves other things too."""

import pytest

from logan.rules.export.names import named_hosts, one_line, watched
from logan.rules.export.targets import TARGETS, export_rules
from logan.rules.load import load_text
from logan.rules.model import Rules

PACK = """
pack: demo
title: Demo
version: 1
checked: 2024-01-02
sources: {A: {what: A source.}}
services:
  - {id: old, name: Old, category: vendor_site, confidence: client, sources: [A], domains: [old.example],
     valid_to: 2023-06-30}
  - {id: new, name: New, category: vendor_site, confidence: client, sources: [A], domains: [new.example],
     valid_to: 2024-06-30}
"""


def test_domains_hosts_and_patterns_are_listed_apart(rules: Rules) -> None:
    by_id = {one.service.id: one for one in watched(rules)[0]}
    assert by_id["pimeyes"].domains == ("pimeyes.com",)
    assert by_id["pimeyes"].hosts == ()
    assert by_id["google_lens"].hosts == ("lens.google.com",)
    assert len(by_id["rekognition"].patterns) == 1


@pytest.mark.parametrize(
    "host", ["yandex.", "www.google.com", "www.bing.com", "huggingface.co", "facebook.com"]
)
def test_shared_hosts_are_never_listed(rules: Rules, host: str) -> None:
    found, left_out = watched(rules)
    assert not any(host in name for one in found for name in (*one.domains, *one.hosts))
    assert any(host.split(".")[0] in reason.lower() or "tracker" in reason for reason in left_out)


def test_guesses_are_never_listed(rules: Rules) -> None:
    found, _ = watched(rules)
    names = {name for one in found for name in named_hosts(one)}
    assert "api.pimeyes.com" not in names
    assert "faceagle.ai" not in names


def test_a_name_that_went_to_others_is_left_out() -> None:
    found, left_out = watched(load_text(PACK))
    assert [one.service.id for one in found] == ["new"]
    assert left_out == ("Old: its names have belonged to others since 2023-06-30",)


def test_hosts_are_written_out_where_sub_domains_are_unknown(rules: Rules) -> None:
    by_id = {one.service.id: named_hosts(one) for one in watched(rules)[0]}
    assert by_id["pimeyes"][:2] == ("pimeyes.com", "www.pimeyes.com")
    assert {"jsc1.pimeyes.com", "jsc15.pimeyes.com", "osint.pimeyes.com"} <= set(by_id["pimeyes"])
    assert len(by_id["pimeyes"]) == len(set(by_id["pimeyes"]))
    assert not any("*" in name or "?" in name for names in by_id.values() for name in names)


def test_a_name_cannot_say_anything_to_another_program() -> None:
    hostile = "Evil\\nhttp_access allow all\\u001b[2J"
    rules = load_text(PACK.replace("name: New", f'name: "{hostile}"'))
    assert one_line("a\nb\x1b[2J\u202e\tc") == "a b[2J c"
    for target in TARGETS:
        for text in export_rules(rules, target).files.values():
            assert not [line for line in text.splitlines() if line.startswith("http_access")]
            assert "\x1b" not in text
