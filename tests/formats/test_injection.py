"""What a user can write decides nothing but itself: a user agent in the words of other fields."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from logan.formats import FORMATS
from logan.formats.engine.format import Format
from logan.formats.engine.keyvalue import STANDS_TWICE
from logan.formats.engine.layout import Layout
from logan.formats.vendors.events import CEF
from logan.pipeline.scan import Settings, scan
from logan.records import canonical
from logan.rules.packs import load_rules
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
VALUES = ("407", "chief@force.example", "Blocked", "10.9.9.9", "http://evil.example/x")
KEY = re.compile(r"(?<![A-Za-z0-9_.-])([A-Za-z_@][A-Za-z0-9_.()-]*)=")
#: Formats that say themselves how what a user writes is escaped, so that it never stands there so:
#: Squid and its kin write no blank in an address, JSON within JSON escapes twice.
ESCAPED = {"squid", "cisco-wsa", "defender", "paloalto"}


class Forged(NamedTuple):
    """A line in which one column holds a pair more."""

    column: str
    line: str


def forged(row: Row) -> Iterator[Forged]:
    line = row["text"]
    keys = dict.fromkeys(KEY.findall(line)) or ("user", "status")
    for column in WRITTEN_BY_USERS:
        value = row[column]
        if not value or value == "/" or value not in line:
            continue
        at = line.find(value) if column == "path" else line.rfind(value)
        for separator in SEPARATORS:
            for key in keys:
                for forgery in VALUES:
                    words = f"{value}{separator}{key}={forgery}"
                    yield Forged(column, line[:at] + words + line[at + len(value) :])


def own_words(column: str) -> set[str]:
    """Where what a user wrote in a column may show."""
    return {column, "text", "reason", *(("query",) if column == "path" else ())}


@pytest.mark.parametrize(
    "form", [one for one in FORMATS if one.name not in ESCAPED], ids=lambda form: form.name
)
def test_what_a_user_writes_decides_nothing_else(form: Format) -> None:
    for text in form.texts:
        layout = layout_of(form, text, ANSWERS)
        plain = read(form, text, layout=layout, zone="UTC")[-1]
        lines = list(forged(plain))
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
