"""Which fields of an unknown log look like which columns of a record.

By their names where the log has names, then by what their values look like. It proposes, a person
decides: what could be read two ways is left open, so that the draft is refused until it is settled.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from logan.formats.custom.draft import DraftCut, Values
from logan.formats.engine import clock, dates, delimited


@dataclass(frozen=True)
class ColumnGuess:
    """A column's fields; further keys of its entry, and a doubt that the reader must settle."""

    fields: tuple[str, ...]
    joined: bool = False
    keys: Mapping[str, object] = field(default_factory=dict)
    doubt: str | None = None


_ADDRESS: Final = (
    r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]+)?|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*"
)
_DOMAIN: Final = r"(?:[A-Za-z0-9_-]+\.)+[A-Za-z][A-Za-z0-9-]+\.?(?::[0-9]+)?"
_URL: Final = rf"[a-z]+://[^ ]+|/[^ ]*|(?:{_DOMAIN})(?:/[^ ]*)?"
#: For each column: names by which logs call it (letters and digits only), and what values it has.
_KNOWN: Final[Mapping[str, tuple[str, str]]] = {
    "user": (
        (
            "user username login loginid userid suser srcuser account accountname csusername "
            "identity remoteuser"
        ),
        r".*[^0-9.:].*",
    ),
    "client_ip": (
        (
            "clientip srcip src sourceip sourceaddress srcaddr cip client ip userip internalip "
            "remoteaddr remoteip sourceipaddress ipaddress clientaddress"
        ),
        _ADDRESS,
    ),
    "method": ("method requestmethod httpmethod csmethod reqmethod verb", "[A-Za-z]{3,10}"),
    "url": ("url uri requesturl requesturi request address fullurl csuri desturl targeturl", _URL),
    "scheme": ("scheme protocol urlscheme csurischeme", "(?i)https?|ftp|wss?|tunnel|ssl|tcp"),
    "host": (
        (
            "host hostname dsthost desthost domain site server fqdn cshost dhost queryname qname "
            "query destination destinationhost dest domainname webhost httphost "
            "sslprereadservername sslservername servername"
        ),
        f"{_DOMAIN}|{_ADDRESS}",
    ),
    "port": ("dstport destport port dpt csuriport destinationport serverport", "[0-9]{1,5}"),
    "path": ("path uripath urlpath csuripath csuristem", "/.*"),
    "query": ("querystring csuriquery urlquery args", r".*[=&?].*"),
    "status": (
        "status statuscode httpstatus code respcode responsecode scstatus httpcode",
        "[1-5][0-9]{2}",
    ),
    "action": (
        "action verdict decision disposition result policyaction act filteraction deviceaction",
        "[A-Za-z][A-Za-z _-]*",
    ),
    "bytes_sent": (
        (
            "requestlength bytessent sentbytes sentbyte out upbytes requestsize reqsize csbytes "
            "bytesout upload up"
        ),
        "[0-9]+",
    ),
    "bytes_received": (
        (
            "bytesreceived rcvdbytes rcvdbyte receivedbytes in downbytes responsesize scbytes "
            "respsize bytesin bytes download down size"
        ),
        "[0-9]+",
    ),
    "referrer": ("referrer referer csreferer refererurl httpreferer", _URL),
    "user_agent": ("useragent agent ua csuseragent httpuseragent", ".*[A-Za-z].*"),
}
#: Names that only nginx gives its variables (nginx.org, "Alphabetical index of variables"): what it
#: has sent, it has sent to the client.
_NGINX: Final = frozenset(
    ("bodybytessent", "requestlength", "timeiso8601", "httpuseragent", "requesturi", "upstreamaddr")
)
_SENT_BY_NGINX: Final = ("bodybytessent", "bytessent")
_ABSOLUTE: Final = r"[a-z]+://[^ ]+"
#: What was asked for: an address, of a tunnel a host and a port, of a broken request what failed.
_REQUESTED: Final = rf"{_ABSOLUTE}|{_DOMAIN}|{_ADDRESS}|\[[0-9A-Fa-f:.]+\]:[0-9]+|error:[^ ]*"
_NOTHING: Final = ("", "-", "None", "N/A", "NA", "null", "unknown")
_BY_VALUE: Final = {
    "url": _REQUESTED,
    "referrer": _ABSOLUTE,
    "user_agent": r"Mozilla/.*",
    "method": "GET|POST|CONNECT|HEAD|PUT|OPTIONS|DELETE|PATCH",
    "client_ip": _ADDRESS,
    "user": r"[^ \\@/]+\\[^ \\@/]+|[^ \\@/:]+@[^ \\@/:]+",
    "host": _DOMAIN,
    "status": "[1-5][0-9]{2}",
}
_VALUED_COLUMNS: Final = ("url", "user_agent", "method")
_LONG_WORD: Final = 4
_TIMES: Final = (
    "time timestamp datetime eventtime ts timeiso8601 msec timelocal logtime starttime receivetime "
    "t date"
)


def guesses(found: DraftCut) -> dict[str, ColumnGuess]:
    """Which fields look like which columns; a field is used once, and `time` comes first."""
    taken: set[str] = set()
    out: dict[str, ColumnGuess] = {}
    time = _time(found.values)
    if time is not None:
        out["time"] = time
        taken.update(time.fields)
    out |= _of_nginx(found.values, taken)
    ways = (_valued,) if "names" in found.keys else (_named, _ending, _valued_column)
    for way in ways:
        for column, (_, shape) in _KNOWN.items():
            if column in out or (name := way(column, shape, found.values, taken)) is None:
                continue
            taken.add(name)
            out[column] = _detailed(column, name, found.values[name], sure=way is _named)
    return out


def _of_nginx(values: Values, taken: set[str]) -> dict[str, ColumnGuess]:
    """What nginx's own names say otherwise than those of gateways do."""
    names = {delimited.plain(name): name for name in values}
    sent = next((names[word] for word in _SENT_BY_NGINX if word in names), None)
    if sent is None or not _NGINX & names.keys():
        return {}
    taken.update(names[word] for word in _SENT_BY_NGINX if word in names)
    return {"bytes_received": ColumnGuess((sent,), doubt="nginx counts what it sent to the client")}


def _fits(values: Sequence[str], shape: str) -> bool:
    there = [value for value in values if value not in _NOTHING]
    return bool(there) and all(re.fullmatch(shape, value) for value in there)


def _named(column: str, shape: str, values: Values, taken: set[str]) -> str | None:
    for word in _KNOWN[column][0].split():
        for name, there in values.items():
            last = delimited.plain(name.rsplit(".", 1)[-1])
            if name not in taken and word in (delimited.plain(name), last) and _fits(there, shape):
                return name
    return None


def _ending(column: str, shape: str, values: Values, taken: set[str]) -> str | None:
    """`ClientRequestHost` ends in `host`: likely, not sure."""
    for word in _KNOWN[column][0].split():
        for name, there in values.items():
            ends = len(word) >= _LONG_WORD and delimited.plain(name).endswith(word)
            if ends and name not in taken and _fits(there, shape):
                return name
    return None


def _valued(column: str, shape: str, values: Values, taken: set[str]) -> str | None:
    """By the shape of its values: of several fields the one that is empty least often."""
    shape = _BY_VALUE.get(column, "")
    fitting = [
        name
        for name, there in values.items()
        if name not in taken and shape and _fits(there, shape) and _holds(column, there)
    ]
    return max(fitting, key=lambda name: _count_filled(values[name]), default=None)


def _holds(column: str, values: Sequence[str]) -> bool:
    """Whether a field has what makes it that column beyond its shape: a name is no address yet."""
    return column != "url" or any(re.fullmatch(_ABSOLUTE, value) for value in values)


def _count_filled(values: Sequence[str]) -> int:
    return sum(value not in _NOTHING for value in values)


def _valued_column(column: str, shape: str, values: Values, taken: set[str]) -> str | None:
    """By values that hardly mean anything else."""
    return _valued(column, shape, values, taken) if column in _VALUED_COLUMNS else None


_ALLOWED: Final = "allow|permit|pass|accept|ok|success|observed|proxied"
_BLOCKED: Final = "block|den[iy]|drop|reject|refus|forbid"


def _detailed(column: str, name: str, values: Sequence[str], *, sure: bool) -> ColumnGuess:
    if column in ("bytes_sent", "bytes_received"):
        return ColumnGuess(
            (name,), doubt="check the direction: bytes_sent goes from the user to the site"
        )
    if column != "action":
        return ColumnGuess((name,), doubt=None if sure else "guessed: check it")
    words = sorted(set(values) - set(_NOTHING))
    keys = {
        action: found
        for action, shape in (("allowed", _ALLOWED), ("blocked", _BLOCKED))
        if (found := [word for word in words if re.search(f"(?i){shape}", word)])
    }
    left = [word for word in words if not any(word in found for found in keys.values())]
    doubt = f"say what these words mean: {', '.join(left[:8])}" if left else None
    return ColumnGuess((name,), keys=keys, doubt=doubt)


_FORMS: Final = (
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y/%m/%d %H:%M:%S%.f",
    "%d/%b/%Y:%H:%M:%S %z",
    "%d/%b/%Y:%H:%M:%S",
    "%b %e %Y %H:%M:%S%.f",
    "%a %b %e %H:%M:%S %Y",
    "%Y%m%d%H%M%S",
)
_ORDERED: Final = {
    "dmy": ("%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y"),
    "mdy": ("%m/%d/%Y", "%m.%d.%Y", "%m-%d-%Y"),
}
_CLOCKS: Final = (" %H:%M:%S%.f", " %I:%M:%S %p", ", %H:%M:%S")


def _time(values: Values) -> ColumnGuess | None:
    """The field of the time, or a date and a time that make it together."""
    names = sorted(values, key=lambda name: _time_rank(name))
    for name in names:
        form, doubt = _form(values[name])
        if form is not None and _time_rank(name) < len(_TIMES):
            return ColumnGuess((name,), keys=_time_keys(form), doubt=doubt)
    for date in names:
        for time in names:
            both = [
                f"{one} {other}" for one, other in zip(values[date], values[time], strict=False)
            ]
            if date != time and (form_doubt := _form(both))[0] is not None:
                return ColumnGuess(
                    (date, time), True, _time_keys(form_doubt[0] or ""), form_doubt[1]
                )
    return None


def _time_keys(form: str) -> dict[str, object]:
    return {"form": form}


def _time_rank(name: str) -> int:
    words = _TIMES.split()
    last = delimited.plain(name.rsplit(".", 1)[-1])
    return words.index(last) if last in words else len(words)


def _form(values: Sequence[str]) -> tuple[str | None, str | None]:
    """The form that reads all stamps, and what is in doubt about it."""
    there = pl.Series([value for value in values if value not in _NOTHING], dtype=pl.String)
    if there.is_empty():
        return None, None
    if there.str.contains(_EPOCHS).all():
        return "epoch", None
    if _all_read(there, "iso"):
        return "iso", None
    for form in _FORMS:
        if _all_read(there, form):
            return form, None if "%z" in form else _NO_ZONE
    order = dates.order_of(there)
    forms = [date + time for dated in _ORDERED.values() for date in dated for time in _CLOCKS]
    fitting = [form for form in forms if _all_read(there, form)]
    if order in _ORDERED and fitting:
        return next(form for form in fitting if form.startswith(_ORDERED[order])), _NO_ZONE
    if fitting:
        return "?", f"no date decides whether the day or the month is first: {' or '.join(fitting)}"
    return None, None


_EPOCHS: Final = r"^[0-9]{10}(?:\.[0-9]+)?$|^[0-9]{13}$|^[0-9]{16}$|^[0-9]{19}$"
_NO_ZONE: Final = "stamps without a zone: add `zone: Europe/London`, or give --tz"


def _all_read(stamps: pl.Series, form: str) -> bool:
    cell = pl.lit(stamps)
    if form == "iso":
        read = clock.iso_offset(cell)
    elif "%z" in form:
        read = cell.str.to_datetime(form, strict=False, time_zone="UTC")
    else:
        read = clock.naive(cell, form)
    return bool(pl.select(read.is_not_null().all()).item())
