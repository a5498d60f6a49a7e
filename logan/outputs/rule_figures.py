"""The figures of rules: what their own tests say, and what the hosts that everybody visits say."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from logan.outputs.page import Page, open_page
from logan.rules.figures import RuleFigures
from logan.rules.host_lists import HostList
from logan.rules.trial import TrialOutcome

#: Names shown of a list that should be empty.
_SHOWN = 10


def trial_figures(trial: TrialOutcome, *, signatures: int, reached: int) -> dict[str, Any]:
    """The tests inside packs, as plain values."""
    return {
        "requests": trial.requests,
        "failures": len(trial.failures),
        "signatures": signatures,
        "reached": reached,
    }


def host_figures(measured: RuleFigures, lists: Sequence[HostList]) -> dict[str, Any]:
    """What rules say of the most used hosts, as plain values."""
    return {
        "lists": [
            {"name": one.name, "version": one.version, "hosts": len(one.hosts)} for one in lists
        ],
        "hosts": measured.hosts,
        "own": measured.own,
        "false_positives": list(measured.wrong),
        "misses": list(measured.missed),
        "mentions": measured.mentions,
        "cleared": measured.cleared,
    }


def print_measures(
    tests: Mapping[str, Any], hosts: Mapping[str, Any] | None, *, console: Console
) -> None:
    """Print both; `hosts` is None where no list is installed."""
    page = open_page(console, top=None)
    for line in (*_test_lines(tests, page), *_host_lines(hosts, page)):
        console.print(line, soft_wrap=True, highlight=False, markup=False, emoji=False)


def _test_lines(tests: Mapping[str, Any], page: Page) -> Iterator[Text]:
    yield from page.wrap("Tests inside the packs", style="bold")
    yield from page.wrap(
        f"{tests['requests']:,} requests, {tests['failures']} failures", first="  "
    )
    reached = f"{tests['reached']} of {tests['signatures']} signatures reached by a test"
    yield from page.wrap(reached, first="  ")
    yield Text()


def _host_lines(hosts: Mapping[str, Any] | None, page: Page) -> Iterator[Text]:
    yield from page.wrap("The most used hosts", style="bold")
    if hosts is None:
        advice = "not measured: no list is installed. Get one: pip install 'logan-audit[figures]'"
        yield from page.wrap(advice, first="  ")
        return
    for one in hosts["lists"]:
        text = f"{one['name']} ({one['version']}): {one['hosts']:,} hosts"
        yield from page.wrap(text, first="  ")
    yield from page.wrap(
        f"{hosts['hosts']:,} different hosts, of which {hosts['own']} are the services' own",
        first="  ",
    )
    yield from _names("false positive", hosts["false_positives"], page)
    yield from _names("miss", hosts["misses"], page)
    yield from page.wrap(
        f"{hosts['cleared']} cleared as look-alikes, {hosts['mentions']} mentions", first="  "
    )


def _names(what: str, names: Sequence[str], page: Page) -> Iterator[Text]:
    plural = what if len(names) == 1 else what + ("es" if what.endswith("s") else "s")
    shown = ": " + ", ".join(names[:_SHOWN]) if names else ""
    yield from page.wrap(f"{len(names)} {plural}{shown}", first="  ")
