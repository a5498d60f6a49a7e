"""Clues to names of which a part is encoded: never a line too few, and hardly one too many."""

from bisect import bisect_left
from collections.abc import Callable
from itertools import accumulate

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.intake.line_index import LineIndex
from logan.rules import prefilter, triggers
from logan.rules.compilation import Patterns
from logan.rules.encoded_names import character_clues, escape_clues, standing_characters
from logan.rules.load import load_packs, load_text
from logan.rules.packs import bundled_packs, load_rules
from logan.rules.prefilter import Prefilter
from logan.rules.spelling import lookalike_characters, plain
from logan.rules.triggers import watch
from tests.rules.packs_for_tests import SOUND
from tests.rules.test_spelling import ESCAPES as NESTED

HOSTS = watch(load_packs(list(bundled_packs().values()))).hosts or ()
CHARACTERS: dict[str, list[str]] = {}
for one, meant in lookalike_characters().items():
    CHARACTERS.setdefault(meant, []).append(one)


@pytest.fixture(autouse=True)
def _clues_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefilter, "_FREE", 0)
    monkeypatch.setattr(prefilter, "_FREE_OF_STANDING", 0)


@pytest.fixture(scope="module")
def everything() -> Prefilter:
    return Prefilter(watch(load_packs(list(bundled_packs().values()))))


@pytest.fixture(scope="module")
def bundled() -> Prefilter:
    return Prefilter(watch(load_rules()))


def rows_of(sought: Prefilter, lines: list[str]) -> list[int]:
    rows = sought.search(LineIndex("".join(line + "\n" for line in lines).encode()))
    return list(range(len(lines))) if rows is None else rows.tolist()


def percent(text: str, layers: int) -> str:
    return "".join(f"%{'25' * layers}{byte:02X}" for byte in text.encode())


def json(text: str) -> str:
    units = text.encode("utf-16-be").hex()
    return "".join(rf"\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def wide(letter: str) -> str:
    """The full-width form, which IDNA reads as the letter; it knows no underscore."""
    return letter if letter == "_" else chr(ord(letter) + 0xFEE0)


Writing = Callable[[str], str]
WRITINGS: dict[str, Writing] = {
    "percent": lambda letter: percent(letter, 0),
    "percent twice": lambda letter: percent(letter, 1),
    "percent often": lambda letter: percent(letter, 3),
    "u": json,
    "uu": lambda letter: "\\" + json(letter),
    "x": lambda letter: rf"\x{ord(letter):02x}",
    "decimal": lambda letter: f"&#{ord(letter)};",
    "hexadecimal": lambda letter: f"&#x{ord(letter):x};",
    "amp": lambda letter: f"&amp;#{ord(letter)};",
    "wide": wide,
    "wide percent": lambda letter: percent(wide(letter), 0),
    "wide percent twice": lambda letter: percent(wide(letter), 1),
    "wide u": lambda letter: json(wide(letter)),
    "slash percent": lambda letter: rf"%5cu{ord(letter):04x}",
    "ampersand percent": lambda letter: f"%26%23{ord(letter)};",
}
LETTERS = st.sampled_from([*WRITINGS.values(), str])
AROUND = st.sampled_from(["x", "http://", "q=", "%20", "=%2F", "é", "%6c", "www.", ""])


@given(st.sampled_from(HOSTS), st.sampled_from(sorted(WRITINGS)), st.data())
def test_part_of_a_name_in_one_writing_is_found(
    everything: Prefilter, host: str, writing: str, data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, len(host) - 1))
    last = data.draw(st.integers(first + 1, len(host)))
    cased = data.draw(st.sampled_from([str.lower, str.upper, str.title]))(host)
    encoded = "".join(map(WRITINGS[writing], cased[first:last]))
    line = data.draw(AROUND) + cased[:first] + encoded + cased[last:] + "/ x"
    assert rows_of(everything, [line]) == [0]


@pytest.mark.parametrize("writing", WRITINGS)
def test_an_underscore_in_any_writing_is_found(everything: Prefilter, writing: str) -> None:
    """No host has one, but what is looked for beside the host of a shared service may have."""
    assert "access_token" in HOSTS
    assert rows_of(everything, [f"x?access{WRITINGS[writing]('_')}token=1 y"]) == [0]


@given(st.sampled_from(HOSTS), st.data())
def test_a_name_in_any_mixture_of_writings_is_found(
    everything: Prefilter, host: str, data: st.DataObject
) -> None:
    written = "".join(data.draw(LETTERS)(letter) for letter in host)
    assert rows_of(everything, [data.draw(AROUND) + written + " y"]) == [0]


@given(st.sampled_from(HOSTS), st.data())
def test_characters_that_stand_for_letters_or_none_are_found_among_them(
    everything: Prefilter, host: str, data: st.DataObject
) -> None:
    written = ""
    for letter in host:
        character = data.draw(st.sampled_from([letter, *CHARACTERS.get(letter, [])]))
        dropped = data.draw(st.sampled_from(["", "", "", *CHARACTERS[""]])) if written else ""
        written += data.draw(st.sampled_from([str, json, lambda one: percent(one, 0)]))(
            dropped + character
        )
    assert rows_of(everything, [f"GET http://{written}/ x"]) == [0]


def test_each_character_in_json_gives_a_clue_at_each_place_of_each_name() -> None:
    hosts = [*(watch(load_rules()).hosts or ())[::4], "pimeyes.com", "innovatrics.com"]
    lines = [
        f"GET http://{host[:at]}{json(one)}{host[at + len(meant) :]}/"
        for host in {form for host in hosts for form in (host, host.replace(".", "-"))}
        for meant, characters in CHARACTERS.items()
        for at in range(0 if meant else 1, len(host))
        if host.startswith(meant, at)
        for one in (characters if meant else characters[::9])
    ]
    ends = Patterns(character_clues(hosts, ())).ends("\n".join(lines).encode())
    stops = list(accumulate(len(line) + 1 for line in lines))
    found = {bisect_left(stops, end) for end in ends}
    assert [line for at, line in enumerate(lines) if at not in found] == []
    assert len(lines) > 5_000


@pytest.mark.parametrize("written", NESTED)
@pytest.mark.parametrize("host", ["pimeyes.com", "pictriev.com"])
def test_an_escape_inside_another_is_found(everything: Prefilter, written: str, host: str) -> None:
    assert rows_of(everything, [f"GET http://{written}{host[1:]}/"]) == [0]


@pytest.mark.parametrize(
    "written", ["(3)", "\x03", r"\003", r"\x03", "%03", "-", "--", "%2e", r"\u002e"]
)
@pytest.mark.parametrize("last", ["c%6fm", r"co\u006d", "c&#111;m", "cｏm", "co%EF%BD%8D", "%63om"])
def test_a_letter_behind_a_separator_in_any_form_is_found(
    everything: Prefilter, written: str, last: str
) -> None:
    assert rows_of(everything, [f"q=pimeyes{written}{last} y"]) == [0]


@given(
    st.lists(st.sampled_from([*NESTED, *"pimeyes.com", "pimeyes", ".com", "%2e", " "]), max_size=12)
)
def test_whatever_text_reveals_is_found(everything: Prefilter, pieces: list[str]) -> None:
    line = "".join(pieces)
    if "pimeyes.com" in plain(pl.Series("text", [line]))[0]:
        assert rows_of(everything, [line]) == [0]


#: What is in every line of some logs.
ORDINARY = (
    *("officer%E2%80%99s-view", "one%2dtwo%2Dthree", "a%2eb%2ehtml", "a%252Fb", "50%25%20off"),
    *(
        "%2525252525",
        "q=%5Ca%26b%23c",
        r"FORCE\u12345",
        r"FORCE\u2134",
        r"FORCE\u21347",
        r"FORCE\u2060",
        r"FORCE\u1160",
        r"FORCE\x12345",
        r"FORCE\042",
        r"a\x22b\x22",
    ),
    *(
        r"a\x2db",
        r"a\u002db",
        "a&amp;b",
        "it&#39;s",
        "it&#x27;s",
        "caf%C3%A9",
        "n%C2%BA5",
        "%EF%BC%88",
    ),
    *("%E6%97%A5%E6%9C%AC", "日本。東京", "…", "%E2%80%A6", "❤\ufe0f", "don\u00adau", r"\u2019s"),
    *("%26%2339%3B", r"\u0026#39;", "%6f%66%66%69%63%65", r"\u006f\u0066\u0066", "&#111;&#102;"),
    *("ｏｆｆｉｃｅ", "%EF%BD%8F%EF%BD%86%EF%BD%86", "face", "clearview", "search-results%2d"),
)


def test_ordinary_lines_have_no_clue() -> None:
    watched = watch(load_rules())
    hosts = watched.hosts or ()
    patterns = Patterns([*escape_clues(hosts, ()), *character_clues(hosts, ())])
    head = "1704067200.002 1206 10.3.110.216 TCP_MISS/200 9 GET https://a.example/"
    lines = [f"{head}{text} u - -" for text in ORDINARY]
    assert [line for line in lines if patterns.find(line.encode())] == []


@pytest.mark.parametrize("text", ORDINARY)
@pytest.mark.parametrize("every", [1, 100])
def test_among_many_lines_with_hints_an_encoded_name_is_found(
    bundled: Prefilter, text: str, every: int
) -> None:
    lines = [f"{at} {text if at % every == 0 else ''}" for at in range(20_000)]
    lines[15_000] += "x%70imeyes.com"
    lines[16_000] += "pime\u200byes.com"
    lines[17_000] += "facecheck.id"
    assert rows_of(bundled, lines) == [15_000, 16_000, 17_000]


def test_lines_too_long_to_hold_are_told_by_clues_too(bundled: Prefilter) -> None:
    many = b"%6f%66\\u0066 " * 20_000
    assert bundled.excerpt(many) is None
    excerpt = bundled.excerpt(many + b"x%70imeyes.com" + many)
    assert excerpt is not None
    assert b"%70imeyes.com" in excerpt


def test_a_part_of_a_name_is_a_clue_in_any_writing() -> None:
    clues = Patterns(escape_clues((), ("rekognition",)))
    for text in (b"rekognition", b"rek%6fgnition", b"\\u0072ekognition", b"%72%65%6b%6f%67nition"):
        assert clues.find(b"x " + text + b" y")
    assert clues.find(b"x recognition%2dx y") == []


def test_names_of_which_too_little_is_known_give_no_clues() -> None:
    host = r"{host_re: 'f\d\.ex\.com', role: API, confidence: client"
    rules = load_text(SOUND.replace("{host: api.alpha.example, role: API, confidence: guess", host))
    assert not watch(rules).gives_clues
    lines = ["x%41%42 y"] * 5_000 + ["f7%2eex%2ecom"]
    assert rows_of(Prefilter(watch(rules)), lines) == [5_000]


def test_patterns_are_ascii_and_match_within_a_line() -> None:
    watched = watch(load_packs(list(bundled_packs().values())))
    steps = ((triggers.ESCAPES, 1), (triggers.CHARACTERS, 1), (triggers.CHARACTERS, 2))
    for pattern in (one for group, step in steps for one in watched.closer(group, step)):
        assert pattern.isascii()
        assert r"\x0a" not in pattern
        assert "\n" not in pattern


def test_all_characters_that_stand_for_letters_of_a_name_are_told_by_themselves() -> None:
    patterns = Patterns(standing_characters(("pimeyes.com",), ()))
    wanted = {*"pimeyes.com", ""}
    for one, meant in lookalike_characters().items():
        for written in (one, json(one), percent(one, 0), percent(one, 1)):
            assert (
                bool(patterns.find(f"x{written}x".encode()))
                == (meant in wanted or meant in "pimeyes.com")
                or ord(one) > 0xFFFF
            )
    assert not patterns.find("it’s – “fine”… 50 €".encode())
