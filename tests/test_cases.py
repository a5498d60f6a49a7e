"""End-to-end cases as data: files, a command line, and what it must say, write and exit with.

Each file in `tests/cases` holds cases of one subject. A case has `files` (name: text, or a mapping
with one of `text`, `hex`, `gzip`, `lines` and optionally `cut`, bytes taken off the end), `run` (the
arguments, in a folder that holds just these files), `status`, and any of: `out`, `err` (texts that must
occur), `not_out`, `not_err`, `json` (dotted path: value in the JSON on stdout), `written` (file:
exact text), `golden` (a file in `tests/cases/golden` that holds all of stdout).

After a change that is meant, renew the golden files and read the difference before committing:

    LOGAN_RENEW_GOLDEN=1 pytest tests/test_cases.py
"""

import gzip
import json
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from logan import __version__
from tests.conftest import Run

CASES = Path(__file__).parent / "cases"
CHECKS = {"out", "err", "not_out", "not_err", "json", "written", "golden"}
KNOWN = {"name", "files", "run", "status"} | CHECKS


def load_cases() -> Iterator[Any]:
    for path in sorted(CASES.glob("*.yaml")):
        for case in yaml.safe_load(path.read_text()):
            yield pytest.param(case, id=f"{path.stem}: {case['name']}")


def content(spec: Any) -> bytes:
    """The bytes of a file as a case describes it."""
    if isinstance(spec, str):
        return spec.encode()
    data = b""
    if "text" in spec:
        data = spec["text"].encode(spec.get("encoding", "utf-8"))
    elif "hex" in spec:
        data = bytes.fromhex(spec["hex"])
    elif "gzip" in spec:
        data = gzip.compress(spec["gzip"].encode(), mtime=0)
    elif "repeat" in spec:
        data = spec["repeat"].encode() * spec["times"]
    return data[: len(data) - spec.get("cut", 0)]


def at(document: Any, path: str) -> Any:
    """The value at a dotted path; numbers index lists."""
    for step in path.split("."):
        document = document[int(step)] if isinstance(document, list) else document[step]
    return document


@pytest.mark.parametrize("case", list(load_cases()))
def test_case(
    case: dict[str, Any], tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(case) <= KNOWN, "a key that nothing checks"
    for name, spec in case.get("files", {}).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content(spec))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    ran = run(*shlex.split(case["run"]))
    shown = f"--- out\n{ran.out}\n--- err\n{ran.err}"
    assert ran.status == case["status"], shown
    for text in case.get("out", []):
        assert text in " ".join(ran.out.split()), shown
    for text in case.get("err", []):
        assert text in " ".join(ran.err.split()), shown
    for text in case.get("not_out", []):
        assert text not in ran.out, shown
    for text in case.get("not_err", []):
        assert text not in ran.err, shown
    if "json" in case:
        document = json.loads(ran.out)
        found = {path: at(document, path) for path in case["json"]}
        assert found == case["json"], shown
    for name, text in case.get("written", {}).items():
        assert (tmp_path / name).read_bytes().decode() == text.replace("\n", "\r\n")
    if "golden" in case:
        compare(ran.out, CASES / "golden" / case["golden"])


def compare(out: str, stored: Path) -> None:
    """All of stdout with a stored text, whatever the version of logan."""
    out = out.replace(f'"logan": "{__version__}"', '"logan": "VERSION"')
    if os.environ.get("LOGAN_RENEW_GOLDEN"):
        stored.write_text(out, encoding="utf-8", newline="\n")
    assert out == stored.read_text(encoding="utf-8")


def test_every_golden_file_has_its_case() -> None:
    named = {case.values[0].get("golden") for case in load_cases()} - {None}
    assert {path.name for path in (CASES / "golden").iterdir()} == named
