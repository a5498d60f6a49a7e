"""A scan, from paths to a result: everything is read, then it is settled."""

from collections.abc import Callable

from logan.evidence.evidence import Evidence
from logan.pipeline.read import Progress, read
from logan.pipeline.settings import Settings
from logan.pipeline.settle import settle
from logan.result import ScanResult
from logan.rules.compilation import CompiledPatterns
from logan.runtime.timings import Stages

__all__ = ["Settings", "scan"]


def scan(
    settings: Settings,
    *,
    progress: Progress | None = None,
    watched: Callable[[], CompiledPatterns] | None = None,
    stages: Stages | None = None,
    reader: Callable[[Progress | None], Evidence] | None = None,
) -> ScanResult:
    """Read every input once and tell what was found, and where each line went.

    `reader` reads in place of `logan.pipeline.read.read`, whose the other arguments are, and what
    is raised.
    """
    stages = stages or Stages()
    if reader is None:
        evidence = read(settings, progress=progress, watched=watched, stages=stages)
    else:
        with stages.wait("reading on the cluster"):
            evidence = reader(progress)
    with stages.wait("settling what was found"):
        return settle(
            evidence,
            settings.rules,
            report_zone=settings.report_zone,
            selection=settings.selection,
            session_gap_minutes=settings.session_gap_minutes,
            exported=settings.exported,
        )
