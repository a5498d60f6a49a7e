"""Labels with foreign letters: those that look like a watched name pass, those of others do not."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.intake.line_index import LineIndex
from logan.rules.foreign_labels import ForeignLabels
from logan.rules.packs import load_rules
from logan.rules.prefilter import Prefilter
from logan.rules.triggers import ScanPatterns, watch

RULES = load_rules()
#: Letters of other scripts that look like these, and one with an accent.
ALIKE = {"a": "а", "c": "с", "e": "е", "i": "і", "o": "о", "p": "р", "s": "ѕ", "y": "у", "n": "ñ"}


@pytest.fixture(scope="module")
def bundled() -> Prefilter:
    return Prefilter(watch(RULES))


def rows_of(sought: Prefilter, lines: list[str]) -> list[int]:
    rows = sought.search(LineIndex("".join(line + "\n" for line in lines).encode()))
    return list(range(len(lines))) if rows is None else rows.tolist()


def foreign(text: str) -> str:
    return "xn--" + text.encode("punycode").decode("ascii")


def written_alike(label: str) -> list[str]:
    """The label with each letter alone, and with all, in another script."""
    ways = [label.replace(letter, other) for letter, other in ALIKE.items() if letter in label]
    return [*ways, "".join(ALIKE.get(letter, letter) for letter in label) + "ü"]


@pytest.mark.parametrize(
    "around",
    [
        "GET http://{}.com/ x",
        "CONNECT www.{}.com:443",
        "(12){}(3)com(0)",
        "q=http%3A%2F%2F{}%2Ecom%2F",
        "\x10{}\x03com",
        '"{}.co.uk"',
    ],
)
def test_each_label_that_looks_like_a_telling_one_passes(bundled: Prefilter, around: str) -> None:
    labels = [foreign(one) for label in RULES.lookalike_labels for one in written_alike(label)]
    lines = [around.format(one) for label in labels for one in (label, label.upper())]
    assert len(lines) > 100
    assert rows_of(bundled, lines) == list(range(len(lines)))


@pytest.mark.parametrize(
    "label",
    [
        "xn--pime%79es-xyz",
        r"xn--pime\u0079es-xyz",
        "xn----pimyes--xyz-com",
        "xn--pim_es",
        "xn--pimé",
        "xn--" + "a" * 70,
        foreign("pimуes").replace("xn--", "%78n--"),
    ],
)
def test_a_label_that_may_be_another_than_it_seems_passes(bundled: Prefilter, label: str) -> None:
    assert rows_of(bundled, ["x", f"http://{label}.example/"]) == [1]


def test_a_label_that_is_cut_passes() -> None:
    labels = ForeignLabels(lambda _label: False)
    assert labels.may_resemble(b"xn--pime", 4)
    assert not labels.may_resemble(b"xn--pime.", 4)


def test_hosts_in_other_scripts_do_not_pass(bundled: Prefilter) -> None:
    words = ("bücher", "münchen", "пример", "例え", "café", "почта", "τράπεζα")
    lines = [f"GET https://{foreign(word)}.example/{foreign(word)} x" for word in words]
    assert rows_of(bundled, lines * 1_000) == []


@given(
    st.lists(
        st.sampled_from(
            [b"xn--", b"XN--", b"xN-", b"a", b"p", b"-", b"P7", b"b" * 20, b".", b"\0", b"%", b"\n"]
        ),
        max_size=30,
    )
)
def test_many_labels_at_once_are_told_apart_as_each_by_itself(pieces: list[bytes]) -> None:
    labels = ForeignLabels(lambda label: "p" in label[4:])
    data = b"".join(pieces)
    ends = [found.end() for found in re.finditer(b"xn--", data, re.IGNORECASE)]
    assert labels.resembling(data) == [end for end in ends if labels.may_resemble(data, end)]


def test_a_label_that_looks_like_a_name_is_found_among_thousands(bundled: Prefilter) -> None:
    """So many that they are no longer searched for by a pattern."""
    alike = foreign("pimуes").upper()
    lines = ["GET https://xn--bcher-kva.example/ x"] * 10_000
    lines[5_000] = f"GET https://{alike}.example/ x"
    lines[9_999] = "GET https://pimeyes.com/ xn--"
    for _ in range(2):
        assert rows_of(bundled, lines) == [5_000, 9_999]


def test_each_label_is_looked_at_once_as_it_is_written() -> None:
    asked: list[str] = []
    labels = ForeignLabels(lambda label: bool(asked.append(label)))
    for line in (b"xn--bcher-kva.de", b"XN--Bcher-kva/") * 50:
        assert not labels.may_resemble(line, 4)
    assert asked == ["xn--bcher-kva"] * 2


def test_bytes_that_are_no_ascii_are_kept_where_a_name_has_them() -> None:
    line = "http://büro%2ebeispiel.example/ ｘ"
    for name, found in (("büro.beispiel", [0]), (r"b\xc3\xbcro.beispiel", [0]), ("buro", [])):
        hinted = ScanPatterns((name,), watch(RULES).hints)
        assert rows_of(Prefilter(hinted), [line]) == found
