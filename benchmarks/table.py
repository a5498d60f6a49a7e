"""Makes the table of docs/performance.md out of the stored results.

`python benchmarks/table.py` prints it; with `--write` it goes into the document, between its marks.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

from measure import BUSY_PERCENT, HERE, RESULTS

_DOCUMENT = HERE.parent / "docs" / "performance.md"
_MARKS = re.compile(r"(<!-- results: begin[^>]*-->\n).*(<!-- results: end -->)", re.DOTALL)
#: Rows come in the order of the targets: by the first word of their name.
_ORDER = ("plain", "packed", "dense", "parse", "peers", "memory", "growth", "many", "startup")
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
    return next(at for at, name in enumerate(_ORDER) if row.startswith(name))


def main() -> None:
    """Print the table, or put it into its place."""
    table = make_table(read_results(RESULTS))
    if sys.argv[1:] != ["--write"]:
        print(table, end="")
        return
    text = _DOCUMENT.read_text()
    _DOCUMENT.write_text(_MARKS.sub(lambda marks: marks[1] + table + marks[2], text))


if __name__ == "__main__":
    main()
