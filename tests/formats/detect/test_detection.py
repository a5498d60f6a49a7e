"""Detection: the best reading wins, in an envelope or outside it; a failure is explained."""

import json
import random
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.errors import UsageError
from logan.formats import FORMATS
from logan.formats.choice import choose
from logan.formats.detect import head as head_module
from logan.formats.detect import reading as head_reading
from logan.formats.detect.detection import detect, recognise_text
from logan.formats.detect.head import head_of
from logan.formats.detect.reading import read_head
from logan.formats.engine.columns import NOT_LOGGED, Columns
from logan.formats.engine.format import Format
from logan.formats.engine.framing import join_head
from logan.formats.engine.layout import Fault, Head, Layout
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pattern import Piece
from logan.formats.engine.stamps import epoch
from logan.formats.vendors.squid import NATIVE
from logan.formats.vendors.w3c import W3C

SQUID = "1704103200.123 5 10.1.2.3 TCP_MISS/200 9 GET http://www.example.com/ - HIER_NONE/- -"
ELFF = (
    "#Software: SGOS 7.3",
    "#Fields: date time c-ip cs-username cs-method cs-host cs-uri-path sc-status",
    "2024-01-10 13:55:36 10.1.2.3 jdoe GET www.example.com /a 200",
)


def winner(text: str, formats: tuple[Format, ...] = FORMATS) -> tuple[str, str | None] | None:
    best = detect(head_of(text.encode(), whole=True), formats).best
    return (best.format.name, best.layout.envelope) if best else None


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_every_sample_is_detected_as_its_own_format(form: Format) -> None:
    for sample in form.texts:
        best = detect(head_of(sample.encode(), whole=True), FORMATS).best
        assert best is not None, sample
        assert best.format.name == form.name, sample


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_every_sample_is_detected_inside_envelopes(form: Format) -> None:
    for sample in form.texts:
        lines = sample.split("\n")
        for wrapped in (
            [f"<134>1 2024-01-01T10:00:00Z box app 1 - - {line}" for line in lines],
            [json.dumps({"log": line + "\n", "stream": "stdout"}) for line in lines],
        ):
            head = head_of("\n".join(wrapped).encode(), whole=True)
            best = detect(head, FORMATS).best
            assert best is not None, wrapped
            assert best.format.name == form.name, wrapped


def test_of_two_readings_the_one_without_an_envelope_wins() -> None:
    assert winner(SQUID) == ("squid", None)


def test_a_header_inside_an_envelope_is_followed() -> None:
    text = "\n".join(f"<134>Jan 10 13:55:36 sg1 bluecoat[0]: {line}" for line in ELFF)
    assert winner(text) == ("w3c", "syslog tag")


def test_a_minority_of_odd_lines_does_not_unseat_a_format() -> None:
    head = head_of("\n".join([SQUID] * 3 + ["junk"] * 2).encode(), whole=True)
    verdict = detect(head, FORMATS)
    assert verdict.best is not None
    assert verdict.best.confidence == pytest.approx(0.6)
    assert verdict.best.fault_line == 4


def test_a_demanding_format_needs_fewer_lines_and_a_named_one_a_single_line() -> None:
    mixed = "\n".join([*ELFF, *["junk of another daemon"] * 3])
    assert winner(mixed) == ("w3c", None)
    head = head_of("\n".join([SQUID, *["junk"] * 9]).encode(), whole=True)
    assert detect(head, FORMATS).best is None
    assert detect(head, [NATIVE], named=True).best is not None


def test_what_nothing_reads_is_explained() -> None:
    verdict = detect(head_of(b"1704103200.123 5 10.1.2.3 TCP_MISS/200 nine\n", whole=True), FORMATS)
    assert verdict.best is None
    assert verdict.explanation is not None
    assert verdict.explanation.startswith("closest is squid (none of the first lines fit); line 1")
    assert detect(head_of(b"\n \n", whole=True), FORMATS).explanation is not None


def test_what_a_header_lacks_is_named_first() -> None:
    verdict = detect(head_of(b"#Fields: c-ip cs-host\n10.1.2.3 a.example\n", whole=True), [W3C])
    assert verdict.best is None
    assert verdict.explanation == "its #Fields name no time (date and time, localtime or timestamp)"


def test_a_header_without_records_is_a_quiet_day() -> None:
    reading = read_head(W3C, head_of("\n".join(ELFF[:2]).encode(), whole=True))
    assert reading is not None
    assert reading.confidence == 1.0


def test_the_head_drops_a_cut_line_and_keeps_line_numbers() -> None:
    head = head_of(b"one\n\ntwo\r\nthr", whole=False)
    assert head.lines == ("one", "two")
    assert head.numbers == (1, 3)
    assert head_of(b"one\n\ntwo\r\nthr", whole=True).lines == ("one", "two", "thr")


def test_a_runner_up_is_another_format() -> None:
    columns = Columns(time=epoch("words"), user=None, client_ip=None, action=None, host="words")
    reader = LinePattern(pieces=(Piece("words", ".*"),))
    lax = replace(NATIVE, name="lax", reader=reader, columns=columns, tunnels=NOT_LOGGED, rank=0)
    verdict = detect(head_of(SQUID.encode(), whole=True), [NATIVE, lax])
    assert verdict.best is not None
    assert verdict.best.format is NATIVE
    assert verdict.runner_up is not None
    assert verdict.runner_up.format is lax


def test_formats_are_chosen_by_name_or_family() -> None:
    assert [form.name for form in choose("w3c", FORMATS)] == ["w3c"]
    assert len(choose("zeek", FORMATS)) > 1
    with pytest.raises(UsageError, match="no such format"):
        choose("nonsense", FORMATS)


def test_the_head_is_the_same_however_far_its_lines_reach() -> None:
    """Short lines are cut out of the beginning, long ones out of all that was read."""
    for size in (10, 200, 1_000):
        lines = [f"{number} {'x' * size}" for number in range(300)]
        head = head_of("\n\n".join(lines).encode(), whole=False)
        assert head.lines == tuple(lines[:120])
        assert head.numbers == tuple(range(1, 240, 2))
        head = head_of("\r\n".join(lines[:100]).encode() + b"\r\n", whole=True)
        assert head.lines == tuple(lines[:100])
        assert head.numbers == tuple(range(1, 101))


LINE_BYTES = st.lists(
    st.binary(max_size=40).map(lambda data: data.replace(b"\n", b""))
    | st.sampled_from(
        [b"", b" \t", b"\r", b" \r\r", b"\0", b"\xc3\xa9\r", b"\xff\xfe x", b"a" * 70]
    ),
    max_size=300,
)


@given(LINE_BYTES, st.sampled_from([1, 100, 1 << 15]), st.sampled_from([10, 1 << 16]))
def test_a_head_has_the_first_lines_that_are_not_blank(
    lines: list[bytes], beginning: int, longest: int
) -> None:
    data = b"first " + b"\n".join(lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(head_module, "_BEGINNING", min(beginning, longest))
        patch.setattr(head_module, "_HEAD_LINE_BYTES", longest)
        head = head_of(data, whole=True)
    pieces = [piece[:longest] for piece in data.split(b"\n")]
    if any(piece.strip() in (b"{", b"[") for piece in pieces[:120]):
        return  # JSON as printed for people: see test_framing
    texts = [piece.decode("utf-8", "backslashreplace").rstrip("\r") for piece in pieces]
    filled = [(at, text) for at, text in enumerate(texts, start=1) if text.strip(" \t\0")][:120]
    assert head.lines == tuple(text for _, text in filled)
    assert head.numbers == tuple(at for at, _ in filled)


@dataclass(frozen=True, kw_only=True)
class AlikeReader(LinePattern):
    """Takes every line, or none."""

    reads: bool

    def check(self, _line: str, _layout: Layout) -> Fault | None:
        return None if self.reads else Fault("field")


@given(
    st.lists(
        st.text('a", \t\r\n[]é', max_size=12)
        | st.sampled_from(['"a","b"', '"a', 'b"', "[,", "a,b"]),
        min_size=1,
        max_size=8,
    ),
    st.booleans(),
)
def test_a_head_whose_lines_come_out_even_is_joined_by_nobody(
    lines: list[str], reads: bool
) -> None:
    form = replace(NATIVE, reader=AlikeReader(pieces=(), reads=reads))
    head = Head(tuple(lines), tuple(range(1, len(lines) + 1)))
    joined = join_head(head, "csv", lambda _: reads)
    assert head_reading._joined_csv(form, Layout(), head) == joined


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (random.Random(7).randbytes(20_000), False),
        (b"\x7fELF\x02\x01\x01" + bytes(64) + b"\n" + bytes(range(256)) * 8, False),
        (b"what a person wrote\n" * 20, True),
        (b"a\x01few\x01cells\x02\n" * 20, True),
        (b"\0what a person wrote after a crash\n" + b"what a person wrote\n" * 20, True),
    ],
)
def test_what_is_no_text_is_close_to_no_format(data: bytes, text: bool) -> None:
    _, verdict = recognise_text(data, FORMATS, whole=True)
    assert (verdict.best, "it is no text" in (verdict.explanation or "")) == (None, not text)


EVENT = {"event_type": "Security", "event_sub_type": "Internet Firewall", "time": "1704894936123"}


@pytest.mark.parametrize(
    ("event", "explanation"),
    [
        ({"name": "a package", "resources": ["hits.csv"]}, "no format knows its first lines"),
        (EVENT | {"domain_name": "www.example.com"}, "closest is cato (none of the first lines"),
    ],
)
def test_an_object_is_close_to_a_format_of_which_it_has_values(
    event: dict[str, object], explanation: str
) -> None:
    _, verdict = recognise_text(json.dumps(event).encode(), FORMATS, whole=True)
    assert (verdict.explanation or "").startswith(explanation)
