r"""Ordinary bytes that could make a scan slow: processor time of logs with them, over a plain one.

Each trait stands in every line of a log, or in one of a hundred: an apostrophe of news sites,
`FORCE\u12345`, hyphens in JSON ... All logs are made out of the same lines and scanned in one run,
in turn; ratios are of seconds for each byte, the least of all runs, start-up taken off. All rows at
once, with the ones that miss their goal named at the end:

    python benchmarks/slow_bytes.py
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from commands import LOGAN, WORK
from measure import (
    GB,
    MB,
    Options,
    Race,
    Result,
    a_log,
    name_size,
    need_room,
    race,
    read_options,
    summary,
    warm,
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
    "u-apostrophe": _behind(r"officer\u2019s-view"),
    "u-hyphens": _behind(r"one\u002dtwo\u002dthree"),
    "x-quotes": _behind(r"\x22a\x22"),
    "x-hyphens": _behind(r"one\x2dtwo\x2dthree"),
    "entities": _behind("a&amp;b=it&#39;s&#x27;"),
    "entity-letters": _written("weather", lambda code: f"&#{code};"),
    "user-u": _user(r"FORCE\u1234"),
    "user-u2": _user(r"FORCE\u2134"),
    "user-x": _user(r"FORCE\x1234"),
    "user-octal": _user(r"FORCE\0421"),
    "backslashes": _behind(r"C:\temp\new\users\0\file"),
    "quoted-printable": _behind("a=3Db=2Ec=E2=80=99s"),
    "base64": _behind("aHR0cHM6Ly93d3cuZXhhbXBsZS5jb20vbmV3cy9hcnRpY2xlcw=="),
    "punycode": _behind("xn--bcher-kva.example/b"),
    "near-name": _behind("pimeyes"),
    "blank": lambda _line: "",
    "spaces": lambda line: " " * len(line),
    "runs-of-spaces": lambda line: line.replace(" ", " " * 30),
}
#: Lines to one with the trait -> how many times the time of the plain log at most.
TARGETS = {1: 3.0, 100: 1.2}
#: So much of a log is made by Python, and then repeated.
_PIECE = 50 * MB


@contextmanager
def repeated(lines: Path, name: str, size: int, trait: Trait, every: int) -> Iterator[Path]:
    """A log of about so many bytes with a trait in each of so many lines, while it is used."""
    need_room(2 * size)
    log = WORK / f"slow-{name}-{every}-{size}.log"
    try:
        _write(log, lines, trait, every, size)
        warm([log])
        yield log
    finally:
        log.unlink(missing_ok=True)


def _write(log: Path, lines: Path, trait: Trait, every: int, size: int) -> None:
    # Nothing of it is held afterwards: it would count as memory of what is started then.
    with lines.open() as plain, log.open("wb") as out:
        # The first line stays as it is: a log of blank lines only is none.
        out.write(next(plain).encode())
        piece = "".join(_with_trait(plain, trait, every)).encode()
        for _ in range(max(1, round(size / len(piece)))):
            out.write(piece)


def _with_trait(lines: Iterable[str], trait: Trait, every: int) -> Iterable[str]:
    return (
        trait(line[:-1]) + "\n" if number % every == 0 else line
        for number, line in enumerate(lines)
    )


def time_trait(lines: Path, plain: Path, name: str, options: Options) -> list[Result]:
    """Logs with the trait in every line and in a few, and the plain one, in turn."""
    with (
        a_log("squid", 10_000, hit_every=0) as least,
        repeated(lines, name, options.size, TRAITS[name], 1) as all_lines,
        repeated(lines, name, options.size, TRAITS[name], 100) as few_lines,
    ):
        logs = {"start": least, "plain": plain, "1": all_lines, "100": few_lines}
        sides = {side: (*LOGAN, "scan", path, "--quiet") for side, path in logs.items()}
        raced = race(sides, options.repeats)
        sizes = {side: path.stat().st_size for side, path in logs.items()}
    return [_result(name, every, raced, sizes, options) for every in TARGETS]


def _result(name: str, every: int, raced: Race, sizes: dict[str, int], options: Options) -> Result:
    side = str(every)
    ratio = round(spent(raced, side, sizes) / spent(raced, "plain", sizes), 2)
    rows = "every line" if every == 1 else f"one line of {every}"
    took = {one: raced.sides[one] for one in ("start", "plain", side)}
    return Result(
        row=f"slow-bytes-{name}-{every}",
        what=f"{name} in {rows}, {name_size(options.size)}",
        target=f"at most {TARGETS[every]:g} times",
        met=ratio <= TARGETS[every],
        ratio=ratio,
        unit="times the processor time of the plain log",
        sides=took,
        others=raced.others,
        note=", ".join(f"{one} {raced.least_processor_seconds(one)} s" for one in took),
    )


def spent(raced: Race, side: str, sizes: dict[str, int]) -> float:
    """Seconds of processor time for a byte, start-up taken off."""
    above_start = raced.least_processor_seconds(side) - raced.least_processor_seconds("start")
    return max(above_start, 0.001) / sizes[side]


def main() -> None:
    """Time what is wanted, keep each result, and say at the end what missed its goal."""
    options = read_options(__doc__ or "", quick=GB, full=4 * GB, repeats=(3, 3), only=TRAITS)
    results = []
    with (
        a_log("squid", min(_PIECE, options.size), hit_every=0) as lines,
        repeated(lines, "plain", options.size, str, 1) as plain,
    ):
        summary(plain)
        for name in options.only:
            for result in time_trait(lines, plain, name, options):
                options.keep(result)
                results.append(result)
    missed = [f"  {one.what}: {one.ratio:g} ({one.target})" for one in results if not one.met]
    print(f"{len(results) - len(missed)} of {len(results)} goals met", *missed, sep="\n")


if __name__ == "__main__":
    main()
