"""Tags canonical records with service, activity and bin: what a line proves by itself.

What needs several lines (polling, a search without an upload) is settled in
`logan.rules.across_lines`; which lines get here at all is decided by `triggers`.
"""

from collections.abc import Iterator
from functools import lru_cache
from threading import Lock
from typing import Final

import polars as pl

from logan.records.hosts import host_expression
from logan.rules.answers import answered
from logan.rules.conditions import decided_by, outside_validity, written_plainly
from logan.rules.hosts import is_host, service_of, shared_hosts
from logan.rules.mentions import find_mentions, is_mail_lookup
from logan.rules.model import Rules, Service
from logan.rules.pages import parameter
from logan.rules.triggers import triggers
from logan.rules.unknown_addresses import unknown_address
from logan.schema import ACTIVITY, FINDING, RECORD

__all__ = ["tag", "triggers"]

_ROW = "_row"
#: What signatures look at, beside the host.
_SEEN = (
    *("time", "method", "host", "path", "query", "status", "action", "bytes_sent", "referrer"),
    "evidence",
)
#: So many decisions of one service are remembered.
_REMEMBERED, _REMEMBERED_BYTES = 1_000, 1 << 18
#: In what a format says of lines that it takes for no request since they name no host.
NAMES_NONE = "names no "
#: Why a record is rejected whose client is what was to be visited.
SITE_AS_CLIENT: Final = "client: a watched site, and none of its visitors"
#: A name, not an address of digits.
_NAME: Final = "[G-Zg-z]"
#: Named columns as expressions.
Columns = dict[str, pl.Expr]
_NONE = pl.DataFrame(schema={_ROW: pl.UInt32, **FINDING})


def tag(lines: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Adds the columns of `schema.FINDING` to records (`schema.RECORD`); keeps rows and order.

    Also needs `text` (the line), `reason` (null if it was parsed) and `repeat` (null, or why it is
    no request of its own). `service` of a cleared line is the one it looks like. `rule` is the id
    of the signature that decided, null where the service's default or the bare host did; of a
    mention it says where the name stands, of a cleared line whether its host bears it. A record
    whose client is a service's own host gets a reason.
    """
    lines = _without_site_clients(lines, rules)
    numbered = lines.with_row_index(_ROW)
    parsed = numbered.filter(pl.col("reason").is_null()).select(_ROW, *_SEEN)
    parsed = parsed.with_columns(
        # Rules know days: requests of one hour are alike to them.
        pl.col("time").dt.truncate("1h"),
        service=service_of_hosts(parsed["host"], rules),
    )
    hits = pl.concat([_NONE, *_own_hits(parsed, rules), *_shared_hits(parsed, rules)])
    others = _without(numbered, hits)
    if rules.sigma:
        from logan.rules.sigma.match import sigma_hits  # most scans have no such rules

        unclaimed = others.filter(pl.col("reason").is_null())
        hits = pl.concat([hits, sigma_hits(unclaimed, rules.sigma)])
        others = _without(numbered, hits)
    found = pl.concat([hits, _others(others, rules)]).sort(_ROW).drop(_ROW)
    tagged = pl.concat([lines, found], how="horizontal").with_columns(_repeats_apart())
    if not (tagged["bin"] == "mention").any():  # as of a log of hits
        return tagged
    return tagged.with_columns(**_unread_apart())


def _without(numbered: pl.DataFrame, hits: pl.DataFrame) -> pl.DataFrame:
    """The rows that are no hits, in order; each hit is one of them."""
    if hits.height == numbered.height:
        return numbered.clear()
    return numbered.join(hits, on=_ROW, how="anti", maintain_order="left")


def _without_site_clients(lines: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """The lines; those whose client is a service's own host get a reason.

    Gateways that look up the names of clients (Squid's `log_fqdn` and `%>A`, Apache's
    `HostnameLookups`) find those of machines in the force. A site stands there where columns
    changed places below a header that nobody knows, or where a record is of what the site sent.
    """
    clients = lines["client_ip"]
    if not clients.str.contains(_NAME).any():
        return lines
    hosts = clients.to_frame().select(host_expression(pl.col("client_ip"))).to_series()
    site = service_of_hosts(hosts.alias("host"), rules).is_not_null()
    why = pl.when(site).then(pl.lit(SITE_AS_CLIENT))
    return lines.with_columns(reason=pl.coalesce("reason", why))


def _unread_apart() -> Columns:
    """What names a service, and shows nothing that was asked for, is no mention.

    A vendor's new kind of event has its host in a field that nobody reads yet: that may be a visit.
    So may be a line that its format takes for no request only because it saw no host in it.
    """
    shown = pl.any_horizontal(pl.col("host", "path", "query", "referrer").is_not_null())
    hostless = pl.col("repeat").str.contains(NAMES_NONE, literal=True).fill_null(value=True)
    parsed = pl.col("reason").is_null() & hostless
    unread = (pl.col("bin") == "mention") & parsed & ~shown
    why = pl.lit("names a service in a field that is not read, and no host")
    return {
        "reason": pl.when(unread).then(why).otherwise("reason"),
        "bin": pl.when(unread).then(pl.lit("rejected")).otherwise("bin"),
        "rule": pl.when(~unread).then("rule"),
    }


def _others(lines: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Row number and `schema.FINDING` of lines that are no hits."""
    if lines.is_empty():
        return _NONE
    found = pl.concat([lines.select(_ROW), find_mentions(lines, rules)], how="horizontal")
    return _with_unread(found, lines, rules) if rules.sigma else found


def _with_unread(mentions: pl.DataFrame, lines: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Lines that a Sigma rule might have found, had they been read, are rejects too."""
    from logan.rules.sigma.match import unread  # as above

    known = mentions.with_columns(unread=unread(lines, rules.sigma))
    new = (pl.col("bin") == "unrelated") & pl.col("unread").is_not_null()
    return known.with_columns(
        service=pl.when(new).then("unread").otherwise("service"),
        bin=pl.when(new).then(pl.lit("rejected")).otherwise("bin"),
    ).drop("unread")


def service_of_hosts(hosts: pl.Series, rules: Rules) -> pl.Series:
    """The service of each host, null where it is none; each different host is looked at once."""
    unique = pl.DataFrame({"host": hosts.unique()})
    services = unique.with_columns(service=service_of(pl.col("host"), rules))
    named = hosts.alias("host").to_frame()
    return named.join(services, on="host", how="left", maintain_order="left")["service"]


def _own_hits(parsed: pl.DataFrame, rules: Rules) -> Iterator[pl.DataFrame]:
    """Findings of requests to hosts that are a service's own, service by service."""
    hits = parsed.filter(pl.col("service").is_not_null())
    if (hits["evidence"] == "dns").any():
        hits = hits.filter(~is_mail_lookup(rules))
    for part in hits.partition_by("service"):
        yield _findings(part, rules.services[part["service"][0]], rules)


def _shared_hits(parsed: pl.DataFrame, rules: Rules) -> Iterator[pl.DataFrame]:
    """Findings of requests to hosts that serve other things too: where a signature matches."""
    rest = parsed.filter(pl.col("service").is_null())
    for name, shared in shared_hosts(rules).items():
        if not rest.height:
            return
        service = rules.services[name]
        part = rest.filter(is_host(pl.col("host"), shared))
        if part.is_empty():
            continue
        found = _findings(part.with_columns(service=pl.lit(service.id)), service, rules)
        found = found.filter(pl.col("rule").is_not_null())
        rest = rest.join(found, on=_ROW, how="anti")
        yield found


def _findings(part: pl.DataFrame, service: Service, rules: Rules) -> pl.DataFrame:
    """Row number and `schema.FINDING` of one service's requests, not yet told from repeats."""
    return _decider(service.id, rules).decide(part)


class _Decider:
    """Decides requests to one service; threads may share it. Those alike in all that the rules look
    at are decided once, and known from then on: the same few pages are asked for again and again.
    """

    def __init__(self, service: Service, rules: Rules) -> None:
        self._steps = _steps(service, rules)
        cells = [cell for step in self._steps for cell in step.values()]
        named = {name for cell in cells for name in cell.meta.root_names()}
        self._seen = [name for name in _SEEN if name in named]
        types = {name: (RECORD | FINDING)[name] for name in (*self._seen, *FINDING)}
        self._known = pl.DataFrame(schema=types)
        self._remembering = Lock()

    def decide(self, part: pl.DataFrame) -> pl.DataFrame:
        """Row number and `schema.FINDING` of records with `_SEEN`, each row once, in no order."""
        alike = part.group_by(self._seen).agg(_ROW)
        known = self._known
        found = alike.join(known, on=self._seen, how="left", nulls_equal=True)
        if found["bin"].null_count():
            decided = self._decide(found.filter(pl.col("bin").is_null()).select(self._seen))
            with self._remembering:
                self._remember(decided)
            known = pl.concat([known, decided])
            found = alike.join(known, on=self._seen, how="left", nulls_equal=True)
        return found.select(_ROW, *FINDING).explode(_ROW)

    def _decide(self, requests: pl.DataFrame) -> pl.DataFrame:
        """Different requests, with `schema.FINDING` beside what they were decided by."""
        decided = requests.with_columns(pl.struct(self._seen).alias("request"))
        for step in self._steps:
            decided = decided.with_columns(**step)
        return decided.select("request", *FINDING).unnest("request")

    def _remember(self, decided: pl.DataFrame) -> None:
        """Keep decisions, unless there are so many that they will hardly be asked for again."""
        if decided.height > _REMEMBERED or decided.estimated_size() > _REMEMBERED_BYTES:
            return
        # Made anew: a column cut out of a batch would hold all text of the batch.
        # Another thread may have decided the same meanwhile.
        new = decided.join(self._known, on=self._seen, how="anti", nulls_equal=True)
        fresh = pl.DataFrame(new.rows(), schema=new.schema, orient="row")
        known = pl.concat([self._known, fresh])
        full = known.height > _REMEMBERED or known.estimated_size() > _REMEMBERED_BYTES
        self._known = fresh if full else known


@lru_cache(maxsize=256)
def _decider(name: str, rules: Rules) -> _Decider:
    """The one that decides requests to a service by these rules."""
    return _Decider(rules.services[name], rules)


def _steps(service: Service, rules: Rules) -> tuple[Columns, ...]:
    """How `schema.FINDING` comes out of a request to a service, step by step."""
    current, none = pl.col("current"), pl.lit(None)
    unchanged = pl.col("proved") == pl.col("activity")
    return (
        {"path": written_plainly(pl.col("path")), "query": pl.col("query").fill_null("")},
        {"rule": _deciding_rule(service, rules), "current": ~outside_validity(service)},
        {"activity": _activity(service), "inferred": _inferred(service)},
        {"proved": answered(service.signatures), "request_key": _request_key(service)},
        {
            "service": pl.lit(service.id),
            "activity": pl.when(current).then("proved").otherwise(none),
            "rule": pl.when(current).then("rule").otherwise(none),
            "inferred": pl.when(current).then(pl.col("inferred") & unchanged).otherwise(none),
            "bin": pl.when(current).then(pl.lit("hit")).otherwise(pl.lit("cleared")),
        },
    )


def _deciding_rule(service: Service, rules: Rules) -> pl.Expr:
    """The signature of a request whose URL is known, or of a tunnel; look-ups prove too little."""
    decision: pl.Expr = pl.lit(None, dtype=pl.String)
    for evidence in ("url", "connect"):
        fitting = [one for one in service.signatures if evidence in one.evidence]
        decided = decided_by(fitting, service, rules, methods=evidence == "url")
        decision = pl.when(pl.col("evidence") == evidence).then(decided).otherwise(decision)
    return decision


def _activity(service: Service) -> pl.Expr:
    activities = {one.id: one.activity for one in service.signatures}
    by_rule = pl.col("rule").replace_strict(activities, default=None, return_dtype=ACTIVITY)
    by_default = pl.when(pl.col("evidence") == "url").then(unknown_address(service))
    return pl.coalesce(by_rule, by_default.otherwise(pl.lit("contact")).cast(ACTIVITY))


def _request_key(service: Service) -> pl.Expr:
    """What tells a request from others of the same signature, where it says so (`new_by`)."""
    key: pl.Expr = pl.lit(None, dtype=pl.UInt64)
    for one in service.signatures:
        if one.new_by_param or one.new_by_path:
            value = parameter(one.new_by_param)[1] if one.new_by_param else pl.col("path")
            hashed = value.fill_null("").hash(seed=0)
            key = pl.when(pl.col("rule") == one.id).then(hashed).otherwise(key)
    return key


def _inferred(service: Service) -> pl.Expr:
    """True where the activity is deduced: by the rule's own word, from a bare host, or without a
    method where the rule asks for one."""
    deduced = [one.id for one in service.signatures if one.inferred]
    with_method = [one.id for one in service.signatures if one.methods]
    rule = pl.col("rule")
    by_host = rule.is_not_null() & (pl.col("evidence") == "connect")
    unseen = pl.col("method").is_null() & rule.is_in(with_method)
    return (rule.is_in(deduced) | by_host | unseen).fill_null(False)


def _repeats_apart() -> pl.Expr:
    """A challenge, and a further line about one request, are no hits of their own."""
    again = pl.col("repeat").is_not_null() | (pl.col("action") == "auth").fill_null(False)
    return (
        pl.when((pl.col("bin") == "hit") & again)
        .then(pl.lit("repeat"))
        .otherwise("bin")
        .alias("bin")
    )
