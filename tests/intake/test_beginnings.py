"""How a text begins, in a few numbers."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.intake.beginnings import LENGTHS, checksums


@pytest.mark.parametrize("size", [0, 15, 16, 17, 100, LENGTHS[-1], LENGTHS[-1] + 1])
def test_a_checksum_for_each_length_that_a_text_has(size: int) -> None:
    text = bytes(at % 251 for at in range(size))
    reached = [length for length in LENGTHS if length <= size]
    assert checksums(text) == tuple(zlib.crc32(text[:length]) for length in reached)


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_a_text_that_begins_another_has_the_same_numbers_as_far_as_it_goes(
    text: bytes, more: bytes
) -> None:
    own = checksums(text)
    assert checksums(text + more)[: len(own)] == own


def test_texts_that_differ_early_differ_in_every_number() -> None:
    one, other = checksums(b"a" * 4096), checksums(b"b" + b"a" * 4095)
    assert all(left != right for left, right in zip(one, other, strict=True))
