"""`logan formats`: which logs logan reads, what a file is taken for, and how its lines are read."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import click

from logan.cli.guided_group import GuidedGroup
from logan.cli.options import ReadingOptions, read_zones, reading_options
from logan.errors import ExitStatus

_PATHS = click.argument("paths", nargs=-1, required=True, metavar="FILE...")


@click.group(name="formats", cls=GuidedGroup, invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print the formats as one JSON document.")
@click.option("--markdown", is_flag=True, help="Print the table of docs/formats.md.")
@click.pass_context
def command(ctx: click.Context, *, as_json: bool, markdown: bool) -> None:
    """List, detect and explain log formats.

    Without a sub-command, list all formats with what their logs can show.
    """
    if ctx.invoked_subcommand is None:
        _list(as_json=as_json, markdown=markdown)


@command.command("list", short_help="List all formats, and what their logs can show.")
@click.option("--json", "as_json", is_flag=True, help="Print the formats as one JSON document.")
def list_(*, as_json: bool) -> None:
    """List all formats with what their logs can show."""
    _list(as_json=as_json, markdown=False)


def _list(*, as_json: bool, markdown: bool) -> None:
    from logan.formats import FORMATS
    from logan.outputs.format_tables import format_records, markdown_table, print_formats

    if as_json:
        _print_json(format_records(FORMATS))
    elif markdown:
        click.echo(markdown_table(FORMATS), nl=False)
    else:
        print_formats(FORMATS, console=_console())


@command.command("detect", short_help="Say what files are taken for, and why.")
@_PATHS
@reading_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def detect(*, paths: tuple[str, ...], as_json: bool, reading: ReadingOptions) -> None:
    """Say what each file is taken for, how sure that is, and why a file is not read.

    Reads only the first lines. Exit status 3 where a file could not be read as it is.
    """
    from logan.outputs.format_tables import detected_record, print_detected

    found = list(_recognised(paths, reading))
    if as_json:
        _print_json([detected_record(one) for one in found])
    else:
        print_detected(found, console=_console())
    sys.exit(_status(one.failure for one in found))


@command.command("explain", short_help="Show first lines field by field.")
@click.argument("path", metavar="FILE")
@reading_options
@click.option(
    "--lines",
    type=click.IntRange(min=1),
    metavar="NUMBER",
    default=3,
    show_default=True,
    help="Lines to explain, header lines apart.",
)
def explain(*, path: str, lines: int, reading: ReadingOptions) -> None:
    """Show the first lines of a file field by field, as logan reads them."""
    from logan.outputs.format_tables import print_explained
    from logan.pipeline import inspect

    failures = []
    for one in _recognised((path,), reading):
        print_explained(one, inspect.explain(one, lines=lines), console=_console())
        failures.append(one.failure)
    sys.exit(_status(failures))


@command.command("draft", short_help="Propose a mapping file for an unknown log.")
@click.argument("path", metavar="FILE")
@click.option("--name", metavar="NAME", help="Name of the format.  [default: by the file's name]")
def draft(*, path: str, name: str | None) -> None:
    """Propose a mapping file (for --format-file) for a log that logan does not know.

    What cannot be told from the first lines is marked; check every line of it.
    """
    from logan.errors import UsageError
    from logan.formats.custom.draft import cut
    from logan.formats.custom.draft_columns import guesses
    from logan.formats.custom.draft_text import write_draft
    from logan.outputs.text import printable
    from logan.pipeline.inspect import inspect

    (one, *others) = inspect((path,))
    if others:
        raise UsageError(f"{path}: give one file, not a folder")
    form, shown = one.recognised.format, printable(path)
    if form is not None:
        click.echo(f"logan: {shown} is read as {form.name} already", err=True)
    found = cut(one.head)
    if found is None:
        why = one.failure if not one.head.lines else "its lines are not made alike"
        click.echo(
            f"logan: {shown}: {printable(why or '')}. Describe it with `lines: regex`", err=True
        )
        sys.exit(ExitStatus.INCOMPLETE)
    name = name or re.sub("[^a-z0-9]+", "-", Path(path).stem.lower()).strip("-") or "my-gateway"
    text, usable = write_draft(found, guesses(found), name=name)
    click.echo(text, nl=False)
    if not usable:
        click.echo("logan: not usable yet: settle what the comments name", err=True)


def _recognised(paths: tuple[str, ...], reading: ReadingOptions) -> Any:
    from logan.pipeline.inspect import inspect

    return inspect(
        paths,
        formats=reading.formats(),
        zones=read_zones(reading.zones)[0],
        answers=reading.answers(),
        exclude=reading.exclude,
    )


def _status(failures: Any) -> ExitStatus:
    return ExitStatus.INCOMPLETE if any(failures) else ExitStatus.COMPLETE


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _console() -> Any:
    from logan.outputs.terminal import Terminal

    return Terminal(file=sys.stdout, highlight=False)
