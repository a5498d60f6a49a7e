"""RequiredLiterals: what spares detection a format's checks is on every head that the format reads."""

import json
import random
from dataclasses import replace
from functools import cache
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logan.formats import FORMATS
from logan.formats.detect.detection import FormatVerdict, detect
from logan.formats.detect.head import head_of
from logan.formats.detect.reading import read_head, reads_any
from logan.formats.detect.required_literals import LiteralIndex, contains_all
from logan.formats.engine.envelope import LAYERS, likely
from logan.formats.engine.format import Format
from logan.formats.engine.json_lines import parse, parsed
from logan.formats.engine.layout import Head, Layout
from logan.formats.engine.pattern import Pattern, Piece
from logan.formats.engine.reader import Reader


class ReaderWithoutLiterals:
    """A reader that asks no text of a head."""

    required_literals = ()

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)


def without_literals(form: Format) -> Format:
    """The format with a reader that asks no text of a head."""
    return replace(form, reader=cast("Reader", ReaderWithoutLiterals(form.reader)))


#: Formats of which one question shows whether lines are theirs, whatever the layout.
ASKED_AT_ONCE = [form for form in FORMATS if form.reader.fits(()) is not None]
WITHOUT_LITERALS = tuple(map(without_literals, FORMATS))
SAMPLES = [text for form in FORMATS for text in (*form.texts, *form.near_misses)]
LINES = sorted({line for text in SAMPLES for line in text.split("\n")})
COMPILED = LiteralIndex([form.reader.required_literals for form in FORMATS], few=0)
WRAPPED = (
    "{}",
    "<134>1 2024-01-01T10:00:00Z box app 1 - - {}",
    "Jan 10 13:55:36 box app[7]: {}",
    "2024-01-10T13:55:36.000Z stdout F {}",
)


def test_plain_lines_of_squid_may_be_of_one_format() -> None:
    """The one that may be needs no contest: of thousands of small files each was held against two
    formats that it can not be of."""
    line = "1704067200.008 16963 10.0.53.125 TCP_MISS/200 16983 GET http://a.example/b - - -\n"
    assert [FORMATS[at].name for at in COMPILED.fulfilled(line * 20)] == ["squid"]


@cache
def head(text: str) -> Head:
    return head_of(text.encode("utf-8", "surrogatepass"), whole=True)


def told(form: Format, text: str) -> bool:
    """Whether required literals agree with the checks: True also where the format reads nothing."""
    lines = head(text)
    reading = read_head(form, lines)
    reads = reading is not None and reading.confidence > 0
    return not reads or contains_all(form.reader.required_literals, "\n".join(lines.lines))


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A few sample lines, cut, spliced and with characters of others put in."""
    text = "\n".join(draw(st.lists(st.sampled_from(LINES), min_size=1, max_size=4)))
    for _ in range(draw(st.integers(0, 4))):
        at, end = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
        put = draw(st.sampled_from(["", " ", '"', "\t", ",", "=", "\\u0063", "-", "#", "|", "{"]))
        text = text[:at] + put + text[max(at, min(end, at + 3)) :]
    return draw(st.sampled_from(WRAPPED)).format(text) if draw(st.booleans()) else text


def said(verdict: FormatVerdict) -> list[object]:
    """All that a verdict says; formats by name."""
    readings = [
        one and (one.format.name, one.layout, one.confidence, one.fault_line, one.fault, one.reach)
        for one in (verdict.best, verdict.runner_up)
    ]
    return [*readings, verdict.explanation]


def same(first: FormatVerdict, second: FormatVerdict) -> bool:
    return said(first) == said(second)


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_a_format_reads_no_sample_of_any_format_that_lacks_its_literals(form: Format) -> None:
    assert all(told(form, text) for text in SAMPLES if head(text).lines)


@settings(max_examples=100, deadline=None)
@given(mutated())
def test_a_format_reads_no_mutation_that_lacks_its_literals(text: str) -> None:
    if head(text).lines:
        assert [form.name for form in FORMATS if not told(form, text)] == []


@settings(max_examples=50, deadline=None)
@given(mutated())
def test_literals_change_no_verdict(text: str) -> None:
    assert same(detect(head(text), FORMATS), detect(head(text), WITHOUT_LITERALS))


def test_literals_change_no_verdict_on_a_mixed_feed() -> None:
    order = random.Random(7)
    for _ in range(20):
        text = "\n".join(order.choices(LINES, k=80))
        assert same(detect(head(text), FORMATS), detect(head(text), WITHOUT_LITERALS))


def test_keys_that_json_writes_in_codes_are_no_reason_to_pass_a_line_over() -> None:
    line = FORMATS[[form.name for form in FORMATS].index("zeek-json")].texts[0]
    coded = line.replace('"ts"', '"\\u0074s"')
    assert json.loads(coded) == json.loads(line)
    best = detect(head(coded), FORMATS).best
    assert best is not None
    assert best.format.name == "zeek-json"


def test_a_pattern_is_known_by_what_stands_between_its_fields() -> None:
    pieces = (Piece("a", "x+"), Piece(None, r" \["), Piece("b", "y"), Piece(None, " +"))
    assert Pattern((*pieces, Piece(None, "[0-9]"))).required_literals == ((" [",), (" ",))


@settings(max_examples=100, deadline=None)
@given(mutated())
def test_literals_compiled_and_looked_for_one_by_one_are_the_same(text: str) -> None:
    one_by_one = tuple(
        at for at, form in enumerate(FORMATS) if contains_all(form.reader.required_literals, text)
    )
    assert COMPILED.fulfilled(text) == one_by_one
    assert COMPILED.fulfilled(text) == one_by_one


def test_many_heads_in_any_order_are_told_as_each_alone_is() -> None:
    """What was seen before changes nothing: neither the first texts nor those after them."""
    texts = [text for text in SAMPLES if head(text).lines]
    alone = {text: said(detect(head(text), WITHOUT_LITERALS)) for text in texts}
    random.Random(3).shuffle(texts)
    formats = tuple(FORMATS[:])
    for text in texts:
        assert said(detect(head(text), formats)) == alone[text]


def test_formats_without_literals_may_read_every_text() -> None:
    assert LiteralIndex([(), ()], few=0).fulfilled("x") == (0, 1)
    assert LiteralIndex((), few=0).fulfilled("x") == ()


@pytest.mark.parametrize("form", ASKED_AT_ONCE, ids=lambda form: form.name)
def test_what_is_asked_at_once_is_what_a_check_asks(form: Format) -> None:
    for text in SAMPLES:
        for line in text.split("\n"):
            layout = form.layout(head(line)) or Layout()
            assert form.reader.fits([line]) == (form.reader.check(line, layout) is None), line


@settings(max_examples=200, deadline=None)
@given(mutated())
def test_no_layer_is_taken_off_a_line_that_is_said_to_have_none(text: str) -> None:
    """The slow twin of the gate in front of the layers: all of them tried on every line."""
    lines = head(text).lines
    tried = [
        layer
        for layer in LAYERS
        if 2 * sum(layer.strip(line).strip() not in ("", line.strip()) for line in lines)
        >= max(1, len(lines))
    ]
    assert [layer for layer in tried if layer not in likely(lines)] == []


def test_lines_parsed_together_are_what_each_is_alone() -> None:
    lines = [line for line in LINES if "{" in line]
    lines += [f'{{"a": {value}}}' for value in ("1", "NaN", "1e999", '"\\ud800"', "[", "01")]
    alone = [parsed(f"{line} ") for line in lines]
    parse([f" {line}" for line in lines])
    assert [parsed(f" {line}") for line in lines] == alone


def reads(form: Format, lines: Head) -> bool:
    reading = read_head(form, lines)
    return reading is not None and reading.confidence > 0


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_the_quick_check_finds_what_a_whole_reading_finds(form: Format) -> None:
    for text in SAMPLES:
        if lines := head(text).lines:
            sample = Head(lines[:60], head(text).numbers[:60], head(text).framing)
            assert reads_any(form, sample) == reads(form, sample), text


@settings(max_examples=100, deadline=None)
@given(mutated())
def test_the_quick_check_of_a_mutation_finds_what_a_whole_reading_finds(text: str) -> None:
    if lines := head(text).lines:
        sample = Head(lines[:60], head(text).numbers[:60], head(text).framing)
        assert [form.name for form in FORMATS if reads_any(form, sample)] == [
            form.name for form in FORMATS if reads(form, sample)
        ]


@pytest.mark.parametrize("form", ASKED_AT_ONCE, ids=lambda form: form.name)
def test_no_layout_of_a_format_asked_at_once_makes_directives_of_lines(form: Format) -> None:
    """A sample asks that first, and the layout only where a line fits."""
    layouts = (form.layout(head(text)) for text in SAMPLES if head(text).lines)
    assert all(layout is None or layout.cells.header is None for layout in layouts)
