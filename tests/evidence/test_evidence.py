"""The one property of evidence: however it was read, cut, kept and put together, it comes to the
same bytes in every output.
"""

import gzip
import io
import json
import random
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import accumulate, pairwise, permutations
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from logan.errors import UsageError
from logan.evidence import limits
from logan.evidence.evidence import Evidence, merge
from logan.evidence.packed import pack, unpack
from logan.evidence.read_source import EvidenceError, ReadSource, SourcePart
from logan.evidence.saved import load, save
from logan.evidence.tally import SourceTally
from logan.intake import opening, reader
from logan.intake.blocks import BLOCK_SIZE
from logan.intake.sources import Source
from logan.pipeline.settings import PartRequest, Settings
from logan.pipeline.settle import settle
from logan.schema import HITS_CSV
from logan.tables.summary import summarise
from tests.evidence.outputs import every_file, every_output
from tests.evidence.readings import RULES, read, scan
from tests.evidence.visits import SENSOR_FIELDS, gateway_logs, visit_lines

SQUID = (
    "1704067200.{:03} 5 10.1.2.{} TCP_MISS/200 9 GET https://pimeyes.com/en u{} HIER_DIRECT/1 -\n"
)


def read_paths(*paths: Path) -> Evidence:
    return read(Settings(tuple(map(str, paths)), RULES, hashing=True, prefix_digests=True))


def scanned(*paths: Path) -> dict[str, bytes]:
    return every_output(scan(Settings(tuple(map(str, paths)), RULES, hashing=True)))


def settled(evidence: Evidence) -> dict[str, bytes]:
    return every_output(settle(evidence, RULES))


def fresh(folder: Path) -> Path:
    """A folder of its own for each example."""
    return folder / str(len(list(folder.iterdir())))


def kept(evidence: Evidence, folder: Path, chance: random.Random) -> Evidence:
    """Evidence as it is, saved and loaded, or packed and unpacked."""
    way = chance.random()
    if way < 0.4:
        return evidence
    if way < 0.7:
        return repacked(evidence)
    place = fresh(folder)
    save(evidence, place)
    return load(place)


def repacked(evidence: Evidence) -> Evidence:
    """Evidence as it comes from another machine."""
    stream = io.BytesIO()
    pack(evidence, stream)
    return unpack(stream)


def put_together(parts: list[Evidence], folder: Path, chance: random.Random) -> Evidence:
    """Parts merged two at a time, in any order, some of them kept meanwhile."""
    parts = [kept(part, folder, chance) for part in parts]
    while len(parts) > 1:
        chance.shuffle(parts)
        parts.append(kept(merge(parts.pop(), parts.pop()), folder, chance))
    return parts[0]


def write_logs(folder: Path, logs: dict[str, list[str]], files: int) -> list[Path]:
    """The lines of each gateway in so many files, which may overlap in time."""
    paths = []
    for gateway, lines in logs.items():
        header, parts = in_parts(gateway, lines, files)
        paths += write_files(folder / gateway, [[*header, *part] for part in parts])
    return paths


def copy_logs(paths: list[Path], chance: random.Random) -> list[Path]:
    """Copies of logs as they were while they grew, some packed, some that went on otherwise."""
    made = []
    for path in paths:
        lines = path.read_text().splitlines(keepends=True)
        for number in range(chance.choice((0, 0, 1, 2))):
            kept = lines[: chance.randrange(len(lines) + 1)]
            if chance.random() < 0.3:
                kept += chance.sample(lines, chance.randrange(len(lines) + 1))
            text = "".join(kept).encode(chance.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16")))
            copy = path.with_name(f"{chance.choice('09')}-{path.stem}-{number}")
            made.append(copy)
            copy.write_bytes(gzip.compress(text, mtime=0) if chance.random() < 0.3 else text)
    return made


def write_turns(folder: Path, logs: dict[str, list[str]], files: int) -> list[Path]:
    """The lines of each gateway in up to so many files, of which each goes on where one ends."""
    paths = []
    for gateway, lines in logs.items():
        in_order = lines if gateway == "proxy" else sorted(lines)
        header, parts = in_parts(gateway, in_order, files)
        some = [part for part in parts if part] or [[]]
        paths += write_files(folder / gateway, [[*header, *part] for part in some])
    return paths


def has_copies(paths: list[Path]) -> bool:
    """Whether a file equals another or begins it: then it is a copy."""
    texts = [path.read_text() for path in paths]
    return any(one.startswith(other) for one, other in permutations(texts, 2))


def in_parts(gateway: str, lines: list[str], files: int) -> tuple[list[str], list[list[str]]]:
    """The header of a gateway's files, and its records in so many parts."""
    header = [SENSOR_FIELDS] if gateway == "sensor" else []
    records = [line for line in lines if line not in header]
    size = -(-len(records) // files) or 1
    return header, [records[number * size : (number + 1) * size] for number in range(files)]


def write_files(folder: Path, texts: list[list[str]]) -> list[Path]:
    folder.mkdir(parents=True)
    paths = [folder / f"{number}.log" for number in range(len(texts))]
    for path, lines in zip(paths, texts, strict=True):
        path.write_text("".join(lines))
    return paths


@contextmanager
def small_amounts(held: int, part: int, block: int) -> Iterator[None]:
    """Only so many findings in memory, so many settled together, and blocks of so many bytes."""

    def open_source(source: Source, *, hashing: bool) -> reader.SourceReader:
        return opening.open_source(source, hashing=hashing, block_size=block)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "ROWS_HELD", held)
        patch.setattr(limits, "PART_ROWS", part)
        patch.setattr("logan.pipeline.read.BATCH_LINES", 1 + held)
        if block < BLOCK_SIZE:
            patch.setattr("logan.pipeline.batches.SMALL", 0)
            patch.setattr("logan.pipeline.read.open_source", open_source)
        yield


AMOUNTS = {
    "held": st.sampled_from((1, 3, 10, 30_000)),
    "part": st.sampled_from((1, 4, 50_000)),
    "block": st.sampled_from((300, BLOCK_SIZE)),
}
#: An example takes a tenth of a second: what fails is told as it is, not made smaller for minutes.
THOROUGH = settings(
    max_examples=20,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@THOROUGH
@given(
    logs=gateway_logs(),
    files=st.integers(1, 3),
    runs=st.integers(1, 4),
    amounts=st.fixed_dictionaries(AMOUNTS),
    chance=st.randoms(use_true_random=False),
)
def test_however_files_are_read_and_put_together_every_output_is_the_same(
    tmp_path: Path,
    logs: dict[str, list[str]],
    files: int,
    runs: int,
    amounts: dict[str, int],
    chance: random.Random,
) -> None:
    folder = fresh(tmp_path)
    paths = write_logs(folder, logs, files)
    expected = scanned(*paths)
    chance.shuffle(paths)
    with small_amounts(**amounts):
        read_alone = [read_paths(*some) for at in range(runs) if (some := paths[at::runs])]
        assert settled(put_together(read_alone, folder, chance)) == expected


def lines_of(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines() if line]


def scanned_without_places(*paths: Path) -> dict[str, list[str]]:
    """Users, windows and hits, without the names of files and what follows from these."""
    result = scan(Settings(tuple(map(str, paths)), RULES, hashing=True))
    summary = summarise(result)
    shown = HITS_CSV[: HITS_CSV.index("source")]
    hits = result.found.filter(pl.col("bin") == "hit").select(shown)
    tables = {"users": pl.concat(summary.users), "windows": summary.windows.lazy(), "hits": hits}
    return {name: sorted(map(str, rows.collect().rows())) for name, rows in tables.items()}


@THOROUGH
@given(
    logs=gateway_logs(),
    files=st.integers(1, 2),
    runs=st.integers(2, 4),
    chance=st.randoms(use_true_random=False),
)
def test_copies_of_logs_that_grew_are_known_once_the_logs_are_gone(
    tmp_path: Path, logs: dict[str, list[str]], files: int, runs: int, chance: random.Random
) -> None:
    folder = fresh(tmp_path)
    paths = write_logs(folder, logs, files)
    paths += copy_logs(paths, chance)
    expected = scanned(*paths)
    chance.shuffle(paths)
    read_alone = [read_paths(*some) for at in range(runs) if (some := paths[at::runs])]
    shutil.rmtree(folder)
    assert settled(put_together(read_alone, tmp_path, chance)) == expected


@THOROUGH
@given(logs=gateway_logs(), files=st.integers(2, 4), amounts=st.fixed_dictionaries(AMOUNTS))
def test_cutting_logs_into_files_changes_nothing_but_where_a_line_stands(
    tmp_path: Path, logs: dict[str, list[str]], files: int, amounts: dict[str, int]
) -> None:
    folder = fresh(tmp_path)
    whole = scanned_without_places(*write_turns(folder / "whole", logs, 1))
    paths = write_turns(folder / "cut", logs, files)
    assume(not has_copies(paths))
    # A file that begins with more damaged lines than others is known for nothing, and says so.
    assume(all(2 * path.read_text().count("broken") < len(lines_of(path)) for path in paths))
    with small_amounts(**amounts):
        assert scanned_without_places(*paths) == whole


def test_evidence_may_be_settled_more_than_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.log"
    path.write_text("".join(SQUID.format(at, at % 3, at % 5) for at in range(200)))
    monkeypatch.setattr(limits, "ROWS_HELD", 20)
    evidence = read_paths(path)
    assert settled(evidence) == settled(evidence) == scanned(path)
    assert every_file(settle(evidence, RULES)) == every_file(
        scan(Settings((str(path),), RULES, hashing=True))
    )


def test_what_is_saved_is_private_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text(SQUID.format(1, 2, 3))
    for _ in range(2):
        save(read_paths(path), tmp_path / "kept")
    assert stat.S_IMODE((tmp_path / "kept").stat().st_mode) == 0o700
    assert {stat.S_IMODE(one.stat().st_mode) for one in (tmp_path / "kept").iterdir()} == {0o600}
    assert settled(load(tmp_path / "kept")) == scanned(path)
    assert {one.name for one in tmp_path.iterdir()} == {"a.log", "kept"}


def test_a_folder_with_anything_else_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "diary").write_text("dear")
    with pytest.raises(Exception, match="holds something else"):
        save(Evidence(RULES.version), tmp_path)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "a.log"
    path.write_text("".join(SQUID.format(at, at % 3, at % 5) for at in range(20)))
    save(read_paths(path), tmp_path / "kept")
    return tmp_path / "kept"


def test_what_is_no_evidence_is_not_loaded(tmp_path: Path, saved: Path) -> None:
    with pytest.raises(EvidenceError, match="cannot be read: No such file"):
        load(tmp_path / "nowhere")
    document = (saved / "evidence.json").read_text()
    for changed, said in (
        ("{", "is not JSON"),
        ("[]", "is of the form None"),
        (document.replace("evidence/4", "evidence/5"), "is of the form logan.evidence/5"),
        (document.replace('"tally"', '"tale"'), "is not as logan wrote it"),
        (document.replace('"rows": 20', '"rows": 21'), "does not hold the 21 rows"),
        (document.replace("AAAAA", "AA", 1), "is not as logan wrote it"),
    ):
        assert changed != document
        (saved / "evidence.json").write_text(changed)
        with pytest.raises(EvidenceError, match=said):
            load(saved)


def test_rows_that_are_damaged_or_of_unknown_sources_are_not_loaded(saved: Path) -> None:
    (file,) = saved.glob("findings-*.parquet")
    rows = pl.read_parquet(file)
    for changed in (
        rows.drop("user"),
        rows.head(19),
        rows.with_columns(source=pl.lit(1, pl.UInt32)),
    ):
        changed.write_parquet(file)
        with pytest.raises(EvidenceError, match="does not hold the 20 rows"):
            load(saved)
    file.write_bytes(b"PAR1 cut")
    with pytest.raises(EvidenceError, match="cannot be read"):
        load(saved)


def test_what_came_damaged_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("".join(SQUID.format(at, at % 3, at % 5) for at in range(20)))
    stream = io.BytesIO()
    pack(read_paths(path), stream)
    whole = stream.getvalue()
    assert settled(unpack(io.BytesIO(whole))) == scanned(path)
    for damaged in (
        b"",
        whole[:-1],
        whole[9:],
        whole.replace(b'"findings"', b'"fundings"'),
        whole.replace(b'"sources"', b'"saucers"'),
        b"ARROW1" + whole[6:],
        whole.replace(b"path", b"bath"),
    ):
        assert damaged != whole
        with pytest.raises(EvidenceError, match="what came is no evidence"):
            unpack(io.BytesIO(damaged))


def test_what_was_read_twice_is_not_counted_twice(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text(SQUID.format(1, 2, 3))
    once = read_paths(path)
    with pytest.raises(EvidenceError, match=r"a\.log: is in two of what is to be put together"):
        merge(once, read_paths(path))
    apart = settle(merge(once.below("north"), once.below("south")), RULES)
    assert [source.name for source in apart.sources] == [f"north/{path}", f"south/{path}"]
    assert [source.lines for source in apart.sources] == [1, 1]


def test_what_other_rules_found_is_neither_added_nor_settled(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text(SQUID.format(1, 2, 3))
    found = read_paths(path)
    with pytest.raises(EvidenceError, match="read by different rules"):
        merge(found, Evidence("others 1"))
    with pytest.raises(EvidenceError, match="read by the rules others 1"):
        settle(Evidence("others 1"), RULES)
    with pytest.raises(EvidenceError, match="nothing to put together"):
        merge()


def cut_into_parts(path: Path, places: list[int]) -> list[PartRequest]:
    """Parts of a file that begin at its start and at the ends of some of its lines."""
    ends = [*accumulate(map(len, path.read_bytes().splitlines(keepends=True)))]
    bounds = sorted({0, *(ends[place % len(ends)] for place in places), ends[-1]})
    return [PartRequest(str(path), first, stop) for first, stop in pairwise(bounds)]


def read_parts(path: Path, parts: list[PartRequest]) -> Evidence:
    return read(Settings((str(path),), RULES, parts=tuple(parts)))


@THOROUGH
@given(
    lines=visit_lines(),
    places=st.lists(st.integers(0, 99), max_size=6),
    runs=st.integers(1, 3),
    held=st.sampled_from((1, 10, 30_000)),
    chance=st.randoms(use_true_random=False),
)
def test_however_a_file_is_cut_into_parts_every_output_is_the_same(
    tmp_path: Path,
    lines: list[str],
    places: list[int],
    runs: int,
    held: int,
    chance: random.Random,
) -> None:
    folder = fresh(tmp_path)
    folder.mkdir()
    path = folder / "a.log"
    path.write_text("".join(lines) or "\n")
    expected = every_output(scan(Settings((str(path),), RULES)))
    parts = cut_into_parts(path, places)
    chance.shuffle(parts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "ROWS_HELD", held)
        read_alone = [read_parts(path, some) for at in range(runs) if (some := parts[at::runs])]
        assert settled(put_together(read_alone, folder, chance)) == expected


@THOROUGH
@given(
    lines=visit_lines(),
    places=st.lists(st.integers(0, 99), max_size=4),
    kept_lines=st.integers(0, 99),
    goes_on=st.booleans(),
    chance=st.randoms(use_true_random=False),
)
def test_a_file_read_in_parts_and_its_copies_are_told_apart(
    tmp_path: Path,
    lines: list[str],
    places: list[int],
    kept_lines: int,
    goes_on: bool,
    chance: random.Random,
) -> None:
    folder = fresh(tmp_path)
    folder.mkdir()
    paths = [folder / name for name in ("b.log", chance.choice(("a.log", "c.log")))]
    paths[0].write_text("".join(lines) or "\n")
    others = [*lines[:kept_lines], *(chance.sample(lines, len(lines)) if goes_on else ())]
    paths[1].write_text("".join(others))
    expected = every_output(scan(Settings(tuple(map(str, paths)), RULES)))
    parts = cut_into_parts(paths[0], places)
    read_alone = [
        read(Settings((str(path),), RULES, parts=tuple(some), prefix_digests=True))
        for path, some in ((paths[1], ()), *((paths[0], [part]) for part in parts))
    ]
    assert settled(put_together(read_alone, tmp_path, chance)) == expected


FIELDS = (
    "#Fields: date time c-ip cs-username cs-method cs-uri-scheme cs-host cs-uri-path sc-status\n",
    "#Fields: date time cs-username c-ip cs-method cs-uri-scheme cs-host cs-uri-path sc-status\n",
)


def changing_log(path: Path) -> list[PartRequest]:
    """A log whose columns change in its midst, and its parts around that."""
    row = "2024-01-0{} 10:00:01 {} {} GET https pimeyes.com /en 200\n"
    texts = [
        FIELDS[0] + row.format(1, "10.1.2.3", "ann"),
        row.format(2, "10.1.2.3", "ann") + FIELDS[1] + row.format(3, "ann", "10.1.2.3"),
        row.format(4, "ann", "10.1.2.3") + "\n" + row.format(5, "ann", "10.1.2.3"),
    ]
    path.write_text("".join(texts))
    bounds = accumulate(map(len, texts), initial=0)
    return [PartRequest(str(path), first, stop) for first, stop in pairwise(bounds)]


def test_a_part_is_read_by_the_directives_before_it(tmp_path: Path) -> None:
    path = tmp_path / "w3c.log"
    first, second, third = changing_log(path)
    before = merge(*(read_parts(path, [part]) for part in (second, first)))
    with pytest.raises(EvidenceError, match="was not read by the directives"):
        settle(merge(before, read_parts(path, [third])), RULES)
    directives = tuple(text for one in before.sources if one.part for text in one.part.directives)
    assert directives == (FIELDS[1].strip(),)
    again = read_parts(path, [third._replace(directives_before=directives)])
    expected = every_output(scan(Settings((str(path),), RULES)))
    assert settled(merge(again, before)) == expected
    assert expected["users.csv"].count(b"ann") == 1


def test_a_part_alone_has_the_line_numbers_that_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "w3c.log"
    second = changing_log(path)[1]
    with pytest.raises(EvidenceError, match="how many lines stand before byte"):
        settle(read_parts(path, [second]), RULES)
    result = settle(read_parts(path, [second._replace(lines_before=2)]), RULES)
    assert result.found.select("line").collect()["line"].to_list() == [3, 5]
    assert result.sources[0].notes == ("its lines 1 to 2 are not among what was read",)


def test_parts_of_what_is_packed_come_to_the_whole(tmp_path: Path) -> None:
    path, packed = tmp_path / "w3c.log", tmp_path / "w3c.log.gz"
    parts = changing_log(path)
    packed.write_bytes(gzip.compress(path.read_bytes()))
    expected = every_output(scan(Settings((str(packed),), RULES)))
    first, second, third = (part._replace(name=str(packed)) for part in parts)
    third = third._replace(directives_before=(FIELDS[1].strip(),))
    read_alone = [read_parts(packed, [part]) for part in (third, first, second)]
    assert settled(merge(*read_alone)) == expected


def test_records_of_several_lines_are_not_read_from_their_midst(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    request = {"remote_ip": "192.0.2.1", "method": "GET", "host": "a.example", "uri": "/"}
    record = {"level": "info", "ts": 1704103200.1, "logger": "http.log.access", "status": 200}
    record |= {"msg": "handled request", "request": request, "duration": 0.1, "size": 9}
    path.write_text(json.dumps(record, indent=1) + "\n")
    size = path.stat().st_size
    assert read_paths(path).sources[0].failure is None
    (source,) = read_parts(path, [PartRequest(str(path), 0, size)]).sources
    assert source.failure is None
    middle = path.read_text().index('"request"')
    (source,) = read_parts(path, [PartRequest(str(path), middle, size)]).sources
    assert (
        source.failure == "has records of several lines, so that it cannot be read from its midst"
    )


def test_a_part_of_what_is_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(SQUID.format(1, 2, 3))
    with pytest.raises(UsageError, match=r"b\.log: a part of it is to be read"):
        read_parts(tmp_path / "a.log", [PartRequest("b.log", 0, 10)])


def part_of(first: int, stop: int, before: int | None, lines: int) -> Evidence:
    source = ReadSource(
        "a.log",
        tally=SourceTally(lines=lines, hours=frozenset({first})),
        part=SourcePart(first, stop, before),
    )
    return Evidence(RULES.version, sources=(source,))


def test_parts_of_a_source_are_one_source() -> None:
    parts = [part_of(90, 200, None, 5), part_of(0, 90, None, 9)]
    (source,) = settle(merge(*parts), RULES).sources
    assert (source.lines, source.hours, source.notes) == (14, {0, 90}, ())


def test_lines_between_parts_are_said_to_be_missing() -> None:
    parts = [part_of(90, 200, 9, 5), part_of(10, 70, 2, 5)]
    (source,) = settle(merge(*parts), RULES).sources
    assert source.notes == (
        "its lines 1 to 2 are not among what was read",
        "its lines 8 to 9 are not among what was read",
    )


def test_parts_that_overlap_or_contradict_each_other_are_refused() -> None:
    with pytest.raises(EvidenceError, match="its bytes 80 to 90 are in two"):
        merge(part_of(0, 90, None, 9), part_of(80, 200, None, 5))
    with pytest.raises(EvidenceError, match="8 lines were said to stand before byte 90, and 9 do"):
        settle(merge(part_of(0, 90, None, 9), part_of(90, 200, 8, 5)), RULES)
