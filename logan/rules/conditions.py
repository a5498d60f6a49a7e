"""A signature's conditions as expressions over canonical records.

Times outside a signature's validity, and a status or size that the log does not give, do not match.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from string import ascii_letters, digits
from typing import Final

import polars as pl

from logan.rules.checks import literal_path
from logan.rules.hosts import is_host
from logan.rules.model import Host, Rules, Service
from logan.rules.pages import carried_page, on_own_sites, page_place, parameter
from logan.rules.signature import Signature

_UNRESERVED: Final = {
    f"%{ord(character):02x}": character for character in ascii_letters + digits + "-._~"
}
#: How far a service's clock is taken to be from UTC at most.
_CLOCKS: Final = ("-5h", "5h")
#: One condition of a signature: the key it comes from, and the expression that tests it.
Condition = tuple[str, pl.Expr]


def decided_by(
    signatures: Sequence[Signature], service: Service, rules: Rules, *, methods: bool = True
) -> pl.Expr:
    """The id of the first of these signatures that matches a record, else null.

    `methods` is false for tunnels: what goes on in them has methods of its own, unseen.
    """
    decision: pl.Expr = pl.lit(None, dtype=pl.String)
    for signature in reversed(signatures):
        named = conditions(signature, service, rules)
        tests = [test for key, test in named if methods or key != "methods"]
        matched = pl.all_horizontal(pl.lit(True), *tests)
        decision = pl.when(matched).then(pl.lit(signature.id)).otherwise(decision)
    return decision


def conditions(signature: Signature, service: Service, rules: Rules) -> Iterator[Condition]:
    """The conditions a record must meet, cheapest first; none for a signature without any."""
    yield from _of_method(signature)
    yield from _of_host(service, signature)
    if signature.path is not None:
        literal = literal_path(signature.path)
        path = pl.col("path")
        whole = path.str.contains(f"^(?:{signature.path})$") if literal is None else path == literal
        yield "path", whole
    for name, pattern in signature.query:
        yield f"query {name}", has_parameter(name, pattern)
    if signature.referrer is not None:
        page = written_plainly(page_place(pl.col("referrer")))
        came_from = page.str.contains(f"^(?:{signature.referrer})$")
        yield "referrer", came_from.fill_null(False)
    if signature.day_in_path is not None:
        yield "day_in_path", _is_of_the_day(signature.day_in_path)
    if signature.carries_page:
        yield "page", on_own_sites(carried_page(signature), rules.sites)
    if signature.status:
        known = "|".join(code.replace("x", "[0-9]") for code in signature.status)
        yield "status", pl.col("status").cast(pl.String).str.contains(f"^(?:{known})$")
    if signature.bytes_sent_min is not None:
        yield "bytes_sent", pl.col("bytes_sent") >= signature.bytes_sent_min
    if valid := _valid(signature.valid_from, signature.valid_to):
        yield "valid_from, valid_to", pl.all_horizontal(*valid)


def written_plainly(path: pl.Expr) -> pl.Expr:
    """A path as signatures know it: letters, digits and `-._~` without percent-encoding (RFC 3986,
    section 6.2.2.2), and `/` where there is none."""
    return path.fill_null("/").str.replace_many(_UNRESERVED, ascii_case_insensitive=True)


def has_parameter(name: str, pattern: str) -> pl.Expr:
    """True where the first parameter of this name has a value that the pattern is found in."""
    there, value = parameter(name)
    return there & value.str.contains(pattern)


def outside_validity(service: Service) -> pl.Expr:
    """True where a record's time lies outside the days on which the hosts were the service's."""
    return ~pl.all_horizontal(pl.lit(True), *_valid(service.valid_from, service.valid_to))


def _of_method(signature: Signature) -> Iterator[Condition]:
    if signature.methods:
        known = pl.col("method").is_in(list(signature.methods))
        # A log without methods still shows the path; the finding is then marked as inferred.
        lenient = known if signature.method_needed else known | pl.col("method").is_null()
        yield "methods", lenient.fill_null(False)


def _of_host(service: Service, signature: Signature) -> Iterator[Condition]:
    host = pl.col("host")
    if signature.domain is not None and (signature.domain,) != service.domains:
        below = host.str.ends_with("." + signature.domain)
        yield "domain", (host == signature.domain) | below
    elif signature.host or signature.host_re:
        wanted = Host(signature.host, signature.host_re, None, "vendor", ())
        yield ("host" if signature.host else "host_re"), is_host(host, [wanted])


def _is_of_the_day(pattern: str) -> pl.Expr:
    """True where the day in the path is that of the request by a clock within `_CLOCKS`.

    False without a time. Nobody knows the zone of a service's own clock.
    """
    written = pl.col("path").str.extract(f"({pattern})").str.tail(6)
    day = written.str.to_date("%y%m%d", strict=False)
    when = pl.col("time")
    first, last = (when.dt.offset_by(shift).dt.date() for shift in _CLOCKS)
    return ((day >= first) & (day <= last)).fill_null(False)


def _valid(first: date | None, last: date | None) -> list[pl.Expr]:
    """A record without a time is given the benefit of the doubt."""
    when = pl.col("time")
    tests = []
    if first is not None:
        tests.append((when >= datetime.combine(first, time(), UTC)).fill_null(True))
    if last is not None:
        end = datetime.combine(last + timedelta(days=1), time(), UTC)
        tests.append((when < end).fill_null(True))
    return tests
