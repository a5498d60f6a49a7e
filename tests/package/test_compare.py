"""Every difference between two packages has its cause."""

import csv
from pathlib import Path

import pytest

from logan.package import hit_changes
from logan.package.compare import compare
from logan.package.reading import open_package
from logan.runtime import hash_partitions
from tests.conftest import Run
from tests.faults.logs import squid, write_log

RULES = """
pack: mine
title: Mine
version: 1
checked: 2024-01-01
sources:
  ME: {what: Me.}
services:
  - id: pimeyes
    name: PimEyes
    category: consumer_face_search
    confidence: vendor
    sources: [ME]
    domains: [pimeyes.com]
"""


class Packages:
    """Packages of logs that change meanwhile."""

    def __init__(self, run: Run, folder: Path) -> None:
        self.run, self.folder = run, folder

    def log(self, name: str, *lines: str) -> None:
        write_log(self.folder / "logs" / name, lines)

    def scan(self, name: str, *options: object) -> Path:
        out = self.folder / name
        self.run("scan", self.folder / "logs", "-q", "--export", out, *options)
        return out

    def changes(self, old: Path, new: Path) -> list[tuple[str, str, str]]:
        ran = self.run("compare", old, new, "-o", self.folder / "changes.csv", "-q")
        assert ran.out == ""
        with (self.folder / "changes.csv").open(newline="") as file:
            return [(row["change"], row["cause"], row["field"]) for row in csv.DictReader(file)]


@pytest.fixture
def packages(run: Run, tmp_path: Path) -> Packages:
    made = Packages(run, tmp_path)
    made.log("hq/a.log", squid(0, "ann"), squid(60, "bob"))
    made.log("b/b.log", squid(5, "eve"))
    return made


def test_late_lines(run: Run, packages: Packages) -> None:
    old = packages.scan("old")
    packages.log("hq/a.log", squid(0, "ann"), squid(60, "bob"), squid(90, "bob"), squid(99, "joe"))
    new = packages.scan("new")
    ran = run("compare", old, new)
    assert ran.status == 0
    assert ran.out.startswith("3 -> 5: 2 late lines of hq/a.log; no change by rules\n")
    assert packages.changes(old, new) == [("new", "late", "")] * 2


def test_few_hits_at_a_time_come_to_the_same_as_all_together(
    packages: Packages, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two logs one grew and one was renamed and grew; another is new, and a user was spelt."""
    old_lines = [squid(10 * at, f"u{at % 4}") for at in range(12)]
    packages.log("hq/a.log", *old_lines)
    packages.log("b/b.log", *[squid(3 + 10 * at, "eve") for at in range(6)])
    old = packages.scan("old")
    packages.log("hq/a.log", *old_lines, squid(990, "joe"), squid(970, "kim"))
    (packages.folder / "logs" / "b" / "b.log").unlink()
    packages.log("b/b.1.log", *[squid(3 + 10 * at, "Eve") for at in range(7)])
    packages.log("c/c.log", *[squid(400 + at, "ann") for at in range(9)])
    new = packages.scan("new", "--service", "pimeyes")
    told = compare(open_package(old), open_package(new))
    with monkeypatch.context() as patch:
        patch.setattr(hit_changes, "_TOGETHER", 1)
        patch.setattr(hash_partitions, "_ROWS_CUT", 3)
        patch.setattr(hash_partitions, "_ROWS_HELD", 4)
        apart = compare(open_package(old), open_package(new))
    assert apart.changes.equals(told.changes)
    assert (apart.old_hits, apart.new_hits) == (told.old_hits, told.new_hits) == (18, 30)
    assert told.causes == {"late": 2, "new_source": 10, "unexplained": 6}


def test_windows_that_had_been_reported_are_revised(run: Run, packages: Packages) -> None:
    """A line of the first of three days came after they had been reported; of the last, after."""
    day = 86_400
    packages.log("hq/a.log", squid(0, "ann"), squid(day, "bob"), squid(2 * day, "bob"))
    old = packages.scan("old", "--window", "1d")
    packages.log("hq/c.log", squid(90, "joe"), squid(2 * day + 9, "joe"))
    new = packages.scan("new", "--window", "1d")
    lines = run("compare", old, new).out.splitlines()
    assert lines[2:4] == [
        "1 window that had been reported is revised:",
        "  Mon 1 Jan 2024, pimeyes: 2 hits -> 3",
    ]
    assert "revised" not in run("compare", new, new).out


def test_a_revised_window_is_named_by_its_local_day(run: Run, packages: Packages) -> None:
    """Of a service without a hit before, too; in summer a day begins on the eve in UTC."""
    july = 182 * 86_400  # 1 July 2024
    packages.log("hq/a.log", squid(july, "ann"), squid(july + 3 * 86_400, "ann"))
    packages.log("b/b.log", squid(july, "eve", "rail.example:443"))
    options = ("--tz", "Europe/London", "--window", "1d")
    old = packages.scan("old", *options)
    packages.log("hq/c.log", squid(july + 86_400, "joe", "facecheck.id:443"))
    new = packages.scan("new", *options)
    assert "  Tue 2 Jul 2024, facecheck: 0 hits -> 1" in run("compare", old, new).out.splitlines()


def test_new_and_gone_sources(packages: Packages, run: Run) -> None:
    old = packages.scan("old")
    packages.log("hq/c.log", squid(200, "joe"))
    new = packages.scan("new")
    assert packages.changes(old, new) == [("new", "new_source", "")]
    assert packages.changes(new, old) == [("gone", "gone_source", "")]
    assert run("compare", new, old).status == 0


def test_narrowing(packages: Packages, run: Run) -> None:
    whole, part = packages.scan("old"), packages.scan("new", "--user", "ann")
    assert packages.changes(whole, part) == [("gone", "narrowed", "")] * 2
    assert packages.changes(part, whole) == [("new", "narrowed", "")] * 2
    assert "3 -> 1: 2 hits by narrowing" in run("compare", whole, part).out


def test_other_rules(packages: Packages, run: Run) -> None:
    (packages.folder / "mine.yaml").write_text(RULES)
    (packages.folder / "none.yaml").write_text(RULES.replace("pimeyes.com", "other.example"))
    old = packages.scan("old", "--rules", packages.folder / "mine.yaml")
    new = packages.scan("new", "--rules", packages.folder / "none.yaml")
    ran = run("compare", old, new)
    assert ran.status == 1
    assert ran.out.startswith("3 -> 0: 3 hits by other rules\n")
    assert packages.changes(old, new) == [("gone", "rules", "")] * 3


def test_a_field_that_changed(packages: Packages, run: Run) -> None:
    old, new = packages.scan("old"), packages.scan("new")
    text = (new / "hits.csv").read_bytes().decode().replace(",bob,", ",rob,")
    (new / "hits.csv").write_bytes((text).encode())
    ran = run("compare", old, new)
    assert ran.status == 1
    assert "user: bob -> rob" in ran.out
    assert packages.changes(old, new) == [("changed", "unexplained", "user")]


def test_a_row_without_an_id_is_no_equal_one(packages: Packages, run: Run) -> None:
    old, new = packages.scan("old"), packages.scan("new")
    with (new / "hits.csv").open("a", newline="") as file:
        file.write("2024-01-01T10:00:09Z,eve" + "," * 17 + "\r\n")
    ran = run("compare", old, new)
    assert ran.status == 1
    assert ran.out.startswith("3 -> 4: 1 hit ")


def test_equal_packages(packages: Packages, run: Run) -> None:
    old = packages.scan("old")
    ran = run("compare", old, old)
    assert (ran.status, ran.out) == (0, "3 -> 3: nothing changed\n")
    assert packages.changes(old, old) == []


def test_another_zone_and_incomplete_packages(packages: Packages, run: Run) -> None:
    old, new = packages.scan("old"), packages.scan("new", "--tz", "Europe/London")
    ran = run("compare", old, new)
    assert (ran.status, "days of UTC" in ran.err) == (2, True)
    packages.log("c/strange.log", "no format\n" * 9)
    assert run("compare", old, packages.scan("cut")).status == 3
