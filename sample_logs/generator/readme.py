"""The tables of README.md, made from the truth."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from generator.lines import BINS

_BEGIN: Final = "<!-- planted truth: begin -->"
_END: Final = "<!-- planted truth: end -->"
_SERVICE: Final = (
    "hits",
    "users",
    "allowed",
    "blocked",
    "searches",
    "uploads",
    "possible_uploads",
    "opt_out",
)
_USER: Final = ("hits", "searches", "uploads", "blocked", "sessions", "active_days")


def make_readme(text: str, truth: Mapping[str, Any]) -> str:
    """`text` with the tables between the markers made anew.

    Raises ValueError where a marker is missing.
    """
    return between_marks(text, _tables(truth))


def between_marks(text: str, tables: str) -> str:
    """`text` with `tables` between its two marks. Raises ValueError where one is missing."""
    begin, end = text.index(_BEGIN) + len(_BEGIN), text.index(_END)
    return f"{text[:begin]}\n\n{tables}\n\n{text[end:]}"


def _tables(truth: Mapping[str, Any]) -> str:
    services, pimeyes = truth["services"], truth["pimeyes"]
    edges = [(which, services["pimeyes"][f"{which}_hit"]) for which in ("first", "last")]
    files = [*truth["files"].items(), ("all", truth["totals"])]
    sections = [
        (
            "By service",
            make_table(
                ("service", *_SERVICE),
                ([s["name"], *_take(s, _SERVICE)] for s in services.values()),
            ),
        ),
        (
            "First and last hit on PimEyes",
            make_table(
                ("", "time", "where"),
                ([w, e["time"], f"`{e['file']}:{e['line']}`"] for w, e in edges),
            ),
        ),
        (
            "PimEyes, by what was asked for",
            make_table(("", "hits"), services["pimeyes"]["by_kind"].items()),
        ),
        ("PimEyes, by ISO week", make_table(("week", "hits"), pimeyes["by_iso_week"].items())),
        (
            "PimEyes, by user",
            make_table(
                ("user", *_USER),
                ([_code(u), *_take(of, _USER)] for u, of in pimeyes["by_user"].items()),
            ),
        ),
        *(
            (f"Planted in the bin {name}", make_table((name, "lines"), kinds.items()))
            for name, kinds in truth["planted"].items()
        ),
        (
            "Every line of every file",
            make_table(("file", "lines", *BINS), ([f, *of.values()] for f, of in files)),
        ),
    ]
    return "\n\n".join(f"### {title}\n\n{table}" for title, table in sections)


def _take(of: Mapping[str, int], keys: Sequence[str]) -> list[int]:
    return [of[key] for key in keys]


def make_table(columns: Sequence[str], rows: Iterable[Sequence[str | int]]) -> str:
    def shown(cell: str | int) -> str:
        if isinstance(cell, int):
            return f"{cell:,}"
        return cell if cell.startswith("`") else cell.replace("_", " ")

    def row(cells: Iterable[str | int]) -> str:
        return f"| {' | '.join(map(shown, cells))} |"

    return "\n".join([row(columns), "|" + " --- |" * len(columns), *map(row, rows)])


def _code(user: str) -> str:
    """A user name as harmless code: control characters as escapes, the bar of the table too."""
    safe = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in user)
    return f"`{safe}`".replace("|", "\\|")
