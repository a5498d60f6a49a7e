"""A line of several records is a reject: in every format, however they were joined."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.formats import FORMATS
from logan.formats.engine import joined_records
from logan.formats.engine.format import Format
from logan.formats.engine.joined_records import REASON, holds_several
from logan.formats.engine.keyvalue import STANDS_TWICE
from logan.formats.engine.layout import Layout
from logan.formats.vendors.events import CEF
from logan.formats.vendors.squid import NATIVE
from tests.formats.proof import ANSWERS, layout_of, lines_of, raw

HEADER = "<174>Nov 28 22:36:24 vm squid: "
MARKS = {
    "rsyslog": "#012",
    "rsyslog, both": "#015#012",
    "rsyslog, blank": " #012",
    "header of its own": f"#012{HEADER}",
    "two headers": f"#012<13>Nov 28 22:36:24 relay {HEADER}",
    "octet count": f"137 {HEADER}",
    "octet count, RFC 5424": "137 <174>1 2026-11-28T22:36:24Z vm squid 7 - - ",
    "octet count, nothing else": "137 <189>",
    "as JSON writes it": "\\n",
    "as it is": "\n",
    "sysklogd": "^J",
    "null": "#000",
}


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_two_records_on_one_line_are_none(form: Format) -> None:
    text = form.texts[0]
    layout = layout_of(form, text, ANSWERS)
    line = lines_of(text)[-1]
    if "\n" in text and "{" in text.split("\n")[0][:2]:
        pytest.skip("an object over several lines")
    reasons = raw(form, [line, *(line + mark + line for mark in MARKS.values())], layout)["reason"]
    found = dict(zip(("alone", *MARKS), reasons, strict=True))
    assert found.pop("alone") is None
    assert [mark for mark, reason in found.items() if reason is None] == []


SQUID = "1704103200.123 5 10.1.2.3 TCP_MISS/200 9 GET http://www.example.com/ jdoe HIER_NONE/- -"


@pytest.mark.parametrize(
    "line",
    [
        SQUID,
        SQUID + "#012",
        SQUID.replace("com/", r"com/#012<174>Nov 28"),
        SQUID.replace("jdoe", r"FORCE\nJdoe"),
        SQUID.replace("com/", "com/?a=12 <34>".replace(" ", "%20")),
        f"137 {HEADER}{SQUID}",
        SQUID + f"#012{HEADER}{SQUID[:40]}",
    ],
)
def test_one_record_is_not_several(line: str) -> None:
    assert not holds_several(line, NATIVE, layout_of(NATIVE, SQUID))
    reasons = raw(NATIVE, [line], layout_of(NATIVE, SQUID))["reason"]
    assert REASON not in reasons.to_list()


def test_every_record_of_a_line_may_be_the_second() -> None:
    assert holds_several("#012".join([SQUID] * 3), NATIVE, layout_of(NATIVE, SQUID))
    assert holds_several(f"{SQUID}512137 {HEADER}{SQUID}", NATIVE, layout_of(NATIVE, SQUID))


def test_keys_that_stand_twice_are_not_the_reason_where_records_are() -> None:
    other = CEF.texts[0].replace("jdoe", "rroe")
    layout = layout_of(CEF, CEF.texts[0])
    (both,) = raw(CEF, [f"{CEF.texts[0]}#012{other}"], layout)["reason"]
    assert both == REASON
    (forged,) = raw(CEF, [CEF.texts[0] + " suser=chief#012"], layout)["reason"]
    assert forged == STANDS_TWICE + "suser"


def test_a_null_line_is_no_matter() -> None:
    layout = layout_of(CEF, CEF.texts[0])
    assert raw(CEF, ["", CEF.texts[0]], layout)["reason"].null_count() == 1
    assert isinstance(raw(CEF, ["x"], layout), pl.DataFrame)


#: Logs whose lines begin with a stamp, an address, a bracket, a header: a record each, to be cut.
CUT = {
    "squid": "1704103200.123 5 {} TCP_MISS/200 9 GET http://www.example.com/ jdoe HIER_NONE/- -",
    "combined": '{} - jdoe [10/Jan/2024:13:55:36 +0000] "GET http://a.example/ HTTP/1.1" 200 9 "-" '
    '"Mozilla/5.0 (X11) Chrome/120.0.0.0 Safari/537.36"',
    "bind": "10-Jan-2024 13:55:36.123 queries: info: client @0x7f85b4026ed0 {}#50000 "
    "(a.example): query: a.example IN A +E(0)K (192.0.2.53)",
    "haproxy": "{}:50000 [10/Jan/2024:13:55:36.123] proxy proxy/<NOSRV> 0/-1/-1/-1/3 403 188 - - "
    'PR-- 2/2/0/0/0 0/0 "CONNECT a.example:443 HTTP/1.1"',
    "paloalto": "1,2024/01/12 11:21:15,007200001056,THREAT,url,2561,2024/01/12 11:21:14,{},"
    "203.0.113.9,192.0.2.1,203.0.113.9,Staff web,jdoe,,web-browsing,vsys1,Trust,Untrust,"
    "ethernet1/2,ethernet1/1,To-Panorama,2024/01/12 11:21:15,36459,1,49681,443,32326,443,"
    '0x1403000,tcp,alert,"a.example/",(9999),news,informational,client-to-server,899904602,0x0,'
    "10.0.0.0-10.255.255.255,United States,,text/html",
}


@pytest.mark.parametrize("header", ["", HEADER, "<13>1 2024-01-10T13:55:36Z vm squid 7 - - "])
@pytest.mark.parametrize("name", CUT)
def test_what_follows_a_cut_line_is_not_given_to_its_client(name: str, header: str) -> None:
    """As a gateway leaves it that was killed, or whose disk was full: the next record follows."""
    form = next(form for form in FORMATS if form.name == name)
    whole, other = (header + CUT[name].format(client) for client in ("10.1.2.4", "10.1.2.3"))
    layout = layout_of(form, f"{whole}\n{other}\n", ANSWERS)
    # Behind two words: a second address behind the first is another log's vhost and client.
    cuts = range(len(header) + 19, len(whole))
    glued = raw(form, [whole[:at] + other for at in cuts], layout)
    taken = glued.filter(glued["reason"].is_null())
    assert set(taken["client_ip"]) <= {"10.1.2.3"}
    assert REASON in glued["reason"]
    assert raw(form, [whole, other], layout)["reason"].null_count() == 2


@given(st.text(["a", " ", "1", "<", ">", "#", "0", "2", "\\", "n", "^", "J", "\n", "\r", "\0"]))
def test_a_line_with_a_mark_has_a_hint_of_it(text: str) -> None:
    """The hint is asked of all lines, the mark only of those that have it."""
    if joined_records._MARK.search(text, 1) is not None:
        assert pl.Series([text]).str.contains(joined_records._HINT).item()


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_few_places_of_a_line_look_like_its_beginning(form: Format) -> None:
    """Each is held against the whole format: of PAN-OS there were 42 a line, a millisecond each."""
    layout = layout_of(form, form.texts[0], ANSWERS)
    for line in lines_of(form.texts[0]):
        if not line or form.reader.framing != "line":
            continue
        shape = joined_records._compiled(joined_records._shape(line))
        if joined_records._may_begin_again(line, layout):
            assert sum(1 for _ in shape.finditer(line, 1)) < 12


SINGLE = [form for form in FORMATS if form.reader.single(Layout()) is not None]


@pytest.mark.parametrize("form", SINGLE, ids=lambda form: form.name)
def test_lines_of_the_fewest_words_begin_again_nowhere_else(form: Format) -> None:
    """What cells show of a line spares it a look: the verdicts are those of looking."""
    lines = [line for text in form.texts for line in lines_of(text)]
    stamps = ("1704103203.5", "1704103203", "1704103203.123456789", "1704103203.1704103204")
    lines += [f"{stamp} {line.split(' ', 1)[1]}" for stamp in stamps for line in lines]
    glued = [one[:at] + other for one in lines for other in lines for at in range(1, len(one), 3)]
    for first in lines[:: len(form.texts)]:
        column = pl.Series("text", [first, *glued])
        frame = pl.DataFrame({"text": column}).lazy()
        for step in form.reader.steps(Layout(), frozenset()):
            frame = frame.with_columns(**step)
        single = form.reader.single(Layout())
        assert single is not None
        rows = frame.select(whole="text", reason=form.reader.reason(Layout()), single=single)
        rows = rows.collect()
        begun = joined_records._begun_again(rows, rows["reason"], form, Layout())
        looked = joined_records._begun_again(rows.drop("single"), rows["reason"], form, Layout())
        assert begun == looked
        assert begun
        assert rows["single"].any() or form is not NATIVE
