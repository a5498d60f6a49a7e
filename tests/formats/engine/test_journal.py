"""Messages of systemd's journal that are lists of bytes, or are not there at all."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.formats.engine.journal import count_missing, spell_out
from logan.intake.blocks import Block
from logan.pipeline.parse import ParsedInputs
from logan.pipeline.scan import Settings, scan
from logan.rules.packs import load_rules
from logan.tables.headline import totals

RULES = load_rules()
SQUID = (
    "1704103200.100     51 10.1.2.3 TCP_MISS/200 5949 GET http://pimeyes.com/{} jdoe HIER_NONE/- -"
)


def entry(message: object) -> str:
    head = {"__REALTIME_TIMESTAMP": "1704103200100000", "SYSLOG_IDENTIFIER": "squid"}
    return json.dumps({**head, "MESSAGE": message}, separators=(",", ":"))


def spelled(text: str) -> str:
    data = text.encode()
    (block,) = spell_out([Block(data, 1, data.count(b"\n"), 0)])
    return block.data.decode()


@given(st.binary(max_size=60))
def test_bytes_become_the_text_that_they_are(message: bytes) -> None:
    line = spelled(entry(list(message)) + "\n")
    assert line.count("\n") == 1
    assert json.loads(line)["MESSAGE"] == message.decode("utf-8", "backslashreplace")


@pytest.mark.parametrize("message", ["a text", None, ["two", "texts"], [1, 256], {"a": [1]}, 7])
def test_what_is_no_list_of_bytes_stays(message: object) -> None:
    line = entry(message) + "\n"
    assert spelled(line) == line


def test_only_the_message_is_touched() -> None:
    line = '{"OTHER":[112,105],"MESSAGE" : [112, 105],"X":null}\n'
    assert spelled(line) == '{"OTHER":[112,105],"MESSAGE":"pi","X":null}\n'
    assert count_missing(b'{"MESSAGE": null}\n{"MESSAGE":"null"}\n{"OTHER":null}\n') == 1


@pytest.mark.parametrize("copies", [1, 3000])
def test_one_odd_byte_hides_no_visit(tmp_path: Path, copies: int) -> None:
    odd = SQUID.format("m\xfcller").encode("latin-1")
    lines = [entry(SQUID.format("en")), entry(list(odd)), entry(SQUID.format("de"))] * copies
    (tmp_path / "journal.json").write_text("".join(f"{line}\n" for line in lines))
    result = scan(Settings((str(tmp_path),), RULES))
    assert (totals(result).hits, result.complete) == (3 * copies, True)
    found = result.found.collect()
    assert sorted(set(found["path"])) == ["/de", "/en", "/m\\xfcller"]
    assert sorted(found["line"]) == list(range(1, 3 * copies + 1))
    parsing = ParsedInputs((str(tmp_path),))
    assert sum(len(block.records) for block in parsing.blocks()) == 3 * copies


def test_a_message_that_is_missing_makes_the_log_incomplete(tmp_path: Path) -> None:
    lines = [entry(SQUID.format("en"))] * 9 + [entry(None)] * 2
    (tmp_path / "journal.json").write_text("".join(f"{line}\n" for line in lines))
    (source,) = scan(Settings((str(tmp_path / "journal.json"),), RULES)).sources
    assert "2 of its messages are missing" in (source.failure or "")
    assert source.bins["hit"] == 9
