"""How time grows with input: the exponent of size, by least squares over the logarithms.

Told twice: of the whole time, which start-up flattens, and of the time less that of a scan of next
to nothing. The second is the honest one, and is held to the target, in the full set: what is left
of the short scans of the quick one is about as long as start-up varies.
"""

import numpy as np
from commands import LOGAN
from measure import GB, REPEATS, Options, Race, Result, a_log, hits, name_size, race, read_options

_TARGET = 1.02


def sizes(largest: int, smallest: int) -> list[int]:
    """Doubling from the smallest to the largest."""
    steps = int(np.log2(largest / smallest) + 0.5)
    return [smallest << step for step in range(steps + 1)]


def exponent(amounts: list[int], seconds: list[float]) -> float:
    """The slope of the line through the logarithms. Weighed by time: start-up varies by the same
    seconds in a long run as in a short one, so a long run tells more."""
    slope, _ = np.polyfit(np.log(amounts), np.log(seconds), 1, w=seconds)
    return round(float(slope), 3)


def time_scan(size: int, options: Options) -> Race:
    """A scan of a log of this size, some times."""
    with a_log("squid", size, hit_every=options.hit_every) as log:
        hits(log)
        return race({name_size(size): (*LOGAN, "scan", log, "--quiet")}, options.repeats)


def grow(options: Options) -> Result:
    """All sizes, one after the other."""
    smallest = max(options.size // 64 if options.scale == "full" else options.size // 8, 10_000)
    wanted = sizes(options.size, smallest)
    start = time_scan(10_000, options)
    races = [time_scan(size, options) for size in wanted]
    seconds = [one.seconds(name_size(size)) for one, size in zip(races, wanted, strict=True)]
    start_up = start.seconds(name_size(10_000))
    whole = exponent(wanted, seconds)
    net = exponent(wanted, [max(one - start_up, 0.001) for one in seconds])
    others = [one.others for one in (start, *races) if one.others is not None]
    return Result(
        row="growth",
        what=f"growth of time from {name_size(smallest)} to {name_size(options.size)}, start-up "
        "taken off",
        target=f"at most {_TARGET}",
        met=net <= _TARGET if options.scale == "full" else None,
        ratio=net,
        unit="is the exponent",
        sides={name: side for one in (start, *races) for name, side in one.sides.items()},
        others=max(others, default=None),
        note=f"with start-up, the exponent is {whole}",
    )


if __name__ == "__main__":
    given = read_options(__doc__, quick=GB, full=16 * GB, repeats=(3, REPEATS))
    given.keep(grow(given))
