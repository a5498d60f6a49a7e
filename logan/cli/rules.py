"""`logan rules`: what the rules are, whether they are sound, and what they say of one request."""

import json
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from logan.cli import rules_export, rules_stats
from logan.cli.guided_group import GuidedGroup
from logan.cli.options import rules_option
from logan.errors import ConfigurationError, UsageError

if TYPE_CHECKING:
    from logan.rules.explain import Explanation
    from logan.rules.model import Rules

_FILES = click.argument(
    "paths", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE_OR_DIR]..."
)


@click.group(name="rules", cls=GuidedGroup)
def command() -> None:
    """List, check, test and explain the rules.

    Without a file each command takes all packs that come with logan.
    """


@command.command("list")
@_FILES
@click.option("--json", "as_json", is_flag=True, help="Print the services as one JSON document.")
def list_services(*, paths: tuple[Path, ...], as_json: bool) -> None:
    """List packs and the services they watch."""
    from logan.outputs.rule_tables import print_packs, service_records

    rules = _load(paths)
    if as_json:
        _print_json(service_records(rules))
    else:
        print_packs(rules, console=_console())


@command.command("check", short_help="Check rule files for mistakes.")
@_FILES
def check(*, paths: tuple[Path, ...]) -> None:
    """Check rule files; every problem is shown with its place and what to write instead."""
    from logan.rules.suffixes import suffix_problems

    rules = _load(paths)
    if problems := suffix_problems(rules):
        raise ConfigurationError(problems)
    click.echo(f"{_size(rules)}: no problem found")


@command.command("test", short_help="Run the tests inside the packs.")
@_FILES
def test(*, paths: tuple[Path, ...]) -> None:
    """Run the tests that the packs carry: requests, and what each must be taken for."""
    from logan.rules.trial import try_rules

    rules = _load(paths)
    trial = try_rules(rules)
    if trial.failures:
        raise ConfigurationError(list(trial.failures))
    click.echo(f"{_size(rules)}: all {trial.requests:,} requests are taken for what they are")


@command.command("explain", short_help="Say what a request would be called, and why.")
@click.argument("address", metavar="URL")
@click.option("--method", metavar="NAME", help="Method of the request.  [default: GET]")
@click.option("--referrer", metavar="URL", help="The page that the request came from.")
@click.option(
    "--status", metavar="CODE", type=click.IntRange(100, 599), help="Status of the answer."
)
@click.option(
    "--bytes-sent", metavar="N", type=click.IntRange(0), help="Size of the request in bytes."
)
@click.option("--connect", is_flag=True, help="A tunnel: only host and port are known.")
@click.option("--dns", is_flag=True, help="A look-up of the name.")
@click.option("--at", metavar="DATE", help="When it was made, for rules valid for a time only.")
@rules_option("Ask these rules instead of all packs.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def explain_request(
    *,
    address: str,
    method: str | None,
    referrer: str | None,
    status: int | None,
    bytes_sent: int | None,
    connect: bool,
    dns: bool,
    at: str | None,
    rule_paths: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Say what logan would call a request, by which rule, on which source, and what came close.

    \b
    Examples:
      logan rules explain https://pimeyes.com/api/search/new --method POST
      logan rules explain https://pimeyes.com/ --method POST --status 422
      logan rules explain jsc12.pimeyes.com:443 --connect
    """
    from logan.rules.explain import explain

    # `host:port` alone is what a log has of a tunnel.
    bare = not (method or dns) and re.fullmatch("[^/?#@]+:[0-9]+", address) is not None
    verb = _verb(method, connect=connect or bare, dns=dns)
    if dns and (status or bytes_sent):
        raise UsageError("--status and --bytes-sent belong to requests: a look-up has neither")
    request = _as_request(verb, address, referrer, status=status, bytes_sent=bytes_sent)
    explanation = explain(request, _load(rule_paths), when=_moment(at))
    if as_json:
        _print_json(_as_json(explanation))
        return
    from logan.outputs.explanation import print_explanation

    print_explanation(explanation, console=_console())


command.add_command(rules_export.command)
command.add_command(rules_stats.command)


@command.command("schema", short_help="Print the JSON Schema for editors.")
def schema() -> None:
    """Print the JSON Schema of rule files, for editors."""
    from logan.rules.language import json_schema

    _print_json(json_schema())


def _load(paths: Sequence[Path]) -> "Rules":
    from logan.rules.load import load_packs
    from logan.rules.packs import bundled_packs, rule_files

    return load_packs(rule_files(paths) if paths else list(bundled_packs().values()))


def _size(rules: "Rules") -> str:
    sizes = [(len(rules.sigma), "Sigma rule")] if rules.sigma else []
    if rules.packs:
        packs = [(len(rules.packs), "pack"), (len(rules.services), "service")]
        sizes = [*packs, (len(rules.signatures), "signature"), *sizes]
    return ", ".join(_count(number, noun) for number, noun in sizes)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _verb(method: str | None, *, connect: bool, dns: bool) -> str:
    given = [bool(method), connect, dns]
    if sum(given) > 1:
        raise UsageError("--method, --connect and --dns exclude each other: choose one")
    return "CONNECT" if connect else "DNS" if dns else (method or "GET").upper()


def _as_request(
    verb: str, address: str, referrer: str | None, *, status: int | None, bytes_sent: int | None
) -> str:
    """The request as rule files write it. Blanks are escaped: they would end the address."""
    page, target = [part.replace(" ", "%20") for part in (referrer or "", address)]
    answer = f" {status}" if status else ""
    size = f" sent={bytes_sent}" if bytes_sent is not None else ""
    return f"{verb} {target}{answer}{size}" + (f" < {page}" if page else "")


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise UsageError(f"--at {text}: no date. Write 2024-03-30 or 2024-03-30T12:00") from None


def _as_json(one: "Explanation") -> dict[str, Any]:
    return {
        "request": one.request,
        "bin": one.bin,
        "service": one.sigma.service if one.sigma else one.service.id if one.service else None,
        "activity": one.activity,
        "inferred": one.inferred,
        "rule": one.sigma.id if one.sigma else one.signature.id if one.signature else None,
        "why": one.grounds,
        "page": one.page,
        "confidence": one.confidence,
        "sources": [
            {"id": source.id, "what": source.what, "date": source.date, "url": source.url}
            for source in one.sources
        ],
        "counting": list(one.counting),
        "near": [{"rule": miss.signature.id, "failed": list(miss.failed)} for miss in one.near],
        "pack": one.pack,
        "used_by_default": bool(one.pack or one.sigma) and not one.needed,
        "needed": one.needed,
    }


def _print_json(document: object) -> None:
    click.echo(json.dumps(document, indent=2, ensure_ascii=not _takes_utf8(), default=str))


def _takes_utf8() -> bool:
    return (sys.stdout.encoding or "").lower().startswith("utf")


def _console() -> Any:
    from logan.outputs.terminal import Terminal

    return Terminal(file=sys.stdout, highlight=False)
