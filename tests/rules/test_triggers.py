"""The prefilter's patterns: never a line too few, and hardly one too many."""

import re

import hyperscan
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logan.rules.load import load_packs, load_text
from logan.rules.model import Rules
from logan.rules.name_patterns import required_runs
from logan.rules.packs import bundled_packs, load_rules
from logan.rules.per_line import tag
from logan.rules.request import requests_as_records
from logan.rules.triggers import triggers
from logan.rules.triggers import watch as watch_of
from tests.rules.packs_for_tests import SOUND
from tests.rules.test_spelling import spellings


class Watch:
    """The patterns as the prefilter uses them: on bytes, caseless."""

    def __init__(self, rules: Rules) -> None:
        patterns = [pattern.encode("ascii") for pattern in triggers(rules)]
        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        flags = [hyperscan.HS_FLAG_CASELESS] * len(patterns)
        self._database.compile(expressions=patterns, flags=flags, ids=list(range(len(patterns))))

    def ends(self, line: bytes) -> list[int]:
        found: list[int] = []
        self._database.scan(line, match_event_handler=lambda *match: found.append(match[2]))
        return found


@pytest.fixture(scope="module")
def watch() -> Watch:
    return Watch(load_rules())


@pytest.fixture(scope="module")
def watch_all() -> Watch:
    return Watch(load_packs(list(bundled_packs().values())))


@pytest.mark.parametrize(
    "line",
    [
        b"1704067200.001 5 192.0.2.7 TCP_TUNNEL/200 9 CONNECT PIMEYES.com:443 - HIER_DIRECT/- -",
        b"(7)pimeyes(3)com(0)",
        b"(5)jsc12(7)PimEyes(3)com(0)",
        b"\x07pimeyes\x03com\x00",
        rb"\007pimeyes\003com\000",
        rb"\x07pimeyes\x03com\x00",
        rb"\u0007pimeyes\u0003com",
        b"%07pimeyes%03com",
        b"pimeyes-com.translate.goog",
        b"https://www-pimeyes-com.cdn.ampproject.org/",
        b"p%69meyes.com",
        b"pimeyes%2ecom",
        b"pimeyes%25252Ecom",
        rb"pimeyes\u002ecom",
        "pimeyes。com".encode(),
        "ｐimeyes.com".encode(),
        "pim\u00adeyes.com".encode(),
        "facechec\u212a.id".encode(),
        b"search%EF%BC%94faces.com",
        b"notpimeyes.com.example",
        b"\xff\xfepimeyes.com\x80",
    ],
)
def test_a_line_that_could_name_a_service(watch: Watch, line: bytes) -> None:
    assert watch.ends(line)


@pytest.mark.parametrize(
    "line",
    [
        b"1704067200.001 5 192.0.2.7 TCP_MISS/200 9 GET http://example.com/a?b=c%20d%2Fe%3A - - -",
        b"pimeyes",
        b"pim eyes com",
        b"pimeyes com",
        b"pimeyes/com",
        b"pimeyes\ncom",
        b"https://example.org/caf%C3%A9?q=%D0%BF%D1%80",
        "café Москва".encode(),
        b"",
    ],
)
def test_a_line_that_could_not(watch: Watch, line: bytes) -> None:
    assert watch.ends(line) == []


def test_hyphens_of_a_name_double_in_proxied_hosts(watch_all: Watch) -> None:
    assert watch_all.ends(b"image--search-org.translate.goog")
    assert watch_all.ends(b"image-search.org")


def test_no_match_reaches_over_a_line_end() -> None:
    """On the wire a label of ten letters is announced by a byte that ends a line in a log."""
    watch = Watch(load_text(SOUND.replace("beta.example", "beta.abcdefghij")))
    assert watch.ends(b"beta.abcdefghij")
    assert watch.ends(b"beta\nabcdefghij") == []


def test_shared_hosts_are_watched_by_what_their_signatures_demand(watch_all: Watch) -> None:
    for line in (b"www.google.com/search?q=a", b"yandex.com", b"huggingface.co/models"):
        assert watch_all.ends(line) == []
    assert watch_all.ends(b"GET www.google.com /searchbyimage?image_url=x")
    assert watch_all.ends(b"yandex.ru /images/search?rpt=ImageView")
    assert watch_all.ends(b"https://www.facebook.com/tr/?dl=https%3A%2F%2Fforce.example%2F")


@pytest.mark.parametrize(
    ("pattern", "runs"),
    [
        ("/images/(?:touch/)?search", ["images", "search"]),
        ("/a_b-c/.+", ["a_b-c"]),
        ("^imageview$", ["imageview"]),
        ("(?i)/Swagger/.*", ["Swagger"]),
        ("/a|/b", []),
        ("ab?c", ["a", "c"]),
        (r"\d+", []),
        ("", []),
    ],
)
def test_what_a_pattern_always_has(pattern: str, runs: list[str]) -> None:
    assert required_runs(pattern) == runs


@given(st.tuples(*[st.sampled_from(spellings(character)) for character in "pimeyes.com"]))
def test_any_spelling_of_a_name_is_caught(watch: Watch, letters: tuple[str, ...]) -> None:
    assert watch.ends(("GET http://" + "".join(letters) + "/").encode())


FRAGMENTS = [
    "pimeyes", ".com", ".", "com", "%2e", "%2525", "%70", "-", "--", "(7)", "(3)", "_", "@", ":443",
    "/", " ", "not", "ｐ", "。", "%E3%80%82", r"\u002e", "&#46;", "\x03", ".translate.goog", "é",
    "lens.google.com", "yandex.com/images/search?rpt=imageview&url=x", "force.example/report/x",
    "https://www.facebook.com/tr/?dl=", "rekognition.eu-west-1.amazonaws.com", "rekognition",
]  # fmt: skip


@settings(max_examples=15)
@given(st.lists(st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=7), min_size=20))
def test_what_the_rules_find_the_prefilter_passes(watch_all: Watch, names: list[list[str]]) -> None:
    """The promise of the prefilter: filter, then judge, equals judging every line."""
    written = ["".join(parts).replace(" ", "+") for parts in names]
    requests = [f"GET https://{name}" for name in written]
    requests += [f"GET https://example.org/?q={name}" for name in written]
    bins = tag(requests_as_records(requests), load_packs_once())["bin"]
    missed = [
        request
        for request, bin_ in zip(requests, bins, strict=True)
        if bin_ != "unrelated" and not watch_all.ends(request.encode())
    ]
    assert missed == []


_LOADED: list[Rules] = []


def load_packs_once() -> Rules:
    if not _LOADED:
        _LOADED.append(load_packs(list(bundled_packs().values())))
    return _LOADED[0]


def test_patterns_are_plain_ascii_and_of_the_linear_kind() -> None:
    for pattern in triggers(load_packs_once()):
        assert pattern.isascii()
        pl.select(pl.lit("").str.contains(re.sub(r"\\x[89a-f][0-9a-f]", "x", pattern)))


def test_hosts_with_one_ending_are_compiled_as_few_patterns() -> None:
    """One by one, two thousand of a watch list took five seconds."""
    hosts = [f"shop{number}.example" for number in range(300)]
    rules = load_text(SOUND.replace("[alpha.example]", f"[alpha.example, {', '.join(hosts)}]"))
    assert sum("shop" in one and "%" in one for one in watch_of(rules).names) < len(hosts) / 5
    watch = Watch(rules)
    assert all(watch.ends(host.encode()) for host in hosts)
    assert not watch.ends(b"shop1.other")
