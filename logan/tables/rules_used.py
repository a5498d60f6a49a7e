"""The rules that decided a hit, each with what it proves, on whose word, and how often."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from logan.result import ScanResult
from logan.rules.explain import PROVES
from logan.rules.model import Host, Pack, Rules, Service
from logan.rules.sigma.rule import SigmaRule
from logan.rules.signature import Signature
from logan.tables.selection import select
from logan.tables.table_fields import table_types


def list_rules(result: ScanResult, rules: Rules) -> pl.DataFrame:
    """List what decided the selected hits: the columns of `schema.RULES_CSV`.

    In order of service, rule and activity. `rule` is null where no signature did, but the service's
    host alone. One rule may stand for several activities: a search that is asked again is a poll.
    """
    keys = ["service", "rule", "activity"]
    hits = select(result.found, result.selection).group_by(keys).agg(hits=pl.len().cast(pl.Int64))
    rows = hits.collect(engine="streaming").sort(keys, nulls_last=True).to_dicts()
    return pl.DataFrame([_describe(row, rules) for row in rows], schema=table_types("rules.csv"))


def _describe(row: Mapping[str, Any], rules: Rules) -> dict[str, Any]:
    sigma = next((rule for rule in rules.sigma if rule.id == row["rule"]), None)
    confidence, source = _word(row, rules) if sigma is None else _sigma_word(sigma)
    proves = PROVES.get(row["activity"])
    return {**row, "proves": proves, "confidence": confidence, "source": source}


def _word(row: Mapping[str, Any], rules: Rules) -> tuple[str | None, str | None]:
    """How well the fact behind a decision is known, and where it comes from."""
    service = rules.services.get(row["service"] or "")
    decider = rules.signatures.get(row["rule"] or "") or service
    pack = next((pack for pack in rules.packs if service in pack.services), None)
    if decider is None or pack is None:
        return None, None
    return decider.confidence, "; ".join(_cite(pack, decider))


def _cite(pack: Pack, decider: Signature | Host | Service) -> Iterator[str]:
    for source in (pack.sources[one] for one in decider.sources):
        yield " ".join(filter(None, (source.what, source.date, source.url)))


def _sigma_word(rule: SigmaRule) -> tuple[str | None, str | None]:
    return rule.level, f"Sigma rule: {rule.title}"
