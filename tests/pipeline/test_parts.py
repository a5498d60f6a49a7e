"""Parts of a source: they begin where lines do, and are read by the columns in force there."""

import gzip
from pathlib import Path
from typing import BinaryIO

import pytest

from logan.evidence.evidence import Evidence, merge
from logan.intake.source_search import find
from logan.intake.sources import Source
from logan.pipeline import parts as parts_of_sources
from logan.pipeline.parts import parts_to_read_again, propose_parts
from logan.pipeline.settings import PartRequest, Settings
from logan.pipeline.settle import settle
from tests.evidence.outputs import every_output
from tests.evidence.readings import RULES, read, scan

LINE = "{}.000 5 10.1.2.{} TCP_MISS/200 9 GET https://pimeyes.com/{} u{} HIER_DIRECT/1 -\n"
LOG = "".join(LINE.format(1_704_067_200 + at, at % 3, "a" * (at % 90), at % 5) for at in range(300))
COLUMNS = ("c-ip cs-username", "cs-username c-ip", "c-ip x-a cs-username", "c-ip cs-username")
ROWS = ("10.1.2.3 ann", "ann 10.1.2.3", "10.1.2.3 - ann", "10.1.2.3 ann")


def source_of(path: Path, data: bytes) -> Source:
    path.write_bytes(data)
    return find([str(path)]).sources[0]


def read_part(path: Path, part: PartRequest) -> Evidence:
    return read(Settings((str(path),), RULES, parts=(part,)))


@pytest.mark.parametrize("part_bytes", [1, 100, 5_000, 25_000])
def test_parts_are_whole_lines_and_together_the_source(tmp_path: Path, part_bytes: int) -> None:
    source = source_of(tmp_path / "a.log", LOG.encode())
    parts = propose_parts(source, part_bytes=part_bytes)
    texts = [LOG[part.first_byte : part.stop_byte] for part in parts]
    assert "".join(texts) == LOG
    assert all(text.endswith("\n") for text in texts)
    longest = max(map(len, LOG.splitlines(keepends=True)))
    assert all(len(text) <= part_bytes + 2 * longest for text in texts)
    assert all(len(text) >= part_bytes - longest for text in texts[:-1])


def test_what_has_to_be_read_as_a_whole_has_no_parts(tmp_path: Path) -> None:
    hole = bytes(500) + LOG.encode()  # its text begins elsewhere than what is stored
    for data in (b"", LOG.encode()[:400], gzip.compress(LOG.encode()), LOG.encode("utf-16"), hole):
        assert propose_parts(source_of(tmp_path / "a.log", data), part_bytes=400) == []
    diary = b"dear diary, nothing happened today at all\n" * 99
    assert propose_parts(source_of(tmp_path / "a.log", diary), part_bytes=400) == []
    assert propose_parts(Source("-", None, None), part_bytes=1) == []


def test_the_end_of_a_long_line_is_looked_for_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []
    line_start = parts_of_sources._line_start

    def look(file: BinaryIO, place: int) -> int | None:
        looked.append(place)
        return line_start(file, place)

    monkeypatch.setattr(parts_of_sources, "_line_start", look)
    for end in ("", "\n"):
        source = source_of(tmp_path / "a.log", (LOG + "x" * 300_000 + end).encode())
        assert len(propose_parts(source, part_bytes=len(LOG) + 100)) <= 2
        assert len(looked) == 1
        looked.clear()


def test_a_long_line_is_in_one_part(tmp_path: Path) -> None:
    text = LOG[:8_000] + "x" * 300_000 + "\n" + LOG
    parts = propose_parts(source_of(tmp_path / "a.log", text.encode()), part_bytes=10_000)
    assert all(text[part.stop_byte - 1] == "\n" for part in parts)
    assert max(part.stop_byte - part.first_byte for part in parts) > 300_000


def changing_log(path: Path) -> bytes:
    """A log whose columns change often, and come back to what they were."""
    lines = []
    for day in range(1, 17):
        lines.append(f"#Fields: date time {COLUMNS[day % 4]} cs-method cs-host cs-uri-path\n")
        lines += [
            f"2024-01-{day:02} 10:00:0{at} {ROWS[day % 4]} GET pimeyes.com /en\n" for at in range(5)
        ]
    path.write_text("".join(lines))
    return path.read_bytes()


@pytest.mark.parametrize("part_bytes", [150, 700])
def test_what_is_read_again_until_nothing_is_comes_to_the_whole(
    tmp_path: Path, part_bytes: int
) -> None:
    path = tmp_path / "a.log"
    source = source_of(path, changing_log(path))
    parts = {
        part.first_byte: read_part(path, part)
        for part in propose_parts(source, part_bytes=part_bytes)
    }
    assert len(parts) > 5
    rounds = 0
    while again := parts_to_read_again([one.sources[0] for one in parts.values()]):
        parts |= {part.first_byte: read_part(path, part) for part in again}
        rounds += 1
    assert 0 < rounds < 5
    expected = every_output(scan(Settings((str(path),), RULES)))
    assert every_output(settle(merge(*parts.values()), RULES)) == expected
    assert expected["users.csv"].count(b"ann") == 1
