"""The index of a block against a plain loop over its lines."""

import gzip
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.intake import line_index
from logan.intake.line_index import LineIndex, count_blank_lines, decoded
from logan.intake.line_runs import LineRuns, runs_of
from tests.intake.test_packed import PACK

LINES = st.lists(
    st.one_of(
        st.binary(max_size=40).map(lambda line: line.replace(b"\n", b"")),
        st.sampled_from([b"", b" ", b"\t\r", b"\r", b"#Fields: a", b" x", b"x \r"]),
    ),
    max_size=30,
)


def split(data: bytes) -> list[bytes]:
    """The lines of a block, as a child would cut them."""
    lines = data.split(b"\n")
    return lines[:-1] if lines[-1] == b"" else lines


@given(LINES, st.booleans())
def test_every_line_is_found_whole(lines: list[bytes], ended: bool) -> None:
    data = b"\n".join(lines) + (b"\n" if ended and lines else b"")
    index = LineIndex(data)
    expected = split(data)
    assert len(index) == len(expected)
    assert [index.line(row) for row in range(len(index))] == expected


@given(LINES)
def test_blank_lines_are_those_of_white_space_only(lines: list[bytes]) -> None:
    data = b"".join(line + b"\n" for line in lines)
    assert len(LineIndex(data).blank_rows()) == sum(not line.strip(b" \t\r") for line in lines)


@given(st.text("\n \t\rx", max_size=20).map(str.encode))
def test_lines_that_are_all_blank_are_counted_without_an_index(data: bytes) -> None:
    index = LineIndex(data)
    blank = len(index.blank_rows()) == len(index)
    assert count_blank_lines(data) == (len(index) if blank else None)


@given(LINES, st.integers(0, 200), st.booleans())
def test_lines_of_spaces_are_told_in_any_number(lines: list[bytes], more: int, ended: bool) -> None:
    lines = [*lines, *[b"   ", b" x \t", b"\t \r"] * more]
    data = b"\n".join(lines) + (b"\n" if ended else b"")
    expected = [row for row, line in enumerate(split(data)) if not line.strip(b" \t\r")]
    assert LineIndex(data).blank_rows().tolist() == expected


@given(LINES, st.sampled_from([b"#", b"#Fields:", b" ", b"x"]))
def test_starting_with_finds_the_rows_of_a_prefix(lines: list[bytes], prefix: bytes) -> None:
    data = b"".join(line + b"\n" for line in lines)
    expected = [row for row, line in enumerate(lines) if line.startswith(prefix)]
    assert LineIndex(data).starting_with(prefix).tolist() == expected


@given(LINES)
def test_every_byte_belongs_to_the_row_of_its_line(lines: list[bytes]) -> None:
    data = b"".join(line + b"\n" for line in lines)
    expected = [row for row, line in enumerate(lines) for _ in range(len(line) + 1)]
    assert LineIndex(data).rows_of(np.arange(len(data))).tolist() == expected


@given(LINES)
def test_text_is_each_line_decoded_without_its_end(lines: list[bytes]) -> None:
    data = b"".join(line + b"\n" for line in lines)
    expected = [decoded(line).removesuffix("\r") for line in lines]
    assert LineIndex(data).text().to_list() == expected


@given(LINES, st.integers(0, 30), st.integers(1, 200))
def test_text_in_parts_is_the_whole_text(lines: list[bytes], first: int, size: int) -> None:
    index = LineIndex(b"".join(line + b"\n" for line in lines))
    parts = list(index.parts(min(first, len(index)), len(index), size))
    assert [row for begin, end in parts for row in range(begin, end)] == list(
        range(min(first, len(index)), len(index))
    )
    texts = [text for begin, end in parts for text in index.text(begin, end)]
    assert texts == index.text()[first:].to_list()
    assert all(begin < end for begin, end in parts)


def test_bytes_that_are_not_utf8_stay_told_apart() -> None:
    assert decoded(b"J\xe9r\xf4me") == "J\\xe9r\\xf4me"
    assert decoded(b"J\xe9r\xf4me") != decoded(b"J\xe8r\xf4me")


@given(LINES)
def test_newlines_close_together_and_far_apart_are_all_found(lines: list[bytes]) -> None:
    data = b"".join(line + b"\n" for line in lines)
    expected = [at for at, byte in enumerate(data) if byte == 10]
    assert LineIndex(data).ends.tolist() == expected


GAPS = st.lists(st.one_of(st.integers(0, 7), st.integers(20, 60)), min_size=1, max_size=40)


@given(st.integers(0, 40), GAPS, st.integers(0, 9))
def test_blank_lines_among_long_ones_move_no_newline(full: int, gaps: list[int], end: int) -> None:
    lines = [*[b"x" * 30] * full, *[b"x" * gap for gap in gaps]]
    data = b"\n".join(lines) + b"\n" + b"x" * end
    expected = [at for at, byte in enumerate(data) if byte == 10]
    assert LineIndex(data).ends.tolist() == [*expected, *([len(data)] if end else [])]


def test_few_blank_lines_do_not_have_every_byte_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    data = (b"x" * 99 + b"\n") * 50 + b"\n\n" + (b"x" * 99 + b"\n") * 50
    sizes: list[int] = []
    look = np.flatnonzero
    monkeypatch.setattr(np, "flatnonzero", lambda seen: (sizes.append(len(seen)), look(seen))[1])
    assert len(LineIndex(data)) == 102
    assert max(sizes) <= len(data) // 8 + 1


STAMPS = st.lists(st.integers(1_700_000_000, 1_700_040_000), min_size=1, max_size=200)
SPAN = (0, 8)  # 100 seconds


def log(stamps: Sequence[int], rest: bytes = b".123 some text") -> LineIndex:
    return LineIndex(b"".join(b"%d%s\n" % (stamp, rest) for stamp in stamps))


def shown(runs: LineRuns) -> list[list[int]]:
    """The rows of each run, in order."""
    places = [*runs.begins.tolist(), len(runs.rows)]
    return [sorted(runs.rows[a:b].tolist()) for a, b in pairwise(places)]


@given(STAMPS, st.binary(max_size=30).map(lambda rest: rest.replace(b"\n", b"")))
def test_runs_hold_every_line_once_and_know_their_ends(stamps: list[int], rest: bytes) -> None:
    runs = runs_of(log(stamps, rest), 0, len(stamps), SPAN)
    assert runs is not None
    found = shown(runs)
    assert sorted(row for run in found for row in run) == list(range(len(stamps)))
    for run, low, high in zip(found, runs.lowest.tolist(), runs.highest.tolist(), strict=True):
        inside = [stamps[row] for row in run]
        assert len({stamp // 100 for stamp in inside}) == 1
        assert low in run
        assert high in run
        assert (stamps[low], stamps[high]) == (min(inside), max(inside))


def test_runs_of_a_part_stay_within_it() -> None:
    runs = runs_of(log(range(1_700_000_000, 1_700_000_020)), 5, 10, SPAN)
    assert runs is not None
    assert shown(runs) == [[5, 6, 7, 8, 9]]


def test_ends_that_differ_late_are_told_apart() -> None:
    index = LineIndex(
        b"".join(b"2024-01-01 10:59:59.%06d x\n" % n for n in (5, 3, 9, 7)) + b"\n" * 40
    )
    runs = runs_of(index, 0, 4, (0, 14))
    assert runs is not None
    assert (runs.lowest.tolist(), runs.highest.tolist()) == ([1], [2])


def test_runs_give_up_where_nearly_every_line_is_one() -> None:
    stamps = range(1_700_000_000, 1_700_010_000)
    assert runs_of(log(stamps), 0, 10_000, (0, 10)) is None


def test_a_log_out_of_order_has_one_run_for_each_hour() -> None:
    stamps = [1_700_000_000 + 3600 * (n % 7) for n in range(9_000)]
    runs = runs_of(log(stamps), 0, 9_000, SPAN)
    assert runs is not None
    long = [run for run in shown(runs) if len(run) > 1]
    assert sorted(stamps[run[0]] for run in long) == sorted(set(stamps))


def test_members_are_the_rows_of_the_runs_chosen() -> None:
    runs = runs_of(log([1_700_000_000, 1_700_000_001, 1_700_000_200, 1_700_000_300]), 0, 4, SPAN)
    assert runs is not None
    chosen = np.array([stamp in (0, 2) for stamp in range(len(runs.begins))])
    assert runs.members(chosen).tolist() == [0, 1, 3]


# --- What is no text


LOG = b"2024-01-01 10:00:00 10.1.2.3 GET pimeyes.com /en 200\n" * 50


@pytest.mark.parametrize("pack", PACK.values(), ids=PACK)
def test_packed_data_between_the_lines_is_found(pack: Callable[[bytes], bytes]) -> None:
    noise = b"".join(b"%d %d\n" % (at, at * 7919 % 10007) for at in range(3000))
    index = LineIndex(LOG + pack(noise) + LOG)
    assert 50 <= min(index.binary_rows()) < len(index) - 50


def test_a_small_packed_file_is_found_where_its_first_line_begins() -> None:
    assert LineIndex(LOG + gzip.compress(b"a\n") + LOG).binary_rows().tolist() == [50]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b" ",
        b"\tindented",
        b"\r",
        "Ünïcode beginnt hier".encode(),
        "Ünïcode beginnt hier".encode("latin-1"),
        "пользователь открыл страницу".encode(),
        "пользователь открыл страницу".encode("cp1251"),
        b"\x1b[31mred\x1b[0m and plain text again",
        b"\0" * 500 + b"2024-01-01 10:00:00 10.1.2.3 GET pimeyes.com /en 200",
        b"\0" * 500,
        b"\x01\x02 two control characters in a line of text, which a client sent",
    ],
)
def test_odd_lines_of_text_are_text(line: bytes) -> None:
    assert not len(LineIndex(LOG + line + b"\n" + LOG).binary_rows())


def test_of_many_odd_lines_some_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[bytes] = []
    monkeypatch.setattr(line_index, "_is_binary", lambda line: bool(looked.append(line)))
    LineIndex("Ü\n".encode() * 100_000).binary_rows()
    assert 100 < len(looked) < 300
