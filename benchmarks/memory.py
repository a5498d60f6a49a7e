"""The most memory a scan takes, over sizes of input, numbers of users, and numbers of hits; and
that of a package of many findings of one kind.

Peaks hardly vary, so each is taken once; the growth with input is between the smallest log and the
largest one.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

from commands import LOGAN, WORK, Run, run
from measure import GB, Options, Result, a_log, medians, name_size, read_options

_LIMIT_MB, _GROWTH = 250, 5
#: Bytes of a line that is a hit, roughly.
_HIT = 130
_USERS = {"quick": (10, 100_000), "full": (10, 1_000, 100_000, 1_000_000), "trial": (10, 1_000)}
#: Findings of a package.
_PACKAGED = {"quick": 1_000_000, "full": 1_000_000, "trial": 10_000}
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


def _tunnel(line: str, code: str) -> str:
    """The line of the tunnel that a request went through."""
    words = line.split()
    host = words[6].removeprefix("https://").split("/")[0].removesuffix(":443")
    return " ".join((*words[:3], code, words[4], "CONNECT", f"{host}:443", *words[7:9], "-\n"))


#: Findings -> how a line that is a hit is made into some.
_FINDINGS: dict[str, Callable[[str], str]] = {
    "hits": lambda line: line,
    "tunnels": lambda line: _tunnel(line, "TCP_TUNNEL/200"),
    "set-ups": lambda line: line if "CONNECT" in line else _tunnel(line, "NONE_NONE/200") + line,
    "mentions": lambda line: line.replace(line.split()[6], "https://a.example/?q=pimeyes.com"),
}


def packaged(name: str, findings: int) -> Run:
    """A scan that makes a package of a log in which every line is a finding of a kind."""
    log, out = WORK / f"packaged-{name}.log", WORK / "packaged"
    with a_log("squid", findings * _HIT, users=10_000, hit_every=1) as hits:
        _make(hits, log, _FINDINGS[name], findings)
    try:
        return run((*LOGAN, "scan", log, "--quiet", "--export", out))
    finally:
        log.unlink()
        shutil.rmtree(out, ignore_errors=True)


def _make(hits: Path, log: Path, made: Callable[[str], str], findings: int) -> None:
    written = 0
    with hits.open() as lines, log.open("w") as out:
        for line in lines:
            if written >= findings:
                break
            text = made(line)
            out.write(text)
            written += text.count("\n")


def over_packages(options: Options) -> Result:
    """Packages of as many findings, of each kind."""
    number = _PACKAGED[options.scale]
    runs = {name: [packaged(name, number)] for name in _FINDINGS}
    return most("packages", f"packages of {number:,} findings of one kind", runs)


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
    given = read_options(
        __doc__, quick=GB, full=16 * GB, only=("sizes", "hits", "users", "packages")
    )
    if "sizes" in given.only:
        for result in over_sizes(given):
            given.keep(result)
    if "hits" in given.only:
        given.keep(over_hits(given))
    if "users" in given.only:
        given.keep(over_users(given))
    if "packages" in given.only:
        given.keep(over_packages(given))
