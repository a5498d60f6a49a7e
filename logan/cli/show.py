"""`logan show`: one hit of a package, from its row to its line."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from logan.errors import ExitStatus

if TYPE_CHECKING:
    from logan.package.lookup import LoggedLine


@click.command(name="show")
@click.argument("folder", type=click.Path(path_type=Path), metavar="PACKAGE")
@click.argument("hit", metavar="HIT")
@click.option(
    "--logs",
    metavar="DIR",
    help="Where the logs lie, a folder or an address: show the line itself as well.",
)
def command(*, folder: Path, hit: str, logs: str | None) -> None:
    """Take a hit to its rule, its source and its line.

    HIT is an id from the column `hit` of hits.csv or mentions.csv, or its beginning. What the row
    says, which rule decided, on whose word, what that proves, and which lines repeat it; with
    --logs the line as it was logged, and whether the log is the one that was read.

    \b
    Examples:
      logan show audit/ edee800fce1edcea
      logan show audit/ edee80 --logs /srv/logs

    Exit status: 0 shown; 1 the log there is not the one that was read; 2 no such hit; 3 the package
    or the log cannot be read.
    """
    from logan.outputs.evidence_page import lay_out_evidence
    from logan.outputs.page import open_page
    from logan.outputs.terminal import Terminal
    from logan.package.lookup import find_hit, read_line
    from logan.package.reading import open_package, trusting

    package = open_package(folder)
    with trusting(package):
        found = find_hit(package, hit)
    console = Terminal(file=sys.stdout, highlight=False)
    for line in lay_out_evidence(open_page(console, top=None), *found):
        console.print(line, soft_wrap=True, highlight=False, markup=False, emoji=False)
    if logs is not None:
        sys.exit(_show_line(read_line(package, found, logs)))


def _show_line(logged: "LoggedLine") -> ExitStatus:
    from logan.outputs.text import printable

    click.echo("The line")
    click.echo(f"  {printable(logged.text)}")
    if logged.same_content is False:
        click.echo(
            "  NOT THE LOG THAT WAS READ: its content has another hash than sources.csv says"
        )
        return ExitStatus.CONDITION_HOLDS
    known = "has the hash that sources.csv names" if logged.same_content else "has no known hash"
    click.echo(f"  the log {known}")
    return ExitStatus.COMPLETE
