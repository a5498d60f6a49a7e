"""`logan audit`: every night, for years, each line once."""

import click

from logan.cli import audit_export, audit_files, audit_ledger, audit_run, audit_status
from logan.cli.guided_group import GuidedGroup


@click.group(
    name="audit",
    cls=GuidedGroup,
    epilog="Begin with docs/audit.md: from nothing to a nightly audit in ten minutes.",
)
def command() -> None:
    """Read new lines every night, tell what is new once, and know what was never looked at.

    One configuration (TOML) says which logs are read, who hears of what, and how long it is kept.

    \b
    Examples:
      logan audit files /opt/logan/contrib              what it needs beside logan
      logan audit init /etc/logan/audit.toml            once
      logan audit run /etc/logan/audit.toml --wait 10m  every night, from a timer
      logan audit status /etc/logan/audit.toml
      logan audit check /etc/logan/audit.toml           for Nagios, Icinga, Naemon
    """


for one in (
    *(audit_run.init, audit_run.run, audit_run.rescan),
    *(audit_status.status, audit_status.check),
    *(audit_files.files, audit_export.export, audit_ledger.purge, audit_ledger.verify),
):
    command.add_command(one)
