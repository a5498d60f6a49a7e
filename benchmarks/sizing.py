"""How many machines, and how long: computed from stored results, for docs/cluster.md.

`python benchmarks/sizing.py` prints the table; with `--write` it goes into the document, between
its marks. What is measured is what a processor reads in a second, how much of that is left where
workers read, and what putting together costs; all else is multiplied out, and the table says so.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple

from measure import BUSY_PERCENT, GB, RESULTS

_DOCUMENT = Path(__file__).parents[1] / "docs" / "cluster.md"
_MARKS = re.compile(r"(<!-- sizing: begin[^>]*-->\n).*(<!-- sizing: end -->)", re.DOTALL)
_TB = 10**12
#: (name, stored bytes): a force's year, an inspectorate's, a nation's cold storage.
AMOUNTS = (("5 TB", 5 * _TB), ("215 TB", 215 * _TB), ("5 PB", 5_000 * _TB))
#: Workers of eight threads: machines of eight cores.
MACHINES = (1, 3, 10, 50, 200)
THREADS = 8
#: Bytes of a line, and lines to one that names a service, of the generated logs.
_LINE, _HIT_EVERY = 190, 50_000
#: What text takes where it is packed: eight times less, as proxies' logs do.
_PACKED = 8
_HOUR = 3600


class Rates(NamedTuple):
    """What was measured: bytes of text in a second by one processor, of plain and of packed logs;
    how many times as fast workers are, and whether others kept the machine busy meanwhile; and
    seconds to put a million findings together."""

    plain: float
    packed: float
    workers: float
    merging: float
    busy: bool = False


def read_rates(folder: Path) -> Rates:
    """The figures out of stored results. A full set counts before a quick one."""
    plain, packed, workers, merging = (
        _stored(folder, row)
        for row in ("plain-squid", "packed-four-gz", "cluster-workers", "cluster-merging")
    )
    ratios = (float(workers["ratio"]), float(merging["ratio"]))
    busy = (workers["others"] or 0) > BUSY_PERCENT
    return Rates(_rate(plain, files=1), _rate(packed, files=4), *ratios, busy)


def _rate(stored: dict[str, Any], *, files: int) -> float:
    """Bytes of text in a second by one processor, of so many files of the size that is named."""
    seconds = float(stored["sides"]["logan"]["seconds"]) * int(stored["machine"]["cores"])
    return files * _size(stored["what"]) / seconds


def _stored(folder: Path, row: str) -> dict[str, Any]:
    for scale in ("full", "quick"):
        path = folder / f"{row}-{scale}.json"
        if path.exists():
            found: dict[str, Any] = json.loads(path.read_text())
            return found
    raise SystemExit(f"no result of {row} is stored: run `python benchmarks/cluster.py`")


def _size(what: str) -> float:
    """The size that the words of a result name."""
    found = re.search(r"([0-9.]+) (MB|GB)", what)
    if found is None:
        raise SystemExit(f"{what}: names no size")
    return float(found[1]) * (GB if found[2] == "GB" else GB / 1_000)


def make_sizing(rates: Rates) -> str:
    """The figures, and the table made of them."""
    head = "| stored | as | lines | " + " | ".join(map(_name_machines, MACHINES)) + " | merging |"
    rule = "| --- | --- | --- " + "| --- " * len(MACHINES) + "| --- |"
    rows = [
        _row(name, kind, size * unpacked, rate * rates.workers, rates.merging)
        for name, size in AMOUNTS
        for kind, unpacked, rate in (
            ("plain", 1, rates.plain),
            ("gzip", _PACKED, rates.packed),
        )
    ]
    return "\n".join([*_say(rates), "", head, rule, *rows]) + "\n"


def _say(rates: Rates) -> list[str]:
    """Which figures were measured, and what the others take for granted."""
    busy = " (taken while others kept the machine busy)" if rates.busy else ""
    return [
        f"Measured: {rates.plain / GB:.2f} GB of plain text a second by one processor, and",
        f"{rates.packed / GB:.2f} GB of text out of gzip; {rates.workers:g} times as much where a",
        f"worker reads{busy};",
        f"{rates.merging:.2f} s to put a million findings together. Extrapolated:",
        "all of the table. It takes it that storage and network deliver what threads can read,",
        f"that text is packed {_PACKED} to 1, that a line has {_LINE} bytes, and that one in",
        f"{_HIT_EVERY:,} names a service.",
    ]


def _name_machines(machines: int) -> str:
    return f"{machines} x {THREADS} threads"


def _row(name: str, kind: str, text: float, rate: float, merging: float) -> str:
    hours = [_name_time(text / rate / THREADS / machines) for machines in MACHINES]
    lines = text / _LINE
    cost = _name_time(lines / _HIT_EVERY / 1e6 * merging)
    return f"| {name} | {kind} | {_name_count(lines)} | " + " | ".join(hours) + f" | {cost} |"


def _name_time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    if seconds < 72 * _HOUR:
        return f"{seconds / _HOUR:.1f} h"
    return f"{seconds / 24 / _HOUR:.0f} days"


def _name_count(count: float) -> str:
    for word, size in (("trillion", 1e12), ("billion", 1e9)):
        if count >= size:
            return f"{count / size:.3g} {word}"
    return f"{count:,.0f}"


def put_into(document: str, sizing: str) -> str:
    """The document with the figures in their place."""
    return _MARKS.sub(lambda found: found[1] + sizing + found[2], document)


def main() -> None:
    """Print the figures, or put them into their place."""
    sizing = make_sizing(read_rates(RESULTS))
    if sys.argv[1:] != ["--write"]:
        print(sizing, end="")
        return
    _DOCUMENT.write_text(put_into(_DOCUMENT.read_text(), sizing))


if __name__ == "__main__":
    main()
