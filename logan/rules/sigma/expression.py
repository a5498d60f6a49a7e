"""A rule's condition as an expression over canonical records."""

from collections.abc import Iterator, Sequence
from typing import Final

import polars as pl

from logan.rules.sigma.rule import All, AnyOf, Field, Node, Not, SigmaRule, Value

_PORTS: Final = {"http": 80, "https": 443}
#: Characters of texts in one expression; the engine limits the size of what it compiles.
_AT_ONCE: Final = 10_000


def holds(rule: SigmaRule) -> pl.Expr:
    """True where a record is of the rule's category and meets its condition; never null."""
    right = pl.col("evidence").cast(pl.String).is_in(list(rule.evidence))
    return right & _of_node(rule.condition)


def _of_node(node: Node) -> pl.Expr:
    if isinstance(node, Not):
        return ~_of_node(node.part)
    if isinstance(node, All):
        return pl.all_horizontal(map(_of_node, node.parts))
    if isinstance(node, AnyOf):
        return pl.any_horizontal(map(_of_node, node.parts))
    if node.every:
        return pl.all_horizontal(_of_value(node.field, value) for value in node.values)
    return pl.any_horizontal(_of_value(node.field, value) for value in _together(node.values))


def _together(values: Sequence[Value]) -> Iterator[Value]:
    """The same alternatives with texts joined, which is one pass over the column for many."""
    joined, size = [], 0
    for value in values:
        if value.operation != "text":
            yield value
            continue
        joined.append(f"(?:{value.text})")
        size += len(value.text)
        if size > _AT_ONCE:
            yield Value("text", "|".join(joined))
            joined, size = [], 0
    if joined:
        yield Value("text", "|".join(joined))


def _of_value(field: Field, value: Value) -> pl.Expr:
    asked = _compared(_column(field), value)
    if field == "url" and ("^" if value.operation == "pattern" else "^(?:/") in value.text:
        # Many rules write an address without scheme and host, as web servers log it.
        return asked | _compared(_origin_form(), value)
    return asked


def _compared(column: pl.Expr, value: Value) -> pl.Expr:
    if value.operation == "null":
        return column.is_null()
    if value.operation == "present":
        return column.is_not_null()
    if value.operation in ("text", "pattern"):
        return column.cast(pl.String).str.contains(value.text).fill_null(value=False)
    number = pl.lit(float(value.text))
    compared = {
        "<": column < number,
        "<=": column <= number,
        ">": column > number,
        ">=": column >= number,
    }
    return compared[value.operation].fill_null(value=False)


def _column(field: Field) -> pl.Expr:
    if field == "url":
        return address()
    asked = pl.col("evidence") == "url"
    path = pl.when(asked).then(pl.col("path").fill_null("/")).otherwise("path")
    if field == "path":
        return path
    if field == "extension":
        return path.str.extract(r"\.([^./]+)$")
    return pl.col(field)


def _origin_form() -> pl.Expr:
    """The address from the path on."""
    return pl.concat_str(_column("path"), pl.format("?{}", pl.col("query")).fill_null(""))


def address() -> pl.Expr:
    """The request's address as a proxy logs it: absolute, or `host:port` of a tunnel.

    A scheme that the log does not give is https on port 443, else http; a port is written only
    where it is not the scheme's own.
    """
    port = pl.col("port")
    scheme = pl.coalesce(
        "scheme", pl.when(port == _PORTS["https"]).then(pl.lit("https")).otherwise(pl.lit("http"))
    )
    default = port == scheme.replace_strict(_PORTS, default=None, return_dtype=pl.Int32)
    written = pl.when(~default.fill_null(value=False)).then(pl.format(":{}", port)).fill_null("")
    query = pl.format("?{}", pl.col("query")).fill_null("")
    host = pl.col("host")
    host = (
        pl.when(host.str.contains(":", literal=True)).then(pl.format("[{}]", host)).otherwise(host)
    )
    whole = pl.format("{}://{}{}{}{}", scheme, host, written, pl.col("path").fill_null("/"), query)
    tunnel = host + pl.format(":{}", port).fill_null("")
    return pl.when(pl.col("evidence") == "connect").then(tunnel).otherwise(whole)
