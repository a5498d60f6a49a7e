"""However logs are cut into tasks, in whatever order these are done, and whoever fails at them
first, what comes together is what one machine reads.
"""

import gzip
import json
import os
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logan.cluster import plan
from logan.cluster.messages import ReadRequest
from logan.cluster.reading import ClusterReading
from logan.evidence.evidence import Evidence
from logan.evidence.failures import SourceFailure
from logan.intake import files
from logan.intake.opening import open_source
from logan.intake.small import read_small
from logan.intake.source_search import find
from logan.intake.sources import Source
from logan.intake.stored import UNOPENED
from logan.pipeline import read as reading
from logan.pipeline.settings import Settings
from logan.pipeline.settle import settle
from tests.cluster.logs import changing_log
from tests.cluster.tasks_here import TERMS, TasksHere, do_here, read_in_tasks, scanned
from tests.evidence.outputs import every_output
from tests.evidence.readings import RULES
from tests.evidence.test_evidence import THOROUGH, fresh
from tests.evidence.visits import gateway_logs
from tests.faults.logs import squid

TRAEFIK = {
    "ClientHost": "10.1.2.3",
    "ClientUsername": "jdoe",
    "DownstreamStatus": 200,
    "RequestHost": "pimeyes.com",
    "RequestMethod": "GET",
    "RequestPath": "/en",
    "RequestScheme": "https",
}


def write(folder: Path, logs: dict[str, list[str]], chance: random.Random) -> list[Path]:
    """Logs of several gateways; of some a copy, a beginning, or a packed copy."""
    folder.mkdir()
    paths = []
    for gateway, lines in logs.items():
        text = "".join(lines)
        (folder / f"{gateway}.log").write_text(text)
        paths.append(folder / f"{gateway}.log")
        others = {
            "copy": text.encode(),
            "begun": "".join(lines[: len(lines) // 2]).encode(),
            "packed.gz": gzip.compress(text.encode(), mtime=0),
        }
        for name, data in others.items():
            if chance.random() < 0.3:
                path = folder / f"{chance.choice('az')}-{gateway}-{name}"
                path.write_bytes(data)
                paths.append(path)
    chance.shuffle(paths)
    return paths


@settings(THOROUGH, max_examples=8)
@given(
    logs=gateway_logs(),
    part=st.sampled_from((200, 1_500, 1 << 20)),
    small=st.sampled_from((0, 700, 1 << 20)),
    batch=st.integers(1, 4),
    chance=st.randoms(use_true_random=False),
)
def test_however_reading_is_divided_every_output_is_the_same(
    tmp_path: Path,
    logs: dict[str, list[str]],
    part: int,
    small: int,
    batch: int,
    chance: random.Random,
) -> None:
    paths = write(fresh(tmp_path), logs, chance)
    expected = every_output(scanned(paths))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "PART_BYTES", part)
        patch.setattr(plan, "SMALL_BYTES", small)
        patch.setattr(plan, "BATCH_SOURCES", batch)
        evidence = read_in_tasks(paths, TasksHere(chance))
    assert every_output(settle(evidence, RULES)) == expected


@pytest.mark.parametrize("at", [0, 1, 2])
def test_behind_a_part_that_nobody_could_read_nothing_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    path = tmp_path / "a.log"
    lines = [squid(60 * step, f"u{step % 3}") for step in range(60)]
    path.write_text("".join(lines))
    monkeypatch.setattr(plan, "PART_BYTES", path.stat().st_size // 3)
    monkeypatch.setattr(plan, "SMALL_BYTES", 0)
    (source,) = find([str(path)]).sources
    tasks = plan.plan_reading([source], Settings((), RULES).formats, b"")
    first = sorted(task.subject.parts[0].first_byte for task in tasks)[at]
    evidence = read_in_tasks([path], TasksHere(random.Random(1), f"{path}:{first}"))
    (account,) = settle(evidence, RULES).sources
    assert account.lines == len(path.read_bytes()[:first].splitlines())
    up_to = f"was read up to byte {first:,} only: " if first else ""
    assert account.failure == f"{up_to}was not read: nobody could"


def test_behind_a_part_that_could_be_read_in_part_only_nothing_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.log"
    line = squid(0)
    path.write_text(line * 40)
    monkeypatch.setattr(plan, "PART_BYTES", 10 * len(line) - 1)
    monkeypatch.setattr(plan, "SMALL_BYTES", 0)

    whole = reading.read

    def read_badly(asked: Settings, **others: Any) -> Evidence:
        evidence = whole(asked, **others)
        (one,) = evidence.sources
        if one.part is None or one.part.first_byte != 10 * len(line):
            return evidence
        failure = SourceFailure("the disk is broken there", None, "end")
        return evidence._replace(sources=(one.failing(failure),))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "read", read_badly)
        evidence = read_in_tasks([path], TasksHere(random.Random(1)))
    (account,) = settle(evidence, RULES).sources
    assert (account.lines, account.failure) == (20, "the disk is broken there")
    assert account.content_sha256 is None


def test_columns_that_change_copies_and_hashes_are_right_in_ranges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "PART_BYTES", 500)
    monkeypatch.setattr(plan, "SMALL_BYTES", 0)
    for name in ("b.log", "a.log"):
        (tmp_path / name).write_text(changing_log())
    (tmp_path / "begun.log").write_text(changing_log()[:-200].rpartition("\n")[0] + "\n")
    tasks = TasksHere(random.Random(1))
    evidence = read_in_tasks([tmp_path], tasks)
    assert tasks.done > 30
    expected = scanned([tmp_path])
    assert every_output(settle(evidence, RULES)) == every_output(expected)
    assert [one.copy_of for one in expected.sources] == [
        None,
        *[str(tmp_path / "a.log")] * 2,
    ]
    assert all(one.sha256 for one in expected.sources)


def test_progress_comes_to_the_size_of_each_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "PART_BYTES", 2_000)
    monkeypatch.setattr(plan, "SMALL_BYTES", 0)
    for name in ("a.log", "b.log"):
        (tmp_path / name).write_text(squid(0) * 90)
    said: dict[str, list[int]] = {}
    asked = Settings((str(tmp_path),), RULES)

    def note(name: str, position: int) -> None:
        said.setdefault(name, []).append(position)

    reading = ClusterReading(asked, TERMS, find(asked.paths), note)
    path = str(tmp_path / "a.log")
    for position in (500, 300, 700):
        reading.note_event((0.0, (path, 0, position)))
    assert said == {path: [500, 500, 700]}
    do_here(reading, TasksHere(random.Random(1)))
    assert all(steps == sorted(steps) for steps in said.values())
    assert {name: steps[-1] for name, steps in said.items()} == {
        str(one): one.stat().st_size for one in tmp_path.iterdir()
    }


def test_results_that_cannot_be_sent_are_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not at the end alone, when hours of reading are lost; and once."""
    monkeypatch.setattr(plan, "SMALL_BYTES", 0)
    for name in ("a.log", "b.log"):
        (tmp_path / name).write_text(squid(0) * 9)
    said: list[str] = []
    asked = Settings((str(tmp_path),), RULES)
    terms = TERMS._replace(most_sent=1)
    reading = ClusterReading(asked, terms, find(asked.paths), note=said.append)
    evidence = do_here(reading, TasksHere(random.Random(1)))
    assert {one.name for one in evidence.sources if one.failure} == {
        str(one) for one in tmp_path.iterdir()
    }
    (words,) = said
    assert words.startswith(str(tmp_path))
    assert "--scratch" in words


def test_large_sources_are_cut_and_small_ones_put_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = squid(0)
    (tmp_path / "large.log").write_text(line * 100)
    for number in range(7):
        (tmp_path / f"{number}.log").write_text(line)
    monkeypatch.setattr(plan, "PART_BYTES", 25 * len(line))
    monkeypatch.setattr(plan, "SMALL_BYTES", 2 * len(line))
    monkeypatch.setattr(plan, "BATCH_SOURCES", 3)
    sources = find([str(tmp_path)]).sources
    tasks = [*plan.plan_reading(sources, Settings((), RULES).formats, b"")]
    cut = [task.subject.parts[0] for task in tasks if task.subject.parts]
    assert [part.first_byte for part in cut] == [at * len(line) for at in (0, 26, 51, 76)]
    assert [part.stop_byte for part in cut] == [at * len(line) for at in (26, 51, 76, 100)]
    assert [len(task.subject.sources) for task in tasks if not task.subject.parts] == [3, 3, 1]
    assert [len(task.pieces) for task in tasks if not task.subject.parts] == [3, 3, 0]


def test_the_hash_of_a_log_that_grows_is_of_what_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its parts end where it ended when it was found; it is read for its hash when they are read."""
    path = tmp_path / "a.log"
    path.write_text(squid(0) * 60)
    monkeypatch.setattr(plan, "PART_BYTES", 20 * len(squid(0)))
    monkeypatch.setattr(plan, "SMALL_BYTES", 0)
    expected = scanned([path])
    asked = Settings((str(path),), RULES, hashing=True)
    reading = ClusterReading(asked, TERMS, find(asked.paths))
    with path.open("a") as log:
        log.write(squid(60) * 5)
    (account,) = settle(do_here(reading, TasksHere(random.Random(1))), RULES).sources
    assert account.lines == 60
    assert account.sha256 == expected.sources[0].sha256


def told_elsewhere(path: Path) -> Source:
    """A file that was found here, as another machine is told of it."""
    (source,) = ReadRequest.unpacked(ReadRequest(find([str(path)]).sources).packed()).sources
    return source


def read_there(source: Source) -> tuple[str | None, int]:
    """What another machine says of a file, and how many bytes it reads."""
    small = read_small(source, hashing=False, most=1 << 20)
    with open_source(source) as reader:
        size = sum(len(block.data) for block in reader.blocks())
        assert (small is None) == (reader.failure is not None)
        return reader.failure, size


@pytest.mark.parametrize("in_use", [True, False])
def test_another_file_of_the_same_name_and_number_is_not_read(tmp_path: Path, in_use: bool) -> None:
    """Machines that were set up alike number their own files alike."""
    path = tmp_path / "access.log"
    header = "#Software: a gateway that says much of itself" * 9 + "\n"
    path.write_text(header + squid(0) * 40)
    if not in_use:
        os.utime(path, (0, 0))
    source = told_elsewhere(path)
    assert read_there(source) == (None, path.stat().st_size)
    path.write_text(header + squid(90) * 50)
    why = "was written anew since it was found" if in_use else "is another file than the one that"
    failure, size = read_there(source)
    assert failure is not None
    assert failure.startswith(why)
    assert failure.startswith(UNOPENED)
    assert size == 0


def test_a_log_that_grew_is_the_same_on_another_machine(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.write_bytes(
        squid(0).encode() * 40 + bytes(500)
    )  # some writers make room before they write
    source = told_elsewhere(path)
    with path.open("r+b") as log:
        log.seek(40 * len(squid(0)))
        log.write(squid(60).encode() * 9)
    assert read_there(source) == (None, path.stat().st_size)


def test_a_name_that_the_locale_of_a_worker_lacks_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "é.log"
    path.write_text(squid(0))
    source = told_elsewhere(path)

    def encode(name: Path, *_others: int) -> int:
        raise UnicodeEncodeError("ascii", str(name), 0, 1, "ordinal not in range(128)")

    monkeypatch.setattr(files.os, "open", encode)
    assert read_there(source) == (
        "cannot be opened: its name has characters that the locale here lacks (set LANG=C.UTF-8)",
        0,
    )


def test_texts_of_every_kind_are_what_they_are_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that can be cut, at any byte, and those that must not be."""
    monkeypatch.setattr(plan, "PART_BYTES", 1_500)
    monkeypatch.setattr(plan, "SMALL_BYTES", 0)
    lines = [squid(60 * step, f"u{step % 3}") for step in range(40)]
    text = "".join(lines)
    records = [{**TRAEFIK, "StartUTC": f"2024-01-10T13:{at:02}:36Z"} for at in range(12)]
    texts = {
        "wide.log": text.encode("utf-16"),
        "wide-without-mark.log": text.encode("utf-16-be"),
        "marked.log": text.encode("utf-8-sig"),
        "hole.log": bytes(900) + text.encode(),
        "other-ends.log": text.replace("\n", "\r\n").encode(),
        "no-end.log": text[:-1].encode(),
        "long.log": (lines[0] + "x" * 5_000 + "\n" + text).encode(),
        "long-end.log": (text + "x" * 5_000).encode(),
        "nul.log": (text + "\0" * 900 + "\n" + text).encode(),
        "blank.log": (text + "\n" * 2_000 + text).encode(),
        "packed.gz": gzip.compress(text.encode(), mtime=0),
        "several-lines.json": "".join(json.dumps(one, indent=2) + "\n" for one in records).encode(),
        "list.json": json.dumps(records, indent=1).encode(),
        "changing.log": changing_log().replace("\n", "\r\n").encode(),
    }
    for name, data in texts.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / name).write_bytes(data)
    tasks = TasksHere(random.Random(3))
    evidence = read_in_tasks([tmp_path], tasks)
    assert tasks.done > 25
    expected = scanned([tmp_path])
    assert every_output(settle(evidence, RULES)) == every_output(expected)
    assert sum(one.bins["hit"] for one in expected.sources) > 200
