"""`logan audit status --json`: how an audit stands, for a program. Times are UTC."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any, Final

from logan.audit.configuration import AuditConfiguration
from logan.audit.ledger_rows import RunRow
from logan.audit.state import AuditState, GatewayState

#: The name and version of the document's form. It changes when a reader would have to.
STATUS_SCHEMA: Final = "logan.audit.status/1"


def status_document(state: AuditState, configuration: AuditConfiguration) -> dict[str, Any]:
    """The state for a program: plain values, times in ISO 8601, UTC, with `Z`."""
    found = {
        "schema": STATUS_SCHEMA,
        "name": configuration.name,
        "ledger": str(configuration.ledger),
        "now": state.now,
        "last_complete_run": state.last_complete,
        "runs_total": state.run_count,
        "faults": state.faults,
        "unseen_hits": state.unseen_hits,
        "unseen_holes": state.unseen_holes,
        "rebuilt": state.rebuilt,
        "uncovered_hours": state.uncovered_hours,
        "hits": [
            {"service": service, "action": action, "hits": number}
            for (service, action), number in state.hits.items()
        ],
        "counting_by_nights": None if state.by_nights is None else state.by_nights._asdict(),
        "rules": state.rules,
        "packs": [pack._asdict() for pack in state.packs],
        "runs": [_run_document(run) for run in state.runs],
        "gateways": [_gateway_document(gateway) for gateway in state.gateways],
        "notices": [
            {
                "key": one.notice.key,
                "about": one.notice.about,
                "gateway": one.notice.gateway,
                "text": one.notice.text,
                "made": one.notice.made,
                "told": one.recipients,
            }
            for one in state.told
        ],
        "owed": [owed._asdict() for owed in state.owed],
        "keep": {"hits": str(configuration.keep.hits), "counts": str(configuration.keep.counts)},
        "holds": [
            {"reference": hold.reference, "all": hold.user is None, "until": hold.until}
            for hold in configuration.holds
        ],
        "purges": [asdict(purge) for purge in state.purges],
    }
    plain: dict[str, Any] = _plain(found)
    return plain


def _run_document(run: RunRow) -> dict[str, Any]:
    return {
        "id": run.id,
        "kind": run.kind,
        "start": run.start,
        "end": run.end,
        "logan": run.version,
        "complete": None if run.end is None else bool(run.complete),
        "why": run.why,
        "new_hits": run.new_hits,
        "seen": run.seen,
    }


def _gateway_document(gateway: GatewayState) -> dict[str, Any]:
    spans = [part._asdict() | {"hours": part.hours} for part in gateway.uncovered]
    return asdict(gateway) | {
        "bins": dict(gateway.bins),
        "uncovered": spans,
        "uncovered_hours": sum(part.hours for part in gateway.uncovered),
        "silent": gateway.silent is not None,
        "silent_seconds": None if gateway.silent is None else int(gateway.silent.total_seconds()),
    }


def _plain(value: Any) -> Any:
    """Values as JSON has them."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(one) for one in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value
