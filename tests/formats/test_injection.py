"""What a user can write decides nothing but itself: a user agent in the words of other fields."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest

from logan.formats import FORMATS
from logan.formats.custom.mapping import load_text
from logan.formats.engine.format import Format
from logan.formats.engine.json_keys import asked_keys, stands_twice
from logan.formats.engine.json_lines import JsonObject
from logan.formats.engine.keyvalue import STANDS_TWICE, KeyValue
from logan.formats.engine.layout import Layout
from logan.formats.engine.pair_marks import STANDS_WITHIN
from logan.formats.vendors.events import CEF
from logan.formats.vendors.fortinet import PAIRS as FORTINET
from logan.formats.vendors.skyhigh import JSON as SKYHIGH
from logan.formats.vendors.zscaler import PAIRS
from logan.formats.vendors.zscaler_json import JSON
from logan.pipeline.scan import Settings, scan
from logan.records import canonical
from logan.rules.packs import load_rules
from tests.formats.custom.test_mapping import TEXTS as MAPPED
from tests.formats.proof import ANSWERS, Row, layout_of, raw, read, read_one

RULES = load_rules()
FEED = (
    "2024-01-10 13:55:3{}\treason=Allowed\tprotocol=HTTPS\taction=Allowed\ttransactionsize=5760\t"
    "requestmethod=GET\tuseragent={}\tClientIP=10.1.2.3\tstatus=200\tuser=jdoe@force.example\t"
    "url=pimeyes.com/en\thostname=pimeyes.com\tclientpublicIP=192.0.2.7\n"
)
LEEF = (
    "LEEF:1.0|Zscaler|NSS|4.1|Allowed|cat=Allowed\tdevTime=Jan 10 2024 13:55:3{} GMT\t"
    "src=10.1.2.3\turl=pimeyes.com/en\tuserAgent={}\tusrName=jdoe@force.example\t"
    "action=Allowed\tstatus=200\tmethod=GET\n"
)
PLAIN = "curl/8"
WRITTEN = (
    *("curl/8    status=407", "curl/8    user=chief@force.example", "curl/8    action=Blocked"),
    *("curl/8#011status=407", "curl/8#011usrName=chief@force.example", "curl/8 user=chief"),
)


def told(path: Path, log: str) -> list[dict[str, Any]]:
    path.write_text(log)
    result = scan(Settings((str(path),), RULES))
    columns = ["time", "user", "client_ip", "host", "status", "action", "bin"]
    return result.found.select(columns).collect().to_dicts()


@pytest.mark.parametrize("line", [FEED, LEEF], ids=["zscaler feed", "leef"])
@pytest.mark.parametrize("agent", WRITTEN)
def test_a_user_agent_decides_nothing_else(line: str, agent: str, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    plain = told(log, "".join(line.format(at, PLAIN) for at in range(4)))
    written = told(log, "".join(line.format(at, agent if at % 2 else PLAIN) for at in range(4)))
    assert plain == written
    assert [row["bin"] for row in plain] == ["hit"] * 4


#: What a user can write of: each a column of its own.
WRITTEN_BY_USERS = ("user_agent", "referrer", "path", "query")
#: What feeds put between pairs, as far as it may stand in what a user writes.
SEPARATORS = (
    " ",
    "  ",
    "    ",
    ";",
    "; ",
    ", ",
    "|",
    " | ",
    "&",
    "^",
    "#011",
    "#012",
    r"\t",
    r"\n",
)
#: What is no separator, though it looks like one.
LOOK_ALIKES = ("\u0085", "\u2028", "\u00a0", r"\x09", r"\\n", "&#9;", "%0a", "CEF:0|a|b|1|2|c|3|")
VALUES = ("407", "chief@force.example", "Blocked", "10.9.9.9", "http://evil.example/x")
#: A pair behind a quote, where a gateway may write one as it came; and what only opens a value.
QUOTED = {
    JsonObject: ('","{key}":"{value}', '", "{key}" : "{value}'),
    KeyValue: ('" {key}="{value}', '" {key}={value} x="', '"; {key}:"{value}', '"', "\\"),
}
KEY = re.compile(r'(?<![A-Za-z0-9_.-])"?([A-Za-z_@][A-Za-z0-9_.()-]*)(?:=|:"|" ?:)')
#: Formats that say themselves how what a user writes is escaped, so that it never stands there so:
#: Squid and its kin write no blank in an address, JSON within JSON escapes twice.
ESCAPED = {"squid", "cisco-wsa", "defender", "paloalto"}
#: JSON by a library, with a sentence in it that holds the address: cut in two, it is none.
ESCAPES_QUOTES = {"azure-firewall", "sophos-central"}


class Forged(NamedTuple):
    """A line in which one column holds a pair more."""

    column: str
    line: str


def forged(form: Format, row: Row) -> Iterator[Forged]:
    line = row["text"]
    keys = dict.fromkeys(KEY.findall(line)) or ("user", "status")
    for column in WRITTEN_BY_USERS:
        value = row[column]
        if not value or value == "/" or value not in line:
            continue
        at = line.find(value) if column == "path" else line.rfind(value)
        within_quotes = line[:at].count('"') % 2 == 1 and form.name not in ESCAPES_QUOTES
        for words in words_for(form, tuple(keys), within_quotes=within_quotes):
            yield Forged(column, line[:at] + value + words + line[at + len(value) :])


def words_for(form: Format, keys: tuple[str, ...], *, within_quotes: bool) -> Iterator[str]:
    """What a user may write behind his own words, to have it taken for the gateway's."""
    for separator in SEPARATORS:
        yield from (f"{separator}{key}={forgery}" for key in keys for forgery in VALUES)
    for separator in LOOK_ALIKES:
        yield from (f"{separator}{key}={VALUES[1]}" for key in keys)
    for kind, shapes in QUOTED.items():
        if within_quotes and isinstance(form.reader, kind):
            texts = [shape.format(key=key, value=VALUES[0]) for shape in shapes for key in keys]
            yield from dict.fromkeys(texts)
    yield from (f" {key.swapcase()}={VALUES[1]}" for key in keys)


def own_words(column: str) -> set[str]:
    """Where what a user wrote in a column may show."""
    return {column, "text", "reason", *(("query",) if column == "path" else ())}


@pytest.mark.parametrize("kind", ["key-value", "bars", "json", "csv", "tsv", "semicolons"])
def test_what_a_user_writes_decides_nothing_else_where_a_mapping_file_reads(kind: str) -> None:
    assert_decides_nothing_else(load_text(MAPPED[kind][0]))


@pytest.mark.parametrize(
    "form", [one for one in FORMATS if one.name not in ESCAPED], ids=lambda form: form.name
)
def test_what_a_user_writes_decides_nothing_else(form: Format) -> None:
    assert_decides_nothing_else(form)


def assert_decides_nothing_else(form: Format) -> None:
    for text in form.texts:
        layout = layout_of(form, text, ANSWERS)
        plain = read(form, text, layout=layout, zone="UTC")[-1]
        lines = list(forged(form, plain))
        if not lines:
            continue
        made = raw(form, [one.line for one in lines], layout)
        rows = canonical.records(made, zone=layout.zone or "UTC").drop("line").to_dicts()
        for (column, line), row in zip(lines, rows, strict=True):
            changed = {name for name in row if row[name] != plain[name]} - own_words(column)
            assert not changed or row["reason"] is not None, (column, changed, line)


TWICE = (
    "CEF:0|Example|Web Gateway|1.0|100|Request|3|rt=1704895200123 src=10.1.2.3 suser=jdoe "
    "request=https://pimeyes.com/en requestClientApplication=curl/8{} act=blocked"
)


@pytest.mark.parametrize(
    ("words", "key"),
    [
        (" suser=chief", "suser"),
        (" act=allowed", "act"),
        (" suser=jdoe", None),
        (r" suser\=chief", None),
        (" zone=chief", None),
    ],
)
def test_a_key_that_stands_twice_with_two_values_is_named(words: str, key: str | None) -> None:
    (row,) = read(CEF, TWICE.format(words), layout=Layout())
    assert row["reason"] == (STANDS_TWICE + key if key else None)
    assert read_one(CEF, TWICE.format(""), layout=Layout())["user"] == "jdoe"


WEB_FILTER = (
    'date=2024-05-13 time=17:29:45 devid="FGT60D" tz="+0100" logid="0317013312" type="utm" subtype="webfilter" '
    'level="notice" user="jdoe" srcip=10.1.2.3 hostname="pimeyes.com" action="passthrough" '
    'url="{}" sentbyte=525 rcvdbyte=325 agent="curl/8"'
)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://pimeyes.com/en?a=\\", "sentbyte"),
        ('https://pimeyes.com/en?a="', "sentbyte"),
        ('https://pimeyes.com/en?a=\\" user=chief x=\\"', "user"),
        ('https://pimeyes.com/en?a=" rcvdbyte=', "agent"),
        ('https://pimeyes.com/en?a=" sentbyte=9 zone=', "agent"),
        ('https://pimeyes.com/en?a=" x="', None),
        ('https://pimeyes.com/en?a=\\"b\\"', None),
        ("https://pimeyes.com/en?a=1 user=chief", None),
    ],
)
def test_a_quote_that_may_end_a_value_is_named(url: str, key: str | None) -> None:
    (row,) = read(FORTINET, WEB_FILTER.format(url), layout=Layout())
    assert row["reason"] == (STANDS_WITHIN + key if key else None)
    if key is None:
        assert (row["user"], row["bytes_sent"]) == ("jdoe", 525)


OBJECT = (
    '{"datetime":"2024-01-10 13:55:36","action":"Allowed","requestsize":"640","ClientIP":"10.1.2.3",'
    '"requestmethod":"GET","user":"jdoe","url":"pimeyes.com/en%s","hostname":"pimeyes.com"}'
)


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ('","user":"chief', "user"),
        ('","us\\u0065r":"chief', "user"),
        ('","action":"Blocked', "action"),
        ('","user":"jdoe', None),
        ('","beside":{"user":"chief"},"x":"', None),
    ],
)
@pytest.mark.parametrize("around", ["{}", '{{"sourcetype":"zscalernss-web","event":{}}}'])
def test_a_key_that_an_object_has_twice_is_named(words: str, key: str | None, around: str) -> None:
    (row,) = read(JSON, around.format(OBJECT % words))
    assert row["reason"] == (STANDS_TWICE + key if key else None)
    assert row["user"] == "jdoe" or key == "user"


def test_a_key_that_no_column_comes_from_may_stand_twice() -> None:
    assert read_one(JSON, OBJECT % '","zone":"1","zone":"2')["user"] == "jdoe"


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ('","login":"chief', "user and login"),
        ('","login":"jdoe', None),
        ('","login":"', None),
        ('","cip":"10.9.9.9', "ClientIP and cip"),
    ],
)
def test_a_field_under_two_of_its_names_has_one_value(words: str, names: str | None) -> None:
    (row,) = read(JSON, OBJECT % words)
    assert row["reason"] == (STANDS_TWICE + names if names else None)


@pytest.mark.parametrize(
    ("agent", "names"),
    [
        ("curl/8\tlogin=chief", "login and user"),
        ("curl/8\tlogin=jdoe@force.example", None),
        ("curl/8\tlogin=None", None),
        ("curl/8\tcip=10.9.9.9", "cip and ClientIP"),
    ],
)
def test_a_pair_under_two_of_its_names_has_one_value(agent: str, names: str | None) -> None:
    (row,) = read(PAIRS, FEED.format(6, agent))
    assert row["reason"] == (STANDS_TWICE + names if names else None)


EXPORT = (
    '{"username":"jdoe","source_ip":"203.0.113.5","http_action":"GET","client_to_server_bytes":"0",'
    '"requested_host":"pimeyes.com","requested_path":"/en%s","result":"OBSERVED",'
    '"request_timestamp_epoch":"1704103201","http_status_code":"200","client_ip":"10.1.2.3"}'
)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ('","userName":"chief', "username and userName"),
        ('","userName":"jdoe', None),
        ('","clientIP":"10.9.9.9', "clientIP and client_ip"),
        ('","UserName":"chief', None),
    ],
)
def test_a_key_in_two_spellings_has_one_value(words: str, names: str | None) -> None:
    (row,) = read(SKYHIGH, EXPORT % words)
    assert row["reason"] == (STANDS_TWICE + names if names else None)
    assert row["user"] == "jdoe" or names


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('{"a":{"b":"x"},"a.b":"y"}', "a.b"),
        ('{"a.b":"y","a":{"b":"x"}}', "a.b"),
        ('{"a":{"b":"x"},"a.b":"x"}', None),
        ('{"a":{"b":null},"a.b":"x"}', None),
        ('{"c":{"a":{"b":"x"}},"a.b":"y"}', None),
        ('{"z":{"a":{"b":"x"},"a.b":"y"}}', "a.b"),
    ],
)
def test_a_dotted_key_beside_its_objects_has_one_value(line: str, key: str | None) -> None:
    asked = stands_twice(pl.lit(line), asked_keys(["a.b", "a", "b"]))
    assert pl.select(asked).item() == (STANDS_TWICE + key if key else None)
