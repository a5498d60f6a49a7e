"""Documents of Windows events: every event on a line, whoever printed them and however."""

import re
from pathlib import Path

import pytest

from logan.formats import FORMATS
from logan.formats.detect.detection import recognise_text
from logan.formats.engine.xml_events import may_hold_events, unpack_events
from logan.formats.vendors.sysmon_xml import XML as SYSMON_XML
from logan.intake.unreadable import UnreadableError
from logan.pipeline.scan import Settings, scan
from logan.rules.packs import load_rules

(LINE,) = SYSMON_XML.texts
HEAD = '<?xml version="1.0" encoding="utf-8" standalone="yes"?>'


def event(host: str, user: str) -> str:
    return LINE.replace("www.example.com", host).replace("FORCE\\jdoe", user)


EVENTS = (event("www.example.com", "a"), event("pimeyes.com", "b"), event("www.example.org", "c"))
PRINTED = re.sub("(<(?:System|EventData|Data|/System|/EventData|/Event)[ >])", r"\r\n  \1", LINE)
DOCUMENTS = {
    "saved by the viewer": f"{HEAD}<Events>{''.join(EVENTS)}</Events>",
    "one behind the other": "".join(EVENTS),
    "a line each in a root": f"{HEAD}\r\n<Events>\r\n" + "\r\n".join(EVENTS) + "\r\n</Events>\r\n",
    "printed": f"{HEAD}\n<Events>\n"
    + "\n".join(PRINTED.replace("www.example.com", f"{at}.example") for at in range(3))
    + "\n</Events>\n",
}


@pytest.mark.parametrize("writer", DOCUMENTS)
def test_every_event_is_a_record(writer: str) -> None:
    text = DOCUMENTS[writer].encode()
    assert may_hold_events(text)
    head, verdict = recognise_text(text, FORMATS, whole=True)
    assert verdict.best is not None, verdict.explanation
    assert (verdict.best.format.name, verdict.best.confidence) == ("sysmon-xml", 1.0)
    assert len(head.lines) == 3


@pytest.mark.parametrize("cut", [1, 7, 100, 10_000])
def test_however_it_comes(cut: int) -> None:
    text = DOCUMENTS["saved by the viewer"].encode()
    chunks = [text[at : at + cut] for at in range(0, len(text), cut)]
    assert b"".join(unpack_events(chunks)).decode() == "".join(f"{one}\n" for one in EVENTS)


def test_lines_of_events_stay_as_they_are() -> None:
    assert not may_hold_events("\n".join(EVENTS).encode())
    assert not may_hold_events(b"<html></html>")


def test_the_hit_keeps_its_user(tmp_path: Path) -> None:
    log = tmp_path / "sysmon.xml"
    log.write_text(DOCUMENTS["saved by the viewer"], encoding="utf-16")
    result = scan(Settings((str(log),), load_rules()))
    assert result.found.select("user", "line", "bin").collect().rows() == [("b", 2, "hit")]
    (account,) = result.sources
    assert (account.lines, account.complete) == (3, True)


def test_a_document_that_is_cut_is_told() -> None:
    text = DOCUMENTS["saved by the viewer"].encode()
    assert [*unpack_events([text.removesuffix(b"</Events>")])]
    with pytest.raises(UnreadableError, match="midst of an event"):
        list(unpack_events([text[:-60]]))
