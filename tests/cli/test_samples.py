"""`logan samples`: the sample logs, copied."""

from pathlib import Path

from tests.conftest import Run


def test_copies_the_logs_once(tmp_path: Path, run: Run) -> None:
    folder = tmp_path / "samples"
    ran = run("samples", folder)
    assert ran.status == 0
    assert (folder / "README.md").is_file()
    assert any(folder.rglob("*.gz"))
    again = run("samples", folder)
    assert again.status == 2
    assert "is there already" in again.err
