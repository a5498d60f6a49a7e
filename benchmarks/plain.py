"""Plain logs of several makes: a whole `logan scan` against ripgrep with the watched domains.

`python benchmarks/plain.py [--size 1GB] [--only squid,w3c]`. ripgrep only counts matching lines;
logan also accounts for every line, knows every hour, and makes the summary. Needs ripgrep
(`apt-get install ripgrep`).
"""

import argparse
import shutil
from pathlib import Path

from generate import read_size, write_log
from generator.traffic import Plan
from measure import LOGAN, WORK, Result, keep, medians, race, run, tool_version, warm

from logan.rules.packs import load_rules

#: Shape -> how many times faster than ripgrep the target asks for.
TARGETS = {"squid": 3.0, "w3c": 3.0, "zeek": 3.0, "paloalto": 3.0}


def write_domains() -> Path:
    """The watched domains, one on a line, as ripgrep takes them."""
    path = WORK / "domains.txt"
    names = {name for service in load_rules().services.values() for name in service.domains}
    path.write_text("".join(f"{name}\n" for name in sorted(names)))
    return path


def race_shape(shape: str, size: int, scale: str) -> Result:
    """One shape of log: both sides in turn, the ratio of the medians."""
    log = write_log(WORK / f"{shape}-{size}.log", shape, Plan(size))
    domains = write_domains()
    warm([log])
    runs = race(
        {
            "logan": lambda: run([*LOGAN, "scan", log, "--quiet"]),
            "rg": lambda: run(["rg", "-ciFf", domains, log]),
        }
    )
    sides = medians(runs)
    ratio = round(sides["rg"]["seconds"] / sides["logan"]["seconds"], 2)
    target = TARGETS[shape]
    return Result(
        row=f"plain-{shape}-{scale}",
        what=f"plain {shape} log of {size / 1e9:g} GB, 1 line in 50,000 a hit",
        target=f"at least {target:g} times faster",
        met=ratio >= target,
        ratio=ratio,
        unit="times as fast as rg -ciFf",
        sides=sides,
        note=tool_version("rg", "--version"),
        scale=scale,
    )


def main() -> None:
    """Race the shapes asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=read_size, default=10**9)
    parser.add_argument("--only", default=",".join(TARGETS))
    given = parser.parse_args()
    if shutil.which("rg") is None:
        raise SystemExit("needs ripgrep: apt-get install ripgrep")
    WORK.mkdir(exist_ok=True)
    scale = "full" if given.size > 10**9 else "quick"
    for shape in given.only.split(","):
        keep(race_shape(shape, given.size, scale))


if __name__ == "__main__":
    main()
