"""What the pairs of a line must hold for it to be a record of a log."""

import re
from collections.abc import Mapping

import polars as pl

from logan.formats.engine.layout import Fault, RequiredLiterals

#: For a key (or several parted by `|`, of which one is enough): what its whole value must match.
Needs = Mapping[str, str]


def unmet(values: Mapping[str, str], needed: Needs) -> Fault | None:
    """The first need that values do not meet; None where they meet them all."""
    for names, regex in needed.items():
        found = [values[name] for name in names.split("|") if name in values]
        if not any(re.fullmatch(regex, value) for value in found):
            return Fault(names.replace("|", " or "), found[0] if found else "")
    return None


def required_literals_of(needed: Needs, assign: str = "=") -> RequiredLiterals:
    """The keys that every line with these needs writes."""
    marks = assign.strip("[]")
    return tuple(
        tuple(name + mark for name in names.split("|") for mark in marks)
        for names in needed
        if not names.startswith("@")
    )


def unmet_reason(cells: Mapping[str, pl.Expr], needed: Needs) -> pl.Expr:
    """`unmet` for many lines: null where every need is met, else the first that is not."""
    reasons: list[pl.Expr] = []
    for names, regex in needed.items():
        met = pl.any_horizontal(
            cells[name].str.contains(f"^(?:{regex})$").fill_null(value=False)
            for name in names.split("|")
        )
        words = f"{names.replace('|', ' or ')}: missing, or not as this format writes it"
        reasons.append(pl.when(~met).then(pl.lit(words)).otherwise(None))
    return pl.coalesce(*reasons, pl.lit(None, dtype=pl.String))
