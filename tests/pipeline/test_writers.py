"""Files of one gateway lie one after the other in time, those of two side by side."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice, permutations
from pathlib import Path

import pytest

from logan.evidence import limits
from logan.pipeline.scan import Settings, scan
from logan.pipeline.writers import FileSpan, find_writers, gateways_of
from logan.rules.packs import load_rules

START = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = 3600.0
DAY = 24 * HOUR
#: First and last stamp of a file, in seconds.
Span = tuple[float, float]


def test_rotated_files_of_one_folder_are_one_gateway() -> None:
    names = ["hq/a.log", "hq/b.log", "other/c.log", "d.log", "./e.log", "-"]
    assert gateways_of(names) == ["hq", "hq", "other/c.log", ".", ".", "-"]
    far = ["s3://logs/hq/a.log", "s3://logs/hq/b.log", "s3://logs/c.log"]
    assert gateways_of(far) == ["s3://logs/hq", "s3://logs/hq", "s3://logs/c.log"]


def written(files: Mapping[str, Span | None]) -> set[frozenset[str]]:
    """The files that each gateway wrote."""
    names = list(files)
    found = find_writers([_file(name, files[name]) for name in names]).numbers
    writers = {
        frozenset(name for name, number in zip(names, found, strict=True) if number == one)
        for one in found
    }
    for order in islice(permutations(range(len(names))), 24):
        again = find_writers([_file(names[at], files[names[at]]) for at in order]).numbers
        assert writers == {
            frozenset(names[at] for at, number in zip(order, again, strict=True) if number == one)
            for one in again
        }
    return writers


def _file(name: str, span: Span | None) -> FileSpan:
    if span is None:
        return FileSpan(name, "squid")
    first, last = (START + timedelta(seconds=at) for at in span)
    return FileSpan(name, "squid", first, last)


def one_of(*names: str) -> set[frozenset[str]]:
    return {frozenset(names)}


@pytest.mark.parametrize(
    "names",
    [
        ("access.log.2.gz", "access.log.1", "access.log"),
        ("access-20260301.log", "access-20260302.log", "access-20260303.log"),
        ("u_ex260301.log", "u_ex260302.log", "u_ex260303.log"),
        ("SG_main__0301.log.gz", "SG_main__0302.log.gz", "SG_main__0303.log.gz"),
        ("part-0001", "part-0002", "part-0003"),
        (
            "2026-03-01-00-10-a1f3.csv.gz",
            "2026-03-01-00-20-07bc.csv.gz",
            "2026-03-01-00-30-4e21.csv.gz",
        ),
    ],
)
@pytest.mark.parametrize("reach_back", [0, 2, HOUR / 2])
def test_what_follows_each_other_is_of_one_gateway(names: Sequence[str], reach_back: float) -> None:
    """Where a request is logged by its beginning, a file reaches back into the one before."""
    spans = [(at * DAY - reach_back, (at + 1) * DAY) for at in range(3)]
    assert written(dict(zip(names, spans, strict=True))) == one_of(*names)


@pytest.mark.parametrize(
    "names",
    [
        ("px1.log", "px2.log"),
        ("proxy-01-access.log", "proxy-02-access.log"),
        ("10.1.0.1.log", "10.1.0.2.log"),
        ("20260302-1.log", "20260302-2.log"),
        ("dc01.log", "dc02.log"),
        ("access.log", "access.log.1"),
    ],
)
@pytest.mark.parametrize("span", [(9 * HOUR, 9 * HOUR + 60), (HOUR, 20 * HOUR)])
def test_what_was_written_side_by_side_is_of_two(names: tuple[str, str], span: Span) -> None:
    """Whether they saw a minute or a day."""
    assert len(written({names[0]: (0, DAY), names[1]: span})) == 2


@pytest.mark.parametrize(
    "name", ["px{node}.log.{turn}", "px{node}-2026030{turn}.log", "2026030{turn}_px{node}_000.log"]
)
def test_turns_of_several_gateways_go_with_their_own(name: str) -> None:
    """Also where one of them, a spare, has no file of the middle day."""
    files = {
        name.format(node=node, turn=turn): (turn * DAY, (turn + 1) * DAY)
        for node in (1, 2, 3)
        for turn in range(4)
        if (node, turn) != (3, 1)
    }
    own = [
        {f for f in files if f in {name.format(node=n, turn=t) for t in range(4)}}
        for n in (1, 2, 3)
    ]
    assert written(files) == {frozenset(some) for some in own}


def test_one_file_that_was_put_back_makes_no_gateways_of_days() -> None:
    days = {f"access-2026-03-{day:02}.log": (day * DAY, (day + 1) * DAY) for day in range(1, 29)}
    found = written(days | {"access-2026-04-01.log": (9 * DAY, 10 * DAY)})
    assert sorted(len(files) for files in found) == [1, 28]


def test_files_without_a_stamp_make_no_gateway() -> None:
    files = {"px1.log": (0, DAY), "px2.log": None, "px3.log": (DAY, 2 * DAY)}
    assert written(files) == one_of(*files)


SQUID = "{:.3f} 5 10.1.2.3 TCP_MISS/200 9 GET https://{} jdoe HIER_DIRECT/1 -\n"
VISIT = ((0, "pimeyes.com/en"), (20, "pimeyes.com/en/premium"), (60, "pimeyes.com/en"))


def scanned(folder: Path, files: Mapping[str, str]) -> tuple[int, int]:
    """How many hits there are, and how many of them may count twice."""
    for name, text in files.items():
        (folder / name).write_text(text)
    result = scan(Settings((str(folder),), load_rules()))
    return sum(source.bins["hit"] for source in result.sources), result.undecided


def logged(late: float, *visit: tuple[float, str]) -> str:
    at = START.timestamp() + late
    lines = [
        (at - 9000, "a.example/"),
        *((at + s, url) for s, url in visit),
        (at + 9000, "a.example/"),
    ]
    return "".join(SQUID.format(*line) for line in lines)


def test_a_chain_in_one_folder_counts_once(tmp_path: Path) -> None:
    files = {f"px{node}.log": logged(0.2 * node, *VISIT) for node in (1, 2)}
    assert scanned(tmp_path, files) == (3, 0)


@pytest.mark.parametrize("held", [1, 100])
@pytest.mark.parametrize(
    ("names", "undecided"),
    [(("px1.log", "px2.log"), 1), (("access.log.1", "access.log"), 0)],
)
def test_two_files_of_a_line_may_be_of_two_gateways(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    names: tuple[str, str],
    undecided: int,
    held: int,
) -> None:
    monkeypatch.setattr(limits, "ROWS_HELD", held)
    at = START.timestamp()
    first, second = (SQUID.format(at + late, "pimeyes.com/en") for late in (0, 0.2))
    assert scanned(tmp_path, dict(zip(names, (first, second), strict=True))) == (2, undecided)
