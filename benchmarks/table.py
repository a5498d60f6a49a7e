"""Prints the stored results as the table of docs/performance.md."""

import json

from measure import RESULTS


def make_table() -> str:
    """One row a result, by name; `missed` where the target was not reached."""
    stored = sorted(RESULTS.glob("*.json"))
    if not stored:
        return "No results are stored yet.\n"
    rows = ["| Work | Result | Target | | Date, machine |", "| --- | --- | --- | --- | --- |"]
    for path in stored:
        one = json.loads(path.read_text())
        verdict = {True: "met", False: "missed", None: ""}[one["met"]]
        machine = one["machine"]
        where = f"{one['date']}, {machine['processor']}, {machine['cores']} cores"
        rows.append(
            f"| {one['what']} | {one['ratio']:g} {one['unit']} | {one['target']} | {verdict} "
            f"| {where} |"
        )
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    print(make_table(), end="")
