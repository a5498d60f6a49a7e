"""The audit's figures as a text file for Prometheus (node_exporter's textfile collector).

The form is the text format of Prometheus, 0.0.4. No label names a user. The file is replaced as a
whole, so that the collector never reads half of it, and everybody may read it.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from logan.audit.state import AuditState
from logan.package.files import replace
from logan.vocabulary import BINS

Labels = Mapping[str, str]


class Metric(NamedTuple):
    """A metric with all its samples: labels and value of each."""

    name: str
    kind: str
    help: str
    samples: Sequence[tuple[Labels, float]]


def write_metrics(state: AuditState, path: Path) -> None:
    """Write the figures of a state to `path`. Raises `OutputError` where that is refused."""
    with replace(path) as file:
        file.write(render_metrics(state).encode())
        if hasattr(os, "fchmod"):
            os.fchmod(file.fileno(), 0o644)


def render_metrics(state: AuditState) -> str:
    """The figures of a state in Prometheus' text format; a metric without samples is left out."""
    metrics = (metric for metric in _metrics(state) if metric.samples)
    return "".join(line for metric in metrics for line in _lines(metric))


def _metrics(state: AuditState) -> Iterator[Metric]:
    last = state.last_ended
    yield Metric(
        "logan_last_complete_run_timestamp_seconds",
        "gauge",
        "When the last complete run ended.",
        [({}, state.last_complete.timestamp())] if state.last_complete else [],
    )
    yield Metric(
        "logan_run_incomplete",
        "gauge",
        "1 where the last run could not read everything, else 0.",
        [({}, float(not last.complete))] if last else [],
    )
    yield Metric(
        "logan_lines_total",
        "counter",
        "Lines read, by gateway and the bin that each ended in.",
        [
            ({"gateway": gateway.name, "bin": name}, gateway.bins[name])
            for gateway in state.gateways
            for name in BINS
            if name in gateway.bins
        ],
    )
    yield Metric(
        "logan_hits_total",
        "counter",
        "Requests to watched services, by what the gateway did.",
        [
            ({"service": service, "action": action}, number)
            for (service, action), number in state.hits.items()
        ],
    )
    yield Metric(
        "logan_newest_line_timestamp_seconds",
        "gauge",
        "Time of the newest line of a gateway.",
        [
            ({"gateway": gateway.name}, gateway.newest.timestamp())
            for gateway in state.gateways
            if gateway.newest
        ],
    )
    yield Metric(
        "logan_uncovered_hours",
        "gauge",
        "Hours between a gateway's first and newest line of which no line was read.",
        [
            ({"gateway": gateway.name}, sum(part.hours for part in gateway.uncovered))
            for gateway in state.gateways
        ],
    )
    yield Metric(
        "logan_unseen_hits",
        "gauge",
        "New hits that nobody has marked as seen.",
        [({}, state.unseen_hits)],
    )
    yield Metric(
        "logan_rules_info",
        "gauge",
        "The rules of the last run.",
        [({"pack": pack.name, "version": pack.version}, 1) for pack in state.packs],
    )


def _lines(metric: Metric) -> Iterator[str]:
    yield f"# HELP {metric.name} {metric.help}\n"
    yield f"# TYPE {metric.name} {metric.kind}\n"
    for labels, value in metric.samples:
        written = ",".join(f'{name}="{_escape(text)}"' for name, text in labels.items())
        braced = f"{{{written}}}" if written else ""
        yield f"{metric.name}{braced} {value:.15g}\n"


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
