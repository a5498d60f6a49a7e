"""Look-alikes: one letter off, other suffixes, foreign letters; and the lines that hold them."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logan.intake.line_index import LineIndex
from logan.rules.homographs import as_seen
from logan.rules.lookalike_patterns import near_patterns
from logan.rules.lookalikes import is_one_off
from logan.rules.packs import load_rules
from logan.rules.per_line import tag
from logan.rules.prefilter import Prefilter
from logan.rules.request import requests_as_records
from logan.rules.triggers import watch
from logan.vocabulary import LOOKALIKE

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789-"


# No fixtures: hypothesis writes out what it hands to a test, and patterns are long.
RULES = load_rules()
PREFILTER = Prefilter(watch(RULES))


def judged(request: str) -> tuple[str, str | None, str | None]:
    row = tag(requests_as_records([request]), RULES).row(0, named=True)
    return row["bin"], row["service"], row["rule"]


@pytest.mark.parametrize(
    ("one", "other", "off"),
    [
        ("pimeyes", "pimeyes", False),
        ("pimeyes", "pimeye", True),
        ("pimeyes", "imeyes", True),
        ("pimeyes", "pimeyess", True),
        ("pimeyes", "xpimeyes", True),
        ("pimeyes", "p1meyes", True),
        ("pimeyes", "pimey-es", True),
        ("pimeyes", "pimeyse", False),
        ("pimeyes", "p1meye5", False),
        ("pimeyes", "pimey", False),
        ("pimeyes", "pimeyes12", False),
        ("", "a", True),
        ("", "", False),
    ],
)
def test_one_letter_off(one: str, other: str, *, off: bool) -> None:
    assert is_one_off(one, other) is off
    assert is_one_off(other, one) is off


def distance(one: str, other: str) -> int:
    """Levenshtein's distance by its definition."""
    row = list(range(len(other) + 1))
    for number, letter in enumerate(one, 1):
        before, row[0] = row[0], number
        for at, another in enumerate(other, 1):
            before, row[at] = (
                row[at],
                min(row[at] + 1, row[at - 1] + 1, before + (letter != another)),
            )
    return row[-1]


@given(st.text("abc", max_size=5), st.text("abc", max_size=5))
def test_one_letter_off_is_edit_distance_one(one: str, other: str) -> None:
    assert is_one_off(one, other) is (distance(one, other) == 1)


@given(st.text("abc", min_size=1, max_size=6), st.text("abc", max_size=8))
def test_patterns_match_where_a_text_ends_in_what_is_one_letter_off(label: str, text: str) -> None:
    found = re.search("|".join(near_patterns(label)), f"{text}.")
    ends = (text[at:] for at in range(len(text) + 1))
    assert bool(found) is any(distance(label, end) <= 1 for end in ends)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("рimeyes", "pimeyes"),
        ("píméyès", "pimeyes"),
        ("fаcеseek", "faceseek"),
        ("ρimeyes", "pimeyes"),
        ("bücher", "bucher"),
        ("顔検索", "顔検索"),
    ],
)
def test_a_label_as_an_eye_reads_it(text: str, seen: str) -> None:
    assert as_seen("xn--" + text.encode("punycode").decode()) == seen


@pytest.mark.parametrize(
    "label", ["pimeyes", "xn--", "xn--99999999999", "xn--a-b-c-\u00e9", "Xn--p"]
)
def test_what_is_no_punycode_stays(label: str) -> None:
    assert as_seen(label) == label


@settings(deadline=None)
@given(
    number=st.integers(0, 1_000),
    at=st.integers(0, 12),
    letter=st.sampled_from(["", *LETTERS]),
    shorter=st.booleans(),
    rest=st.sampled_from([".example", ".co.uk"]),
    request_=st.sampled_from(["GET https://www.{}/a", "CONNECT {}:443", "DNS {}"]),
)
def test_the_prefilter_passes_every_look_alike(
    number: int,
    at: int,
    letter: str,
    shorter: bool,
    rest: str,
    request_: str,
) -> None:
    labels = sorted(RULES.lookalike_labels)
    label = labels[number % len(labels)]
    kept = label[at + 1 :] if shorter else label[at:]
    request = request_.format(label[:at] + letter + kept + rest)
    outcome, service, rule = judged(request)
    assert (outcome, rule) == ("cleared", LOOKALIKE)
    # Of two services with one label either may be meant: facesearch.co.uk is like both.
    assert service == RULES.lookalike_labels[label] or label in str(service)
    rows = PREFILTER.search(LineIndex(f"nothing\n{request}\n".encode()))
    assert rows is not None
    assert rows.tolist() == [1]


@settings(deadline=None)
@given(label=st.text("абеіоруѕіяpimeys", min_size=1, max_size=9))
def test_the_prefilter_agrees_on_foreign_letters(label: str) -> None:
    """In the form in which hosts are on the wire; a log that writes the letters themselves is read
    alike by both, as no look-alike."""
    encoded = label.encode("idna").decode()
    for host in (encoded, label):
        request = f"GET https://{host}.example/"
        rows = PREFILTER.search(LineIndex(f"{request}\n".encode()))
        assert rows is not None
        assert rows.tolist() == [] or judged(request)[0] in ("cleared", "unrelated")
        if judged(request)[0] != "unrelated":
            assert rows.tolist() == [0]


@pytest.mark.parametrize(
    "request_",
    [
        "GET https://pimey.example/",
        "GET https://my-pimeyes.org/",
        "GET https://pimeyes/",
        "DNS pimeyes",
        "DNS pimeyes.corp.local",
        "GET https://example.org/pimeyes.net/?q=pimeyes.co",
        "GET https://xn--bcher-kva.example/",
    ],
)
def test_what_is_no_look_alike(request_: str) -> None:
    assert judged(request_)[0] == "unrelated"


def test_a_look_alike_is_never_use() -> None:
    """Nor is what it names elsewhere: that stays a mention of the real one."""
    assert judged("POST https://pimeyes.co/api/search/new")[0] == "cleared"
    both = "GET https://pimeyes.co/go?to=https://pimeyes.com/en"
    assert judged(both) == ("mention", "pimeyes", "mention.named")
