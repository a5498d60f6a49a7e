"""Plain logs of five makes: a whole `logan scan` against ripgrep with the watched domains.

ripgrep only counts matching lines; logan also accounts for every line, knows every hour, and makes
the summary. Before any time is taken, both must come to the same number of lines.
"""

from commands import LOGAN, output
from measure import (
    GB,
    Options,
    Result,
    a_log,
    domains,
    hits,
    name_size,
    need_equal,
    race,
    read_options,
)
from rows import Bound, raced_row
from tools import need, tool_version

#: Shape -> how many times as fast as ripgrep, in the quick set and in the full one.
TARGETS = {
    "squid": (3, 4),
    "w3c": (3, 3),
    "zeek": (3, 3),
    "zscaler": (3, 3),
    "paloalto": (3, 3),
}


def race_shape(shape: str, options: Options) -> Result:
    """One shape of log: both sides in turn."""
    count = ("rg", "-ciFf", domains())
    with a_log(shape, options.size, hit_every=options.hit_every) as log:
        need_equal("lines", {"logan": hits(log), "rg": int(output([*count, log]))})
        sides = {"logan": (*LOGAN, "scan", log, "--quiet"), "rg": (*count, log)}
        raced = race(sides, options.repeats)
    ratio, target = raced.ratio("rg", "logan"), TARGETS[shape][options.scale == "full"]
    return raced_row(
        raced,
        f"plain-{shape}",
        f"plain {shape}, {name_size(options.size)}, 1 line in {options.hit_every:,} a hit",
        Bound("at least", target),
        ratio,
        "times as fast as `rg -ciFf`",
        tools={"rg": tool_version("rg", "--version")},
    )


if __name__ == "__main__":
    given = read_options(__doc__, quick=GB, full=4 * GB, only=TARGETS)
    need({"rg": "ripgrep"})
    for shape_ in given.only:
        given.keep(race_shape(shape_, given))
