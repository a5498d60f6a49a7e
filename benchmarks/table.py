"""Makes the tables of docs/performance.md out of the stored results: one of logan, one of limits.

`python benchmarks/table.py` prints them; with `--write` they go into the document, each between its
marks.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

from commands import HERE
from measure import BUSY_PERCENT, RESULTS

_DOCUMENT = HERE.parent / "docs" / "performance.md"
_MARKS = "(<!-- {0}: begin[^>]*-->\n).*(<!-- {0}: end -->)"
#: How rows of `limits.py` are named.
_LIMIT = "limit-"
#: Rows come in the order of the targets: by the first word of their name.
_ORDER = (
    "plain",
    "packed",
    "dense",
    "parse",
    "peers",
    "memory",
    "growth",
    "many",
    "objects",
    "cluster",
    "slow",
    "startup",
)
_VERDICTS = {True: "met", False: "**missed**", None: "-"}

Stored = dict[str, Any]


def make_table(stored: list[Stored]) -> str:
    """One row a result, then where they were taken and what with."""
    if not stored:
        return "No results are stored yet.\n"
    rows = [
        "| Work | Result | Target | | logan | other | Notes |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *map(_row, stored),
    ]
    return "\n".join([*rows, "", *_places(stored), "", _tools(stored)]) + "\n"


def make_limits(stored: list[Stored]) -> str:
    """One row a step with nothing around it."""
    if not stored:
        return "No limits are stored yet.\n"
    rows = [
        "| One step alone | Result | Target of the whole | | seconds of each |",
        "| --- | --- | --- | --- | --- |",
        *map(_limit, stored),
    ]
    return "\n".join(rows) + "\n"


def _limit(one: Stored) -> str:
    verdict = {True: "within", False: "**beyond it**"}[one["met"]]
    seconds = ", ".join(f"{name} {side['seconds']:.2f}" for name, side in one["sides"].items())
    result = f"{one['ratio']:g} {one['unit']}"
    return f"| {one['what']} | {result} | {one['target']} | {verdict} | {seconds} |"


def _row(one: Stored) -> str:
    result = f"{one['ratio']:g} {one['unit']}" if one["sides"] else "-"
    verdict = _VERDICTS[one["met"]]
    seconds = {name: f"{side['seconds']:.2f} s" for name, side in one["sides"].items()}
    ours = seconds.pop("logan", "")
    theirs = next(iter(seconds.values()), "") if ours else ""
    busy = one["others"] is not None and one["others"] > BUSY_PERCENT
    notes = "; ".join(filter(None, [one["note"], "busy machine" if busy else ""]))
    return (
        f"| {one['what']} | {result} | {one['target']} | {verdict} | {ours} | {theirs} | {notes} |"
    )


def _places(stored: list[Stored]) -> list[str]:
    """The machines, with date and commit."""
    words = (
        "- {processor}, {cores} cores, {memory}, Linux {kernel}; Python {python}, Polars {polars}, "
        "Hyperscan {hyperscan}; logan at {logan}, {date}"
    )
    return sorted({words.format(**one["machine"], date=one["date"]) for one in stored})


def _tools(stored: list[Stored]) -> str:
    tools = {name: told for one in stored for name, told in one["tools"].items()}
    words = ", ".join(f"{name} ({told})" for name, told in sorted(tools.items()))
    return f"Compared with: {words}." if words else "Compared with nothing else."


def read_results(folder: Path) -> list[Stored]:
    """What is stored, in the order of the targets, the quick set after the full one."""
    stored = [json.loads(path.read_text()) for path in folder.glob("*.json")]
    return sorted(stored, key=lambda one: (_place(one["row"]), one["row"], one["scale"]))


def _place(row: str) -> int:
    return next(at for at, name in enumerate(_ORDER) if row.removeprefix(_LIMIT).startswith(name))


def make_tables(stored: list[Stored]) -> dict[str, str]:
    """The tables by the name of their marks."""
    limits = [one for one in stored if one["row"].startswith(_LIMIT)]
    return {
        "results": make_table([one for one in stored if one not in limits]),
        "limits": make_limits(limits),
    }


def put_into(document: str, tables: dict[str, str]) -> str:
    """The document with each table in its place."""
    for name, table in tables.items():
        marks = re.compile(_MARKS.format(name), re.DOTALL)
        document = marks.sub(lambda found, table=table: found[1] + table + found[2], document)
    return document


def main() -> None:
    """Print the tables, or put them into their places."""
    tables = make_tables(read_results(RESULTS))
    if sys.argv[1:] != ["--write"]:
        print(*tables.values(), sep="\n", end="")
        return
    _DOCUMENT.write_text(put_into(_DOCUMENT.read_text(), tables))


if __name__ == "__main__":
    main()
