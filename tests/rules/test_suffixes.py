"""Domains that are nobody's."""

import pytest

from logan.rules.load import load_packs, load_text
from logan.rules.packs import bundled_packs
from logan.rules.suffixes import suffix_problems
from tests.rules.packs_for_tests import SOUND, line_of


@pytest.mark.parametrize("domain", ["co.uk", "police.uk", "github.io", "com.br"])
def test_a_public_suffix_is_refused(domain: str) -> None:
    text = SOUND.replace("beta.example", domain)
    (problem,) = suffix_problems(load_text(text, path="small.yaml"))
    assert domain in problem.message
    assert problem.line == line_of(text, "- id: beta")


def test_a_site_of_ones_own_is_asked_about_too() -> None:
    (problem,) = suffix_problems(load_text(SOUND + "sites:\n  - {domain: police.uk}\n"))
    assert "`police.uk`" in problem.message


def test_the_bundled_packs_name_domains_of_somebody() -> None:
    assert suffix_problems(load_packs(list(bundled_packs().values()))) == []
