"""Rule files made to exhaust or to confuse whoever loads them: refused at once, with their place."""

import re
from pathlib import Path

import pytest

from logan.errors import ExitStatus
from tests.conftest import Run
from tests.faults.logs import measured, squid, write_log

LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
)
BOMBS = {
    "aliases": LAUGHS,
    "an alias of itself": "&a [*a]\n",
    "merged keys": "a: &a {b: c}\nd: {<<: *a}\n",
    "10,000 deep in lists": "[" * 10_000 + "]" * 10_000,
    "500 deep in maps": "".join(" " * depth + "a:\n" for depth in range(500)),
    "100,000 deep, never closed": "{a: " * 100_000,
    "a key twice": "name: a\nname: b\n",
    "a number without end": f"version: {'9' * 100_000}\n",
    "an exponent": "version: 1e999999999\n",
    "an object": "!!python/object/apply:os.system ['touch harm']\n",
    "fifty thousand documents": "---\n" * 50_000,
    "two megabytes": "# " + "x" * (2 << 20) + "\nname: a\n",
    "nothing": "",
    "not UTF-8": "name: \udcff\udcfe\n",
    "a NUL": "name: a\0b\n",
    "an escape sequence": "\x1b[2J: \x9b\n",
}

#: The same for indicators as STIX writes them.
BUNDLES = {
    "100,000 deep": "[" * 100_000,
    "closed again": "[" * 10_000 + "]" * 10_000,
    "a number without end": '{"type": "bundle", "x": ' + "9" * 100_000 + "}",
    "two megabytes": '{"type": "bundle", "x": "' + "x" * (2 << 20) + '"}',
    "no object": "1",
    "nothing": "",
    "not UTF-8": '{"type": "bundle", "x": "\udcff"}',
    "half of a pair": '{"type": "\\ud800"}',
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run, bomb: str
) -> None:
    monkeypatch.chdir(tmp_path)
    log = write_log(tmp_path / "access.log", [squid()])
    rules = write_log(tmp_path / "rules.yaml", [BOMBS[bomb]])
    ran = run("scan", log, "--rules", rules, "--export", tmp_path / "out")
    assert ran.status == ExitStatus.USAGE, ran.err
    assert ran.out == ""
    assert re.search(r"rules\.yaml(:\d+)?: ", ran.err)
    assert len(ran.err) < 2_000
    assert all(letter.isprintable() or letter == "\n" for letter in ran.err)
    assert {path.name for path in tmp_path.iterdir()} == {"access.log", "rules.yaml"}


@pytest.mark.parametrize("bomb", BUNDLES)
def test_a_bundle_is_refused_too(tmp_path: Path, run: Run, bomb: str) -> None:
    log = write_log(tmp_path / "access.log", [squid()])
    rules = write_log(tmp_path / "rules.json", [BUNDLES[bomb]])
    ran = run("scan", log, "--rules", rules)
    assert ran.status == ExitStatus.USAGE, ran.err
    assert re.search(r"rules\.json(:\d+)?: ", ran.err)
    assert len(ran.err) < 2_000


def test_a_bomb_stays_small(tmp_path: Path) -> None:
    log = write_log(tmp_path / "access.log", [squid()])
    _, baseline = measured("scan", log, "-q")
    for bomb in ("aliases", "100,000 deep, never closed"):
        rules = write_log(tmp_path / "rules.yaml", [BOMBS[bomb]])
        ran, peak = measured("scan", log, "-q", "--rules", rules)
        assert ran.returncode == ExitStatus.USAGE
        assert peak < baseline + 100, bomb


@pytest.mark.parametrize("name", ["rules.yaml", "rules.json"])
@pytest.mark.parametrize("kind", ["device", "loop", "missing", "folder"])
def test_rules_that_are_no_file_are_refused(tmp_path: Path, run: Run, kind: str, name: str) -> None:
    log = write_log(tmp_path / "access.log", [squid()])
    path = tmp_path / name
    if kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "folder":
        path.mkdir()
    ran = run("scan", log, "--rules", path, "-q")
    assert ran.status == ExitStatus.USAGE, ran.err
    assert name in ran.err
