"""`--cluster`: the options of a reading on many machines, and what workers are told."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from logan.errors import UsageError

if TYPE_CHECKING:
    from logan.cli.options import ReadingOptions
    from logan.cluster.access import ClusterAccess
    from logan.evidence.evidence import Evidence
    from logan.pipeline.read import Progress
    from logan.pipeline.settings import Settings

Function = TypeVar("Function", bound=Callable[..., Any])
_FILE = click.Path(path_type=Path, dir_okay=False)


def cluster_options(function: Function) -> Function:
    """Which cluster reads, and what shows both sides who the other is."""
    for option in (
        click.option(
            "--insecure-cluster",
            is_flag=True,
            help="Use a cluster without certificates, beyond this machine; the manifest says so.",
        ),
        click.option(
            "--scratch",
            metavar="DIR_OR_ADDRESS",
            help="Storage for results of more than 64 MiB, which all machines may write to.",
        ),
        click.option("--tls-key", type=_FILE, metavar="FILE", help="The key of --tls-cert."),
        click.option("--tls-cert", type=_FILE, metavar="FILE", help="The certificate of this run."),
        click.option(
            "--tls-ca",
            type=_FILE,
            metavar="FILE",
            help="The authority whose certificates the machines of the cluster have.",
        ),
        click.option(
            "--cluster",
            metavar="ADDRESS",
            help="Have the workers of this Dask scheduler read (docs/cluster.md): "
            "tls://scheduler:8786.",
        ),
    ):
        function = option(function)
    return function


def chosen_cluster(
    address: str | None,
    *,
    files: tuple[Path | None, Path | None, Path | None],
    scratch: str | None,
    insecure: bool,
) -> "ClusterAccess | None":
    """How the cluster that was asked for is reached; None where none was."""
    if address is None:
        if any(files) or scratch is not None or insecure:
            raise UsageError(
                "--tls-ca, --tls-cert, --tls-key, --scratch and --insecure-cluster say how a "
                "cluster is used: add --cluster ADDRESS"
            )
        return None
    from logan.cluster.access import ClusterAccess, check_access

    access = ClusterAccess(address, *files, insecure)
    check_access(access)
    return access


def cluster_reader(
    settings: "Settings",
    access: "ClusterAccess",
    reading: "ReadingOptions",
    *,
    scratch: str | None,
) -> "Callable[[Progress | None], Evidence]":
    """What has the cluster read, as `logan.pipeline.scan.scan` wants it."""
    from logan.cluster.messages import WorkerTerms
    from logan.cluster.reading import read_on_cluster
    from logan.cluster.tools import installed_tools
    from logan.package.rule_files import read_rule_files

    terms = WorkerTerms(
        tools=installed_tools(),
        rules=tuple((one.name, one.content.decode()) for one in read_rule_files(settings.rules)),
        rules_version=settings.rules.version,
        zones=tuple(settings.zones),
        answers=tuple(settings.answers),
        format=reading.format_name,
        squid_logformat=reading.squid_logformat,
        mapping_files=tuple(
            (one.name, one.read_text(encoding="utf-8")) for one in reading.mapping_files
        ),
        exclude=settings.exclude,
        hashing=settings.hashing,
        scratch=scratch,
    )

    def read(progress: "Progress | None") -> "Evidence":
        return read_on_cluster(settings, terms, access, progress=progress, note=_note)

    return read


def _note(words: str) -> None:
    from logan.outputs.text import printable

    click.echo(f"logan: {printable(words)}", err=True)


def refuse_cluster(_context: click.Context, _option: click.Parameter, value: str | None) -> None:
    """What is said where a command reads on this machine only."""
    if value is not None:
        raise UsageError(
            "parse reads on this machine: all its records would have to come back. "
            "`logan scan --cluster` finds what matters on many"
        )
