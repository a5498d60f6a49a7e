"""The lists are found where their package is installed, and read without loading it."""

import json
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from logan.rules import host_lists
from logan.rules.host_lists import HostList


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with one of the two lists."""
    spec = ModuleSpec("pymispwarninglists", None, is_package=True)
    spec.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr(host_lists, "find_spec", lambda _: spec)
    folder = tmp_path / "data" / "misp-warninglists" / "lists" / "tranco"
    folder.mkdir(parents=True)
    document = {"name": "Top", "version": 20250115, "list": ["b.example", "a.example"]}
    (folder / "list.json").write_text(json.dumps(document), encoding="utf-8")
    return tmp_path


@pytest.mark.usefixtures("package")
def test_lists_that_are_there_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "pymispwarninglists", raising=False)
    assert host_lists.host_lists() == (HostList("Top", 20250115, ("b.example", "a.example")),)
    assert "pymispwarninglists" not in sys.modules


def test_without_the_package_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_lists, "find_spec", lambda _: None)
    assert host_lists.host_lists() == ()
