"""The prefilter against a plain search of every line."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.intake.line_index import LineIndex
from logan.rules.compilation import Patterns
from logan.rules.load import load_text
from logan.rules.packs import load_rules
from logan.rules.prefilter import Prefilter
from logan.rules.triggers import ScanPatterns, watch
from tests.rules.packs_for_tests import SOUND
from tests.rules.test_spelling import spellings

SIMPLE = Prefilter(ScanPatterns((r"pimeyes\.com", r"lenso\.ai")))
PLAIN = re.compile(rb"pimeyes\.com|lenso\.ai", re.IGNORECASE)


def rows_of(prefilter: Prefilter, data: bytes) -> list[int] | None:
    rows = prefilter.search(LineIndex(data))
    return None if rows is None else rows.tolist()


WORDS = st.sampled_from(
    [b"pimeyes.com", b"PimEyes.COM", b"lenso.ai", b"pimeyes", b".com", b"x", b" ", b"\r", b"\x00"]
)
LINES = st.lists(st.lists(WORDS, max_size=6).map(b"".join), max_size=20)


@given(LINES, st.booleans())
def test_passes_just_the_lines_that_match(lines: list[bytes], ended: bool) -> None:
    data = b"\n".join(lines) + (b"\n" if ended else b"")
    index = LineIndex(data)
    rows = SIMPLE.search(index)
    assert rows is not None
    found = [index.line(row) for row in rows.tolist()]
    assert found == [line for line in data.split(b"\n") if PLAIN.search(line)]


def test_passes_everything_where_nearly_every_line_matches() -> None:
    data = b"1 GET http://pimeyes.com/ x\n" * 50_000
    assert SIMPLE.search(LineIndex(data)) is None


def test_letters_written_otherwise_all_over_are_no_reason_to_read_everything(
    bundled: Prefilter,
) -> None:
    data = b"1 GET http://a.example/%41%42%43%2e%64 x\n" * 50_000 + b"p%69meyes.com\n"
    assert rows_of(bundled, data) == [50_000]


def test_an_excerpt_stands_around_the_first_match() -> None:
    data = b"a" * 10_000 + b"pimeyes.com" + b"b" * 10_000
    excerpt = SIMPLE.excerpt(data)
    assert excerpt is not None
    assert b"pimeyes.com" in excerpt
    assert len(excerpt) < 2_000
    assert SIMPLE.excerpt(b"a" * 10_000) is None


@pytest.fixture(scope="module")
def bundled() -> Prefilter:
    return Prefilter(watch(load_rules()))


@pytest.mark.parametrize(
    "form",
    [
        b"pimeyes.com",
        b"PIMEYES.COM.",
        b"jsc12.PimEyes.com:443",
        b"p%69meyes.com",
        b"%50%49%4DEYES%2ecom",
        b"pimeyes%2Ecom",
        b"https%253A%252F%252Fpimeyes%252Ecom",
        b"pimeyes\\u002ecom",
        b"\\u0070imeyes.com",
        b"\\uff50imeyes.com",
        b"\\ud835\\udcf9imeyes.com",
        b"pim\\u00adeyes.com",
        b"(7)pimeyes(3)com(0)",
        b"pimeyes-com.translate.goog",
        "ｐｉｍｅｙｅｓ．ｃｏｍ".encode(),
        "pimeyes。com".encode(),
        b"notpimeyes.com",
        b"&#112;imeyes.com",
        b"%EF%BD%90imeyes.com",
        b"pimeyes%E3%80%82com",
        b"pim\xc2\xadeyes.com",
        b"pimeyes%2ec%6fm",
        b"https%253A%252F%252F%2570imeyes.com",
    ],
)
def test_a_name_in_any_spelling_passes(bundled: Prefilter, form: bytes) -> None:
    data = b"nothing here\nx " + form + b" y\nnothing here\n"
    assert rows_of(bundled, data) == [1]


@given(
    st.tuples(*[st.sampled_from(spellings(letter)) for letter in "pimeyes.com"]),
    st.integers(0, 2),
    st.sampled_from(["x", "http://", "q=", "%20", "=%2F", "é", "p", "%41"]),
)
def test_whatever_letters_are_encoded_a_name_passes(
    bundled: Prefilter, letters: tuple[str, ...], layers: int, before: str
) -> None:
    written = "".join(letters)
    for _ in range(layers):
        written = written.replace("%", "%25")
    assert rows_of(bundled, f"1 GET {before}{written}/ x\n".encode()) == [0]


@given(st.sets(st.integers(0, 17), min_size=1), st.integers(0, 3), st.booleans())
@pytest.mark.parametrize("name", ["pimeyes.com", "face-search-online", "search4faces.com"])
def test_percent_encoded_signs_of_a_name_are_found_wherever_they_stand(
    bundled: Prefilter, name: str, places: set[int], layers: int, upper: bool
) -> None:
    letters = name.upper() if upper else name
    written = "".join(
        f"%{'25' * layers}{ord(letter):02{'X' if upper else 'x'}}" if at in places else letter
        for at, letter in enumerate(letters)
    )
    assert rows_of(bundled, f"%2D{written}%61 x\n".encode()) == [0]


@pytest.mark.parametrize("separator", ["%2D", "-%2d", "%2D%2d", "%252e", "%5Cu002e", "%5cx2D"])
def test_an_encoded_separator_behind_a_label_as_it_is_is_found(
    bundled: Prefilter, separator: str
) -> None:
    assert rows_of(bundled, f"x pimeyes{separator}com y\n".encode()) == [0]


def test_hyphens_and_dots_behind_other_words_are_not_even_looked_at() -> None:
    bundled = watch(load_rules())
    hints = Patterns([*bundled.hints.escapes, *bundled.hints.characters])
    assert hints.find(b"GET http://a.example/one%2dtwo%2Ejpg?pim%2deyes%2ecom") == []
    assert hints.find(b"pimeyes%2ecom") != []


def test_of_names_that_are_patterns_every_encoded_sign_counts() -> None:
    host = r"{host_re: 'face\d\.example\.com', role: API, confidence: client"
    rules = load_text(SOUND.replace("{host: api.alpha.example, role: API, confidence: guess", host))
    data = b"x%2Ey z\nface7%2dexample%2ecom\n"
    assert rows_of(Prefilter(watch(rules)), data) == [1]


@pytest.mark.parametrize(
    "line",
    [
        b"1704067200.002 1206 10.3.110.216 TCP_MISS/200 9 GET https://www.example.com/a?b=c u NONE/- -",
        b"a line that names pimeyes without its domain",
        b"https://www.example.org/search?q=caf%C3%A9%20cr%C3%A8me&x=%7B%22a%22%3A1%7D",
        b"https://en.wiki.example/wiki/Jos%C3%A9_Gonz%C3%A1lez_%E2%80%93_caf%C3%A9%2Dbar%2Ecom",
        "“curly” – d’été; pimey.es".encode(),
    ],
)
def test_other_lines_do_not(bundled: Prefilter, line: bytes) -> None:
    assert rows_of(bundled, line + b"\n") == []
