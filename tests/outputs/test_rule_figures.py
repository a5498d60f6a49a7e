"""Figures of rules are printed as they were measured."""

import io

from rich.console import Console

from logan.outputs.rule_figures import host_figures, print_measures, trial_figures
from logan.rules.figures import RuleFigures
from logan.rules.host_lists import HostList
from logan.rules.trial import TrialOutcome

TESTS = trial_figures(TrialOutcome(1234, ()), signatures=7, reached=6)
LISTS = (HostList("Top \x1b[2J", 20250115, ("a.example",)),)


def _printed(measured: RuleFigures | None) -> str:
    text = io.StringIO()
    hosts = host_figures(measured, LISTS) if measured else None
    print_measures(TESTS, hosts, console=Console(file=text, width=80))
    return text.getvalue()


def test_figures() -> None:
    wrong = tuple(f"w{number}.example" for number in range(12))
    text = _printed(RuleFigures(2_000_000, 5, wrong, ("m.example",), 3, 4))
    assert "1,234 requests, 0 failures" in text
    assert "6 of 7 signatures reached by a test" in text
    assert "2,000,000 different hosts, of which 5 are the services' own" in text
    assert "12 false positives: w0.example" in text
    assert "w10.example" not in text
    assert "1 miss: m.example" in text
    assert "4 cleared as look-alikes, 3 mentions" in text
    assert "\x1b" not in text


def test_without_hosts_nothing_is_claimed() -> None:
    text = _printed(None)
    assert "not measured" in text
    assert "false positive" not in text
