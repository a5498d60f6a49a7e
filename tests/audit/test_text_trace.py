"""A text is known by the prefixes of streams that it has, however they were taken."""

import hashlib
from itertools import accumulate, pairwise

from hypothesis import given
from hypothesis import strategies as st

from logan.audit.text_trace import KnownPrefix, trace_text


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def chain(stream: int, text: bytes, lengths: list[int]) -> list[KnownPrefix]:
    """The prefixes of a stream that was read in pieces."""
    return [
        KnownPrefix(stream, first, stop, sha256(text[first:stop]))
        for first, stop in pairwise([0, *lengths])
    ]


TEXTS = st.lists(
    st.sampled_from([b"a", b"b", b"ab\n", b"\n", b"ccc"]), min_size=1, max_size=30
).map(b"".join)


def pieces(text: bytes, sizes: list[int]) -> list[bytes]:
    bounds = [0, *accumulate(sizes), len(text)]
    return [text[first:stop] for first, stop in pairwise(bounds) if first < stop]


@given(
    streams=st.lists(st.tuples(TEXTS, st.sets(st.integers(1, 60))), max_size=4),
    text=TEXTS,
    sizes=st.lists(st.integers(1, 7), max_size=9),
)
def test_reached_are_the_lengths_up_to_which_texts_agree(
    streams: list[tuple[bytes, set[int]]], text: bytes, sizes: list[int]
) -> None:
    known: list[KnownPrefix] = []
    expected: dict[int, set[int]] = {}
    for number, (other, lengths) in enumerate(streams):
        ends = sorted({min(length, len(other)) for length in lengths})
        known += chain(number, other, ends)
        for end in ends:
            if text[:end] == other[:end]:
                expected.setdefault(end, set()).add(number)
    found = trace_text(pieces(text, sizes), known)
    assert {length: set(some) for length, some in found.reached.items()} == expected
    assert found.length == len(text)
    assert found.sha256 == sha256(text)
    whole = text[: text.rfind(b"\n") + 1]
    assert (found.lines_length, found.lines_sha256) == (len(whole), sha256(whole))
    for length in expected:
        line, newline, _ = text[length:].partition(b"\n")
        assert found.next_lines.get(length) == (sha256(line + newline) if newline else None)


def test_a_shorter_way_is_found_where_the_longer_one_is_not_known() -> None:
    text = b"one\ntwo\nthree\n"
    known = [KnownPrefix(1, 0, 8, sha256(text[:8])), KnownPrefix(1, 4, 8, "other")]
    assert set(trace_text([text], known).reached) == {8}
