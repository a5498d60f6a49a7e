"""The index of a block against a plain loop over its lines."""

from hypothesis import given
from hypothesis import strategies as st

from logan.lines import LineIndex, decoded

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
    assert LineIndex(data).blank == sum(not line.strip(b" \t\r") for line in lines)


@given(LINES, st.sampled_from([b"#", b"#Fields:", b" ", b"x"]))
def test_starting_with_finds_the_rows_of_a_prefix(lines: list[bytes], prefix: bytes) -> None:
    data = b"".join(line + b"\n" for line in lines)
    expected = [row for row, line in enumerate(lines) if line.startswith(prefix)]
    assert LineIndex(data).starting_with(prefix).tolist() == expected


@given(LINES)
def test_rows_at_turns_offsets_into_rows(lines: list[bytes]) -> None:
    data = b"".join(line + b"\n" for line in lines)
    index = LineIndex(data)
    assert index.rows_at(index.starts.tolist()).tolist() == list(range(len(lines)))


@given(LINES)
def test_text_is_each_line_decoded_without_its_end(lines: list[bytes]) -> None:
    data = b"".join(line + b"\n" for line in lines)
    expected = [decoded(line).removesuffix("\r") for line in lines]
    assert LineIndex(data).text().to_list() == expected


def test_bytes_that_are_not_utf8_stay_told_apart() -> None:
    assert decoded(b"J\xe9r\xf4me") == "J\\xe9r\\xf4me"
    assert decoded(b"J\xe9r\xf4me") != decoded(b"J\xe8r\xf4me")


STAMPS = st.lists(st.integers(1_700_000_000, 1_700_040_000), min_size=1, max_size=200)


@given(STAMPS, st.binary(max_size=30).map(lambda rest: rest.replace(b"\n", b"")))
def test_stamp_rows_have_every_span_and_both_ends(stamps: list[int], rest: bytes) -> None:
    data = b"".join(b"%d.123 %s\n" % (stamp, rest) for stamp in stamps)
    index = LineIndex(data)
    rows = index.stamp_rows(0, len(index), (0, 8))
    assert rows is not None
    seen = {stamps[row] for row in rows}
    assert {stamp // 100 for stamp in seen} == {stamp // 100 for stamp in stamps}
    assert min(seen) == min(stamps)
    assert max(seen) == max(stamps)


def test_stamp_rows_of_a_part_stay_within_it() -> None:
    data = b"".join(
        b"%d some text that is long enough\n" % n for n in range(1_700_000_000, 1_700_000_020)
    )
    rows = LineIndex(data).stamp_rows(5, 10, (0, 10))
    assert rows == [5, 6, 7, 8, 9]


def test_stamp_rows_give_up_where_nearly_every_line_differs() -> None:
    data = b"".join(
        b"%d some text that is long enough\n" % n for n in range(1_700_000_000, 1_700_010_000)
    )
    assert LineIndex(data).stamp_rows(0, 10_000, (0, 10)) is None


def test_stamp_rows_of_a_log_out_of_order_name_each_hour_once() -> None:
    stamps = [1_700_000_000 + 3600 * (n % 7) for n in range(9_000)]
    data = b"".join(b"%d some text that is long enough\n" % stamp for stamp in stamps)
    rows = LineIndex(data).stamp_rows(0, 9_000, (0, 8))
    assert rows is not None
    assert len(rows) < 40
    assert {stamps[row] for row in rows} == set(stamps)
