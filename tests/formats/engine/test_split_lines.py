"""Lines that a container's runtime split, put together: a name that was cut is found."""

import json
from pathlib import Path

import pytest

from logan.formats.engine.split_lines import PieceLayer, join_pieces
from logan.intake.blocks import cut
from logan.pipeline.scan import Settings, scan
from logan.result import SourceAccount
from logan.rules.packs import load_rules

RULES = load_rules()
SQUID = "17041032{:02}.000 5 10.1.2.{} TCP_MISS/200 9 GET http://{}/en - HIER_NONE/- -"
PLAIN = [SQUID.format(at, at, "a.example") for at in range(20)]
VISIT = SQUID.format(30, 30, "pimeyes.com")
AT = VISIT.index("meyes")
HEAD, TAIL = VISIT[:AT], VISIT[AT:]


def cri(text: str, tag: str = "F", stream: str = "stdout") -> str:
    return f"2024-01-01T10:00:36.000000001Z {stream} {tag} {text}"


def docker(text: str, stream: str = "stdout") -> str:
    record = {"log": text, "stream": stream, "time": "2024-01-01T10:00:36.000000001Z"}
    return json.dumps(record, separators=(",", ":"))


def driver(text: str, **flags: object) -> str:
    return json.dumps({"log": text, "container_id": "c1", "source": "stdout", **flags})


def journal(text: str, **flags: object) -> str:
    return json.dumps({"MESSAGE": text, "CONTAINER_ID_FULL": "c1", **flags})


PARTS = {"partial_message": "true", "partial_id": "p1"}
CUTS = {
    "cri": ([cri(one) for one in PLAIN], cri(HEAD, "P"), cri("stray", "F", "stderr"), cri(TAIL)),
    "docker": (
        [docker(f"{one}\n") for one in PLAIN],
        docker(HEAD),
        docker("stray\n", "stderr"),
        docker(f"{TAIL}\n"),
    ),
    "fluentd driver": (
        [driver(one) for one in PLAIN],
        driver(HEAD, **PARTS, partial_ordinal="1", partial_last="false"),
        driver("stray", container_id="c2"),
        driver(TAIL, **PARTS, partial_ordinal="2", partial_last="true"),
    ),
    "journald driver": (
        [journal(one) for one in PLAIN],
        journal(HEAD, CONTAINER_PARTIAL_MESSAGE="true"),
        journal("stray", CONTAINER_ID_FULL="c2"),
        journal(TAIL, CONTAINER_PARTIAL_MESSAGE="true", CONTAINER_PARTIAL_LAST="true"),
    ),
    "fluent bit": (
        [driver(one, logtag="F") for one in PLAIN],
        driver(HEAD, logtag="P"),
        driver("stray", logtag="F", stream="stderr"),
        driver(TAIL, logtag="F"),
    ),
    "vector": (
        [json.dumps({"message": one, "stream": "stdout"}) for one in PLAIN],
        json.dumps({"message": HEAD, "stream": "stdout", "_partial": True}),
        json.dumps({"message": "stray", "stream": "stderr"}),
        json.dumps({"message": TAIL, "stream": "stdout"}),
    ),
}


def scanned(path: Path, *lines: str) -> SourceAccount:
    path.write_text("".join(f"{line}\n" for line in lines))
    (source,) = scan(Settings((str(path),), RULES)).sources
    return source


@pytest.mark.parametrize("name", CUTS)
def test_a_name_that_was_cut_is_found_in_its_line(tmp_path: Path, name: str) -> None:
    plain, first, other, last = CUTS[name]
    source = scanned(tmp_path / "a.log", *plain, first, other, last, plain[0])
    assert source.complete
    assert (source.bins["hit"], source.bins["repeat"], source.lines) == (1, 1, 24)


@pytest.mark.parametrize("name", CUTS)
def test_a_line_without_its_end_is_told(tmp_path: Path, name: str) -> None:
    plain, first, other, _ = CUTS[name]
    source = scanned(tmp_path / "a.log", *plain, first, other)
    assert not source.complete
    assert "line 21 is the beginning of a longer one" in (source.failure or "")


@pytest.mark.parametrize("size", [40, 100, 1_000, 1 << 20])
def test_however_blocks_are_cut(size: int) -> None:
    plain, first, other, last = CUTS["cri"]
    lines = [*plain, first, other, cri("more", "P", "stderr"), last, cri("end", "F", "stderr")]
    text = "".join(f"{line}\n" for line in lines).encode()
    blocks = list(join_pieces(cut([text], block_size=size), PieceLayer("cri")))
    joined = b"".join(block.data for block in blocks).decode().split("\n")
    assert joined[20:26] == [cri(VISIT), other, cri("moreend", "F", "stderr"), "", "", ""]
    assert sum(block.lines for block in blocks) == len(lines)
    assert sum(block.continued for block in blocks) == 2


def test_lines_of_another_writer_without_line_ends_are_whole(tmp_path: Path) -> None:
    source = scanned(tmp_path / "a.log", *map(docker, PLAIN), docker(VISIT))
    assert source.complete
    assert source.bins["hit"] == 1
