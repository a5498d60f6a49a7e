"""docs/package.md: its commands run, its causes and statuses are those of the program."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from logan.package import compare
from logan.package.names import FILES, README
from tests.conftest import Run
from tests.outputs.stories import STORIES
from tests.package.builders import write
from tests.test_docs import commands

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "package.md"
#: Commands that need a key or an authority; `test_verify.py` runs them.
ELSEWHERE = ("--signers", "--authority")


def test_every_command_of_the_guide_runs(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = [one for one in commands(GUIDE) if not any(word in one for word in ELSEWHERE)]
    assert len(listed) > 8
    shutil.copytree(ROOT / "sample_logs", tmp_path / "sample_logs")
    monkeypatch.chdir(tmp_path)
    for command in listed:
        words = shlex.split(command)[1:]
        if "HIT" in words:
            hits = (tmp_path / "march" / "hits.csv").read_text().splitlines()
            words[words.index("HIT")] = hits[1].split(",")[15]
        ran = run(*words)
        assert ran.status == 0, f"{command}: {ran.err}"
    assert (tmp_path / "annex-3.html").read_text().count("Annex 3 to paper 17") == 2
    assert "2,542 -> 2,337: 205 hits by narrowing" in ran.out


def test_every_cause_is_named() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    assert not {cause for cause in compare._WORDS if f"`{cause}`" not in text} - {"unexplained"}


def test_the_readme_of_a_package_is_short_and_names_every_file(tmp_path: Path) -> None:
    text = (write(STORIES["quarter"](), tmp_path / "out") / "README.txt").read_text()
    assert len(text.splitlines()) < 45
    assert max(map(len, text.splitlines())) <= 100
    named = set(re.findall(r"[\w-]+\.(?:csv|json|txt|html|xlsx)|SHA256SUMS", text))
    assert named >= set(FILES) - {README}
