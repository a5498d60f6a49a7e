"""What the columns of a package's tables hold: a type of Table Schema and its meaning, for each.

The columns are born in `logan.schema`. Nothing here computes.
"""

from typing import Final, Literal, NamedTuple

import polars as pl

from logan.schema import PEOPLE_TABLES, TABLES, TIME

FieldType = Literal["string", "integer", "boolean", "datetime"]


class TableField(NamedTuple):
    """What a column of a package's table holds: a type of Table Schema, and its meaning."""

    type: FieldType
    meaning: str


#: Columns by name, for every table that `_OWN_MEANINGS` does not name.
_FIELDS: Final = {
    "time": TableField("datetime", "When the gateway logged the request, UTC."),
    "time_local": TableField("string", "The same instant on the clocks of the report's zone."),
    "user": TableField("string", "The account, as the log names it; empty where it names none."),
    "address": TableField("string", "The client address, where the log names no user."),
    "client_ip": TableField("string", "Address on the user's side of the gateway."),
    "service": TableField("string", "Id of the watched service, as in services.csv and the rules."),
    "name": TableField("string", "Name of the service."),
    "activity": TableField("string", "What the request did at the service."),
    "evidence": TableField(
        "string", "What it proves: `url` (path seen), `connect` (host alone) or `dns`."
    ),
    "action": TableField("string", "What the gateway did: `allowed`, `blocked`, or `unknown`."),
    "method": TableField("string", "Method of the request; empty for a look-up of a name."),
    "host": TableField("string", "Host that was asked for."),
    "path": TableField("string", "Path that was asked for; no query string unless asked for."),
    "status": TableField("integer", "Status of the response."),
    "bytes_sent": TableField("integer", "Bytes from the user towards the site."),
    "bytes_received": TableField("integer", "Bytes towards the user."),
    "source": TableField("string", "Log file the row was read from, as in sources.csv."),
    "line": TableField("integer", "Number of the line in the source, from 1."),
    "hit": TableField("string", "Stable id of the line: the same wherever its log lies."),
    "rule": TableField("string", "Rule that decided; empty where the host alone did."),
    "flags": TableField("string", "What to mind about the row, words parted by spaces."),
    "hits": TableField("integer", "Requests to the service's own hosts, let through or blocked."),
    "pages": TableField("integer", "Pages opened."),
    "searches": TableField("integer", "Searches by face started; blocked ones are not in it."),
    "uploads": TableField("integer", "Photos sent; blocked ones are not in it."),
    "possible_uploads": TableField("integer", "Tunnels that sent enough for a photo."),
    "results": TableField("integer", "Results of a search fetched or opened again."),
    "contacts": TableField("integer", "Requests of which the log shows the host alone."),
    "opt_outs": TableField("integer", "Requests to be removed from the service."),
    "allowed": TableField("integer", "Hits that the gateway let through."),
    "blocked": TableField("integer", "Hits that the gateway blocked."),
    "searches_blocked": TableField("integer", "Searches that the gateway blocked."),
    "uploads_blocked": TableField("integer", "Uploads that the gateway blocked."),
    "users": TableField("integer", "Different user names. Not to be added up over rows."),
    "addresses": TableField("integer", "Different addresses of hits without a user name."),
    "sessions": TableField(
        "integer", "Runs of hits of one user on one service without a long pause."
    ),
    "active_days": TableField("integer", "Local days with at least one hit."),
    "first_seen": TableField("datetime", "First of them, UTC."),
    "last_seen": TableField("datetime", "Last of them, UTC."),
    "window_start": TableField("datetime", "First instant of the window, UTC."),
    "window_end": TableField("datetime", "First instant after the window, UTC."),
    "hours": TableField("integer", "Gateway hours: each hour counts once for each gateway."),
    "covered_hours": TableField("integer", "Those of the hours that have lines; fewer is no data."),
    "session": TableField("string", "Stable id of the session."),
    "start": TableField("datetime", "First instant, UTC."),
    "end": TableField("datetime", "Last hit of it, UTC."),
    "gateway": TableField("string", "Gateway that wrote the log: files of one folder are one."),
    "state": TableField(
        "string", "`lines`, `no_data` (not one), or `unread` (not read to the end)."
    ),
    "format": TableField("string", "Log format that the file was read as; empty: not recognised."),
    "lines": TableField("integer", "Lines, each in exactly one bin."),
    "mention": TableField("integer", "Lines that name a service elsewhere."),
    "cleared": TableField("integer", "Lines that name a service by chance."),
    "rejected": TableField("integer", "Lines that name a service and could not be parsed."),
    "repeat": TableField("integer", "Further lines about a request that is counted, or no visit."),
    "unrelated": TableField("integer", "Lines that cannot name a service."),
    "blank": TableField("integer", "Empty lines."),
    "directive": TableField("integer", "Header lines of the log itself."),
    "first_time": TableField("datetime", "Earliest stamp, UTC."),
    "last_time": TableField("datetime", "Latest stamp, UTC."),
    "complete": TableField("boolean", "Whether the file was recognised and read to its end."),
    "sha256": TableField("string", "SHA-256 of the file as it is stored."),
    "bytes": TableField("integer", "Size of the file as it is stored."),
    "content_sha256": TableField("string", "SHA-256 of its bytes once unpacked."),
    "encoding": TableField("string", "Encoding of the text."),
    "zone": TableField("string", "Zone that stamps without one were read in."),
    "zone_from": TableField(
        "string", "Who named it: `record`, `header`, `envelope`, `option`, or nobody: `assumed`."
    ),
    "copy_of": TableField("string", "Source with the same content, which is counted instead."),
    "why_incomplete": TableField("string", "Why the file is not complete; empty if it is."),
    "limit": TableField("string", "Short name of the limit."),
    "count": TableField("integer", "How many of what it bears on."),
    "of": TableField("integer", "Out of how many."),
    "text": TableField("string", "What it means, in words."),
    "proves": TableField("string", "What such a request proves, and no more."),
    "confidence": TableField("string", "How well the fact behind the rule is known."),
    "reason": TableField("string", "Why the line could not be parsed."),
    "domain": TableField("string", "Registered domain of the look-alike hosts."),
    "hosts": TableField("string", "The hosts, parted by spaces."),
    "person": TableField(
        "string", "Id of the one person whose account it was then, by the list of people."
    ),
    "unit": TableField("string", "The person's or account's unit then; empty: none, or several."),
    "match": TableField(
        "string",
        "How the list knows the account: `one_person`, `shared`, `ambiguous`, `outside_dates`, "
        "`not_listed`, `by_address`, `no_user`.",
    ),
    "authorisation": TableField(
        "string",
        "What stands on the register: `on_register`, `granted_afterwards`, `not_yet`, `expired`, "
        "`other_service`, `none_on_register`, `cannot_tell`; empty: no register, or no hit.",
    ),
    "reference": TableField("string", "Reference of the authorisation that says so."),
    "people": TableField("integer", "Different persons, as far as the list tells."),
    "accounts": TableField("integer", "Different accounts."),
    "account_names": TableField("string", "The accounts, parted by `; `."),
    "units": TableField("string", "The units at the time of the hits, parted by `; `."),
    "services": TableField("integer", "Different services."),
    "on_register": TableField("integer", "Hits for which an authorisation was in force."),
    "granted_afterwards": TableField("integer", "Hits that one covers which was granted later."),
    "not_yet": TableField("integer", "Hits before one began."),
    "expired": TableField("integer", "Hits after one ended."),
    "other_service": TableField("integer", "Hits with one for another service alone."),
    "none_on_register": TableField("integer", "Hits with none on the register."),
    "cannot_tell": TableField("integer", "Hits of which it cannot be told."),
    "permitted": TableField(
        "integer", "Hits of a unit that the register names, for the service and the time."
    ),
    "by_address": TableField(
        "integer", "Hits without a user that only an address points to; in no other count."
    ),
    "who": TableField("string", "To whom it is made out: `person:`, `account:` or `unit:`."),
    "from": TableField("datetime", "First instant, UTC; empty: always."),
    "until": TableField("datetime", "First instant after it, UTC; empty: open."),
    "granted_by": TableField("string", "Who granted it."),
    "granted_on": TableField("datetime", "Beginning of the day of the grant, UTC."),
    "purpose": TableField("string", "What it was granted for."),
    "hits_outside_its_dates": TableField(
        "integer", "Hits that it would cover but for its dates, and nothing else covers."
    ),
    "row": TableField("integer", "Line of the file where the row begins."),
    "event": TableField("string", "What happened: `blocked`, `policy` ..."),
    "before_days": TableField("integer", "Local days of the period before it, begun ones too."),
    "before_hits": TableField("integer", "Hits before it."),
    "after_days": TableField("integer", "Local days from it on to its end, begun ones too."),
    "after_hits": TableField("integer", "Hits from it on to its end."),
    "after_allowed": TableField("integer", "Those of them that the gateway let through."),
    "after_blocked": TableField("integer", "Those of them that the gateway blocked: attempts."),
    "after_people": TableField(
        "integer", "Persons with such hits; where none is known, accounts, else addresses."
    ),
    "people_only_after": TableField("integer", "Those of them without a hit before."),
    "other_services_before": TableField(
        "integer", "Hits before it on other services, of whoever had used this one before."
    ),
    "other_services_after": TableField("integer", "The same from it on."),
    "note": TableField("string", "What the list of events says of it."),
    "account": TableField("string", "The account, as the log names it."),
    "role": TableField("string", "The person's role or rank, as the list has it."),
    "kind": TableField("string", "`shared`, `service`, `test`; empty: an account of one person."),
    "as_of": TableField("string", "Day of the snapshot that the row is from; empty: of none."),
    "device": TableField("string", "The machine that had the address."),
    "origin": TableField("string", "Where the row of the list is from, such as DHCP."),
    "hours_without_lines": TableField("integer", "Those of the hours that have no line."),
}
_OWN_MEANINGS: Final = {
    ("sources.csv", "hit"): TableField("integer", "Lines that are requests to a watched service."),
    ("rules.csv", "source"): TableField("string", "Where the fact behind the rule comes from."),
    ("coverage.csv", "end"): TableField("datetime", "First instant after it, UTC."),
    ("lookalikes.csv", "lines"): TableField("integer", "Lines that ask for such a host."),
    ("lookalikes.csv", "service"): TableField("string", "Service that the hosts look like."),
    ("repeats.csv", "reason"): TableField(
        "string",
        "Why the line is not counted: `log_on_challenge`, `no_request`, `tunnel_set_up`, "
        "`answer_or_remark`, `other_gateway`.",
    ),
    ("repeats.csv", "hit"): TableField(
        "string",
        "Id of the hit that is counted for the request; empty: the line is none, or tells of a "
        "line that is not counted either.",
    ),
    ("repeats.csv", "action"): TableField(
        "string", "What the gateway did: `allowed`, `blocked`, `auth` (asked who it is), `unknown`."
    ),
    ("rejects.csv", "text"): TableField("string", "The line itself, or its beginning."),
    ("match.csv", "users"): TableField("integer", "Different accounts with such hits."),
    ("persons.csv", "person"): TableField("string", "Id of the person on the list."),
    ("people_ambiguous.csv", "person"): TableField(
        "string", "One of the persons whose account it was at once; neither is counted."
    ),
    ("people_ambiguous.csv", "account"): TableField(
        "string", "The account, as the log names it; one of several where an address was theirs."
    ),
    ("people_ambiguous.csv", "address"): TableField(
        "string", "The address that was several accounts' at once; empty: the row is of an account."
    ),
    ("people_used.csv", "account"): TableField(
        "string", "An account that hits, mentions or addresses name, in lower case."
    ),
    ("people_used.csv", "person"): TableField("string", "Whose it was; empty: nobody's own."),
    ("people_used.csv", "unit"): TableField("string", "The unit that the row gives it."),
    ("addresses_used.csv", "address"): TableField(
        "string", "An address of hits or mentions without a user."
    ),
    ("addresses_used.csv", "account"): TableField(
        "string", "The account that had it, in lower case; empty: a machine alone."
    ),
    ("after_event.csv", "service"): TableField("string", "Id of the service; empty: all of them."),
    ("after_event.csv", "gateway"): TableField(
        "string", "The gateway it was at, whose hits alone count; empty: all of them."
    ),
    ("after_event.csv", "hours"): TableField(
        "integer", "Gateway hours of a declared gap (maintenance) in the period; else empty."
    ),
    ("authorisations_used.csv", "service"): TableField(
        "string", "Id of the service it is for; empty: any."
    ),
    ("authorisations_used.csv", "activity"): TableField(
        "string", "The activity it is for; empty: any."
    ),
}
#: Columns that together are different in every row of a table.
KEYS: Final = {
    "hits.csv": ("source", "line"),
    "mentions.csv": ("source", "line"),
    "repeats.csv": ("source", "line"),
    "services.csv": ("service",),
    "sessions.csv": ("session",),
    "sources.csv": ("source",),
    "limits.csv": ("limit",),
    "match.csv": ("match",),
    "persons.csv": ("person",),
    "people_used.csv": ("row", "account"),
    "addresses_used.csv": ("row",),
}
#: What each of the reasons says of a line that is not counted.
REPEAT_WORDS: Final = {
    "log_on_challenge": "the gateway asked who it is; the request came again",
    "no_request": "the line tells of no request of its own",
    "tunnel_set_up": "it opened the tunnel whose end, or a request in it, is counted",
    "answer_or_remark": "an answer to the request, or a remark about it",
    "other_gateway": "another gateway, sensor or name server logged the same request",
}
#: What each of the flags says of a row.
FLAGS: Final = {
    "inferred": "the activity is deduced, not seen in the request",
    "ambiguous_time": "the clock showed this time twice",
    "possible_upload": "a tunnel that sent enough for a photo",
    "beside_opt_out": "in a session that also asked for removal",
    "also_upload": "the same request sent a photo",
    "also_search": "results that show that a search went before them",
    "attempt": "a search that was refused",
    "late": "logged into a period that was reported before",
}


def field_of(table: str, column: str) -> TableField:
    """What a column of a package's table holds."""
    return _OWN_MEANINGS.get((table, column)) or _FIELDS[column]


def table_types(table: str) -> dict[str, pl.DataType | type[pl.DataType]]:
    """The columns of a package's table with their types as a frame has them."""
    columns = TABLES.get(table) or PEOPLE_TABLES[table]
    return {column: _TYPES[field_of(table, column).type] for column in columns}


_TYPES: Final[dict[FieldType, pl.DataType | type[pl.DataType]]] = {
    "string": pl.String,
    "integer": pl.Int64,
    "boolean": pl.Boolean,
    "datetime": TIME,
}
