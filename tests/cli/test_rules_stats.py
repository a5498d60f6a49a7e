"""`logan rules stats`, as typed."""

import json
from pathlib import Path

import pytest

from logan.cli.rules_stats import is_clean
from logan.rules import host_lists
from logan.rules.host_lists import HostList
from tests.conftest import Run
from tests.rules.packs_for_tests import SOUND

LISTS = (HostList("Top", 20250115, ("alpha.example", "notalpha.example", "other.example")),)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(host_lists, "host_lists", lambda: LISTS)
    path = tmp_path / "own.yaml"
    path.write_text(SOUND, encoding="utf-8")
    return path


def test_figures_are_printed(run: Run, own: Path) -> None:
    ran = run("rules", "stats", own)
    assert ran.status == 0
    for words in (
        "2 of 2 signatures reached by a test",
        "3 different hosts, of which 1 are the services' own",
        "0 false positives",
        "0 misses",
        "1 cleared as look-alikes",
    ):
        assert words in ran.out


def test_figures_as_json(run: Run, own: Path) -> None:
    figures = json.loads(run("rules", "stats", own, "--json").out)
    assert [pack["signatures"] for pack in figures["packs"]] == [2]
    assert figures["tests"]["failures"] == 0
    assert figures["hosts"]["lists"] == [{"name": "Top", "version": 20250115, "hosts": 3}]
    assert figures["hosts"]["false_positives"] == figures["hosts"]["misses"] == []


def test_without_a_list_it_says_how_to_get_one(
    run: Run, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_lists, "host_lists", lambda: ())
    ran = run("rules", "stats", own)
    assert ran.status == 0
    assert "pip install 'logan-audit[figures]'" in " ".join(ran.out.split())
    assert json.loads(run("rules", "stats", own, "--json").out)["hosts"] is None


def test_a_failing_test_shows_in_the_exit_status(run: Run, own: Path) -> None:
    own.write_text(SOUND.replace("hit: [GET https://alpha", "cleared: [GET https://alpha"))
    assert run("rules", "stats", own).status == 2


@pytest.mark.parametrize(
    ("changes", "clean"),
    [
        ({}, True),
        ({"tests": {"failures": 1, "reached": 2, "signatures": 2}}, False),
        ({"tests": {"failures": 0, "reached": 1, "signatures": 2}}, False),
        ({"hosts": {"false_positives": ["a"], "misses": []}}, False),
        ({"hosts": {"false_positives": [], "misses": ["a"]}}, False),
        ({"hosts": None}, True),
    ],
)
def test_what_is_clean(changes: dict[str, object], *, clean: bool) -> None:
    sound: dict[str, object] = {
        "tests": {"failures": 0, "reached": 2, "signatures": 2},
        "hosts": {"false_positives": [], "misses": []},
    }
    assert is_clean(sound | changes) is clean
