"""`logan audit files`: what the machine of an audit needs, copied once."""

from pathlib import Path

from tests.conftest import Run

CONTRIB = Path(__file__).parents[2] / "contrib"


def test_copies_every_file_once(tmp_path: Path, run: Run) -> None:
    folder = tmp_path / "contrib"
    ran = run("audit", "files", folder)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out == f"{folder}: copied. Now: edit {folder}/audit.toml\n"
    copied = {
        path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
    meant = {
        path.relative_to(CONTRIB): path.read_bytes()
        for path in CONTRIB.rglob("*")
        if path.is_file()
    }
    assert copied == meant
    again = run("audit", "files", folder)
    assert (again.status, "is there already" in again.err) == (2, True)


def test_a_place_that_cannot_be_written_says_so(tmp_path: Path, run: Run) -> None:
    (tmp_path / "file").write_text("")
    ran = run("audit", "files", tmp_path / "file" / "contrib")
    assert (ran.status, "could not be copied" in ran.err) == (3, True)
