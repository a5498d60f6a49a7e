"""What may stand for a client or a user: the same words as ever, whatever the length of a line."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.formats.engine.fields import CLIENT, IDENT, NAME, PLAIN_CLIENT, USER_OF_WORDS

#: Far more than a field has, in a line that is no record: it is refused, and at once.
LONG = 100_000


@pytest.mark.parametrize("pattern", [NAME, CLIENT, PLAIN_CLIENT, IDENT, USER_OF_WORDS])
@pytest.mark.parametrize("text", ["X", "ab.", "-", "1", ":", "f:", "::", "1.", "_-"])
def test_a_long_word_is_not_tried_in_every_way(pattern: str, text: str) -> None:
    """Where a word could be cut in two ways, this would take minutes."""
    assert re.match(f"{pattern}[|]", text * (LONG // len(text))) is None


@given(st.text("aZ_1-.:", max_size=8))
def test_a_name_ends_with_a_label_that_is_no_number(text: str) -> None:
    labels = text.removesuffix(".").split(".")
    is_name = (
        set(text) <= set("aZ_1-.")
        and all(labels)
        and any(letter in "aZ_" for letter in labels[-1])
        and not text.endswith("..")
    )
    assert (re.fullmatch(NAME, text) is not None) == is_name


@given(st.text('a1-.: "[', max_size=8))
def test_what_identifies_somebody_is_no_number(text: str) -> None:
    is_word = not set(text) & set(' :["') and bool(set(text) - set("0123456789.-"))
    assert (re.fullmatch(IDENT, text) is not None) == (text == "-" or is_word)
