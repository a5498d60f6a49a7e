"""`logan compare`: what changed between two packages, and why."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from logan.cli.export import busy
from logan.errors import ExitStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from logan.package.compare import Comparison

#: Changes that are printed where no file is asked for.
_SHOWN: Final = 20


@click.command(name="compare")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write every change there as CSV.",
)
@click.option("--quiet", "-q", is_flag=True, help="Print nothing; the exit status says it.")
def command(*, old: Path, new: Path, output: Path | None, quiet: bool) -> None:
    """Say what changed between two packages, and why.

    Hits are joined by their ids. The cause of each change is computed: logs that are new, later
    lines of logs that are known, other rules, other lists of people, narrowing.

    \b
    Example:
      logan compare audit/2024-03/ audit/2024-04/ -o changes.csv

    Exit status: 0 what both are about is unchanged; 1 something in it changed; 2 usage, or days of
    different zones; 3 one of them is incomplete, or cannot be read.
    """
    from logan.package.compare import compare, tell
    from logan.package.reading import open_package, trusting

    packages = open_package(old), open_package(new)
    with trusting(packages[0]), trusting(packages[1]), busy("comparing", quiet=quiet):
        comparison = compare(*packages)
    if output is not None:
        _write(comparison.changes, output)
    if not quiet:
        for line in tell(comparison):
            click.echo(line)
        _print_changes(comparison, everything=output is None)
    if not all(package.manifest["complete"] for package in packages):
        if not quiet:
            click.echo(
                "logan: one of the packages is incomplete: what changed is not certain", err=True
            )
        sys.exit(ExitStatus.INCOMPLETE)
    same = comparison.overlap_unchanged
    sys.exit(ExitStatus.COMPLETE if same else ExitStatus.CONDITION_HOLDS)


def _print_changes(comparison: "Comparison", *, everything: bool) -> None:
    """The first changes, where they go nowhere else."""
    from logan.outputs.text import printable

    rows = comparison.changes.rows(named=True) if everything else []
    for row in rows[:_SHOWN]:
        what = _what_changed(row)
        said = f"{row['change']:<8}{row['hit']}  {row['cause']:<12}{row['time']}  {what}"
        click.echo(f"  {printable(said)}")
    if len(rows) > _SHOWN:
        click.echo(f"  and {len(rows) - _SHOWN:,} more: -o FILE writes all of them")


def _what_changed(row: "Mapping[str, str | None]") -> str:
    """What a row of the changes says on a screen, where nobody asked for names of persons."""
    if not row["field"]:
        return str(row["service"])
    if row["field"] == "person":
        return "person: not shown here, -o FILE has it"
    return f"{row['field']}: {row['old']} -> {row['new']}"


def _write(changes: "pl.DataFrame", path: Path) -> None:
    """Write the changes for their owner only; the file is whole or not there."""
    from logan.outputs.cells import write_cells
    from logan.package.files import replace

    with replace(path) as file:
        write_cells(changes).write_csv(file, line_terminator="\r\n")
