"""The same content in several readings counts once, as it does in one."""

import gzip
import zipfile
from itertools import permutations
from pathlib import Path

import pytest

from logan.evidence import limits
from logan.evidence.evidence import Evidence, merge
from logan.evidence.read_source import ReadSource
from logan.evidence.tally import SourceTally
from logan.pipeline.settings import Settings
from logan.pipeline.settle import settle
from tests.evidence.outputs import every_output
from tests.evidence.readings import RULES, read, scan

LINE = (
    "17040672{:02}.000 5 10.1.2.{} TCP_MISS/200 9 GET https://pimeyes.com/{} u{} HIER_DIRECT/1 -\n"
)
TEXT = "".join(LINE.format(at, at % 3, at, at % 5) for at in range(60)) + "1704067299 pimeyes.com\n"


def settings(*paths: Path, hashing: bool = True, prefixes: bool = False) -> Settings:
    return Settings(tuple(map(str, paths)), RULES, hashing=hashing, prefix_digests=prefixes)


def merged(paths: list[Path], *, hashing: bool = True) -> Evidence:
    return merge(*(read(settings(path, hashing=hashing)) for path in paths))


@pytest.mark.parametrize("held", [5, 30_000])
def test_a_copy_that_was_read_apart_is_what_it_is_in_one_scan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    monkeypatch.setattr(limits, "ROWS_HELD", held)
    paths = [tmp_path / name for name in ("b.log", "a.log.gz", "c.log")]
    paths[0].write_text(TEXT)
    paths[1].write_bytes(gzip.compress(TEXT.encode(), mtime=0))
    paths[2].write_text(LINE.format(70, 1, "other", 1) + TEXT)
    expected = scan(settings(*paths))
    assert every_output(settle(merged(paths), RULES)) == every_output(expected)
    assert [source.copy_of for source in expected.sources] == [None, str(paths[1]), None]


def test_without_a_hash_nobody_knows_and_it_is_said(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.log", "b.log")]
    for path in paths:
        path.write_text(TEXT)
    sources = settle(merged(paths, hashing=False), RULES).sources
    assert [source.copy_of for source in sources] == [None, None]
    assert [source.complete for source in sources] == [True, False]


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("packed", [False, True])
def test_a_log_that_may_have_grown_into_another_is_incomplete(
    tmp_path: Path, order: tuple[int, ...], *, packed: bool
) -> None:
    """Whether it did, nobody can tell without the logs or digests of them, and that is said."""
    rows = [LINE.format(at % 100, at % 3, at, at % 5) for at in range(300)]
    texts = {
        "grown.log": "".join(rows),
        "before.log": "".join(rows[:170]),
        "same_day.log": "".join(rows[:90]).replace("pimeyes", "another"),
    }
    paths = [tmp_path / f"{name}{'.gz' if packed else ''}" for name in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_bytes(gzip.compress(text.encode(), mtime=0) if packed else text.encode())
    parts = [read(settings(path)) for path in paths]
    first, second, third = (parts[at] for at in order)
    for together in (merge(first, second, third), merge(merge(first, second), third)):
        failures = {one.name: one.failure for one in settle(together, RULES).sources}
        assert [failures[str(path)] is None for path in paths] == [True, False, True]
        assert "begins as another source does" in (failures[str(paths[1])] or "")


ROWS = [LINE.format(at % 100, at % 3, at, at % 5) for at in range(900)]


@pytest.mark.parametrize("held", [5, 30_000])
def test_a_log_that_grew_into_another_is_its_copy_once_both_are_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    monkeypatch.setattr(limits, "ROWS_HELD", held)
    texts = {
        "before.log": ROWS[:170],
        "fork.log": [*ROWS[:170], ROWS[5], *ROWS[170:200]],
        "grown.log": ROWS[:300],
        "last_line.log": [*ROWS[:169], ROWS[5]],
        "later.log": ROWS[:171],
        "no_end.log": [*ROWS[:99], ROWS[99].strip()],
        "no_other_end.log": [*ROWS[:168], ROWS[168].strip().replace(" u", " v")],
        "other_end.log": [*ROWS[:1], ROWS[1].strip(), "\r\n", *ROWS[2:4]],
        "short.log": [*ROWS[:1], ROWS[1].strip()],
        "short_end.log": [*ROWS[:1], ROWS[1].strip(), "\r"],
    }
    paths = [tmp_path / name for name in texts]
    for path, rows in zip(paths, texts.values(), strict=True):
        path.write_bytes("".join(rows).encode())
    expected = scan(settings(*paths))
    parts = [read(settings(path, prefixes=True)) for path in paths]
    for path in paths:
        path.unlink()
    whole = settle(merge(*parts[4:], parts[1], merge(parts[3], parts[2], parts[0])), RULES)
    assert every_output(whole) == every_output(expected)
    copies = [source.copy_of and Path(source.copy_of).name for source in whole.sources]
    grown, other = "grown.log", "other_end.log"
    assert copies == [grown, None, None, None, grown, grown, None, None, grown, other]


@pytest.mark.parametrize(
    ("shorter", "longer", "complete"),
    [
        ("".join(ROWS[:9])[:-20], "".join(ROWS[:99]), False),  # within a line of the other
        ("".join(ROWS[:9]) + "17", "".join(ROWS[:9]) + "\n".join(ROWS), False),
        ("".join(ROWS[:9]) + "17", "".join(ROWS[:9]) + "\n" + "".join(ROWS), True),
        ("".join(ROWS[:850]), "".join(ROWS), False),  # behind the first 64 KiB
        ("".join(ROWS[:850]), "".join(ROWS[1:]), True),
    ],
)
def test_what_digests_of_first_lines_cannot_show_is_said(
    tmp_path: Path, shorter: str, longer: str, *, complete: bool
) -> None:
    paths = [tmp_path / "a.log", tmp_path / "b.log"]
    for path, text in zip(paths, (shorter, longer), strict=True):
        path.write_text(text)
    parts = [read(settings(path, prefixes=True)) for path in paths]
    first, second = settle(merge(*parts), RULES).sources
    assert ((first.failure or "").startswith("begins as another"), second.complete) == (
        not complete,
        True,
    )
    assert first.copy_of is None


@pytest.mark.parametrize("prefixes", [False, True])
def test_of_two_long_logs_the_hashes_show_whether_they_are_equal(
    tmp_path: Path, *, prefixes: bool
) -> None:
    """They agree in their first lines, and are longer than what is looked at as a whole."""
    texts = ("".join(ROWS) * 5, "".join(ROWS) * 5, "".join(ROWS) * 4 + "".join(ROWS[::-1]))
    paths = [tmp_path / name for name in ("a.log", "b.log", "c.log")]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    parts = [read(settings(path, prefixes=prefixes)) for path in paths]
    found = settle(merge(*parts), RULES).sources
    assert [source.copy_of for source in found] == [None, str(paths[0]), None]
    assert all(source.complete for source in found)


@pytest.mark.parametrize("prefixes", [False, True])
def test_a_copy_in_another_encoding_is_no_log_of_its_own(tmp_path: Path, *, prefixes: bool) -> None:
    """Its bytes are others, so that the hash of these says nothing."""
    paths = [tmp_path / "a.log", tmp_path / "b.log"]
    for path, encoding in zip(paths, ("utf-8", "utf-16"), strict=True):
        path.write_text(TEXT, encoding)
    expected = scan(settings(*paths))
    assert expected.sources[1].copy_of == str(paths[0])
    found = settle(merge(*(read(settings(one, prefixes=prefixes)) for one in paths)), RULES)
    if prefixes:
        assert every_output(found) == every_output(expected)
    else:
        assert "begins as another source does" in (found.sources[1].failure or "")


def test_of_equal_texts_a_file_of_its_own_is_the_original(tmp_path: Path) -> None:
    paths = [tmp_path / "a.zip", tmp_path / "b.log"]
    with zipfile.ZipFile(paths[0], "w") as archive:
        archive.writestr("x.log", TEXT)
    paths[1].write_text(TEXT)
    expected = scan(settings(*paths))
    assert every_output(settle(merged(paths), RULES)) == every_output(expected)


def test_what_is_too_short_for_a_record_is_no_copy(tmp_path: Path) -> None:
    paths = [tmp_path / "a.log", tmp_path / "b.log"]
    for path in paths:
        path.write_text("pimeyes.com\n")
    expected = scan(settings(*paths))
    assert every_output(settle(merged(paths), RULES)) == every_output(expected)


def test_logs_of_two_days_with_one_header_are_no_copies(tmp_path: Path) -> None:
    header = "#Software: proxy\n#Fields: date time c-ip cs-username cs-method cs-host cs-uri-path\n"
    paths = [tmp_path / f"{day}.log" for day in (1, 2, 3)]
    for day, path in enumerate(paths, 1):
        row = f"2024-01-0{day} 10:00:00 10.1.2.3 ann GET pimeyes.com /en\n"
        path.write_text(header + row * day)
    assert all(one.complete for one in settle(merged(paths), RULES).sources)
    assert settle(merged(paths), RULES).sources == scan(settings(*paths)).sources


def source(name: str, lines: int, *, blank: int = 0, copy_of: str | None = None) -> Evidence:
    tally = SourceTally(lines=lines, bins={"blank": blank})
    one = ReadSource(name, tally=tally, content_sha256="00", copy_of=copy_of)
    return Evidence(RULES.version, sources=(one,))


def test_blank_lines_are_no_copy_of_others() -> None:
    result = settle(merge(source("a", 3, blank=3), source("b", 3, blank=3)), RULES)
    assert [one.copy_of for one in result.sources] == [None, None]


def test_a_copy_of_what_is_a_copy_now_is_one_of_its_original() -> None:
    result = settle(merge(source("b", 3), source("c", 2, copy_of="b"), source("a", 3)), RULES)
    assert [one.copy_of for one in result.sources] == [None, "a", "a"]
    assert [one.bins["repeat"] for one in result.sources] == [0, 3, 0]
