"""Writes a log of any size: `python benchmarks/generate.py squid 1GB benchmarks/work/squid.log`."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from generator.shapes import SHAPES
from generator.traffic import Plan, make_requests
from measure import read_size

#: Requests made at a time: what memory allows and Polars likes.
_CHUNK = 200_000


def make_log(shape: str, plan: Plan) -> Iterator[bytes]:
    """The log in pieces of whole lines; the line that reaches `plan.size` is the last."""
    header, line = SHAPES[shape]
    left = plan.size - len(header)
    yield header.encode()
    first = 0
    while left > 0:
        requests = make_requests(plan, first, first + _CHUNK)
        text = requests.select(line()).to_series()
        data = text.str.join("").item().encode()
        if len(data) > left:
            data = data[: data.find(b"\n", left - 1) + 1]
        yield data
        left -= len(data)
        first += _CHUNK


def write_log(path: Path, shape: str, plan: Plan) -> Path:
    """Write a log unless the same one is there already: its plan stands in the name beside it."""
    note = path.with_name(f".{path.name}.plan")
    wanted = f"{shape} {plan}"
    if not (path.exists() and note.exists() and note.read_text() == wanted):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as out:
            out.writelines(make_log(shape, plan))
        note.write_text(wanted)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("size", type=read_size)
    parser.add_argument("path", type=Path)
    parser.add_argument("--users", type=int, default=Plan.users)
    parser.add_argument("--hit-every", type=int, default=Plan.hit_every, help="0: no hits")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    plan = Plan(given.size, users=given.users, hit_every=given.hit_every, seed=given.seed)
    print(write_log(given.path, given.shape, plan), file=sys.stderr)


if __name__ == "__main__":
    main()
