"""Encodings: UTF-16 becomes UTF-8 whatever the chunks, everything else passes untouched."""

import codecs
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.intake.encodings import decode, detect
from logan.intake.unreadable import UnreadableError

ORDERS = pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-16-le", codecs.BOM_UTF16_LE), ("utf-16-be", codecs.BOM_UTF16_BE)],
)


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    """As the reader gives them: the first chunk is never tiny."""
    yield data[:8]
    yield from (data[start : start + size] for start in range(8, len(data), size))


def text_of(data: bytes, size: int = 1 << 20) -> bytes:
    encoding, mark = detect(data)
    return b"".join(decode(pieces(data, size), encoding, mark))


@ORDERS
@given(text=st.text(), size=st.integers(1, 9))
def test_utf16_with_a_mark(encoding: str, mark: bytes, text: str, size: int) -> None:
    assert detect(mark + text.encode(encoding)) == (encoding, 2)
    assert text_of(mark + text.encode(encoding), size) == text.encode()


@ORDERS
def test_utf16_without_a_mark_beyond_doubt(encoding: str, mark: bytes) -> None:
    text = "#Fields: date time cs-host cs-uri-path\r\nevil\u0a0d\U0001f600\n"
    assert mark not in text.encode(encoding)
    assert detect(text.encode(encoding)[:40]) == (encoding, 0)
    assert text_of(text.encode(encoding)) == text.encode()


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"a",
        b"a\0b\0",
        bytes(64),
        b"a\0" * 20 + b"ab" + b"a\0" * 20,
        b"plain ascii text that is longer than thirty-two bytes",
        "Überschrift, länger als zweiunddreißig Bytes".encode("latin-1"),
    ],
)
def test_no_doubtful_utf16(start: bytes) -> None:
    assert detect(start) == ("utf-8", 0)


@ORDERS
def test_a_lone_surrogate_is_replaced(encoding: str, mark: bytes) -> None:
    text = "a\ud83db\ude00c\n".encode(encoding, "surrogatepass")
    assert text_of(mark + text) == "a\ufffdb\ufffdc\n".encode()


@ORDERS
@pytest.mark.parametrize("lost", [1, 2, 3])
def test_utf16_that_ends_inside_a_character(encoding: str, mark: bytes, lost: int) -> None:
    data = mark + "line\n\U0001f600".encode(encoding)
    name, skipped = detect(data)
    parts = decode(pieces(data[:-lost], 3), name, skipped)
    text: list[bytes] = []
    with pytest.raises(UnreadableError, match=f"{encoding} text ends inside a character"):
        text.extend(parts)
    assert b"".join(text) == "line\n\ufffd".encode()


def test_a_utf8_mark_goes_and_nothing_else() -> None:
    body = b"\xff\x00\r\n\xef\xbb\xbfkept\x85\n"
    assert detect(codecs.BOM_UTF8 + body) == ("utf-8-sig", 3)
    assert text_of(codecs.BOM_UTF8 + body) == body


@given(st.binary(min_size=0, max_size=40).filter(lambda data: detect(data)[0] == "utf-8"))
def test_all_other_bytes_pass_untouched(data: bytes) -> None:
    assert text_of(data, 3) == data
