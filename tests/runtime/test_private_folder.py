"""A folder that nobody else reads, and that does not stay."""

import gc
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from logan.cli.options import begin_to_work
from logan.runtime.private_folder import PrivateFolder


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def test_it_is_made_when_it_is_used_and_for_its_owner_alone(tmp_path: Path) -> None:
    folder = PrivateFolder()
    assert list(tmp_path.iterdir()) == []
    assert folder.path.parent == tmp_path
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700


def test_it_goes_with_its_holder(tmp_path: Path) -> None:
    folder = PrivateFolder()
    (folder.path / "a").write_text("x")
    del folder
    gc.collect()
    assert list(tmp_path.iterdir()) == []


ENDINGS = {
    "exit": "sys.exit(1)",
    "error": "raise RuntimeError",
    "interrupt": "os.kill(os.getpid(), signal.SIGINT)",
    "kill": "os.kill(os.getpid(), signal.SIGKILL)",
}


def end(how: str, tmp_path: Path) -> None:
    """A process that makes a folder and then ends."""
    code = (
        "import os, signal, sys; from logan.runtime.private_folder import PrivateFolder; "
        f"folder = PrivateFolder(); (folder.path / 'a').touch(); {ENDINGS[how]}"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], env=environment, stderr=subprocess.DEVNULL)


@pytest.mark.parametrize("how", ["exit", "error", "interrupt"])
def test_it_goes_however_a_run_ends(how: str, tmp_path: Path) -> None:
    end(how, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs file locks of Unix")
def test_what_a_killed_run_left_is_cleared_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    end("kill", tmp_path)
    (left,) = tmp_path.iterdir()
    young, held = PrivateFolder(), PrivateFolder()
    assert young.path.exists()
    assert left.exists(), "too young to be abandoned"
    assert held.path.exists()
    monkeypatch.setattr(time, "time", lambda: left.stat().st_mtime + 3600)
    fresh = PrivateFolder()
    assert fresh.path.exists()
    assert not left.exists()
    assert held.path.exists(), "another run holds it"


def test_a_folder_of_that_name_that_logan_did_not_make_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "export"
    elsewhere.mkdir()
    (elsewhere / "hits.csv").write_text("time")
    own = tmp_path / "logan-findings-march"
    own.mkdir()
    (own / "hits.csv").write_text("time")
    (tmp_path / "logan-findings-link").symlink_to(elsewhere)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3600)
    assert PrivateFolder().path.exists()
    assert (own / "hits.csv").exists()
    assert (elsewhere / "hits.csv").exists()


def test_the_next_scan_clears_it_even_if_it_needs_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    end("kill", tmp_path)
    (left,) = tmp_path.iterdir()
    monkeypatch.setattr(time, "time", lambda: left.stat().st_mtime + 3600)
    begin_to_work()
    assert not left.exists()
