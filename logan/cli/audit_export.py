"""`logan audit export`: a package out of the ledger."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from logan.cli.audit_status import CONFIG
from logan.cli.export import PackageFacts, busy, locked, package_options, tell_how_to_sign
from logan.cli.options import begin_to_work, read_moment
from logan.errors import UsageError

if TYPE_CHECKING:
    from logan.tables.summary import Summary

_NOT_NOTED: Final = (
    "logan: this user may not write the ledger, so that it has no note of this package: the next "
    "one will not name it as the one before"
)


@click.command("export", short_help="Make a package out of the ledger, for any span.")
@CONFIG
@click.option("--since", metavar="DATE", help="From this local day or time on.")
@click.option("--until", metavar="DATE", help="Up to the end of this local day, or this time.")
@click.option(
    "-o",
    "--output",
    "folder",
    required=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write the package there (docs/package.md).",
)
@click.option(
    "--window",
    metavar="LENGTH",
    help="Length of the windows of local time: 1d, 1w, 1mo, 90d.  [default: fits the period]",
)
@package_options
@click.option(
    "--queries",
    is_flag=True,
    help="Keep query strings, and paths that open a result. They can name people.",
)
@click.option("--quiet", "-q", is_flag=True, help="Print nothing but what is incomplete.")
def export(
    *,
    config: Path,
    since: str | None,
    until: str | None,
    folder: Path,
    window: str | None,
    queries: bool,
    quiet: bool,
    facts: PackageFacts,
) -> None:
    """Make a package of what runs have read, also of logs that are gone.

    It is what `logan scan --export` makes of all logs at once, as of the last run. The manifest
    names the package that was made before; hits that came into its span afterwards are flagged
    `late`.

    \b
    Examples:
      logan audit export /etc/logan/audit.toml --since 2026-03-01 -o from-march
      logan audit export /etc/logan/audit.toml -o all && logan verify all

    Exit status: 0; 2 usage, the configuration, or a span of which findings were purged; 3 the
    package is incomplete, or the ledger cannot be read; 4 another export writes there.
    """
    from logan.audit.configuration import read_configuration
    from logan.audit.configuration_values import Purpose
    from logan.audit.export import ExportRequest
    from logan.audit.export import export as make
    from logan.audit.ledger_opening import read_ledger
    from logan.cli.scan_status import exit_status, warn_of_unread
    from logan.result import Selection
    from logan.tables.spans import parse_window

    configuration = read_configuration(config, Purpose.RUN)
    zone = configuration.tz
    start = read_moment("--since", since, zone)
    stop = read_moment("--until", until, zone, end=True)
    if start and stop and start >= stop:
        raise UsageError(f"--since {since} is not before --until {until}")
    request = ExportRequest(
        folder=folder,
        selection=Selection(since=start, until=stop),
        window=parse_window(window) if window else None,
        queries=queries,
        facts={name: value for name, value in facts._asdict().items() if value is not None},
    )
    begin_to_work()
    with (
        locked(folder),
        busy("making the package", quiet=quiet),
        read_ledger(configuration.ledger) as ledger,
    ):
        summary = make(ledger, configuration, request, now=datetime.now(UTC))
        not_noted = ledger.read_only
    if not quiet:
        _tell(summary, folder)
    if not_noted:
        click.echo(_NOT_NOTED, err=True)
    warn_of_unread(summary.result)
    sys.exit(exit_status(summary.result, []))


def _tell(summary: "Summary", folder: Path) -> None:
    """What the package says, in a line or a few, and how to sign it."""
    from logan.outputs.sentences import write_headline

    for line in write_headline(summary):
        click.echo(line)
    tell_how_to_sign(folder)
