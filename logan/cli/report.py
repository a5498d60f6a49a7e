"""`logan report`: the report of a package, made again from its tables."""

from pathlib import Path

import click

from logan.cli.export import busy
from logan.errors import UsageError


@click.command(name="report")
@click.argument("folder", type=click.Path(path_type=Path), metavar="PACKAGE")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help="Where to write it: a name that ends in .html or .xlsx.",
)
@click.option("--title", metavar="TEXT", help="Another title.")
def command(*, folder: Path, output: Path, title: str | None) -> None:
    """Make the report of a package again, as a page or a workbook.

    It is counted from the tables of the package alone, and names the hash of its manifest. The page
    is one file without a script, which prints to A4. `logan verify` says whether the package is as
    it was made; this does not.

    \b
    Examples:
      logan report audit/ -o report.html --title 'Annex 3 to paper 17'
      logan report audit/ -o tables.xlsx
    """
    from logan.package.reading import open_package
    from logan.package.report import write_report

    kinds = (".html", ".xlsx")
    if output.suffix.lower() not in kinds:
        raise UsageError(f"-o {output}: write a name that ends in {' or '.join(kinds)}")
    if output.resolve().is_relative_to(folder.resolve()):
        raise UsageError(
            f"-o {output}: lies in the package, whose sums would not hold any more; write elsewhere"
        )
    with busy("writing the report", quiet=False):
        write_report(open_package(folder), output, title=title)
