"""Sources that are recognised together are what each is taken for by itself."""

from collections.abc import Sequence
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logan.formats import FORMATS
from logan.formats.engine.format import Format
from logan.formats.vendors.squid import NATIVE
from logan.intake.sources import Source
from logan.pipeline import recognition
from logan.pipeline.recognition import recognise, recognise_all
from logan.pipeline.source_options import RequestedSource
from tests.formats.proof import lines_of

SQUID = "{}.123 250 10.1.2.3 TCP_MISS/200 910 GET http://www.example.com/{} jdoe HIER_NONE/- -"
#: What may stand among the lines of a log: nothing, a header around it, another log, a long name.
OTHERS = (
    "",
    " ",
    "\x01",
    "error",
    "<13>1 2024-01-10T13:55:36Z vm squid 7 - - " + SQUID.format(1_704_103_200, "a"),
    "1704103200.123456 -5 10.1.2.3 TCP_MISS/200 910 GET http://a.example/ jdoe HIER_NONE/- -",
    "1704103200 5 [::1] TCP_MISS/200 910 GET http://a.example/ jdoe HIER_NONE/- -",
    SQUID.format(1_704_103_200, "\u00e9"),
    SQUID.format(1_704_103_200, "{") + "\r",
    "1704103203.500 0 10.1.2.3 NONE_NONE/000 0 - error:no-request - HIER_NONE/- -",
    '10.1.2.3 - jdoe [10/Jan/2024:13:55:36 +0000] "GET http://a.example/ HTTP/1.1" 200 9 "-" "-"',
    "_raw,_time",
    SQUID.format(1_704_103_200, "_raw"),
    SQUID.format(1_704_103_200, "a") + ' "GET http://a.example/ HTTP/1.1" "Mozilla/5.0" 01:02:03',
    SQUID.format(1_704_103_200, "a") + " devname=a devid=b logid=c type=utm subtype=webfilter url=",
    "{",
    "[",
    "message",
    '{"time": 1}',
)


#: Lines of other formats that are of Squid's as well.
OF_BOTH = [
    line
    for form in FORMATS
    for text in form.texts
    for line in lines_of(text)[-1:]
    if form.name != "squid" and NATIVE.reader.fits([line])
]


def sources(texts: Sequence[bytes]) -> list[RequestedSource]:
    return [
        RequestedSource(Source(f"{at}.log", Path(f"{at}.log"), len(text)), at)
        for at, text in enumerate(texts)
    ]


def assert_same(texts: Sequence[bytes], formats: Sequence[Format] = FORMATS) -> None:
    requested = sources(texts)
    each = [recognise(one, text, formats) for one, text in zip(requested, texts, strict=True)]
    assert [*recognise_all(requested, texts, formats)] == each


def squid(first: int, lines: int) -> list[str]:
    return [SQUID.format(1_704_103_200 + first * 60 + at, at) for at in range(lines)]


ODD_LINES = st.lists(st.tuples(st.integers(0, 130), st.sampled_from(OTHERS)), max_size=3)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 130), ODD_LINES, st.booleans()), min_size=8, max_size=12),
    st.sampled_from(("", "<13>Jan 10 13:55:36 vm squid: ")),
)
def test_each_of_many_is_what_it_is_alone(
    texts: list[tuple[int, list[tuple[int, str]], bool]], header: str
) -> None:
    made = []
    for first, (count, others, ended) in enumerate(texts):
        lines = [header + line for line in squid(first, count)]
        for place, other in others:
            lines.insert(place, other)
        made.append("\n".join(lines).encode() + b"\n" * ended)
    assert_same([text or b"\n" for text in made])


@pytest.mark.parametrize("place", [0, 59, 60, 118])
@pytest.mark.parametrize("odd", [*OTHERS, *OF_BOTH])
def test_a_line_that_is_none_of_theirs_is_seen(odd: str, place: int) -> None:
    texts = []
    for count in (1, 2, 59, 61, 100, 125):
        lines = squid(count, 125)
        lines[place : place + count] = [odd] * count
        texts.append("\n".join(lines).encode())
    assert_same(["\n".join(squid(first, 125)).encode() for first in range(8)] + texts)


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_logs_of_any_format_are_what_each_is_alone(form: Format) -> None:
    """With a log of another format among them."""
    line = lines_of(form.texts[0])
    texts = ["\n".join((*line[:-1], *[line[-1]] * count)).encode() for count in range(1, 9)]
    strange = "\n".join(squid(0, 5)).encode()
    assert_same([*texts, strange])
    assert_same([strange, *texts], [form])


def test_bytes_that_are_no_text_are_what_they_are_alone() -> None:
    texts = ["\n".join(squid(first, 100)).encode() for first in range(8)]
    assert_same([*texts, texts[0].replace(b"jdoe", b"j\xff")])


def test_files_of_one_gateway_are_recognised_together() -> None:
    texts = ["\n".join(squid(first, 100)).encode() for first in range(20)]
    with mock.patch.object(recognition, "recognise", wraps=recognise) as alone:
        found = [*recognise_all(sources(texts), texts, FORMATS)]
    assert alone.call_count == 1
    assert {one.format.name for one in found if one.format} == {"squid"}
