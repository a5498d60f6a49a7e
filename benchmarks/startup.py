"""What one waits for before anything is read: `--version`, `--help`, and a scan of 10 kB."""

import sys

from commands import LOGAN
from measure import Options, Race, Result, a_log, hits, race, read_options
from rows import Bound, raced_row

_CLICK = (sys.executable, "-c", "import click")
_TARGETS = {"words": 1.5, "scan": 0.6}


def race_words(option: str, options: Options) -> Result:
    """An option that only prints, against importing click."""
    raced = race({"logan": (*LOGAN, option), "click": _CLICK}, options.repeats)
    return raced_row(
        raced,
        f"startup{option}",
        f"`logan {option}`",
        Bound("at most", _TARGETS["words"]),
        raced.ratio("logan", "click"),
        'times the time of `python -c "import click"`',
    )


def time_scan(options: Options) -> Result:
    """A scan of next to nothing."""
    with a_log("squid", 10_000, hit_every=50) as log:
        hits(log)
        raced: Race = race({"logan": (*LOGAN, "scan", log, "--quiet")}, options.repeats)
    what, bound = "`logan scan` of a Squid log of 10 kB", Bound("under", _TARGETS["scan"], "s")
    return raced_row(raced, "startup-scan", what, bound, raced.seconds("logan"), "s")


if __name__ == "__main__":
    given = read_options(__doc__, repeats=(15, 15))
    for option_ in ("--version", "--help"):
        given.keep(race_words(option_, given))
    given.keep(time_scan(given))
