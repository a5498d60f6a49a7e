"""Which rules a scan uses."""

import re
from pathlib import Path

import pytest

from logan.errors import ConfigurationError, UsageError
from logan.rules import packs
from logan.rules.load import load_packs
from logan.rules.packs import bundled_packs, load_rules, rule_files
from logan.rules.per_line import tag
from logan.rules.request import requests_as_records
from tests.rules.packs_for_tests import SOUND


def test_the_default_is_facial_search() -> None:
    assert [pack.name for pack in load_rules().packs] == ["facial-search"]


def test_a_named_pack_comes_on_top() -> None:
    rules = load_rules(packs=["vendors"])
    assert [pack.name for pack in rules.packs] == ["facial-search", "vendors"]
    assert "herta" in rules.services


def test_own_rules_take_the_place_of_the_default(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(SOUND)
    (tmp_path / "notes.txt").write_text("no rules")
    for path in (tmp_path, tmp_path / "own.yaml"):
        assert list(load_rules([path]).services) == ["alpha", "beta"]
    both = load_rules([tmp_path], ["facial-search"])
    assert [pack.name for pack in both.packs] == ["small", "facial-search"]


def test_own_rules_that_would_watch_half_a_country_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(SOUND.replace("beta.example", "co.uk"))
    with pytest.raises(ConfigurationError, match=r"`co\.uk` is a public suffix"):
        load_rules([path])


def test_a_pack_named_twice_is_read_once() -> None:
    assert len(load_rules(packs=["facial-search", "vendors", "vendors"]).packs) == 2


def test_what_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Did you mean `vendors`"):
        load_rules(packs=["vendor"])
    with pytest.raises(UsageError, match="no such rules file"):
        load_rules([tmp_path / "none.yaml"])
    with pytest.raises(UsageError, match="holds no rule pack"):
        load_rules([tmp_path])


def test_trackers_ask_for_the_sites_to_look_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none is named"):
        load_rules(packs=["trackers"])
    own = tmp_path / "sites.yaml"
    own.write_text(
        "pack: our-sites\ntitle: Ours\nversion: 1\nchecked: 2026-11-22\n"
        "sites:\n  - {domain: force.police.uk, pages: '/report/.*'}\n"
    )
    rules = load_rules([own], ["trackers"])
    assert [site.domain for site in rules.sites] == ["force.police.uk", "force.example"]


def test_every_bundled_pack_has_its_file_name() -> None:
    for name, path in bundled_packs().items():
        assert f"\npack: {name}\n" in path.read_text(encoding="utf-8")


def test_packs_travel_with_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a wheel they are data below the package; the checkout's folder is not there."""
    data = tmp_path / "logan" / "data" / "rules"
    data.mkdir(parents=True)
    (data / "facial-search.yaml").write_text(SOUND)
    monkeypatch.setattr(packs, "_PACKAGE", tmp_path / "logan")
    assert list(load_rules().services) == ["alpha", "beta"]


def test_files_of_a_folder_come_in_order(tmp_path: Path) -> None:
    for name in ("b.yml", "a.yaml", "c.yaml"):
        (tmp_path / name).touch()
    assert [path.name for path in rule_files([tmp_path])] == ["a.yaml", "b.yml", "c.yaml"]


def test_every_source_can_be_found_or_says_why_not() -> None:
    """An address, or a date; else it says that neither was kept, or that it is hearsay."""
    bare = [
        source.what
        for path in bundled_packs().values()
        for source in load_packs([path]).packs[0].sources.values()
        if not source.url and not source.date
    ]
    said = re.compile(r"(?:neither author nor day|no day) was kept|without a document behind it")
    assert [what for what in bare if not said.search(what.lower())] == []


def test_the_example_of_own_sites_finds_what_trackers_were_sent() -> None:
    example = Path(bundled_packs()["trackers"]).parent / "examples" / "your-sites.yaml"
    rules = load_rules([example], ["trackers"])
    requests = [
        f"GET https://www.facebook.com/tr/?id=1&ev=PageView&dl=https%3A%2F%2Fwww.{force}%2Freport"
        for force in ("met", "scotland", "norfolk", "suffolk")
        for force in (f"{force}.police.uk",)
    ]
    twin = "GET https://www.facebook.com/privacy_sandbox/pixel/register/trigger/?dl=https%3A%2F%2F"
    found = tag(
        requests_as_records(
            [*requests, twin + "www.met.police.uk%2Fro%2Freport", twin + "kent.police.uk%2Freport"]
        ),
        rules,
    )
    assert found["rule"].to_list()[:5] == ["meta_pixel.event"] * 4 + ["meta_pixel.twin"]
    assert found["bin"].to_list() == ["hit"] * 5 + ["unrelated"]
