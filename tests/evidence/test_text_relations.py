"""What digests of two texts show: never what is not so, and all that they can."""

import hashlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from logan.evidence.read_source import ReadText
from logan.evidence.text_relations import KnownBeginnings, relate
from logan.intake.prefix_digests import REACH, describe_prefixes, restore_prefixes

TEXTS = st.text("ab\r\n", max_size=9).map(str.encode)


def known(text: bytes) -> KnownBeginnings:
    sha256 = hashlib.sha256(text).hexdigest()
    read = ReadText((1,), len(text), sha256, prefixes=describe_prefixes(text))
    beginnings = KnownBeginnings.of(read)
    assert beginnings is not None
    return beginnings


@given(one=TEXTS, other=TEXTS | st.none(), behind=TEXTS)
@example(one=b"a", other=None, behind=b"\r\nb")
@example(one=b"a\r", other=None, behind=b"\n")
@example(one=b"a\nb", other=b"a\n\nb", behind=b"")
def test_what_is_told_of_two_texts_is_so(one: bytes, other: bytes | None, behind: bytes) -> None:
    text, longer = sorted((one, one + behind if other is None else other + behind), key=len)
    told = relate(known(text), known(longer))
    if told == "unknown":
        # No end of a line is where the shorter one has the last of its bytes, or just behind them.
        rest = longer[len(text) :]
        assert not text.endswith(b"\n")
        assert longer[: text.rfind(b"\n") + 1] == text[: text.rfind(b"\n") + 1]
        assert not rest.startswith((b"\n", b"\r\n")) or not longer.startswith(text)
    else:
        assert (told == "begins") == longer.startswith(text)


@pytest.mark.parametrize("beyond", [b"a\n", b"a\nb\n"])
def test_behind_the_first_lines_nobody_can_tell(beyond: bytes) -> None:
    text = b"line\n" * (REACH // 5)
    assert relate(known(text + beyond), known(text + beyond + b"c\n")) == "unknown"
    assert relate(known(text + beyond), known(text + beyond)) == "begins"
    assert relate(known(b"x" + text + beyond), known(text + beyond + b"c\n")) == "differs"


def test_what_is_no_description_is_refused() -> None:
    assert restore_prefixes("") == {}
    for damaged in ("AAAA", "%", describe_prefixes(b"a\n")[:-4]):
        with pytest.raises(ValueError, match=r"digests|base64|padding"):
            restore_prefixes(damaged)
