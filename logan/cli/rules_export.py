"""`logan rules export`: which rules, in which form, and where the files go."""

from pathlib import Path

import click

from logan.cli.options import pack_option, rules_option
from logan.rules.export.targets import TARGETS


@click.command(
    "export",
    short_help="Write the rules in the form of another tool.",
    epilog="\b\nForms:\n"
    + "\n".join(f"  {name:<10} {meaning}" for name, (_, meaning) in TARGETS.items()),
)
@click.option("--to", "target", required=True, type=click.Choice(list(TARGETS)), help="The form.")
@click.option(
    "-o",
    "folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write files there, in place of an earlier export.  [default: standard output]",
)
@rules_option("Export these rules instead of the default pack.")
@pack_option("Export this bundled pack too.")
def command(
    *, target: str, folder: Path | None, rule_paths: tuple[Path, ...], packs: tuple[str, ...]
) -> None:
    """Write the rules in the form of another tool.

    What that form cannot say is left out, and named on standard error.

    \b
    Examples:
      logan rules export --to sigma -o sigma/
      logan rules export --to rpz --pack vendors > logan-watched.zone
    """
    from logan.outputs.rule_files import print_files, write_files
    from logan.outputs.text import printable
    from logan.rules.export.targets import export_rules
    from logan.rules.packs import load_rules

    written = export_rules(load_rules(rule_paths, packs), target)
    for reason in written.left_out:
        click.echo(f"logan: left out: {printable(reason)}", err=True)
    if folder is None:
        print_files(written.files)
    else:
        write_files(written.files, folder)
