"""Exported rules replace an earlier export, and nothing else."""

from pathlib import Path

import pytest

from logan.errors import UsageError
from logan.outputs.rule_files import print_files, write_files

RULE = "title: A\nauthor: logan, pack demo\n"


def test_a_later_export_leaves_nothing_of_the_first(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    write_files({"proxy/one.yml": RULE, "dns/two.yml": RULE}, folder)
    write_files({"proxy/three.yml": RULE}, folder)
    assert [path.relative_to(folder).as_posix() for path in folder.rglob("*.yml")] == [
        "proxy/three.yml"
    ]


def test_other_programs_may_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    write_files({"logan-watched.hosts": "x\n"}, folder)
    assert folder.stat().st_mode & 0o755 == 0o755


@pytest.mark.parametrize("name", ["mine.yml", "proxy/mine.yml"])
def test_files_of_others_are_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("title: A\nauthor: somebody\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"mine\.yml: is not of an export"):
        write_files({"proxy/one.yml": RULE}, tmp_path)
    assert path.read_text(encoding="utf-8") == "title: A\nauthor: somebody\n"


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rules"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="there is a file of this name"):
        write_files({"a": "b"}, path)


def test_documents_are_parted(capsys: pytest.CaptureFixture[str]) -> None:
    print_files({"a": "one\n", "b": "two\n"})
    assert capsys.readouterr().out == "one\n---\ntwo\n"
