"""What must hold between entries: each case breaks a sound pack in one way."""

import pytest

from logan.errors import ConfigurationError
from logan.rules.checks import check_packs, literal_path
from logan.rules.load import load_text
from tests.rules.packs_for_tests import SOUND, problems_of

BETA = """\
    domains: [beta.example]
"""
SIGNATURE = """\
    signatures:
      - id: beta.{name}
        activity: {activity}
        priority: 50
        confidence: {confidence}
        sources: [DOC]
        match: [GET https://beta.example/]
"""


def beta(
    more: str = "", *, name: str = "x", confidence: str = "vendor", activity: str = "page"
) -> str:
    """The sound pack with a signature in its second service, and more lines for that."""
    signature = SIGNATURE.format(name=name, confidence=confidence, activity=activity)
    return SOUND + signature + "".join(f"        {line}\n" for line in more.splitlines())


CASES = {
    "twice the same service": (SOUND.replace("id: beta", "id: alpha"), "`alpha` exists already at"),
    "twice the same signature": (
        SOUND.replace("id: alpha.page", "id: alpha.search"),
        "signature `alpha.search` exists already",
    ),
    "a signature named after another service": (
        beta().replace("beta.x", "alpha.x"),
        "`alpha.x` is not named after its service",
    ),
    "an unknown source": (SOUND.replace("sources: [DOC]", "sources: [DOK]", 1), "no source `DOK`"),
    "a source nobody cites": (
        SOUND.replace("services:\n", "  SPARE: {what: Nothing}\nservices:\n", 1),
        "`SPARE` is cited nowhere",
    ),
    "a guess that decides": (beta(confidence="guess"), "`beta.x` is a guess"),
    "a service that is a guess": (
        SOUND.replace("confidence: client", "confidence: guess"),
        "`beta` is a guess",
    ),
    "nothing to match": (SOUND.replace(BETA, ""), "`beta` can match nothing"),
    "only guesses to match": (
        SOUND.replace(
            BETA, "    hosts:\n      - {host: b.example, confidence: guess, sources: [DOC]}\n"
        ),
        "`beta` can match nothing",
    ),
    "no default but hosts of its own": (
        SOUND + "    default: none\n",
        "`beta` has `default: none` but hosts of its own",
    ),
    "the same domain twice": (
        SOUND.replace("beta.example", "alpha.example"),
        "`alpha.example` of `beta` is watched also by `alpha`",
    ),
    "a domain below another": (
        SOUND.replace("beta.example", "b.alpha.example"),
        "`b.alpha.example` of `beta` is watched also by `alpha`",
    ),
    "a domain below its own": (
        SOUND.replace("[beta.example]", "[beta.example, www.beta.example]"),
        "`www.beta.example` of `beta` is watched twice",
    ),
    "a host in another's domain": (
        SOUND + "    hosts:\n      - {host: x.alpha.example, confidence: client, sources: [DOC]}\n",
        "`x.alpha.example` of `beta` is watched also by `alpha`",
    ),
    "an end before its beginning": (
        SOUND + "    valid_from: 2024-02-01\n    valid_to: 2024-01-01\n",
        "ends (2024-01-01) before it begins",
    ),
    "half a condition on what came before": (
        beta("requires_prior: [beta.x]"),
        "half a condition on what came before",
    ),
    "a reference into another service": (
        beta("renewed_by: [alpha.search]"),
        "refers to `alpha.search`, which is not in `beta`",
    ),
    "a host of another service": (
        beta("host: www.alpha.example"),
        "`www.alpha.example` is no host of `beta`",
    ),
    "no services": (SOUND.split("services:")[0], "watches nothing"),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_refused(name: str) -> None:
    text, message = CASES[name]
    messages = [problem.message for problem in problems_of(text)]
    assert any(message in one for one in messages), messages


def test_a_name_that_only_ends_alike_is_no_overlap() -> None:
    assert problems_of(SOUND.replace("beta.example", "notalpha.example")) == []


def test_a_host_in_a_domain_needs_no_second_service() -> None:
    more = "    hosts:\n      - {host: www.beta.example, confidence: client, sources: [DOC]}\n"
    assert problems_of(SOUND + more) == []


SHADOWS = [
    # conditions of the earlier and of the later signature, and whether the earlier takes all
    ("", "path: '/a'", True),
    ("path: '/a'", "path: '/a'", True),
    ("path: '/.*'", r"path: '/a\.b'", True),
    ("path: '/b.*'", "path: '/a'", False),
    ("path: '/a'", "", False),
    ("methods: [GET]", "methods: [GET]\npath: '/a'", True),
    ("methods: [GET]", "path: '/a'", False),
    ("methods: [GET]", "methods: [GET, POST]", False),
    ("methods: [GET, POST]", "methods: [POST]", True),
    ("query: {a: b}", "query: {a: b, c: d}", True),
    ("query: {a: b, c: d}", "query: {a: b}", False),
    ("query: {a: b}", "query: {a: c}", False),
    ("status: [200]", "path: '/a'", False),
    ("evidence: [connect]", "path: '/a'", False),
    ("domain: beta.example", "host: www.beta.example", True),
    ("host: www.beta.example", "domain: beta.example", False),
    (r"host_re: '.+\.beta\.example'", "host: www.beta.example", True),
    (r"host_re: '.+\.beta\.example'", "host: beta.example", False),
    ("host: beta.example", "host: www.beta.example", False),
    ("valid_from: 2024-01-01", "path: '/a'", False),
    ("page: {referrer: true}", "path: '/a'", False),
]


@pytest.mark.parametrize(("earlier", "later", "shadowed"), SHADOWS)
def test_signatures_that_can_never_match(earlier: str, later: str, *, shadowed: bool) -> None:
    second = SIGNATURE.format(name="y", confidence="vendor", activity="search").replace(
        "    signatures:\n", ""
    )
    text = beta(earlier) + second + "".join(f"        {line}\n" for line in later.splitlines())
    messages = [problem.message for problem in problems_of(text)]
    expected = ["`beta.y` can never match: `beta.x` is tried first"] if shadowed else []
    assert messages == expected


def test_packs_are_checked_against_each_other() -> None:
    one = load_text(SOUND).packs[0]
    messages = [problem.message for problem in check_packs([one, one])]
    assert any("pack `small` exists already" in message for message in messages)
    assert any("watched also by" in message or "watched twice" in message for message in messages)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/api/search", "/api/search"),
        (r"/a\.php", "/a.php"),
        ("/a.php", None),
        ("/a+", None),
        ("(?i)/a", None),
        ("/a|/b", None),
    ],
)
def test_patterns_that_are_plain_text(pattern: str, path: str | None) -> None:
    assert literal_path(pattern) == path


def test_the_error_names_both_places() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_text(SOUND.replace("beta.example", "alpha.example"), path="small.yaml")
    assert "(small.yaml:8)" in str(caught.value)
