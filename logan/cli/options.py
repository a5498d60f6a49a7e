"""Values that several commands take, read and checked. Light: imports nothing heavy at the top."""

import gc
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar, cast

import click

from logan.errors import UsageError

if TYPE_CHECKING:
    from logan.formats.engine.format import Format

Function = TypeVar("Function", bound=Callable[..., Any])
#: What adds an option to a command.
Option = Callable[[Any], Any]

#: Containers that are made, less those that are gone, between two looks for garbage. As often as
#: Python does, a look at all that is known of ten thousand sources takes a twentieth of their scan.
_GARBAGE_LOOKS: Final = 20_000

DATE_ORDER: Final = click.option(
    "--date-order",
    "orders",
    multiple=True,
    metavar="[GLOB=]ORDER",
    help="dmy or mdy, for dates such as 05/03/2024 that a file does not decide. May be repeated.",
)


def rules_option(use: str) -> Callable[[Function], Function]:
    """`--rules`, as `rule_paths`: which rules, and for what, in the words of `use`."""
    return click.option(
        "--rules",
        "rule_paths",
        multiple=True,
        type=click.Path(path_type=Path),
        metavar="FILE_OR_DIR",
        help=f"{use} May be repeated.",
    )


def pack_option(use: str) -> Callable[[Function], Function]:
    """`--pack`, as `packs`: bundled packs beside those rules, in the words of `use`."""
    return click.option(
        "--pack", "packs", multiple=True, metavar="NAME", help=f"{use} May be repeated."
    )


class ReadingOptions(NamedTuple):
    """The values of `reading_options`, as they were given.

    A named tuple, for a data class takes a millisecond of every start to be made.
    """

    exclude: tuple[str, ...]
    zones: tuple[str, ...]
    orders: tuple[str, ...]
    years: tuple[str, ...]
    squid_logformat: str | None
    format_name: str | None
    mapping_files: tuple[Path, ...]

    def answers(self) -> tuple[tuple[str, str, str], ...]:
        """The dates that were said of sources, as `read_answers` has them. Raises UsageError."""
        return read_answers(self.orders, self.years)

    def formats(self) -> "Sequence[Format]":
        """The formats that may be used. Raises UsageError, and ConfigurationError for the faults
        of mapping files."""
        from logan.formats.choice import chosen_formats  # all formats: not for who only asks

        return chosen_formats(self.format_name, self.squid_logformat, self.mapping_files)


def as_one_value(name: str, kind: Any, options: Iterable[Option]) -> Option:
    """Options that a command gets as one value `name`: a named tuple of a `kind`, with a field for
    each of them. `--help` lists them in their order here."""

    def decorate(function: Function) -> Function:
        @wraps(function)
        def command(**given: Any) -> Any:
            value = kind(**{field: given.pop(field) for field in kind._fields})
            return function(**given, **{name: value})

        for option in reversed((*options,)):
            command = option(command)
        return cast("Function", command)

    return decorate


#: Which inputs are to be read, and how: format and clock; as `reading`, a `ReadingOptions`.
reading_options: Final = as_one_value(
    "reading",
    ReadingOptions,
    (
        click.option(
            "--format",
            "format_name",
            metavar="NAME",
            help="Read every input as this format (see `logan formats`) instead of detecting it.",
        ),
        click.option(
            "--format-file",
            "mapping_files",
            multiple=True,
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="A mapping file: a log that logan does not know, described in YAML "
            "(`logan formats draft` proposes one). May be repeated.",
        ),
        click.option(
            "--squid-logformat",
            metavar="STRING",
            help="A Squid `logformat` as it stands in squid.conf.",
        ),
        click.option(
            "--year",
            "years",
            multiple=True,
            metavar="[GLOB=]YEAR",
            help="Year of the first line of sources whose stamps carry none. May be repeated.",
        ),
        DATE_ORDER,
        click.option(
            "--tz",
            "zones",
            multiple=True,
            metavar="[GLOB=]ZONE",
            help="Zone of stamps that carry none, and of local days: Europe/London, +01:00. "
            "With GLOB=, for the sources of that name only. May be repeated.  [default: UTC]",
        ),
        click.option(
            "--exclude",
            multiple=True,
            metavar="GLOB",
            help="Leave out files and folders of this name, such as 'cache.log*' or '*/backup'. "
            "A limit of the result says how many. May be repeated.",
        ),
    ),
)


def read_zones(values: Iterable[str]) -> tuple[tuple[tuple[str, str], ...], str]:
    """`--tz` values as (glob, zone) pairs, and the zone of local days. Raises UsageError.

    A value without a glob is for all sources, and the zone of local days; the rest go before it.
    """
    values = tuple(values)
    if not values:
        return (), "UTC"
    from logan.runtime.zones import require_zone  # it asks Polars

    pairs: list[tuple[str, str]] = []
    everywhere: list[str] = []
    for value in values:
        glob, _, zone = value.rpartition("=")
        require_zone(zone)
        if glob:
            pairs.append((glob, zone))
        else:
            everywhere.append(zone)
    if len(everywhere) > 1:
        raise UsageError(f"--tz is given for all sources twice: {' and '.join(everywhere)}")
    pairs += [("*", zone) for zone in everywhere]
    return tuple(pairs), everywhere[0] if everywhere else "UTC"


def read_answers(orders: Iterable[str], years: Iterable[str]) -> tuple[tuple[str, str, str], ...]:
    """`--date-order` and `--year` values as (glob, question, answer). Raises UsageError."""
    from logan.formats.engine.dates import ORDER, YEAR

    found: list[tuple[str, str, str]] = []
    for option, question, values, known in (
        ("--date-order", ORDER, orders, "dmy|mdy"),
        ("--year", YEAR, years, "[12][0-9]{3}"),
    ):
        for value in values:
            glob, _, answer = value.rpartition("=")
            if not re.fullmatch(known, answer):
                wanted = "dmy or mdy" if question == ORDER else "a year such as 2024"
                raise UsageError(f"{option} {value}: {answer!r} is not {wanted}")
            found.append((glob or "*", question, answer))
    return tuple(sorted(found, key=lambda one: one[0] == "*"))


def begin_to_work() -> None:
    """Look for garbage from now on, but not among what was loaded so far (see `logan.cli.main`).

    And remove what a killed run left behind: findings of people are not to lie there till one day
    another run needs the disk.
    """
    from logan.runtime.private_folder import clear_abandoned

    clear_abandoned()
    gc.freeze()
    gc.set_threshold(_GARBAGE_LOOKS)
    gc.enable()


def abandon_stdout() -> None:
    """Write no more, and complain no more at exit: the reader went away (`| head`)."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def read_moment(option: str, text: str | None, zone: str, *, end: bool = False) -> datetime | None:
    """A date, or a date and time, in the zone of local days, as UTC.

    With `end`, a bare date means up to the end of that day. Raises UsageError.
    """
    from logan.runtime.zones import zone_info

    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{option} {text}: not a date. Write 2024-01-31 or 2024-01-31T17:30"
        ) from error
    if end and re.fullmatch(r"\d{4}-?\d{2}-?\d{2}", text):
        moment = datetime.combine(moment.date() + timedelta(days=1), time())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone_info(zone))
    return moment.astimezone(UTC)
