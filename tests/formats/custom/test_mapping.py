"""Mapping files: every kind of line read, every mistake reported at its place, nothing assumed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.errors import ConfigurationError
from logan.formats import FORMATS
from logan.formats.custom.mapping import load_format, load_formats, load_text
from logan.formats.engine.format import Format
from tests.formats.proof import (
    assert_agreement,
    assert_record,
    counted,
    layout_of,
    read,
    read_one,
    reading_of,
)

HEAD = """\
format: acme
title: Acme gateway
lines: {kind}
tunnels: not-documented
columns:
  time: {time}
  user: [account, User]
  client_ip: ip
  method: verb
  url: address
  status: code
  action: {{from: verdict, allowed: [PASS], blocked: [DENY, DROP], auth: [LOGIN]}}
  bytes_sent: up
  bytes_received: down
  referrer: ref
  user_agent: agent
  repeat: {{from: event, words: [END], why: the end of a session}}
samples:
  - line: {line}
    record: {{user: jdoe, host: www.example.com, path: /a, query: b=c, status: 200}}
"""
RECORD = {
    "time": "2024-07-05T12:55:36+00:00",
    "user": "jdoe",
    "client_ip": "10.1.2.3",
    "method": "GET",
    "scheme": "https",
    "host": "www.example.com",
    "path": "/a",
    "query": "b=c",
    "status": 200,
    "action": "allowed",
    "bytes_sent": 12,
    "bytes_received": 512,
    "referrer": "https://example.org/",
    "user_agent": "Mozilla/5.0",
    "evidence": "url",
}
URL, REF = "https://www.example.com/a?b=c", "https://example.org/"
NAMES = "when,account,ip,verb,address,code,verdict,up,down,ref,agent,event"
ROW = f"05/07/2024 13:55:36,jdoe,10.1.2.3,GET,{URL},200,PASS,12,512,{REF},Mozilla/5.0,START"
PAIRS = " ".join(
    f'{name}="{value}"' for name, value in zip(NAMES.split(","), ROW.split(","), strict=True)
)
JSON = (
    '{"when":1720184136123,"account":"jdoe","ip":"10.1.2.3","verb":"GET","address":"'
    f'{URL}","code":200,"verdict":"PASS","up":12,"down":512,"ref":"{REF}",'
    '"agent":"Mozilla/5.0","event":"START"}'
)
WORDS = ROW.replace(",", " ").replace("05/07/2024 13:55:36", "2024-07-05T13:55:36+0100")
PATTERN = " ".join(rf"(?P<{name}>\S+)" for name in NAMES.split(","))
LOCAL = "{from: when, form: '%d/%m/%Y %H:%M:%S', zone: Europe/London}"


def text_of(kind: str, line: str, *, time: str = LOCAL, more: str = "") -> str:
    quoted = '"' + line.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    text = HEAD.format(kind=kind, time=time, line=quoted)
    return text.replace("columns:", f"{more}columns:", 1)


def plain(kind: str, line: str, *, more: str) -> str:
    """Where the file says which fields there are, only these can be named."""
    text = text_of(kind, line, time="when", more=more)
    return text.replace("[account, User]", "account")


TEXTS = {
    "csv": (text_of("csv", f"{NAMES}\n{ROW}"), f"{NAMES}\n{ROW}"),
    "csv-named": (plain("csv", ROW.replace("05/07/2024 13:55:36", "2024-07-05 12:55:36"),
                        more=f"names: [{NAMES}]\n"),
                  ROW.replace("05/07/2024 13:55:36", "2024-07-05 12:55:36")),
    "tsv": (text_of("tsv", f"{NAMES}\n{ROW}".replace(",", "\t")),
            f"{NAMES}\n{ROW}".replace(",", "\t")),
    "semicolons": (text_of("csv", f"{NAMES}\n{ROW}".replace(",", ";"), more="separator: ';'\n"),
                   f"{NAMES}\n{ROW}".replace(",", ";")),
    "key-value": (text_of("key-value", PAIRS), PAIRS),
    "bars": (text_of("key-value", PAIRS.replace('" ', '"|'), more="separator: '|'\n"),
             PAIRS.replace('" ', '"|')),
    "json": (text_of("json", JSON, time="{from: when, form: epoch}"), JSON),
    "words": (plain("words", WORDS, more=f"names: [{NAMES}]\n"), WORDS),
    "regex": (plain("regex", WORDS, more=f"pattern: '{PATTERN}'\n"), WORDS),
}  # fmt: skip


@pytest.fixture(params=TEXTS, scope="module")
def mapped(request: pytest.FixtureRequest) -> tuple[Format, str]:
    text, line = TEXTS[request.param]
    return load_text(text), line


def test_every_kind_of_line_gives_every_column(mapped: tuple[Format, str]) -> None:
    form, line = mapped
    fraction = ".123000" if line == JSON else ""
    assert_record(
        read_one(form, line, zone="UTC"),
        **RECORD | {"time": f"2024-07-05T12:55:36{fraction}+00:00"},
    )


def test_what_the_file_says_of_itself(mapped: tuple[Format, str]) -> None:
    form, line = mapped
    assert (form.name, form.title, form.rank) == ("acme", "Acme gateway", 9)
    assert form.shows.user
    assert (form.shows.bytes, form.shows.evidence) == ("both", ("url", "connect"))
    reading = reading_of(line, [form, *FORMATS])
    assert reading is not None
    assert reading.format is form


@pytest.mark.parametrize(
    ("word", "action"),
    [("PASS", "allowed"), ("DROP", "blocked"), ("LOGIN", "auth"), ("?", "unknown")],
)
def test_a_word_on_no_list_is_unknown(word: str, action: str) -> None:
    form = load_text(TEXTS["json"][0])
    assert read_one(form, JSON.replace("PASS", word))["action"] == action


def test_repeats_and_tunnels() -> None:
    form = load_text(TEXTS["json"][0])
    assert read_one(form, JSON.replace("START", "END"))["repeat"] == "the end of a session"
    row = read_one(form, JSON.replace("GET", "connect").replace(URL, "www.example.com:443"))
    assert (row["evidence"], row["port"]) == ("connect", 443)


def test_the_zone_of_the_file_is_that_of_the_log() -> None:
    assert layout_of(load_text(TEXTS["csv"][0]), TEXTS["csv"][1]).zone == "Europe/London"
    unzoned = load_text(TEXTS["csv-named"][0])
    assert unzoned.shows.clock == "local"
    row = read_one(unzoned, TEXTS["csv-named"][1], zone="+01:00")
    assert row["time"].hour == 11


def test_columns_may_be_joined_and_named_anew_within_a_file() -> None:
    text = TEXTS["csv"][0].replace("{from: when,", "{join: [day, clock],")
    text = text.replace("when,", "day,clock,").replace("2024 13", "2024,13")
    form = load_text(text)
    head = NAMES.replace("when", "day,clock")
    row = ROW.replace("2024 13", "2024,13")
    other = "day,clock,address,ip\n06/07/2024,13:55:36,https://www.example.org/,10.1.2.4"
    rows = read(form, f"{head}\n{row}\n{other}")
    assert counted(rows) == (2, 0)
    assert [row["host"] for row in rows] == ["www.example.com", "www.example.org"]


NEAR = """near_misses: ['{"when":1720184136,"address":"a.example"}']"""
MISTAKES = {
    "an unknown key": ("title:", "titel:", 2, "has no key `titel`"),
    "an unknown column": ("  user_agent:", "  agent:", 16, "has no key `agent`"),
    "no such kind": ("lines: json", "lines: xml", 3, "`lines` is `xml`"),
    "no host": ("  url: address\n", "", 6, "neither `host` nor `url`"),
    "no answer about tunnels": ("tunnels: not-documented\n", "", 1, "lacks `tunnels`"),
    "no such answer": ("tunnels: not-documented", "tunnels: yes", 4, "`tunnels` is"),
    "a near miss that is read": ("samples:", f"{NEAR}\nsamples:", 18, "near miss is read"),
    "no time": ("  time: {from: when, form: epoch}\n", "", 6, "lacks `time`"),
    "no such zone": ("form: epoch", "zone: Europe/Lundon", 6, "is no time zone"),
    "two sources": ("{from: when,", "{from: when, join: [a],", 6, "exactly one of from, join"),
    "a key without a meaning": ("lines: json", "lines: json\nnames: [a]", 4, "means nothing"),
    "a sample that differs": ("host: www.example.com", "host: x", 20, "comes out as"),
    "a sample that is not read": ('{\\"when\\"', '{\\"then\\"', 19, "the sample is not read"),
    "a wrong clock": ("form: epoch", "form: iso", 19, "time: cannot be read"),
    "not YAML": ("title: Acme", "title: [Acme", 3, "is not YAML"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_reported_at_its_line(mistake: str) -> None:
    old, new, line, message = MISTAKES[mistake]
    text = TEXTS["json"][0]
    assert old in text
    with pytest.raises(ConfigurationError) as caught:
        load_text(text.replace(old, new, 1))
    problems = [(problem.line, problem.message) for problem in caught.value.problems]
    assert any(at == line and message in words for at, words in problems), problems


def test_fields_that_no_line_has_are_reported() -> None:
    for kind, words in (("words", "`names` has no `typo`"), ("regex", "has no group `typo`")):
        with pytest.raises(ConfigurationError, match=words):
            load_text(TEXTS[kind][0].replace("url: address", "url: typo"))
    with pytest.raises(ConfigurationError, match="needs `pattern`"):
        load_text(TEXTS["json"][0].replace("lines: json", "lines: regex"))
    with pytest.raises(ConfigurationError, match="look-around"):
        load_text(TEXTS["regex"][0].replace("pattern: '", "pattern: '(?=x)"))


def test_all_mistakes_of_all_files_come_at_once(tmp_path: Path) -> None:
    good, bad, twin = (tmp_path / f"{name}.yaml" for name in ("good", "bad", "twin"))
    good.write_text(TEXTS["json"][0])
    twin.write_text(TEXTS["json"][0])
    bad.write_text(TEXTS["json"][0].replace("title", "titel"))
    assert load_format(good).definition == f"the mapping file {good}"
    with pytest.raises(ConfigurationError) as caught:
        load_formats([good, bad, twin, tmp_path / "none.yaml"], FORMATS)
    text = str(caught.value)
    assert f"{bad}:2: the file has no key `titel`" in text
    assert "there is a format `acme` already" in text
    assert "none.yaml: cannot be read" in text


def test_tunnels_are_answered_for_all_lines_or_by_each() -> None:
    text = TEXTS["json"][0]
    tunnel = JSON.replace("GET", "CONNECT").replace(URL, "www.example.com:443")
    told = "{from: event, words: [OPENED]}"
    for answer, line, setup in (
        ("with-inner-requests", tunnel, True),
        ("not-documented", tunnel, True),
        ("alone", tunnel, False),
        ("none", tunnel, False),
        (told, tunnel, False),
        (told, tunnel.replace("START", "OPENED"), True),
    ):
        form = load_text(text.replace("tunnels: not-documented", f"tunnels: {answer}"))
        assert read_one(form, line)["setup"] is setup, answer


def test_evidence_may_be_told_by_each_line() -> None:
    told = "evidence: {from: event, connect: [SNI], dns: [LOOKUP, QUERY]}\n"
    form = load_text(TEXTS["json"][0].replace("columns:", f"{told}columns:"))
    assert form.shows.evidence == ("url", "connect", "dns")
    for word, evidence in (("START", "url"), ("SNI", "connect"), ("QUERY", "dns")):
        assert read_one(form, JSON.replace("START", word))["evidence"] == evidence


def test_a_log_without_addresses_shows_connections() -> None:
    text = TEXTS["json"][0].replace("  url: address", "  host: address").replace(URL, "a.example")
    form = load_text(
        text.replace("method: verb", "scheme: {value: https}").replace(
            "host: www.example.com, path: /a, query: b=c, ", "scheme: https, evidence: connect, "
        )
    )
    assert form.shows.evidence == ("connect",)


@pytest.mark.parametrize("kind", ["csv", "key-value", "json", "regex"])
def test_needs_and_near_misses(kind: str) -> None:
    text, line = TEXTS[kind]
    asked = "needs: {verdict: 'PASS|DENY', event: '[A-Z]+'}\n"
    form = load_text(text.replace("columns:", f"{asked}columns:", 1))
    assert counted(read(form, line, zone="UTC")) == (1, 0)
    assert layout_of(form, line) is not None
    other = line.replace("PASS", "PASSED")
    assert_agreement(form, [line.split("\n")[-1], other.split("\n")[-1]], layout_of(form, line))
    assert counted(read(form, other, layout=layout_of(form, line), zone="UTC")) == (0, 1)


def test_part_of_a_field_may_be_meant() -> None:
    text = TEXTS["json"][0].replace(
        "user: [account, User]", "user: {from: account, extract: 'j(.*)'}"
    )
    text = text.replace("status: code", "status: {from: code, extract: '[0-9]'}")
    form = load_text(text.replace("user: jdoe", "user: doe").replace("status: 200", "status: 2"))
    row = read_one(form, JSON)
    assert (row["user"], row["status"]) == ("doe", 2)


@given(st.data())
def test_check_and_columns_agree(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(TEXTS)))
    form, line = load_text(TEXTS[name][0]), TEXTS[name][1]
    row = line.split("\n")[-1]
    begin = data.draw(st.integers(0, len(row)))
    end = data.draw(st.integers(begin, min(len(row), begin + 20)))
    piece = data.draw(st.sampled_from(["", "-", '"', ",", " ", "x=", "\t", "é"]))
    assert_agreement(form, [row[:begin] + piece + row[end:]], layout_of(form, line))


def test_the_example_of_the_documentation_holds() -> None:
    document = Path(__file__).parents[3] / "docs" / "mapping-files.md"
    example = document.read_text().split("```yaml\n")[1].split("```")[0]
    form = load_text(example)
    row = read_one(form, form.texts[0])
    assert (row["path"], row["bytes_sent"], row["bytes_received"]) == ("/a", 64, 512)


ASKED = {"user": "[account, User]", "client_ip": "ip"}
ASKED |= {"action": "{from: verdict, allowed: [PASS], blocked: [DENY, DROP], auth: [LOGIN]}"}


@pytest.mark.parametrize(("column", "entry"), ASKED.items())
def test_whom_and_what_a_log_tells_of_cannot_be_forgotten(column: str, entry: str) -> None:
    text, line = TEXTS["csv"]
    text = text.replace("{user: jdoe, host", "{host")
    with pytest.raises(ConfigurationError, match=f"lacks `{column}`"):
        load_text(text.replace(f"  {column}: {entry}\n", ""))
    form = load_text(text.replace(f"{column}: {entry}", f"{column}: null"))
    assert read_one(form, line, zone="UTC")[column] == ("unknown" if column == "action" else None)
