"""Expressions that turn the stamps of logs into time. What has no zone stays without one.

Two-digit years, 12-hour clocks and day/month order belong to the family that writes them.
"""

import polars as pl


def epoch_seconds(cell: pl.Expr) -> pl.Expr:
    """Seconds since 1970 UTC with any number of decimals, to the microsecond."""
    micros = (cell.cast(pl.Float64, strict=False) * 1_000_000).round()
    return micros.cast(pl.Int64, strict=False).cast(pl.Datetime("us", "UTC"))


def epoch(cell: pl.Expr) -> pl.Expr:
    """Seconds, milli-, micro- or nanoseconds since 1970 UTC, told apart by their size.

    11 digits of seconds end in the year 5138, so no unit overlaps another between 1973 and then.
    """
    number = cell.cast(pl.Float64, strict=False)
    whole = cell.cast(pl.Int64, strict=False)
    micros = (
        pl.when(number < 1e11)
        .then((number * 1e6).round())
        .when(number < 1e14)
        .then((number * 1e3).round())
        .when(number < 1e17)
        .then(number.round())
        .otherwise(whole // 1_000)
    )
    return micros.cast(pl.Int64, strict=False).cast(pl.Datetime("us", "UTC"))


def clf(cell: pl.Expr) -> pl.Expr:
    """`10/Oct/2000:13:55:36 -0700`, the stamp of the common log format."""
    return cell.str.to_datetime("%d/%b/%Y:%H:%M:%S %z", strict=False, time_unit="us", time_zone="UTC")


def naive(cell: pl.Expr, form: str) -> pl.Expr:
    """A wall clock without a zone, by a chrono format; null where it does not fit."""
    return cell.str.to_datetime(form, strict=False, time_unit="us")


def iso_offset(cell: pl.Expr) -> pl.Expr:
    """ISO 8601 with `Z`, `+01:00` or `+0100`, any number of decimals; null where it has no offset."""
    text = (
        cell.str.replace("^([0-9-]{10})[ t]", "${1}T")
        .str.replace(r"(?:Z|z)$", "+00:00")
        .str.replace(r"([+-][0-9]{2})([0-9]{2})$", "${1}:${2}")
        .str.replace(r"(\.[0-9]{6})[0-9]+", "${1}")
    )
    return text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%:z", strict=False, time_unit="us", time_zone="UTC")
