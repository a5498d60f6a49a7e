"""A package made again: the same bytes, or the first row that differs, or the log that is missing."""

import csv
import gzip
import io
import json
import re
import shutil
from pathlib import Path

import pytest

from logan.package.checksums import write_sums
from tests.conftest import Run
from tests.faults.logs import logan, squid, write_log
from tests.package.builders import contents

W3C = "#Fields: date time c-ip cs-username cs-method cs-uri-scheme cs-host cs-uri-path sc-status\n"
OPTIONS = ("--tz", "w3c/*=Europe/London", "--tz", "Europe/London", "--window", "1d")


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Logs of two gateways, one on a local clock."""
    folder = tmp_path / "logs"
    write_log(folder / "hq" / "a.log", [squid(60 * step, f"u{step % 3}") for step in range(40)])
    write_log(folder / "hq" / "b.log", [squid(9, "ann"), "1704103200.1 pimeyes.com broken\n"])
    rows = [
        f"2024-07-0{day} 10:00:01 10.1.2.4 bob GET https pimeyes.com /en 200\n" for day in (1, 2)
    ]
    write_log(folder / "w3c" / "ex.log", [W3C, *rows])
    return folder


@pytest.fixture
def package(tmp_path: Path, run: Run, logs: Path) -> Path:
    assert run("scan", logs, *OPTIONS, "-q", "--export", tmp_path / "out").status == 0
    return tmp_path / "out"


def test_a_replay_gives_the_same_bytes(run: Run, package: Path, logs: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(logs, tmp_path / "elsewhere" / "logs")
    ran = run("replay", package, "--logs", moved)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith("SAME BYTES")
    assert run("replay", package, "--logs", moved, "-q").out == ""


@pytest.mark.parametrize(
    "options",
    [
        ("--service", "pimeyes", "--user", "ann"),
        ("--since", "2024-01-01", "--until", "2024-06-30"),
        ("--session-gap", "5", "--queries"),
        ("--format", "squid"),
        ("--pack", "reverse-image"),
        ("--year", "2024", "--date-order", "dmy"),
    ],
)
def test_every_option_is_taken_again(
    run: Run, tmp_path: Path, logs: Path, options: tuple[str, ...]
) -> None:
    if "squid" in options:
        shutil.rmtree(logs / "w3c")
    run("scan", logs, *options, "-q", "--export", tmp_path / "out")
    ran = run("replay", tmp_path / "out", "--logs", logs)
    assert (ran.status, ran.out[:10]) == (0, "SAME BYTES"), ran.out + ran.err


def test_three_spellings_of_a_path_give_equal_packages(
    run: Run, tmp_path: Path, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(logs)
    found = []
    for cwd, paths in (
        (tmp_path, ["logs"]),
        (tmp_path, [tmp_path / "logs"]),
        (logs, ["."]),
        (logs, ["w3c", "./hq/"]),
        (logs / "hq", ["../../logs/"]),
        (tmp_path, ["link"]),
    ):
        monkeypatch.chdir(cwd)
        assert run("scan", *paths, *OPTIONS, "-q", "--export", tmp_path / "out").status == 0
        found.append(contents(tmp_path / "out"))
    assert all(one == found[0] for one in found)
    assert b"hq/a.log" in found[0]["hits.csv"]
    assert b"tmp" not in found[0]["summary.json"]


def test_files_of_the_working_directory_are_those_of_any_folder(
    run: Run, tmp_path: Path, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for cwd, paths in ((logs / "hq", ["a.log", "b.log"]), (tmp_path, ["logs/hq"])):
        monkeypatch.chdir(cwd)
        run("scan", *paths, "-q", "--export", tmp_path / "out")
        found.append(contents(tmp_path / "out"))
    assert found[0] == found[1]


def test_a_base_names_the_sources(run: Run, tmp_path: Path, logs: Path) -> None:
    out = tmp_path / "out"
    assert run("scan", logs / "hq", "--base", logs, "-q", "--export", out).status == 0
    assert ",hq/a.log," in (out / "hits.csv").read_text()
    ran = run("scan", logs, "--base", logs / "hq", "-q", "--export", out)
    assert (ran.status, "does not lie in it" in ran.err) == (2, True)
    assert run("scan", logs, "--base", tmp_path / "no", "-q", "--export", out).status == 2


def test_a_missing_log_is_named(run: Run, package: Path, logs: Path) -> None:
    (logs / "hq" / "b.log").unlink()
    ran = run("replay", package, "--logs", logs)
    assert (ran.status, ran.out) == (3, "")
    assert "hq/b.log: is not in" in ran.err
    assert ran.err.endswith("or one above it. Nothing was compared.\n")
    assert run("replay", package, "--logs", logs / "nowhere").status == 2


@pytest.mark.parametrize("name", ["hq/a.log", "hq/b.log"])
def test_a_missing_log_is_named_alone_from_a_folder_above(
    run: Run, package: Path, logs: Path, name: str
) -> None:
    """Whichever is missing: the others are there, and nobody need look for them."""
    (logs / name).unlink()
    ran = run("replay", package, "--logs", logs.parent)
    assert (ran.status, ran.err.count("is not in")) == (3, 1)
    assert ran.err.startswith(f"logan: {name}: is not in {logs}\n")


def test_a_changed_log_is_named(run: Run, package: Path, logs: Path) -> None:
    write_log(logs / "hq" / "b.log", [squid(9, "eve")])
    ran = run("replay", package, "--logs", logs)
    assert ran.status == 3
    assert "hq/b.log: has another hash" in ran.err


def test_standard_input_cannot_be_read_again(run: Run, tmp_path: Path, logs: Path) -> None:
    feed = ("sh", "-c", f'cat {logs}/hq/a.log | "$0" "$@"')
    assert logan("scan", "-", "-q", "--export", tmp_path / "out", wrap=feed).returncode == 0
    ran = run("replay", tmp_path / "out", "--logs", logs)
    assert (ran.status, "came over standard input" in ran.err) == (3, True)
    assert "can be verified, not replayed" in ran.err
    assert run("verify", tmp_path / "out").status == 0
    with (tmp_path / "out" / "hits.csv").open(newline="") as file:
        hit = next(csv.DictReader(file))["hit"]
    shown = run("show", tmp_path / "out", hit, "--logs", logs)
    assert (shown.status, "came over standard input" in shown.err) == (3, True)


def test_what_was_left_out_is_said_and_does_not_differ(
    run: Run, tmp_path: Path, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, again = tmp_path / "out", tmp_path / "again"
    asked = ("--exclude", "*/b.log", "-q", "--export")
    assert run("scan", logs, *asked, out).status == 0
    assert json.loads((out / "manifest.json").read_text())["excluded"] == ["hq/b.log"]
    for text in ((out / "README.txt").read_text(), (out / "report.html").read_text()):
        assert "LEFT OUT" in text
    assert "LEFT OUT" in run("verify", out).out
    ran = run("replay", out, "--logs", logs)
    assert (ran.status, "SAME BYTES" in ran.out) == (0, True), ran.out
    monkeypatch.chdir(logs.parent)
    assert run("scan", logs.name, *asked, again).status == 0
    assert contents(again) == contents(out), "however the path was typed"


def test_the_first_row_that_differs_is_named(run: Run, package: Path, logs: Path) -> None:
    text = (package / "hits.csv").read_bytes().decode()
    (package / "hits.csv").write_bytes((text.replace(",u1,", ",eve,", 1)).encode())
    ran = run("replay", package, "--logs", logs)
    assert ran.status == 1
    line = 1 + text[: text.index(",u1,")].count("\n")
    assert re.search(rf"DIFFERS: hits\.csv:{line}: user: 'eve' .* 'u1' made again", ran.out)


def test_a_row_too_many_is_named(run: Run, package: Path, logs: Path) -> None:
    with (package / "mentions.csv").open("a", newline="") as file:
        file.write("x\r\n")
    ran = run("replay", package, "--logs", logs)
    assert (ran.status, "mentions.csv:2: the package has a row too many" in ran.out) == (1, True)


def test_a_package_of_an_older_logan_is_compared_in_its_own_columns(
    run: Run, package: Path, logs: Path
) -> None:
    rows = list(csv.reader(io.StringIO((package / "users.csv").read_bytes().decode())))
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(row[:11] for row in rows)
    (package / "users.csv").write_bytes((text.getvalue()).encode())
    manifest = json.loads((package / "manifest.json").read_text())
    manifest["logan"]["version"] = "0.0.9"
    (package / "manifest.json").write_text(json.dumps(manifest))
    (package / "SHA256SUMS").write_text(write_sums(package))
    assert run("replay", package, "--logs", logs).status == 0


def test_every_hit_is_found_again_in_its_log(run: Run, package: Path, logs: Path) -> None:
    with (package / "hits.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 43
    for row in rows[::7]:
        ran = run("show", package, row["hit"], "--logs", logs)
        assert ran.status == 0
        line = (logs / row["source"]).read_text().splitlines()[int(row["line"]) - 1]
        assert f"  {line}\n" in ran.out
        assert "has the hash that sources.csv names" in ran.out


def http_event(user: str) -> dict[str, object]:
    http = {"hostname": "pimeyes.com", "url": "/en", "http_method": "GET", "note": f"\x1b[2J{user}"}
    stamp = "2024-01-01T10:00:00.000000+0000"
    return {"timestamp": stamp, "event_type": "http", "src_ip": "10.1.1.7", "http": http}


@pytest.mark.parametrize(
    "text",
    [
        "".join(json.dumps(http_event(user), indent=2) + "\n" for user in ("ann", "bob", "cat")),
        json.dumps([http_event(user) for user in ("ann", "bob", "cat")], indent=4),
        json.dumps({"Records": [http_event(user) for user in ("ann", "bob", "cat")]}),
    ],
    ids=["over lines", "a list over lines", "a list on a line"],
)
def test_of_records_over_lines_and_on_one_line_each_is_shown_whole(
    tmp_path: Path, run: Run, text: str
) -> None:
    log = tmp_path / "logs" / "eve.json"
    log.parent.mkdir()
    log.write_text(text)
    assert run("scan", log, "-q", "--export", tmp_path / "out").status == 0
    with (tmp_path / "out" / "hits.csv").open(newline="") as file:
        hits = [row["hit"] for row in csv.DictReader(file)]
    for hit, user in zip(hits, ("ann", "bob", "cat"), strict=True):
        ran = run("show", tmp_path / "out", hit, "--logs", log.parent)
        _, _, shown = ran.out.partition("The line\n")
        assert (ran.status, "\x1b" in shown) == (0, False)
        assert [name for name in ("ann", "bob", "cat") if name in shown] == [user]
        assert "10.1.1.7" in shown
        assert "pimeyes.com" in shown


def test_a_hit_is_shown_with_its_rule(run: Run, package: Path) -> None:
    hit = (package / "hits.csv").read_text().splitlines()[1].split(",")[15]
    ran = run("show", package, hit[:9])
    assert ran.status == 0
    for said in ("user", "Why", "proves", "on whose word", "content_sha256"):
        assert said in ran.out
    assert run("show", package, "0" * 16).status == 2
    assert "several ids" in run("show", package, hit[:1]).err
    assert run("show", package, "zz").status == 2


def test_a_hit_of_another_log_is_told(run: Run, package: Path, logs: Path) -> None:
    hit = (package / "hits.csv").read_text().splitlines()[1].split(",")
    with (logs / hit[13]).open("a") as file:
        file.write("more\n")
    ran = run("show", package, hit[15], "--logs", logs)
    assert (ran.status, "NOT THE LOG THAT WAS READ" in ran.out) == (1, True)
    (logs / hit[13]).unlink()
    assert run("show", package, hit[15], "--logs", logs).status == 3


def test_ids_outlast_moving_rotation_and_packing(run: Run, package: Path, logs: Path) -> None:
    packed = gzip.compress((logs / "hq" / "a.log").read_bytes())
    (logs / "hq" / "a.log").unlink()
    (logs / "hq" / "old").mkdir()
    (logs / "hq" / "old" / "a.log.1.gz").write_bytes(packed)
    out = package.with_name("again")
    assert run("scan", logs, *OPTIONS, "-q", "--export", out).status == 0
    ids = [
        sorted(line.split(",")[15] for line in (one / "hits.csv").read_text().splitlines())
        for one in (package, out)
    ]
    assert ids[0] == ids[1]
    ran = run("compare", package, out)
    assert (ran.status, ran.out) == (0, "43 -> 43: nothing changed\n")
