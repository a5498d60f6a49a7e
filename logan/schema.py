"""The columns of a record, of a finding and of every table: the only place a column name is born.

Null always means "the log does not say". Nothing here computes.
"""

from typing import Final

import polars as pl

from logan.vocabulary import ACTIONS, ACTIVITIES, EVIDENCE

ACTION: Final = pl.Enum(ACTIONS)
EVIDENCE_TYPE: Final = pl.Enum(EVIDENCE)
ACTIVITY: Final = pl.Enum(ACTIVITIES)
TIME: Final = pl.Datetime("us", "UTC")

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
#: `setup` marks a tunnel whose inner requests the same gateway may log as lines of their own; where
#: a format does not say, every CONNECT is taken for one.
RAW: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "reason": pl.String,
    "repeat": pl.String,
    "setup": pl.Boolean,
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

#: Findings as the judge hands them on: `source` is still an index, as in `LINE`. `text_hash` is
#: equal for equal lines, as long as the version of Polars is the same.
FOUND: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    **RECORD,
    "source": LINE["source"],
    "repeat": RAW["repeat"],
    "setup": RAW["setup"],
    "ambiguous": pl.Boolean,
    "text_hash": pl.UInt64,
    **FINDING,
}
#: Lines that name a service and are no record, likewise.
REJECTED: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "source": LINE["source"],
    "line": LINE["line"],
    "reason": RAW["reason"],
    "text": LINE["text"],
}

HITS_CSV: Final = (
    "time",
    "user",
    "client_ip",
    "service",
    "activity",
    "evidence",
    "action",
    "method",
    "host",
    "path",
    "status",
    "bytes_sent",
    "bytes_received",
    "source",
    "line",
)
USERS_CSV: Final = (
    "user",
    "service",
    "hits",
    "pages",
    "searches",
    "uploads",
    "blocked",
    "sessions",
    "active_days",
    "first_seen",
    "last_seen",
)
WINDOWS_CSV: Final = (
    "window_start",
    "window_end",
    "service",
    "hits",
    "users",
    "searches",
    "uploads",
    "blocked",
)
SOURCES_CSV: Final = (
    "source",
    "format",
    "lines",
    "hit",
    "mention",
    "cleared",
    "rejected",
    "repeat",
    "unrelated",
    "blank",
    "directive",
    "first_time",
    "last_time",
    "complete",
    "sha256",
    "content_sha256",
    "copy_of",
)
REJECTS_CSV: Final = ("source", "line", "reason", "text")
