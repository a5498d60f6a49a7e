"""The columns of a record, of a finding and of every table: the only place a column name is born.

Null always means "the log does not say". Nothing here computes.
"""

from typing import Final

import polars as pl

from logan.vocabulary import ACTIONS, ACTIVITIES, COMPANIONS, EVIDENCE, REPEAT_REASONS

ACTION: Final = pl.Enum(ACTIONS)
EVIDENCE_TYPE: Final = pl.Enum(EVIDENCE)
ACTIVITY: Final = pl.Enum(ACTIVITIES)
COMPANION: Final = pl.Enum(COMPANIONS)
REPEAT_REASON: Final = pl.Enum(REPEAT_REASONS)
TIME: Final = pl.Datetime("us", "UTC")
#: SHA-256 of a line's text in UTF-8, without its end; null unless hits are to be identified by it.
LINE_SHA256: Final = pl.Binary()

#: A line on its way into a format. `source` is the index of the source within the run.
LINE: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "source": pl.UInt32,
    "line": pl.Int64,
    "text": pl.String,
}

#: One request (or look-up) as a gateway logged it, the same for all formats.
RECORD: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "time": TIME,
    "user": pl.String,
    "client_ip": pl.String,
    "method": pl.String,
    "scheme": pl.String,
    "host": pl.String,
    "port": pl.Int32,
    "path": pl.String,
    "query": pl.String,
    "status": pl.Int32,
    "action": ACTION,
    "bytes_sent": pl.Int64,
    "bytes_received": pl.Int64,
    "referrer": pl.String,
    "user_agent": pl.String,
    "evidence": EVIDENCE_TYPE,
    "source": pl.String,
    "line": pl.Int64,
}

#: What a format hands to `logan.records.canonical`: text as logged, at most split and typed.
#: A format gives only what its log has; the rest is filled with null.
#: `time` is an instant (UTC) or `local_time` a wall clock without a zone, never both in one row.
#: `url` is absolute, or `host:port` of a CONNECT, or a path; the parts beside it win where given.
#: `reason` says why the line is no record; `repeat` says why it is no request of its own.
#: `companion` says that it tells of a request which the gateway may log by a line of its own: the
#: line is a repeat of that one where it was read, else it stands for the request.
#: `setup` marks a tunnel whose inner requests the same gateway may log as lines of their own; where
#: a format does not say, every CONNECT is taken for one.
#: `duration_ms` is how long the request or tunnel had lasted when the line was written.
RAW: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "reason": pl.String,
    "repeat": pl.String,
    "companion": COMPANION,
    "setup": pl.Boolean,
    "duration_ms": pl.Int64,
    "time": TIME,
    "local_time": pl.Datetime("us"),
    "user": pl.String,
    "client_ip": pl.String,
    "method": pl.String,
    "url": pl.String,
    "scheme": pl.String,
    "host": pl.String,
    "port": pl.Int32,
    "path": pl.String,
    "query": pl.String,
    "status": pl.Int32,
    "action": ACTION,
    "bytes_sent": pl.Int64,
    "bytes_received": pl.Int64,
    "referrer": pl.String,
    "user_agent": pl.String,
    "evidence": EVIDENCE_TYPE,
}

#: What the rules add to a record that names a service. `request_key` is alike in requests for the
#: same thing, where a rule tells them apart (`new_by`); it means nothing else.
FINDING: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "service": pl.String,
    "activity": ACTIVITY,
    "rule": pl.String,
    "inferred": pl.Boolean,
    "request_key": pl.UInt64,
    "bin": pl.String,
}

#: Findings as the matcher hands them on: `source` is still an index, as in `LINE`. `text_hash` is
#: equal for equal lines, as long as the version of Polars is the same.
FOUND: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    **RECORD,
    "source": LINE["source"],
    "repeat": RAW["repeat"],
    "companion": RAW["companion"],
    "setup": RAW["setup"],
    "began": TIME,
    "ambiguous": pl.Boolean,
    "text_hash": pl.UInt64,
    **FINDING,
    "line_sha256": LINE_SHA256,
}
#: What settling adds to findings: why a line is a repeat, and the line that is counted for it, with
#: the hash of its text. All are null for what is no repeat, the latter three also where no line is.
REPEATED: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "repeat_reason": REPEAT_REASON,
    "hit_source": pl.String,
    "hit_line": LINE["line"],
    "hit_sha256": LINE_SHA256,
}
#: Lines that name a service and are no record, likewise.
REJECTED: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "source": LINE["source"],
    "line": LINE["line"],
    "reason": RAW["reason"],
    "text": LINE["text"],
}

#: The tables of a package: the columns of design.md section 8 first, for others read them by place.
HITS_CSV: Final = (
    *("time", "user", "client_ip", "service", "activity", "evidence", "action", "method", "host"),
    *("path", "status", "bytes_sent", "bytes_received", "source", "line"),
    *("hit", "rule", "flags", "time_local"),
)
REPEATS_CSV: Final = (
    *("source", "line", "time", "user", "client_ip", "service", "host", "evidence", "action"),
    *("reason", "hit"),
)
USERS_CSV: Final = (
    *("user", "service", "hits", "pages", "searches", "uploads", "blocked", "sessions"),
    *("active_days", "first_seen", "last_seen"),
    *("possible_uploads", "results", "opt_outs", "searches_blocked", "address"),
)
WINDOWS_CSV: Final = (
    *("window_start", "window_end", "service", "hits", "users", "searches", "uploads", "blocked"),
    *("addresses", "hours", "covered_hours"),
)
SERVICES_CSV: Final = (
    *("service", "name", "hits", "users", "addresses", "pages", "searches", "uploads"),
    *("possible_uploads", "results", "contacts", "opt_outs", "allowed", "blocked"),
    *("searches_blocked", "uploads_blocked", "sessions", "first_seen", "last_seen"),
)
SESSIONS_CSV: Final = (
    *("session", "user", "service", "start", "end", "hits", "searches", "uploads", "address"),
)
COVERAGE_CSV: Final = ("gateway", "start", "end", "hours", "state")
SOURCES_CSV: Final = (
    *("source", "format", "lines", "hit", "mention", "cleared", "rejected", "repeat", "unrelated"),
    *("blank", "directive", "first_time", "last_time", "complete", "sha256"),
    *("gateway", "bytes", "content_sha256", "encoding", "zone", "zone_from", "copy_of"),
    "why_incomplete",
)
LIMITS_CSV: Final = ("limit", "count", "of", "text")
RULES_CSV: Final = ("rule", "service", "activity", "proves", "confidence", "source", "hits")
REJECTS_CSV: Final = ("source", "line", "reason", "text")
LOOKALIKES_CSV: Final = (
    *("domain", "service", "hosts", "lines", "users", "addresses", "blocked"),
    *("first_seen", "last_seen"),
)

#: The files of a package that are tables, in the order in which they are listed.
TABLES: Final = {
    "hits.csv": HITS_CSV,
    "mentions.csv": HITS_CSV,
    "repeats.csv": REPEATS_CSV,
    "users.csv": USERS_CSV,
    "windows.csv": WINDOWS_CSV,
    "services.csv": SERVICES_CSV,
    "sessions.csv": SESSIONS_CSV,
    "coverage.csv": COVERAGE_CSV,
    "sources.csv": SOURCES_CSV,
    "limits.csv": LIMITS_CSV,
    "rules.csv": RULES_CSV,
    "rejects.csv": REJECTS_CSV,
    "lookalikes.csv": LOOKALIKES_CSV,
}

#: What hits and mentions have last where lists of people were given.
PEOPLE_COLUMNS: Final = ("person", "unit", "match", "authorisation", "reference")
MATCH_CSV: Final = ("match", "hits", "users")
#: What the register says of hits, and when they were: of units and of persons alike.
_REGISTER_COUNTS: Final = (
    *("on_register", "none_on_register", "cannot_tell", "first_seen", "last_seen"),
    *("granted_afterwards", "not_yet", "expired", "other_service", "permitted", "by_address"),
)
UNITS_CSV: Final = (
    *("unit", "service", "people", "accounts", "hits", "searches", "uploads", "blocked"),
    *_REGISTER_COUNTS,
)
PERSONS_CSV: Final = (
    *("person", "units", "accounts", "account_names", "services", "hits", "searches", "uploads"),
    *("blocked", *_REGISTER_COUNTS),
)
AUTHORISATIONS_USED_CSV: Final = (
    *("reference", "who", "service", "activity", "from", "until", "granted_by", "granted_on"),
    *("purpose", "hits", "searches", "people", "first_seen", "last_seen"),
    *("hits_outside_its_dates", "by_address", "row"),
)
AFTER_EVENT_CSV: Final = (
    *("event", "service", "before_days", "before_hits", "after_days", "after_allowed"),
    *("after_blocked", "after_people", "people_only_after", "other_services_before"),
    *("other_services_after", "from", "until", "gateway", "after_hits", "note", "row"),
    *("hours", "hours_without_lines"),
)
PEOPLE_AMBIGUOUS_CSV: Final = (
    *("account", "person", "from", "until", "hits", "first_seen", "last_seen", "address"),
)
PEOPLE_USED_CSV: Final = (
    *("account", "person", "unit", "role", "kind", "from", "until", "as_of", "row"),
)
ADDRESSES_USED_CSV: Final = (*("address", "account", "device", "from", "until", "origin", "row"),)
#: The further files of a package where lists of people were given.
PEOPLE_TABLES: Final = {
    "match.csv": MATCH_CSV,
    "units.csv": UNITS_CSV,
    "persons.csv": PERSONS_CSV,
    "authorisations_used.csv": AUTHORISATIONS_USED_CSV,
    "after_event.csv": AFTER_EVENT_CSV,
    "people_ambiguous.csv": PEOPLE_AMBIGUOUS_CSV,
    "people_used.csv": PEOPLE_USED_CSV,
    "addresses_used.csv": ADDRESSES_USED_CSV,
}


def tables_of(*, people: bool) -> dict[str, tuple[str, ...]]:
    """The tables of a package, in order, with their columns; with those of `people` or without."""
    if not people:
        return dict(TABLES)
    with_people = {name: (*TABLES[name], *PEOPLE_COLUMNS) for name in ("hits.csv", "mentions.csv")}
    return {**TABLES, **with_people, **PEOPLE_TABLES}
