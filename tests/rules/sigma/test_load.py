"""Sigma rules are read strictly: what a line cannot meet is refused by name, with its place."""

from pathlib import Path

import pytest

from logan.errors import ConfigurationError
from logan.rules.load import load_packs, load_text
from logan.rules.packs import load_rules
from logan.rules.sigma.rule import SigmaRule
from tests.rules.sigma.rules import found, load, rule_text

DETECTION = "selection: {cs-host: a.example}\ncondition: selection"


def problems(text: str) -> str:
    with pytest.raises(ConfigurationError) as raised:
        load_text(text, path="rule.yml")
    return str(raised.value)


def only(text: str) -> SigmaRule:
    (rule,) = load_text(text).sigma
    return rule


def test_a_rule_is_a_service_of_its_own() -> None:
    rule = only(rule_text(DETECTION, head="title: Raw Paste (Service) Access\nlevel: high"))
    assert (rule.service, rule.name) == ("raw_paste_service_access", "Raw Paste (Service) Access")
    assert (rule.activity, rule.level, rule.evidence) == ("page", "high", ("url", "connect"))


def test_a_name_of_three_parts_says_what_is_counted() -> None:
    head = "title: 'PimEyes: Search Started'\nname: pimeyes/search/pimeyes.search.new"
    rule = only(rule_text(DETECTION, head=head))
    assert (rule.service, rule.name, rule.activity) == ("pimeyes", "PimEyes", "search")
    assert rule.id == "pimeyes.search.new"


@pytest.mark.parametrize("name", ["pimeyes/shopping/x", "pimeyes", "a/b", "Pim/search/x"])
def test_any_other_name_is_just_a_name(name: str) -> None:
    rule = only(rule_text(DETECTION, head=f"title: Demo\nname: {name}"))
    assert (rule.id, rule.service, rule.activity) == (name, "demo", "page")


def test_several_documents_are_several_rules() -> None:
    one = rule_text(DETECTION, head="title: One\nid: 11111111-1111-4111-8111-111111111111")
    two = rule_text(DETECTION, head="title: Two\nlevel: high")
    rules = load_text(f"{one}---\n{two}").sigma
    assert [rule.title for rule in rules] == ["Two", "One"]
    assert rules[1].line == 1


def test_acts_are_tried_before_visits_and_grave_levels_first() -> None:
    heads = (
        ("demo/page/demo.visit", "critical"),
        ("demo/search/demo.one", "low"),
        ("demo/upload/demo.two", "high"),
        ("demo/contact/demo.look", "high"),
    )
    texts = [
        rule_text(DETECTION, head=f"title: Demo\nname: {name}\nlevel: {level}")
        for name, level in heads
    ]
    ids = [rule.id for rule in load_text("---\n".join(texts)).sigma]
    assert ids == ["demo.two", "demo.one", "demo.visit", "demo.look"]


@pytest.mark.parametrize(
    ("head", "category", "words"),
    [
        ("title: Demo", "firewall", "no records of category `firewall`"),
        ("title: Demo", "proxi", "Did you mean `proxy`?"),
        ("title: Demo\nlevel: severe", "proxy", "`level` is `severe`"),
        ("title: Demo\nstatus: unsupported", "proxy", "calls itself unsupported"),
        ("title: Demo\ntaxonomy: ecs", "proxy", "taxonomy is not `sigma`"),
        ("id: x", "proxy", "lacks `title`"),
        ("title: [a]", "proxy", "`title` is a list, not text"),
        ("title: Demo\ncorrelation: {type: event_count}", "proxy", "is a correlation rule"),
        ("title: Demo\naction: global", "proxy", "`action`"),
        ("title: Demo\nfilter: {rules: [x]}", "proxy", "is a Sigma filter"),
    ],
)
def test_what_cannot_be_honoured_is_named(head: str, category: str, words: str) -> None:
    found = problems(rule_text(DETECTION, category=category, head=head))
    assert words in found
    assert found.startswith("rule.yml:")


@pytest.mark.parametrize(
    ("detection", "words"),
    [
        ("selection: {cs-host: a}\ntimeframe: 5m\ncondition: selection", "`timeframe`"),
        ("selection: {cs-host: a}\ncondition: selection | count() > 5", "counts events"),
        ("selection: {cs-host: a}", "lacks `condition`"),
        ("selection: {cs-host: a}\ncondition: {a: b}", "`condition` is a mapping"),
    ],
)
def test_a_detection_of_several_events_is_refused(detection: str, words: str) -> None:
    assert words in problems(rule_text(detection))


def test_a_narrower_log_source_is_refused() -> None:
    text = rule_text(DETECTION).replace("category: proxy", "category: proxy\n    product: zeek")
    assert "asks for product `zeek`" in problems(text)
    text = rule_text(DETECTION).replace("category: proxy", "category: proxy\n    definition: any")
    assert only(text).evidence == ("url", "connect")


def test_conditions_in_a_list_are_alternatives() -> None:
    rules = load("a: {cs-host: a.example}\nb: {cs-host: b.example}\ncondition: [a, b]")
    requests = ["GET http://a.example/", "GET http://b.example/", "GET http://c.example/"]
    assert found(rules, requests) == requests[:2]


def test_two_rules_of_one_id_are_refused() -> None:
    text = rule_text(DETECTION, head="title: One\nname: same")
    assert "`same` exists already at rule.yml:1" in problems(f"{text}---\n{text}")


def test_every_problem_of_every_file_comes_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(rule_text("s: {x: y}\ncondition: s"), encoding="utf-8")
    (tmp_path / "b.yml").write_text(rule_text("s: {x: y}\ncondition: t"), encoding="utf-8")
    with pytest.raises(ConfigurationError) as raised:
        load_packs([tmp_path / "a.yml", tmp_path / "b.yml"])
    assert {Path(problem.path).name for problem in raised.value.problems} == {"a.yml", "b.yml"}


def test_packs_and_rules_load_together(tmp_path: Path) -> None:
    folder = tmp_path / "proxy"
    folder.mkdir()
    (folder / "rule.yml").write_text(rule_text(DETECTION), encoding="utf-8")
    rules = load_rules([tmp_path], ["facial-search"])
    assert "pimeyes" in rules.services
    assert rules.service_names["demo"] == "Demo"
    assert rules.version.endswith("Sigma rules (1)")


def test_a_rule_is_told_from_a_pack() -> None:
    assert load(DETECTION).packs == ()
    assert "a rule pack lacks `pack`" in problems("title: Neither\nversion: 1\n")
