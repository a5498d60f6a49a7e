r"""Ordinary bytes that could make a scan slow: processor time of logs with them, over a plain one.

Each trait stands in every line of a log, or in one of a hundred: an apostrophe of news sites,
`FORCE\u12345`, hyphens in JSON ... All logs are made out of one, of the same lines, and scanned in
one run; ratios are of seconds for each byte, start-up taken off.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from measure import (
    GB,
    LOGAN,
    WORK,
    Options,
    Race,
    Result,
    a_log,
    name_size,
    race,
    read_options,
    summary,
)

Trait = Callable[[str], str]
_WIDE = 0xFEE0


def _behind(text: str) -> Trait:
    """Put text behind the address of a line."""
    return lambda line: line.replace(" user", f"/{text} user", 1)


def _user(name: str) -> Trait:
    """Put a domain before the user of a line, and what else stands there."""
    return lambda line: line.replace(" user", f" {name}", 1)


def _written(letters: str, way: Callable[[int], str]) -> Trait:
    return _behind("".join(way(ord(letter)) for letter in letters))


def _percent(code: int) -> str:
    return "".join(f"%{byte:02X}" for byte in chr(code).encode())


#: What stands in a line. Words are of ordinary pages.
TRAITS: dict[str, Trait] = {
    "percent-apostrophe": _behind("officer%E2%80%99s-view"),
    "percent-hyphen": _behind("one%2dtwo%2Dthree"),
    "percent-dot": _behind("page%2eone%2ehtml"),
    "percent-twice": _behind("a%252Fb%252Fc"),
    "percent-five-times": _behind("a%2525252525b"),
    "percent-slash-and-hash": _behind("a%5Cb%26c%23d"),
    "percent-entity": _behind("it%26%2339%3Bs"),
    "percent-letters": _written("weather-report", _percent),
    "percent-wide-letters": _written("weather", lambda code: _percent(code + _WIDE)),
    "percent-wide-signs": _behind("%EF%BC%88tokyo%EF%BC%89"),
    "wide-letters": _written("weather", lambda code: chr(code + _WIDE)),
    "foreign-text": _behind("日本の天気。東京…"),
    "ordinals": _behind("n%C2%BA5-1%C2%AA"),
    "emoji": _behind("❤\ufe0f"),
    "soft-hyphens": _behind("wetter\u00adbericht"),
    "u-letters": _written("weather", lambda code: rf"\u{code:04x}"),
    "u-hyphens": _behind(r"one\u002dtwo\u002dthree"),
    "x-quotes": _behind(r"\x22a\x22"),
    "x-hyphens": _behind(r"one\x2dtwo\x2dthree"),
    "entities": _behind("a&amp;b=it&#39;s&#x27;"),
    "entity-letters": _written("weather", lambda code: f"&#{code};"),
    "user-u": _user(r"FORCE\u1234"),
    "user-u2": _user(r"FORCE\u2134"),
    "user-x": _user(r"FORCE\x1234"),
    "user-octal": _user(r"FORCE\0421"),
    "near-name": _behind("pimeyes"),
    "blank": lambda _line: "",
    "spaces": lambda line: " " * len(line),
}
#: Lines to one with the trait -> how many times the time of the plain log at most.
TARGETS = {1: 3.0, 100: 1.2}


def make(plain: Path, name: str, every: int) -> Path:
    """A log with a trait in each of so many lines."""
    log = WORK / f"slow-{name}-{every}-{plain.name}"
    trait = TRAITS[name]
    with plain.open() as lines, log.open("w", newline="\n") as out:
        out.writelines(_with_trait(lines, trait, every))
    return log


def _with_trait(lines: Iterable[str], trait: Trait, every: int) -> Iterable[str]:
    # Never in the first: a log of blank lines only is none.
    return (
        trait(line[:-1]) + "\n" if number and number % every == 0 else line
        for number, line in enumerate(lines)
    )


def time_trait(plain: Path, name: str, every: int, options: Options) -> Result:
    """A log with the trait and the plain one, in turn."""
    with a_log("squid", 10_000, hit_every=0) as least:
        log = make(plain, name, every)
        try:
            summary(log)
            logs = {"start": least, "plain": plain, name: log}
            sides = {side: (*LOGAN, "scan", path, "--quiet") for side, path in logs.items()}
            raced = race(sides, options.repeats)
            sizes = {side: path.stat().st_size for side, path in logs.items()}
        finally:
            log.unlink()
    ratio = round(spent(raced, name, sizes) / spent(raced, "plain", sizes), 2)
    rows = "every line" if every == 1 else f"one line of {every}"
    return Result(
        row=f"slow-bytes-{name}-{every}",
        what=f"{name} in {rows}, {name_size(options.size)}",
        target=f"at most {TARGETS[every]:g} times",
        met=ratio <= TARGETS[every],
        ratio=ratio,
        unit="times the processor time of the plain log",
        sides=raced.sides,
        others=raced.others,
        note=", ".join(f"{side} {raced.sides[side]['cpu']} s" for side in raced.sides),
    )


def spent(raced: Race, side: str, sizes: dict[str, int]) -> float:
    """Seconds of processor time for a byte, start-up taken off."""
    above_start = raced.processor_seconds(side) - raced.processor_seconds("start")
    return max(above_start, 0.001) / sizes[side]


if __name__ == "__main__":
    given = read_options(__doc__, quick=GB, full=4 * GB, repeats=(3, 3), only=TRAITS)
    with a_log("squid", given.size, hit_every=0) as plain_log:
        for wanted in given.only:
            for every_ in TARGETS:
                given.keep(time_trait(plain_log, wanted, every_, given))
