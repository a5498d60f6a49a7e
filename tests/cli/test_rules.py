"""`logan rules`, as typed."""

import json
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.rules.packs_for_tests import SOUND


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.yaml"
    path.write_text(SOUND)
    return path


def test_list_names_packs_services_and_how_to_use_them(run: Run) -> None:
    ran = run("rules", "list")
    assert ran.status == 0
    for words in ("facial-search", "on by default", "--pack vendors", "PimEyes: pimeyes.com"):
        assert words in ran.out
    assert "\x1b" not in ran.out


def test_list_as_json(run: Run, own: Path) -> None:
    services = json.loads(run("rules", "list", own, "--json").out)
    assert [service["id"] for service in services] == ["alpha", "beta"]
    assert services[0]["domains"] == ["alpha.example"]


def test_check_counts_what_is_sound(run: Run, own: Path) -> None:
    ran = run("rules", "check", own)
    assert (ran.status, ran.out) == (0, "1 pack, 2 services, 2 signatures: no problem found\n")


def test_check_shows_every_problem_with_its_place(run: Run, own: Path) -> None:
    own.write_text(SOUND.replace("title:", "titel:").replace("priority: 90", "priority: 0"))
    ran = run("rules", "check", own)
    assert ran.status == 2
    assert f"{own}:2: a rule pack has no key `titel`\n    Did you mean `title`?" in ran.err
    assert f"{own}:19: `priority` is `0`" in ran.err
    assert "Traceback" not in ran.err


def test_test_runs_the_tests_inside_packs(run: Run, own: Path) -> None:
    ran = run("rules", "test", own)
    assert (ran.status, ran.err) == (0, "")
    assert "all 15 requests are taken for what they are" in ran.out
    own.write_text(SOUND.replace("hit: [GET https://alpha", "cleared: [GET https://alpha"))
    ran = run("rules", "test", own)
    assert ran.status == 2
    assert "`GET https://alpha.example/` is hit page on alpha, not cleared" in ran.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["https://pimeyes.com/api/search/new", "--method", "post"], "search on PimEyes"),
        (["jsc12.pimeyes.com:443", "--connect"], "Inferred: likely"),
        (["jsc12.pimeyes.com:443"], "Inferred: likely"),
        (["https://pimeyes.com:443"], "page on PimEyes"),
        (["pimeyes.com", "--dns"], "contact on PimEyes"),
        (["pimeyes.com/en"], "page on PimEyes"),
        (["https://x.example/", "--referrer", "https://pimeyes.com/"], "click_out on PimEyes"),
        (["https://notpimeyes.com/"], "looks like PimEyes"),
        (["https://example.org/a b"], "no watched service"),
        (
            ["https://www.hertasecurity.com/"],
            "vendors: not used by default, a scan needs --pack vendors.",
        ),
        (["https://pimeyes.com/en"], "pack facial-search: a scan uses it by default."),
        (
            ["https://www.facebook.com/tr/", "--referrer", "https://force.example/report/x"],
            "a scan needs --pack trackers --rules your-sites.yaml.",
        ),
        (
            ["https://pimeyes.com/api/search/new", "--method=POST", "--status=422"],
            "the service refused it (422): an attempt, and no search",
        ),
        (["https://pimeyes.com/en", "--status", "301"], "the answer (301) shows nothing of it"),
        (["https://pimeyes.com/en", "--method", "HEAD"], "HEAD shows nothing to anybody"),
        (
            [
                *("https://pimeyes.com/api/face", "--method=POST"),
                *("--referrer", "https://pimeyes.com/en/opt-out-request-form"),
            ],
            "opt_out on PimEyes",
        ),
    ],
)
def test_explain(run: Run, arguments: list[str], words: str) -> None:
    ran = run("rules", "explain", *arguments)
    assert ran.status == 0
    assert words in " ".join(ran.out.split())


def test_explain_names_the_size_and_the_rules_a_scan_needs(run: Run, own: Path) -> None:
    here = "path: '/about.*'"
    own.write_text(
        SOUND.replace(here, f"{here}\n        bytes_sent: {{min: 1000}}").replace(
            "match: [GET https://alpha.example/about]",
            "match: [GET https://alpha.example/about sent=1000]",
        )
    )
    address = ("https://alpha.example/about", "--rules", own)
    small = run("rules", "explain", *address, "--bytes-sent", "999")
    assert "the size is 999 bytes, not 1,000 bytes or more" in " ".join(small.out.split())
    large = run("rules", "explain", *address, "--bytes-sent", "1000")
    assert "the rule alpha.page matches" in " ".join(large.out.split())
    needed = json.loads(run("rules", "explain", *address, "--json").out)["needed"]
    assert needed == f"--rules {own}"


@pytest.mark.parametrize("option", [("--status", "200"), ("--bytes-sent", "5")])
def test_a_look_up_has_no_answer(run: Run, option: tuple[str, str]) -> None:
    ran = run("rules", "explain", "pimeyes.com", "--dns", *option)
    assert ran.status == 2
    assert "a look-up has neither" in ran.err


def test_explain_as_json(run: Run) -> None:
    ran = run("rules", "explain", "https://pimeyes.com/api/search/new", "--method=POST", "--json")
    found = json.loads(ran.out)
    assert (found["bin"], found["service"], found["activity"]) == ("hit", "pimeyes", "search")
    assert found["rule"] == "pimeyes.search.new"
    assert found["sources"][0]["date"] == "2025-01-14"
    assert (found["pack"], found["used_by_default"], found["needed"]) == ("facial-search", True, "")


def test_explain_by_own_rules_at_a_time(run: Run, own: Path) -> None:
    own.write_text(SOUND + "    valid_to: 2020-03-31\n")
    late = run("rules", "explain", "https://beta.example/", "--rules", own, "--at", "2021-01-01")
    assert "was not Beta at that time" in late.out
    then = run("rules", "explain", "https://beta.example/", "--rules", own, "--at", "2020-03-31")
    assert "page on Beta" in then.out


@pytest.mark.parametrize(
    "hostile",
    [
        "https://pimeyes.com/\x1b[2J\x9b31m",
        "https://pimeyes.com/[bold]x[/oops]",
        "https://pimeyes.com/\u202emoc.live",
        "https://pimeyes.com/[link=file:///etc/passwd]x[/link]",
        "https://pimeyes.com/\nhit\x07",
    ],
)
def test_what_is_typed_reaches_no_terminal_alive(run: Run, hostile: str) -> None:
    ran = run("rules", "explain", hostile)
    assert ran.status == 0
    first, _, rest = ran.out.partition("\n")
    assert not set("\x1b\x9b\u202e\x07") & set(ran.out)
    assert first.startswith("GET https://pimeyes.com/")
    assert rest.startswith("\n  hit")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["explain", "a.example", "--dns", "--connect"], "exclude each other"),
        (["explain", "a.example", "--at", "soon"], "no date"),
        (["check", "none.yaml"], "no such rules file"),
    ],
)
def test_wrong_usage(run: Run, arguments: list[str], words: str) -> None:
    ran = run("rules", *arguments)
    assert ran.status == 2
    assert words in ran.err


def test_the_schema_for_editors(run: Run) -> None:
    assert json.loads(run("rules", "schema").out)["title"] == "logan rule pack"


def test_sigma_rules_are_counted_listed_and_explained(run: Run, tmp_path: Path) -> None:
    rule = tmp_path / "rule.yml"
    rule.write_text(
        "title: Paste Site\nlogsource: {category: proxy}\nlevel: high\n"
        "detection: {s: {cs-host: a.example}, condition: s}\n"
    )
    assert run("rules", "check", rule).out == "1 Sigma rule: no problem found\n"
    assert "high: Paste Site (page)" in run("rules", "list", rule).out
    ran = run("rules", "explain", "https://a.example/x", "--rules", rule)
    assert "page on Paste Site" in ran.out
    assert "The Sigma rule `Paste Site`" in " ".join(ran.out.split())
    explained = json.loads(
        run("rules", "explain", "https://a.example/x", "--rules", rule, "--json").out
    )
    assert (explained["service"], explained["rule"]) == ("paste_site", "sigma.paste_site")
