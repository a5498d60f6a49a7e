"""`logan rules stats`: figures about rules, measured when they are asked for."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from logan.cli.options import begin_to_work
from logan.errors import ExitStatus

if TYPE_CHECKING:
    from logan.rules.model import Rules


@click.command("stats", short_help="Measure the rules: false positives, misses, tests.")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE_OR_DIR]...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(*, paths: tuple[Path, ...], as_json: bool) -> None:
    """Measure the rules: how well known, how well tested, how often wrong.

    False positives and misses are counted on lists of the million most used hosts, if installed:
    pip install 'logan-audit[figures]'. Exit status 2 where there are any, or where a test fails.
    """
    from logan.rules.load import load_packs
    from logan.rules.packs import bundled_packs, rule_files

    files = rule_files(paths) if paths else list(bundled_packs().values())
    begin_to_work()
    figures = _figures(load_packs(files))
    if as_json:
        click.echo(json.dumps(figures, indent=2))
    else:
        _print(figures)
    if not is_clean(figures):
        sys.exit(ExitStatus.USAGE)


def _figures(rules: "Rules") -> dict[str, Any]:
    from logan.outputs.rule_figures import host_figures, trial_figures
    from logan.outputs.rule_tables import pack_figures
    from logan.rules.figures import measure, reached_signatures
    from logan.rules.host_lists import host_lists
    from logan.rules.trial import try_rules

    lists = host_lists()
    hosts = [host for one in lists for host in one.hosts]
    return {
        "packs": pack_figures(rules),
        "tests": trial_figures(
            try_rules(rules),
            signatures=len(rules.signatures),
            reached=len(reached_signatures(rules)),
        ),
        "hosts": host_figures(measure(rules, hosts), lists) if lists else None,
    }


def is_clean(figures: dict[str, Any]) -> bool:
    """True where no test fails, every signature is reached, and no host is judged wrongly."""
    tests, hosts = figures["tests"], figures["hosts"] or {}
    failed = tests["failures"] or tests["reached"] < tests["signatures"]
    return not (failed or hosts.get("false_positives") or hosts.get("misses"))


def _print(figures: dict[str, Any]) -> None:
    from rich.console import Console

    from logan.outputs.rule_figures import print_measures
    from logan.outputs.rule_tables import print_figures

    console = Console(file=sys.stdout, highlight=False)
    print_figures(figures["packs"], console=console)
    print_measures(figures["tests"], figures["hosts"], console=console)
