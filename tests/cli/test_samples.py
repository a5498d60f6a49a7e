"""`logan samples`: the sample logs and the lists of people beside them, copied."""

from pathlib import Path

import pytest

from tests.conftest import Run


def test_copies_the_logs_and_the_lists_once(tmp_path: Path, run: Run) -> None:
    folder = tmp_path / "samples"
    ran = run("samples", folder)
    assert ran.status == 0
    assert (folder / "README.md").is_file()
    assert any(folder.rglob("*.gz"))
    assert {path.name for path in (tmp_path / "sample_people").iterdir()} == {
        *("README.md", "README.json", "people.csv", "addresses.csv", "authorisations.csv"),
        "events.csv",
    }
    again = run("samples", folder)
    assert again.status == 2
    assert "is there already" in again.err


@pytest.mark.parametrize("there", ["samples", "sample_people"])
def test_nothing_is_copied_where_either_folder_is_there(
    tmp_path: Path, run: Run, there: str
) -> None:
    (tmp_path / there).mkdir()
    ran = run("samples", tmp_path / "samples")
    assert ran.status == 2
    assert f"{tmp_path / there} is there already" in ran.err
    assert [path.name for path in tmp_path.rglob("*")] == [there]
