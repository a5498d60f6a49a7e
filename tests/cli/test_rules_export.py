"""`logan rules export`, as typed."""

from pathlib import Path

import pytest
import yaml

from logan.rules.export.targets import TARGETS
from tests.conftest import Run


def test_sigma_rules_are_documents_of_one_stream(run: Run) -> None:
    ran = run("rules", "export", "--to", "sigma")
    assert ran.status == 0
    documents = list(yaml.safe_load_all(ran.out))
    assert len(documents) > 90
    assert all(document["logsource"]["category"] in ("proxy", "dns") for document in documents)


@pytest.mark.parametrize("target", [name for name in TARGETS if name != "sigma"])
def test_a_list_is_one_file(run: Run, tmp_path: Path, target: str) -> None:
    folder = tmp_path / "out"
    printed = run("rules", "export", "--to", target)
    written = run("rules", "export", "--to", target, "-o", folder)
    assert (printed.status, written.status, written.out) == (0, 0, "")
    (path,) = folder.iterdir()
    assert path.read_bytes().decode() == printed.out
    assert "pimeyes.com" in printed.out


def test_what_is_left_out_is_said_on_standard_error(run: Run) -> None:
    ran = run("rules", "export", "--to", "rpz", "--pack", "reverse-image")
    assert "logan: left out: Yandex Images: more than this service is at" in ran.err
    assert "yandex" not in "".join(
        line for line in ran.out.splitlines() if not line.startswith(";")
    )


def test_sigma_rules_cannot_be_turned_into_lists(run: Run, tmp_path: Path) -> None:
    rule = tmp_path / "rule.yml"
    rule.write_text(
        "title: Demo\nlogsource: {category: proxy}\n"
        "detection: {s: {cs-host: a.example}, condition: s}\n",
        encoding="utf-8",
    )
    ran = run("rules", "export", "--to", "hosts", "--rules", rule)
    assert ran.status == 0
    assert "logan: left out: 1 Sigma rule" in ran.err


def test_an_unknown_form_is_named(run: Run) -> None:
    ran = run("rules", "export", "--to", "snort")
    assert ran.status == 2
    assert "'rpz'" in ran.err


def test_a_folder_of_others_is_left_alone(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    ran = run("rules", "export", "--to", "pac", "-o", tmp_path)
    assert ran.status == 2
    assert "mine.txt: is not of an export of rules" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_help_lists_the_forms(run: Run) -> None:
    ran = run("rules", "export", "--help")
    assert all(name in ran.out for name in TARGETS)
