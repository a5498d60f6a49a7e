"""The tests inside packs: they pass for the bundled ones and can fail."""

import pytest

from logan.rules.load import load_packs, load_text
from logan.rules.packs import bundled_packs
from logan.rules.trial import try_rules
from tests.rules.packs_for_tests import SOUND, line_of


def test_the_bundled_packs_hold_their_own_tests() -> None:
    rules = load_packs(list(bundled_packs().values()))
    trial = try_rules(rules)
    assert [str(failure) for failure in trial.failures] == []
    assert trial.requests > 500


def test_every_domain_is_tried_with_its_look_alikes() -> None:
    """Two domains: three requests that must be hits and three that must not, beside three given."""
    assert try_rules(load_text(SOUND)).requests == 3 + 2 * 6
    past = try_rules(load_text(SOUND + "    valid_to: 2020-03-31\n"))
    assert (past.requests, past.failures) == (3 + 6 + 3, ()), "not to be hit at any time"


@pytest.mark.parametrize(
    ("old", "new", "message", "place"),
    [
        (
            "[POST https://alpha.example/api",
            "[GET https://alpha.example/api",
            "not search by",
            "alpha.search",
        ),
        ("hit: [GET https://alpha", "hit: [GET https://beta", "on beta, not hit", "- id: alpha"),
        ("hit: [GET https://alpha", "cleared: [GET https://alpha", "not cleared", "- id: alpha"),
        (
            "    tests:\n",
            "        no_match: [GET https://alpha.example/about]\n    tests:\n",
            "anything but",
            "alpha.page",
        ),
    ],
)
def test_a_test_that_fails_says_what_was_found(
    old: str, new: str, message: str, place: str
) -> None:
    text = SOUND.replace(old, new)
    (failure,) = try_rules(load_text(text, path="small.yaml")).failures
    assert message in failure.message
    assert failure.line == line_of(text, place)
    assert "logan rules explain" in (failure.advice or "")
