"""Strict loading: every problem at once, each with its place and what to write instead."""

import re
from datetime import date
from pathlib import Path

import pytest

from logan.errors import ConfigurationError
from logan.rules.load import load_packs, load_text
from tests.rules.packs_for_tests import SOUND, line_of, problems_of


def test_a_sound_pack_becomes_values() -> None:
    rules = load_text(SOUND)
    alpha = rules.services["alpha"]
    assert rules.packs[0].checked == date(2026, 11, 22)
    assert rules.version == "small 1 (2026-11-22)"
    assert alpha.default == "page"
    assert [signature.id for signature in alpha.signatures] == ["alpha.search", "alpha.page"]
    assert rules.signatures["alpha.search"].line == line_of(SOUND, "id: alpha.search")
    assert rules.packs[0].sources["DOC"].date == "2025-03"
    assert rules.service_names == {"alpha": "Alpha", "beta": "Beta"}


def test_a_service_is_known_by_its_id_its_name_and_its_domains() -> None:
    known = load_text(SOUND.replace("name: Beta", "name: Alpha")).services_by_any_name
    assert {"alpha", "alpha.example"} <= {name for name, one in known.items() if one == "alpha"}
    assert known["beta"] == "beta"
    assert known.keys() == {name.lower() for name in known}


BREAKS = [
    # what to replace, by what, and: words of the message, words of the advice, line of
    ("title:", "titel:", "no key `titel`", "Did you mean `title`?", "titel:"),
    ("version: 1", "version: one", "`version` is `one`", "whole number from 1", "version:"),
    ("version: 1", "version: 0", "`version` is `0`", "from 1 to", "version:"),
    ("version: 1", "version: true", "`version` is `true`", "from 1 to", "version:"),
    ("2026-11-22", "2026-02-30", "not a day", "2026-11-22", "checked:"),
    ("date: 2025-03", "date: March 2025", "not a date", "2024-05-17", "DOC:"),
    ("pack: small", "pack: Small Pack", "is not of the form", "`facial-search`", "pack:"),
    ("    name: Alpha\n", "", "a service lacks `name`", "name for people", "- id: alpha"),
    ("name: Alpha", "name: 7", "`name` is `7`, not text", "quote it", "name: 7"),
    ("name: Alpha", "name:", "`name` is empty, not text", "quote", "name:\n"),
    ("name: Alpha", "name: [Alpha]", "`name` is a list", "quote", "name: ["),
    ("search\n        pri", "serach\n        pri", "`activity` is `serach`", "`search`?", "serach"),
    ("domains: [alpha.example]", "domains: alpha.example", "not a list", "`- item`", "domains: a"),
    ("domains: [alpha.example]", "domains: []", "empty list", "Leave the key out", "domains: []"),
    (
        "domains: [alpha.example]",
        "domains: [alpha.example, alpha.example]",
        "twice",
        "Keep one",
        "domains: [alpha.example, ",
    ),
    (
        "[alpha.example]",
        "[https://alpha.example]",
        "not a domain alone",
        "pimeyes.com",
        "https://a",
    ),
    ("[alpha.example]", "[Alpha.example]", "not a domain alone", "pimeyes.com", "[Alpha"),
    ("'/api/search'", "'/api/(search'", "is no pattern: unclosed group", "linear", "(search"),
    ("'/api/search'", r"'/(a)\1'", "backreferences are not supported", "linear time", r"(a)\1"),
    ("'/api/search'", "'/(?=a)'", "look-around", "linear time", "(?=a)"),
    ("'/api/search'", "'/(?:a{1000}){1000}'", "is no pattern", "linear time", "a{1000}"),
    ("methods: [POST]", "methods: [post]", "not of the form", "`POST`", "[post]"),
    ("priority: 90", "priority: 900", "`priority` is `900`", "from 1 to 100", "900"),
    (
        "path: '/api/search'",
        "host: alpha.example\n        domain: alpha.example",
        "at most one of domain, host, host_re",
        None,
        "domain: alpha.example\n",
    ),
    ("{host: api", "{host_re: 'a', host: api", "exactly one of host, host_re", None, "host_re"),
    ("  - id: beta\n", "  - beta\n  - id: beta\n", "where a service should be", "id", "- beta\n"),
    (
        "[POST https://alpha.example/api/search]",
        "[no request]",
        "not of the form",
        "POST https",
        "no req",
    ),
]


@pytest.mark.parametrize(("old", "new", "message", "advice", "place"), BREAKS)
def test_one_mistake_one_problem(
    old: str, new: str, message: str, advice: str | None, place: str
) -> None:
    assert old in SOUND
    broken = SOUND.replace(old, new, 1)
    problems = problems_of(broken)
    assert len(problems) == 1, [str(problem) for problem in problems]
    assert message in problems[0].message
    assert (advice or "") in (problems[0].advice or "")
    assert problems[0].line == broken[: broken.index(place)].count("\n") + 1


def test_all_problems_come_at_once_in_order() -> None:
    broken = SOUND.replace("title:", "titel:").replace("priority: 90", "priority: 0")
    broken = broken.replace("name: Beta", "nam: Beta")
    problems = problems_of(broken)
    assert [problem.line for problem in problems] == sorted(
        problem.line or 0 for problem in problems
    )
    messages = " ".join(problem.message for problem in problems)
    for words in ("no key `titel`", "`priority` is `0`", "no key `nam`"):
        assert words in messages


def test_an_error_reads_like_a_compiler_s() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_text(SOUND.replace("title:", "titel:"), path="rules/small.yaml")
    first = str(caught.value).splitlines()[0]
    assert re.fullmatch(r"rules/small\.yaml:\d+: .+", first)


def test_problems_of_several_files_name_each(tmp_path: Path) -> None:
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text(SOUND.replace("title:", "titel:"))
    two.write_text("- a\n")
    with pytest.raises(ConfigurationError) as caught:
        load_packs([two, one])
    assert {Path(problem.path).name for problem in caught.value.problems} == {
        "one.yaml",
        "two.yaml",
    }


def test_a_list_or_a_word_is_no_pack() -> None:
    assert "where a rule pack should be" in problems_of("- a\n")[0].message
    assert "where a rule pack should be" in problems_of("a\n")[0].message


@pytest.mark.parametrize(
    ("pattern", "sound"),
    [
        (r"j\d{1,2}\.alpha\.example", True),
        (r"(?:www\.)?alpha\.(?:example|test)", True),
        (r"[a-z0-9-]+\.alpha\.example", True),
        (r".+\.alpha\.example", True),
        ("j.alpha.example", False),
        (r"\w+\.alpha\.example", False),
        (r"J\.alpha\.example", False),
        (r"[^a]\.alpha\.example", False),
        (r"j[\.]alpha\.example", False),
        (r"(?i)j\.alpha\.example", False),
    ],
)
def test_patterns_for_hosts_are_plain_enough_for_raw_lines(pattern: str, *, sound: bool) -> None:
    """The prefilter looks for them on bytes, where a dot may be written in many ways."""
    problems = problems_of(SOUND.replace("{host: api.alpha.example", f"{{host_re: '{pattern}'"))
    assert [problem.message.endswith("too clever for a host") for problem in problems] == (
        [] if sound else [True]
    )
