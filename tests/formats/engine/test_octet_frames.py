"""Frames behind their lengths: each on a line, whatever is written in them, and what is cut is told."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.formats import FORMATS
from logan.formats.detect.detection import recognise_text
from logan.formats.engine.octet_frames import may_hold_frames, unpack_frames
from logan.intake.unreadable import UnreadableError
from logan.pipeline import scan
from logan.pipeline.scan import Settings
from logan.result import ScanResult
from logan.rules.packs import load_rules
from tests.conftest import Run
from tests.formats.proof import reading_of

FORTIGATE = (
    '<189>date=2024-01-10 time=13:55:3{} devname="FG" devid="FG1" eventtime=170489493{}000000000 '
    'tz="+0000" logid="0317013312" type="utm" subtype="webfilter" eventtype="ftgd_allow" '
    'level="notice" vd="root" srcip=10.1.2.{} user="{}" hostname="{}" url="https://{}/a" '
    'action="passthrough" profile="default" reqtype="direct" sentbyte=1 rcvdbyte=2'
)


def event(at: int, user: str, host: str) -> str:
    return FORTIGATE.format(at, at + 6, at, user, host, host)


def framed(*messages: str, between: str = "") -> bytes:
    return between.join(f"{len(one.encode())} {one}" for one in messages).encode()


EVENTS = (
    event(0, "jdoe", "www.example.com"),
    event(1, "rroe", "pimeyes.com"),
    event(2, "mmoe", "www.example.org"),
)


def test_frames_come_on_lines_of_their_own() -> None:
    assert [*b"".join(unpack_frames([framed(*EVENTS)])).decode().split("\n")] == [*EVENTS, ""]
    one = EVENTS[0]
    assert reading_of(framed(*EVENTS).decode(), FORMATS) is not None
    head, verdict = recognise_text(framed(*EVENTS), FORMATS, whole=True)
    assert verdict.best is not None
    assert (verdict.best.format.name, verdict.best.layout.packing) == ("fortinet", "frames")
    assert head.lines == EVENTS
    assert not may_hold_frames(framed(one))
    assert not may_hold_frames(framed(one, one, between="\n"))  # lines as they are


MESSAGES = st.lists(
    st.text(st.characters(codec="utf-8"), max_size=30).map(lambda text: f"<13>a{text}z"),
    min_size=1,
    max_size=8,
)


@given(
    messages=MESSAGES,
    between=st.sampled_from(["", "\n", "\r\n", "\0"]),
    cut=st.integers(1, 50),
)
def test_whatever_is_written_in_frames(messages: list[str], between: str, cut: int) -> None:
    text = framed(*messages, between=between)
    chunks = [text[at : at + cut] for at in range(0, len(text), cut)]
    lines = b"".join(unpack_frames(chunks)).decode().split("\n")
    assert lines == [*(one.replace("\n", "#012") for one in messages), ""]


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-5],
        lambda text: text.replace(b"10.1.2.1", b"10.1.2.100"),
        lambda text: text + b"and then something else",
    ],
)
def test_what_is_no_frame_comes_as_it_is_and_is_told(damage: object) -> None:
    assert callable(damage)
    text: bytes = damage(framed(*EVENTS))
    found: list[bytes] = []
    with pytest.raises(UnreadableError, match="at byte"):
        found.extend(unpack_frames([text]))
    assert b"pimeyes.com" in b"".join(found)


def scanned(log: Path) -> ScanResult:
    return scan.scan(Settings((str(log),), load_rules()))


def test_a_forged_frame_within_a_frame_is_none(tmp_path: Path) -> None:
    forged = event(3, "chief", "pimeyes.com")
    lure = EVENTS[0].replace("/a", f"/{len(forged)} {forged}")
    (tmp_path / "log").write_bytes(framed(lure, *EVENTS[1:]))
    result = scanned(tmp_path / "log")
    assert "chief" not in result.found.select("user").collect()["user"].to_list()


@pytest.mark.parametrize("times", [1, 400])
def test_hits_of_frames_keep_their_users(tmp_path: Path, times: int, run: Run) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "log").write_bytes(framed(*EVENTS * times))
    result = scanned(logs / "log")
    found = result.found.select("user", "host", "bin").unique().collect().rows()
    assert found == [("rroe", "pimeyes.com", "hit")]
    (account,) = result.sources
    assert (account.lines, account.complete) == (3 * times, True)
    assert any("frames" in note for note in account.notes)
    assert run("scan", "--export", tmp_path / "package", logs / "log").status == 0
    row = (tmp_path / "package" / "hits.csv").read_text().splitlines()[1].split(",")
    shown = run("show", tmp_path / "package", row[15], "--logs", logs)
    assert 'user="rroe"' in shown.out


def test_frames_that_are_cut_are_incomplete(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(framed(*EVENTS)[:-7])
    (account,) = scanned(tmp_path / "log").sources
    assert account.bins["hit"] == 1
    assert account.failure is not None
    assert "was cut" in account.failure
