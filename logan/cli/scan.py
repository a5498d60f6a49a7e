"""`logan scan`: arguments and settings of a scan, where its outputs go, its exit status."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from logan.cli.cluster import ClusterOptions, chosen_cluster, cluster_options, cluster_reader
from logan.cli.conditions import MEASURES, find_held, read_condition
from logan.cli.export import (
    PackageFacts,
    begin_export,
    kept,
    locked,
    make_package,
    package_options,
    refuse_facts,
)
from logan.cli.grouped_help import GroupedCommand
from logan.cli.options import (
    ReadingOptions,
    begin_to_work,
    pack_option,
    read_zones,
    reading_options,
    rules_option,
)
from logan.cli.registers import ListFiles, people_options, read_matcher
from logan.cli.scan_status import exit_status, print_stages, tell_what_holds, warn_of_unread
from logan.cli.scan_summary import check_balance, show_json, show_summary, summarise_scan, writing
from logan.cli.selection import (
    SelectionOptions,
    read_selection,
    selection_options,
    window_length,
)
from logan.errors import ExitStatus, UsageError
from logan.runtime.timings import Stages

if TYPE_CHECKING:
    from logan.evidence.evidence import Evidence
    from logan.pipeline.read import Progress
    from logan.pipeline.scan import Settings
    from logan.result import ScanResult
    from logan.rules.compilation import CompiledPatterns


#: The options as `--help` groups them.
_GROUPS: Final = {
    "How the logs are read": (
        *("exclude", "zones", "years", "orders", "format_name", "mapping_files"),
        "squid_logformat",
    ),
    "What is counted": (
        *("rule_paths", "packs", "since", "until", "services", "users", "session_gap"),
    ),
    "What is printed": ("window", "top", "as_json", "quiet", "verbose", "conditions"),
    "Package": ("folder", "name", "reference", "operator", "base", "queries"),
    "People": ("people", "addresses", "authorisations", "events", "names"),
    "Cluster": (*("cluster", "tls_ca", "tls_cert", "tls_key", "scratch", "insecure_cluster"),),
}


@click.command(name="scan", cls=GroupedCommand, groups=_GROUPS)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@reading_options
@rules_option("Use these rules instead of the default pack.")
@pack_option("Use this bundled pack too (see `logan rules list`).")
@selection_options
@click.option(
    "--window",
    metavar="LENGTH",
    help="Length of the windows of local time: 1d, 1w, 1mo, 90d.  [default: fits the period]",
)
@click.option(
    "--session-gap",
    type=click.IntRange(min=1),
    default=30,
    show_default=True,
    metavar="MINUTES",
    help="A longer pause ends a session.",
)
@click.option(
    "--top",
    type=click.IntRange(min=0),
    metavar="NUMBER",
    default=10,
    show_default=True,
    help="Users, services and units to show; 0 for all.",
)
@click.option(
    "--export",
    "folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write a package there: tables, report, rules, hashes (docs/package.md).",
)
@package_options
@cluster_options
@people_options
@click.option("--names", is_flag=True, help="Show hits by person too; needs --people.")
@click.option(
    "--queries",
    is_flag=True,
    help="Keep query strings, and paths that open a result, in the exports. They can name people.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON document.")
@click.option("--quiet", "-q", is_flag=True, help="Print no summary and no progress.")
@click.option(
    "--fail-on",
    "conditions",
    multiple=True,
    metavar="CONDITION",
    help="Exit with 1 where this holds, e.g. 'hits>0'. "
    f"Knows {', '.join(MEASURES)} (hours of a gateway without a line).",
)
@click.option("-v", "--verbose", count=True, help="Say where the time went; -vv for tracebacks.")
def command(
    *,
    paths: tuple[str, ...],
    reading: ReadingOptions,
    rule_paths: tuple[Path, ...],
    packs: tuple[str, ...],
    counted: SelectionOptions,
    window: str | None,
    session_gap: int,
    top: int,
    folder: Path | None,
    facts: PackageFacts,
    queries: bool,
    lists: ListFiles,
    names: bool,
    cluster: ClusterOptions,
    as_json: bool,
    quiet: bool,
    conditions: tuple[str, ...],
    verbose: int,
) -> None:
    """Find use of facial-search sites in web-access logs.

    PATH is a file, a folder (read with all below it), a glob, the address of one in a storage
    (s3://, gs://, abfs://, hdfs://), or - for standard input; plain or compressed with gzip,
    bzip2, xz or zstd, or a tar or zip archive. Formats are detected by content.

    \b
    Examples:
      logan scan /var/log/squid
      logan scan proxy/ --tz Europe/London --since 2024-01-01 --until 2024-03-30
      zcat access.log.gz | logan scan - --json
      logan scan s3://force-logs/proxy/2024/
      logan scan /srv/logs -q --export /srv/audit/today --fail-on 'hits>0'
      logan scan proxy/ --people people.csv --authorisations register.csv
    """
    if names and lists.people is None:
        raise UsageError("--names shows the persons of a list of people: give --people too")
    if folder is None:
        refuse_facts(facts, queries=queries)
    checked = [read_condition(text) for text in conditions]
    length = window_length(window)
    access = chosen_cluster(cluster)
    pairs, report_zone = read_zones(reading.zones)
    stages = Stages()
    with stages.wait("loading rules and libraries"):
        # Compiling the rules takes as long as importing the rest, and no interpreter meanwhile.
        from logan.rules.compilation import compilation_for
        from logan.rules.packs import load_rules

        rules = load_rules(rule_paths, packs)
        watched = compilation_for(paths, rules) if access is None else None

        from logan.pipeline.scan import Settings

        settings = Settings(
            paths=paths,
            rules=rules,
            zones=pairs,
            answers=reading.answers(),
            report_zone=report_zone,
            formats=reading.formats(),
            selection=read_selection(counted, report_zone, rules),
            session_gap_minutes=session_gap,
            hashing=folder is not None,
            exported=folder is not None,
            exclude=reading.exclude,
        )
    matcher = read_matcher(lists, zone=report_zone, orders=reading.orders, rules=rules)
    request = None
    if folder is not None:
        click.get_current_context().with_resource(locked(folder))
        request = begin_export(
            folder,
            settings,
            reading,
            facts,
            queries=queries,
            insecure_cluster=cluster.insecure_cluster,
        )
    reader = access and cluster_reader(settings, access, reading, scratch=cluster.scratch)
    result = _scan(settings, watched, stages, reader, quiet=quiet)
    if quiet and not as_json and folder is None and length is None:
        check_balance(result)
        totals = None
    else:
        with stages.wait("making the summary"):
            summary = summarise_scan(
                result, length, matcher, facts.base, list_sessions=folder is not None
            )
        totals = summary.totals
        if folder is not None and request is not None:
            with stages.wait("writing the export"):
                make_package(summary, request, folder, quiet=quiet or as_json)
        with kept(folder), writing():
            if as_json:
                show_json(summary)
            elif not quiet:
                show_summary(summary, top=top, names=names)
    if quiet or as_json:
        warn_of_unread(result)
    if verbose:
        print_stages(stages, result)
    held = find_held(result, checked, totals)
    status = exit_status(result, held)
    if quiet and status == ExitStatus.CONDITION_HOLDS:
        tell_what_holds(held)
    sys.exit(status)


def _scan(
    settings: "Settings",
    watched: "Callable[[], CompiledPatterns] | None",
    stages: Stages,
    reader: "Callable[[Progress | None], Evidence] | None",
    *,
    quiet: bool,
) -> "ScanResult":
    """Scan, with a progress bar on a terminal's stderr where there is somebody to see it."""
    from logan.pipeline.scan import scan

    begin_to_work()
    if quiet or not sys.stderr.isatty():
        return scan(settings, watched=watched, stages=stages, reader=reader)
    from logan.outputs.progress import follow_progress

    with follow_progress(settings.paths, settings.exclude) as progress:
        return scan(settings, progress=progress, watched=watched, stages=stages, reader=reader)
