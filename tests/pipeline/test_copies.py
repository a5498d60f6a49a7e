"""The same content counts once, whatever it is called and however it is packed."""

import bz2
import gzip
import io
import lzma
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logan.evidence import limits
from logan.intake.beginnings import checksums
from logan.intake.sources import Source
from logan.pipeline import copies
from logan.pipeline.copies import SourceText, find_copies
from logan.pipeline.scan import Settings, scan
from logan.result import ScanResult, SourceAccount
from logan.rules.packs import load_rules
from logan.tables.headline import totals

RULES = load_rules()
QUICK = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)


def line(number: int, user: str = "jdoe", host: str = "pimeyes.com") -> str:
    return (
        f"17040672{number % 60 + 10}.{number:03} 5 10.1.2.3 TCP_MISS/200 500 GET "
        f"http://{host}/{number} {user} HIER_DIRECT/192.0.2.1 text/html\n"
    )


def log(start: int, stop: int, user: str = "jdoe") -> bytes:
    return "".join(line(number, user) for number in range(start, stop)).encode()


def text_of(path: Path, *, records: bool = True) -> SourceText:
    data = path.read_bytes()
    return SourceText(Source(path.name, path, len(data)), checksums(data), len(data), records)


def found_among(folder: Path, contents: Sequence[bytes]) -> dict[int, int]:
    for old in folder.iterdir():
        old.unlink()
    texts = []
    for at, content in enumerate(contents):
        path = folder / f"{at:03}.log"
        path.write_bytes(content)
        texts.append(text_of(path))
    found = find_copies(texts)
    assert not found.uncompared
    return dict(found.of)


def scanned(*paths: Path | str, **options: bool) -> ScanResult:
    return scan(Settings(tuple(map(str, paths)), RULES, **options))  # type: ignore[arg-type]


def by_name(result: ScanResult) -> dict[str, SourceAccount]:
    return {Path(source.name).name: source for source in result.sources}


# --- What is a copy of what


@QUICK
@given(st.lists(st.lists(st.sampled_from(["a", "b"]), min_size=1, max_size=4), max_size=7))
def test_what_equals_or_begins_a_longer_text_is_its_copy(
    tmp_path: Path, drawn: list[list[str]]
) -> None:
    """Pieces of 20 kB: some texts differ in their first bytes, some far behind them."""
    pieces = {"a": log(0, 250), "b": log(250, 500)}
    contents = [b"".join(pieces[name] for name in names) for names in drawn]
    expected = {}
    for at, content in enumerate(contents):
        longer = [
            (-len(other), place)
            for place, other in enumerate(contents)
            if other.startswith(content) and (len(other), -place) > (len(content), -at)
        ]
        if longer:
            expected[at] = min(longer)[1]
    assert found_among(tmp_path, contents) == expected


def test_texts_that_differ_in_their_last_byte_are_no_copies(tmp_path: Path) -> None:
    text = log(0, 3000)
    assert found_among(tmp_path, [text + b"x", text + b"y"]) == {}
    assert found_among(tmp_path, [text + b"x", text]) == {1: 0}


def test_a_part_cut_within_a_line_begins_the_whole(tmp_path: Path) -> None:
    text = log(0, 30)
    assert found_among(tmp_path, [text[:1234], text, text[:20], text[:5]]) == {0: 1, 2: 1}


def test_headers_alone_are_no_copy(tmp_path: Path) -> None:
    for name, content in (
        ("a", b"#Fields: date time c-ip\n"),
        ("b", b"#Fields: date time c-ip\n1"),
    ):
        (tmp_path / name).write_bytes(content)
    texts = [text_of(tmp_path / "a", records=False), text_of(tmp_path / "b")]
    assert find_copies(texts).of == {}
    assert find_copies([texts[0]._replace(records=True), texts[1]]).of == {0: 1}
    (tmp_path / "c").write_bytes(b"#Fields: date time c-is\n")  # as long, with a record
    assert find_copies([*texts, text_of(tmp_path / "c")]).of == {}


def test_nothing_is_read_again_where_no_two_begin_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = b"#Software: Microsoft Internet Information Services 10.0\n" * 5
    for name in range(50):
        (tmp_path / str(name)).write_bytes(header + log(name, name + 20))
    texts = [text_of(tmp_path / str(name)) for name in range(50)]
    monkeypatch.setattr(copies, "open_source", pytest.fail)
    assert find_copies(texts) == copies.FoundCopies({}, {})


def test_each_is_read_once_more_however_many_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in range(40):
        (tmp_path / str(name)).write_bytes(log(0, 20 + name))
    texts = [text_of(tmp_path / str(name)) for name in range(40)]
    opened: list[str] = []

    def open_and_note(source: Source) -> object:
        opened.append(source.name)
        return real(source)

    real = copies.open_source
    monkeypatch.setattr(copies, "open_source", open_and_note)
    assert find_copies(texts).of == dict.fromkeys(range(39), 39)
    assert sorted(opened) == sorted(text.source.name for text in texts)


@pytest.mark.parametrize("change", [Path.unlink, lambda path: path.write_bytes(log(7, 400))])
def test_what_has_changed_since_is_named(tmp_path: Path, change: Callable[[Path], object]) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(log(0, 300))
    texts = [text_of(tmp_path / "a"), text_of(tmp_path / "b")]
    change(tmp_path / "b")
    found = find_copies(texts)
    assert found.of == {}
    assert list(found.uncompared) == [1]
    assert all(found.uncompared[1])


# --- What a scan makes of it


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("access.log.copy", bytes),
        ("access.log.gz", gzip.compress),
        ("access.log.bz2", bz2.compress),
        ("access.log.xz", lzma.compress),
        ("access.txt", lambda text: text.decode().encode("utf-16")),
        ("access.members.gz", lambda text: gzip.compress(text[:99]) + gzip.compress(text[99:])),
    ],
)
def test_a_copy_counts_once(tmp_path: Path, name: str, pack: Callable[[bytes], bytes]) -> None:
    text = log(0, 50) + line(51, host="a.example").encode() + b"\n"
    (tmp_path / "access.log").write_bytes(text)
    (tmp_path / name).write_bytes(pack(text))
    result = scanned(tmp_path, hashing=True)
    source, copy = by_name(result)["access.log"], by_name(result)[name]
    assert totals(result).hits == 50
    assert result.found.collect().height == 50
    assert copy.copy_of == source.name
    assert source.copy_of is None
    assert {bin_: lines for bin_, lines in copy.bins.items() if lines} == {"repeat": 52}
    assert (source.bins["unrelated"], source.bins["blank"]) == (1, 1)
    assert result.complete
    assert copy.gateway == source.gateway
    assert source.content_sha256 == source.sha256
    assert (copy.content_sha256 == source.sha256) == (name != "access.txt")


def test_a_backup_in_another_folder_is_no_gateway_of_its_own(tmp_path: Path) -> None:
    for folder in ("squid", "squid-backup"):
        (tmp_path / folder).mkdir()
    (tmp_path / "squid" / "access.log").write_bytes(log(0, 60))
    (tmp_path / "squid-backup" / "access.log").write_bytes(log(0, 40))
    result = scanned(tmp_path)
    assert totals(result).hits == 60
    assert len({source.gateway for source in result.sources}) == 1


def test_two_people_who_do_the_same_are_no_copies(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(log(0, 20, "ann"))
    (tmp_path / "b.log").write_bytes(log(0, 20, "bob"))
    result = scanned(tmp_path)
    assert totals(result).hits == 40
    assert totals(result).same_lines == 0


def test_while_a_file_is_compressed_it_counts_once_and_is_incomplete(tmp_path: Path) -> None:
    random.seed(7)
    text = "".join(
        line(random.randrange(1000), f"u{random.random()}") for _ in range(3000)
    ).encode()
    packed = gzip.compress(text)
    (tmp_path / "access.log.1").write_bytes(text)
    for size in (0, 11, 2000, len(packed) // 2, len(packed) - 1):
        (tmp_path / "access.log.1.gz").write_bytes(packed[:size])
        result = scanned(tmp_path)
        assert totals(result).hits == 3000
        assert not result.complete
        assert totals(result).same_lines == 0
    (tmp_path / "access.log.1.gz").write_bytes(packed)
    assert scanned(tmp_path).complete


def test_a_copy_needs_no_format_of_its_own(tmp_path: Path) -> None:
    """No format knows half a line, but the whole log tells what it is half of."""
    (tmp_path / "a.log").write_bytes(log(0, 30))
    (tmp_path / "b.log").write_bytes(log(0, 1)[:40])
    assert not scanned(tmp_path / "b.log").complete
    result = scanned(tmp_path)
    assert (totals(result).hits, result.complete) == (30, True)


def test_nothing_of_a_copy_is_left_where_findings_are_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ROWS_HELD", 50)
    monkeypatch.setattr(limits, "PART_ROWS", 30)
    monkeypatch.setattr(limits, "REJECT_BYTES_HELD", 1)
    text = log(0, 200) + b"cut pimeyes.com line\n"
    (tmp_path / "a.log").write_bytes(text)
    (tmp_path / "b.log").write_bytes(text + log(200, 300, "jroe"))
    (tmp_path / "c.log").write_bytes(log(0, 200, "jroe"))
    result = scanned(tmp_path)
    assert result.found.collect()["source"].unique().to_list().count(str(tmp_path / "a.log")) == 0
    assert totals(result).hits == 500
    assert totals(result).same_lines == 0
    assert result.rejects.collect()["source"].to_list() == [str(tmp_path / "b.log")]
    assert by_name(result)["a.log"].bins["repeat"] == 201


def test_lines_that_stand_in_two_files_of_one_gateway_are_counted_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a1.log").write_bytes(log(0, 30))
    (tmp_path / "a2.log").write_bytes(log(20, 25) + log(20, 25) + log(90, 95, "jroe"))
    for held in (limits.ROWS_HELD, 8):
        monkeypatch.setattr(limits, "ROWS_HELD", held)
        monkeypatch.setattr(limits, "PART_ROWS", held)
        counted = totals(scanned(tmp_path))
        assert (counted.hits, counted.same_lines) == (45, 5)


def test_lines_that_stand_in_the_logs_of_two_gateways_are_counted_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.log").write_bytes(log(0, 30))
    (tmp_path / "b.log").write_bytes(log(20, 25) + log(20, 25) + log(90, 95, "jroe"))
    for held in (limits.ROWS_HELD, 8):
        monkeypatch.setattr(limits, "ROWS_HELD", held)
        monkeypatch.setattr(limits, "PART_ROWS", held)
        counted = totals(scanned(tmp_path))
        assert (counted.hits, counted.same_lines) == (40, 5)


def test_lines_that_stand_twice_in_one_log_are_two_requests(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(log(20, 25) + log(20, 25))
    (tmp_path / "b.log").write_bytes(log(40, 45))
    counted = totals(scanned(tmp_path))
    assert (counted.hits, counted.same_lines) == (15, 0)


def test_what_comes_in_a_pipe_is_a_copy_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.log").write_bytes(log(0, 30))
    for stored in (log(0, 30), log(0, 20), gzip.compress(log(0, 30))):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(stored)))
        result = scanned(tmp_path, "-")
        assert totals(result).hits == 30
        assert by_name(result)["-"].copy_of == str(tmp_path / "a.log")
        assert not any(source.notes for source in result.sources)


def test_what_begins_a_pipe_cannot_be_told_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.log").write_bytes(log(0, 30))
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(log(0, 40))))
    result = scanned(tmp_path, "-")
    assert by_name(result)["a.log"].copy_of == "-"
    assert totals(result).hits == 40
    (tmp_path / "a.log").write_bytes(log(0, 30)[:-9])  # in the midst of a line
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(log(0, 40))))
    result = scanned(tmp_path, "-")
    (note,) = by_name(result)["-"].notes
    assert "may count twice" in note
    assert result.complete


@QUICK
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 40), st.booleans()), max_size=6),
    st.randoms(),
)
def test_any_folder_of_copies_counts_what_its_logs_hold(
    tmp_path: Path, drawn: list[tuple[int, int, bool]], order: random.Random
) -> None:
    """Up to four growing logs, each copied at any time, plain or packed, given in any order."""
    for old in tmp_path.iterdir():
        old.unlink()
    longest: dict[int, int] = {}
    paths = []
    for at, (which, lines, pack) in enumerate(drawn):
        text = log(0, lines, f"user{which}")
        path = tmp_path / f"{at}.log"
        path.write_bytes(gzip.compress(text) if pack else text)
        paths.append(path)
        longest[which] = max(longest.get(which, 0), lines)
    if not paths:
        return
    order.shuffle(paths)
    result = scanned(*paths)
    counted = totals(result)
    assert counted.hits == sum(longest.values())
    assert counted.same_lines == 0
    assert sum(source.lines for source in result.sources) == sum(lines for _, lines, _ in drawn)
