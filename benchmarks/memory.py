"""The most memory a scan takes, over sizes of input, numbers of users, and numbers of hits.

Peaks hardly vary, so each is taken once; the growth with input is between the smallest log and the
largest one.
"""

from measure import GB, LOGAN, Options, Result, Run, a_log, medians, name_size, read_options, run

_LIMIT_MB, _GROWTH = 250, 5
#: Bytes of a line that is a hit, roughly.
_HIT = 130
_USERS = {"quick": (10, 100_000), "full": (10, 1_000, 100_000, 1_000_000), "trial": (10, 1_000)}
_HITS = {
    "quick": (0, 100_000, 1_000_000),
    "full": (0, 10_000, 100_000, 1_000_000, 10_000_000),
    "trial": (0, 10_000),
}


def peak(size: int, users: int, hit_every: int) -> Run:
    """One scan."""
    with a_log("squid", size, users=users, hit_every=hit_every) as log:
        return run((*LOGAN, "scan", log, "--quiet"))


def over_sizes(options: Options) -> list[Result]:
    """The peak of every size, and how it grows."""
    smallest = options.size // (160 if options.scale == "full" else 10)
    wanted = sorted({smallest, options.size // 4, options.size})
    runs = {name_size(size): [peak(size, 5_000, options.hit_every)] for size in wanted}
    first, last = runs[name_size(smallest)][0].peak_mb, runs[name_size(options.size)][0].peak_mb
    growth = round(100 * (last / first - 1), 1)
    return [
        Result(
            row="memory-growth",
            what=f"growth of peak memory from {name_size(smallest)} to {name_size(options.size)}",
            target=f"under {_GROWTH} %",
            met=growth < _GROWTH,
            ratio=growth,
            unit="%",
            sides=medians(runs),
            others=None,
        ),
        most("sizes", f"input up to {name_size(options.size)}", runs),
    ]


def over_hits(options: Options) -> Result:
    """Logs in which every line is a hit, of 10,000 users; the first has none."""
    runs = {
        f"{number:,} hits": [peak(max(number, 10_000) * _HIT, 10_000, 1 if number else 0)]
        for number in _HITS[options.scale]
    }
    return most("hits", f"up to {max(_HITS[options.scale]):,} hits", runs)


def over_users(options: Options) -> Result:
    """The same log with few users and many; as many hits as the most users, if not a trial."""
    counts = _USERS[options.scale]
    runs = {f"{number:,} users": [peak(max(counts) * _HIT, number, 1)] for number in counts}
    return most("users", f"up to {max(counts):,} users, as many hits", runs)


def most(name: str, what: str, runs: dict[str, list[Run]]) -> Result:
    """The highest of the peaks."""
    highest = round(max(one.peak_mb for side in runs.values() for one in side))
    return Result(
        row=f"memory-{name}",
        what=f"peak memory, {what}",
        target=f"under {_LIMIT_MB} MB",
        met=highest < _LIMIT_MB,
        ratio=highest,
        unit="MB",
        sides=medians(runs),
        others=None,
        note=", ".join(f"{name} {one.peak_mb:.0f}" for name, (one,) in runs.items()),
    )


if __name__ == "__main__":
    given = read_options(__doc__, quick=GB, full=16 * GB, only=("sizes", "hits", "users"))
    if "sizes" in given.only:
        for result in over_sizes(given):
            given.keep(result)
    if "hits" in given.only:
        given.keep(over_hits(given))
    if "users" in given.only:
        given.keep(over_users(given))
