"""What a scan says on standard error when it is done, and its exit status."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from logan.cli.conditions import Condition
from logan.errors import ExitStatus
from logan.runtime.timings import Stages

if TYPE_CHECKING:
    from logan.result import ScanResult


def tell_what_holds(held: Sequence[tuple[Condition, int]]) -> None:
    """One line on stderr: cron sends a mail only where something was printed."""
    said = "; ".join(f"{condition} holds: {value:,}" for condition, value in held)
    click.echo(f"logan: {said}", err=True)


def print_stages(stages: Stages, result: "ScanResult") -> None:
    from logan.outputs.stage_times import render_stages

    size = sum(source.size for source in result.sources)
    click.echo(render_stages(stages, stored_bytes=size), err=True, nl=False)


def warn_of_unread(result: "ScanResult") -> None:
    """Incomplete is never silent: where no summary says what was not read, stderr does."""
    from logan.outputs.text import printable
    from logan.tables.coverage import is_without_data

    for source in result.sources:
        if not source.complete:
            what = f"{printable(source.name)}: {printable(source.failure or '')}"
            advice = f"\n    {source.advice}" if source.advice else ""
            click.echo(f"logan: incomplete: {what}{advice}", err=True)
    if is_without_data(result):
        click.echo("logan: no data: no line has a time in the period; that is no answer", err=True)


def exit_status(result: "ScanResult", held: Sequence[tuple[Condition, int]]) -> ExitStatus:
    """Incomplete before anything else: a count over half of the lines answers no condition.

    So with no line at all in the period that was asked for: "none" would be said of nothing.
    """
    from logan.tables.coverage import is_without_data

    if not result.complete or is_without_data(result):
        return ExitStatus.INCOMPLETE
    return ExitStatus.CONDITION_HOLDS if held else ExitStatus.COMPLETE
