"""The summary of a scan: made, and written to standard output as text or as JSON."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from logan.cli.options import abandon_stdout
from logan.errors import OutputError

if TYPE_CHECKING:
    from logan.people.decisions import PeopleMatcher
    from logan.result import ScanResult
    from logan.tables.spans import Window
    from logan.tables.summary import Summary


def check_balance(result: "ScanResult") -> None:
    """Where no table is asked for, none is made: only whether the accounts add up."""
    from logan.tables.accounts import check_accounts

    check_accounts(result)


def summarise_scan(
    result: "ScanResult",
    window: "Window | None",
    people: "PeopleMatcher | None",
    base: str | None,
    *,
    list_sessions: bool,
) -> "Summary":
    from logan.tables.summary import summarise

    return summarise(result, window=window, people=people, base=base, list_sessions=list_sessions)


@contextmanager
def writing() -> Iterator[None]:
    """Raise OutputError where standard output takes no more; a reader who left is no error."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        abandon_stdout()
    except OSError as error:
        raise OutputError(
            f"the summary could not be written to standard output: {error.strerror}"
        ) from error


def show_summary(summary: "Summary", *, top: int, names: bool) -> None:
    from logan.outputs.console import print_persons, print_summary
    from logan.outputs.terminal import Terminal

    print_summary(summary, console=Terminal(), top=top or None)
    if names and summary.by_list is not None:
        print_persons(summary.by_list, console=Terminal(), top=top or None)


def show_json(summary: "Summary") -> None:
    from logan.outputs.json_summary import render_pieces

    for piece in render_pieces(summary):
        click.echo(piece, nl=False)
