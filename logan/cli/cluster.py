"""`--cluster`: the options of a reading on many machines, and what workers are told."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from logan.cli.options import ReadingOptions, as_one_value
from logan.errors import UsageError

if TYPE_CHECKING:
    from logan.cluster.access import ClusterAccess
    from logan.evidence.evidence import Evidence
    from logan.pipeline.read import Progress
    from logan.pipeline.settings import Settings

_FILE: Final = click.Path(path_type=Path, dir_okay=False)


class ClusterOptions(NamedTuple):
    """Which cluster reads, and what shows both sides who the other is; `cluster` None: none."""

    cluster: str | None
    tls_ca: Path | None
    tls_cert: Path | None
    tls_key: Path | None
    scratch: str | None
    insecure_cluster: bool


#: As `cluster`, `ClusterOptions`.
cluster_options: Final = as_one_value(
    "cluster",
    ClusterOptions,
    (
        click.option(
            "--cluster",
            metavar="ADDRESS",
            help="Have the workers of this Dask scheduler read (docs/cluster.md): "
            "tls://scheduler:8786.",
        ),
        click.option(
            "--tls-ca",
            type=_FILE,
            metavar="FILE",
            help="The authority whose certificates the machines of the cluster have.",
        ),
        click.option("--tls-cert", type=_FILE, metavar="FILE", help="The certificate of this run."),
        click.option("--tls-key", type=_FILE, metavar="FILE", help="The key of --tls-cert."),
        click.option(
            "--scratch",
            metavar="DIR_OR_ADDRESS",
            help="Storage for results of more than 64 MiB, which all machines may write to.",
        ),
        click.option(
            "--insecure-cluster",
            is_flag=True,
            help="Use a cluster without certificates, beyond this machine; the manifest says so.",
        ),
    ),
)


def chosen_cluster(given: ClusterOptions) -> "ClusterAccess | None":
    """How the cluster that was asked for is reached; None where none was."""
    files = given.tls_ca, given.tls_cert, given.tls_key
    if given.cluster is None:
        if any(files) or given.scratch is not None or given.insecure_cluster:
            raise UsageError(
                "--tls-ca, --tls-cert, --tls-key, --scratch and --insecure-cluster say how a "
                "cluster is used: add --cluster ADDRESS"
            )
        return None
    from logan.cluster.access import ClusterAccess, check_access

    access = ClusterAccess(given.cluster, *files, given.insecure_cluster)
    check_access(access)
    return access


def cluster_reader(
    settings: "Settings",
    access: "ClusterAccess",
    reading: ReadingOptions,
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
