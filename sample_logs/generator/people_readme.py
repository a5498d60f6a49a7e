"""The tables of the README of the lists of people, made from the truth."""

from collections.abc import Mapping
from typing import Any, Final

from generator.readme import between_marks, make_table

_SUMS: Final = ("hits", "searches", "uploads", "blocked")


def make_people_readme(text: str, truth: Mapping[str, Any]) -> str:
    """`text` with the tables between the markers made anew.

    Raises ValueError where a marker is missing.
    """
    units, persons = ("people", *_SUMS), ("accounts", *_SUMS)
    several = {who: of for who, of in truth["persons"].items() if of["accounts"] > 1}
    sections = {
        "Whose the hits are": make_table(
            ("match", "hits", "users"),
            ([f"`{name}`", of["hits"], of["users"]] for name, of in truth["match"].items()),
        ),
        "What stands on the register": make_table(
            ("authorisation", "hits"),
            ([f"`{name}`", hits] for name, hits in truth["authorisation"].items()),
        ),
        "By unit": make_table(
            ("unit", *units), ([u, *(of[k] for k in units)] for u, of in truth["units"].items())
        ),
        "Persons with several accounts": make_table(
            ("person", *persons), ([p, *(of[k] for k in persons)] for p, of in several.items())
        ),
        "Every row of the register": make_table(
            ("reference", "hits", "hits outside its dates"),
            ([ref, *of.values()] for ref, of in truth["register"].items()),
        ),
        "PimEyes, before and after it was blocked": make_table(
            tuple(truth["pimeyes_blocked"]), [list(truth["pimeyes_blocked"].values())]
        ),
    }
    tables = "\n\n".join(f"### {title}\n\n{table}" for title, table in sections.items())
    return between_marks(text, tables)
