"""Which signatures came close to a request that they do not describe, and why not."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final

import polars as pl

from logan.rules.conditions import conditions, written_plainly
from logan.rules.hosts import is_host, service_of
from logan.rules.model import Rules, Service
from logan.rules.signature import Signature

_NEAR: Final = 5
#: What counts as close: failed in so few points, and an address so alike (0 to 1) to an example's.
_FAILURES: Final = 2
_ALIKE: Final = 0.75


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A signature that did not decide, and why; without a reason another was tried first."""

    signature: Signature
    failed: tuple[str, ...]


def near_misses(
    records: pl.DataFrame, rules: Rules, decided: Signature | None
) -> tuple[NearMiss, ...]:
    """The signatures that failed by least, among those of services that have the host."""
    asked = (records["host"][0] or "") + (records["path"][0] or "/")
    near = []
    for service in _services_at(records, rules):
        for signature in service.signatures:
            failed = tuple(_failures(records, signature, service, rules))
            if records["evidence"][0] not in signature.evidence:
                continue
            alike = max(_likeness(asked, example) for example in signature.match)
            if signature is not decided and len(failed) <= _FAILURES and alike >= _ALIKE:
                near.append((len(failed), -alike, NearMiss(signature, failed)))
    near.sort(key=lambda one: one[:2])
    return tuple(miss for _, _, miss in near[:_NEAR])


def _likeness(asked: str, example: str) -> float:
    """How alike a request's host and path are to those of a request that a signature decides."""
    bare = re.sub(r"^[^ ]+ (?:https?://)?|(?::\d+|\?.*)$", "", example.split(" < ")[0])
    return SequenceMatcher(None, asked, bare if "/" in bare else bare + "/").ratio()


def _services_at(records: pl.DataFrame, rules: Rules) -> list[Service]:
    host = pl.col("host")
    own = records.select(service_of(host, rules)).item()
    return [
        service
        for service in rules.services.values()
        if service.id == own
        or records.select(is_host(host, [one for one in service.own_hosts() if one.shared])).item()
    ]


def _failures(
    records: pl.DataFrame, signature: Signature, service: Service, rules: Rules
) -> Iterator[str]:
    """What of a signature a request does not meet, in words."""
    row = records.row(0, named=True)
    filled = records.with_columns(written_plainly(pl.col("path")), pl.col("query").fill_null(""))
    for key, test in conditions(signature, service, rules):
        tunnel = key == "methods" and row["evidence"] == "connect"
        if not tunnel and not filled.select(test.fill_null(False)).item():
            yield _in_words(key, signature, row)


def _in_words(key: str, signature: Signature, row: Mapping[str, Any]) -> str:
    kind, _, name = key.partition(" ")
    if kind == "methods":
        return f"the method is {row['method'] or 'not known'}, not {' or '.join(signature.methods)}"
    if kind == "query":
        return f"the parameter {name} is not {dict(signature.query)[name] or 'there'}"
    if kind == "page":
        return "it carries no page of your own sites"
    if kind == "referrer":
        return f"the referrer is not {signature.referrer}"
    if kind == "status":
        return f"the status is {row['status'] or 'not known'}, not {' or '.join(signature.status)}"
    if kind == "bytes_sent":
        sent = "not known" if row["bytes_sent"] is None else f"{row['bytes_sent']:,} bytes"
        return f"the size is {sent}, not {signature.bytes_sent_min:,} bytes or more"
    if kind == "day_in_path":
        return "the day in the path is not the day of the request"
    if kind in ("host", "host_re", "domain", "path"):
        return f"the {kind.removesuffix('_re')} is not {getattr(signature, kind)}"
    return f"{key} is not met"
