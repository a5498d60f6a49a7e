"""The lines that are not counted: each with its reason, and with the hit that is."""

import csv
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from logan.package.checksums import write_sums
from logan.schema import REPEATS_CSV
from logan.tables.row_ids import identify_hit
from logan.tables.table_fields import REPEAT_WORDS
from logan.vocabulary import REPEAT_REASONS
from tests.conftest import Run
from tests.package.test_verify import change_row, seal

SQUID = "{:.3f} 5 10.1.2.3 {}/{} 9 {} {} HIER_DIRECT/1 -"
START = 1_704_067_200.0
#: What each line of the proxy's log is: its time, its text, and the reason why it is not counted.
PROXY = (
    (0, "TCP_DENIED", 407, "CONNECT pimeyes.com:443", "-", "log_on_challenge"),
    (1, "NONE_NONE", 200, "CONNECT pimeyes.com:443", "jdoe", "tunnel_set_up"),
    (2, "TCP_MISS", 200, "GET https://pimeyes.com/en", "jdoe", None),
    (900, "TCP_MISS", 200, "GET https://facecheck.id/", "jdoe", None),
)
#: The name server's: the same host as the tunnel's, one that nobody asked the proxy for, no client.
LOOKED_UP = (
    "Jan  1 00:00:01 dnsmasq[812]: query[A] pimeyes.com from 10.1.2.3",
    "Jan  1 00:00:01 dnsmasq[812]: reply pimeyes.com is 203.0.113.9",
    "Jan  1 09:00:00 dnsmasq[812]: query[A] facecheck.id from 10.1.2.9",
    "Jan  1 09:00:00 dnsmasq[812]: forwarded facecheck.id to 192.0.2.53",
    "Jan  1 10:00:00 dnsmasq[812]: query[A] a.example from 10.1.2.9",
)


@pytest.fixture
def package(tmp_path: Path, run: Run) -> Path:
    (tmp_path / "logs" / "hq").mkdir(parents=True)
    (tmp_path / "logs" / "dns").mkdir()
    lines = [SQUID.format(START + at, *what) for at, *what, _ in PROXY]
    (tmp_path / "logs" / "hq" / "access.log").write_text("\n".join(lines) + "\n")
    (tmp_path / "logs" / "dns" / "queries.log").write_text("\n".join(LOOKED_UP) + "\n")
    asked = ("--year", "2024", "-q", "--export", tmp_path / "out")
    ran = run("scan", tmp_path / "logs", *asked)
    assert ran.status == 0, ran.err
    return tmp_path / "out"


def rows_of(package: Path, table: str) -> list[dict[str, str]]:
    with (package / table).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def id_of(package: Path, source: str, line: int) -> str:
    """The id of a line, from its log alone."""
    content = (package.parent / "logs" / source).read_bytes()
    text = content.split(b"\n")[line - 1]
    sums = (hashlib.sha256(content).hexdigest(), hashlib.sha256(text).hexdigest())
    return identify_hit(sums[0], line, sums[1])


def test_every_line_that_is_not_counted_names_the_hit_that_is(package: Path) -> None:
    hits = {row["hit"]: (row["source"], int(row["line"])) for row in rows_of(package, "hits.csv")}
    assert sorted(hits.values()) == [
        ("dns/queries.log", 3),
        ("hq/access.log", 3),
        ("hq/access.log", 4),
    ]
    visit, lookup = (
        id_of(package, *place) for place in (("hq/access.log", 3), ("dns/queries.log", 3))
    )
    listed = rows_of(package, "repeats.csv")
    told = {(row["source"], int(row["line"])): (row["reason"], row["hit"]) for row in listed}
    assert told == {
        ("hq/access.log", 1): ("log_on_challenge", ""),
        ("hq/access.log", 2): ("tunnel_set_up", visit),
        ("dns/queries.log", 1): ("other_gateway", visit),
        ("dns/queries.log", 2): ("answer_or_remark", visit),
        ("dns/queries.log", 4): ("answer_or_remark", lookup),
    }
    assert tuple(listed[0]) == REPEATS_CSV
    bins = {row["source"]: int(row["repeat"]) for row in rows_of(package, "sources.csv")}
    assert bins == {"hq/access.log": 2, "dns/queries.log": 3}


def test_show_lists_the_lines_that_repeat_a_hit(run: Run, package: Path) -> None:
    shown = run("show", package, id_of(package, "hq/access.log", 3)).out
    _, _, repeats = shown.partition("Lines that repeat it\n")
    first = [line for line in repeats.splitlines() if not line.startswith(" " * 6)]
    assert [line.split()[0] for line in first] == [
        *("dns/queries.log:1", "other_gateway:", "dns/queries.log:2", "answer_or_remark:"),
        *("hq/access.log:2", "tunnel_set_up:"),
    ]
    alone = run("show", package, id_of(package, "hq/access.log", 4)).out
    assert "Lines that repeat it: none" in alone


def test_every_reason_is_explained() -> None:
    assert tuple(REPEAT_WORDS) == REPEAT_REASONS


def name_another_hit(rows: list[dict[str, str]]) -> None:
    next(row for row in rows if row["hit"])["hit"] = "0123456789abcdef"


def name_no_id(rows: list[dict[str, str]]) -> None:
    next(row for row in rows if row["hit"])["hit"] = "no id"


def add_one(rows: list[dict[str, str]]) -> None:
    rows.append(rows[-1] | {"line": "5"})


def move_one(rows: list[dict[str, str]]) -> None:
    rows[0]["source"] = "elsewhere.log"


@pytest.mark.parametrize("change", [name_another_hit, name_no_id, add_one, move_one])
def test_who_makes_all_sums_again_is_found_by_the_tables(
    run: Run, package: Path, change: Callable[[list[dict[str, str]]], None]
) -> None:
    assert run("verify", package).status == 0
    change_row(package, "repeats.csv", change)
    ran = run("verify", package)
    assert ran.status == 1, ran.out
    assert "was changed" not in ran.out
    assert "repeats.csv" in ran.out
    assert "one of them was altered" in ran.out


def test_a_table_that_was_taken_out_is_missed(run: Run, package: Path) -> None:
    (package / "repeats.csv").unlink()
    (package / "SHA256SUMS").write_text(write_sums(package))
    ran = run("verify", package)
    assert (ran.status, "repeats.csv: is missing" in " ".join(ran.out.split())) == (1, True), (
        ran.out
    )


def test_a_package_by_a_logan_without_the_table_is_read(run: Run, package: Path) -> None:
    hit = id_of(package, "hq/access.log", 3)
    (package / "repeats.csv").unlink()
    for name, listed, file in (
        ("manifest", "outputs", "file"),
        ("datapackage", "resources", "path"),
    ):
        path = package / f"{name}.json"
        document = json.loads(path.read_text())
        document[listed] = [one for one in document[listed] if one[file] != "repeats.csv"]
        path.write_text(json.dumps(document, indent=2) + "\n")
    seal(package)
    shown = run("show", package, hit)
    assert (shown.status, "repeat it: not known" in shown.out) == (0, True)
    again = run("verify", package)
    assert (again.status, "repeats.csv" in again.out) == (1, False), "only the report is another's"
    book = package.parent / "again.xlsx"
    assert run("report", package, "-o", book).status == 0
    assert book.is_file()
