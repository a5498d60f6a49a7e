"""The files of a force about its people, as several commands take them."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import click

from logan.cli.options import as_one_value, read_answers
from logan.errors import UsageError

if TYPE_CHECKING:
    from logan.package.reading import Package
    from logan.people.dates import DayOrder
    from logan.people.decisions import PeopleMatcher
    from logan.people.registers import PeopleRegisters
    from logan.rules.model import Rules

Function = TypeVar("Function", bound=Callable[..., Any])


def register_options(function: Function) -> Function:
    """The files beside the list of people."""
    for name, what in reversed(
        (
            ("--addresses", "Whose an address was, and when: for logs that name no user."),
            ("--authorisations", "The register of authorisations."),
            ("--events", "When a site was blocked, a policy began, staff were told."),
        )
    ):
        option = click.option(name, type=click.Path(path_type=Path), metavar="FILE", help=what)
        function = option(function)
    return function


class ListFiles(NamedTuple):
    """The list of people, which need not be given, and the files beside it."""

    people: Path | None
    addresses: Path | None
    authorisations: Path | None
    events: Path | None


#: As `lists`, `ListFiles`.
people_options: Final = as_one_value(
    "lists",
    ListFiles,
    (
        click.option(
            "--people",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Whose an account was, in which unit, from when until when (docs/people.md).",
        ),
        register_options,
    ),
)


def read_matcher(
    lists: ListFiles, *, zone: str, orders: Iterable[str], rules: "Rules"
) -> "PeopleMatcher | None":
    """The files of `people_options`, ready to be held against hits; None where none was given.

    Raises what `read_given_registers` raises, and UsageError where the list of people is missing.
    """
    if lists.people is None:
        if any(lists):
            raise UsageError(
                "--addresses, --authorisations and --events say nothing without the list of "
                "people: give --people too"
            )
        return None
    from logan.people.decisions import PeopleMatcher

    return PeopleMatcher(read_given_registers(*lists, zone=zone, orders=orders, rules=rules))


def read_lists_with_kept(
    package: "Package",
    people: Path | None,
    addresses: Path | None,
    authorisations: Path | None,
    events: Path | None,
    *,
    orders: Iterable[str],
    rules: "Rules",
) -> "PeopleRegisters":
    """The files that are given, and of the others what the package keeps.

    Raises what `read_given_registers` raises, and PackageError for a package that is altered.
    """
    from logan.package.kept_lists import complete_lists, read_kept_lists
    from logan.package.reading import trusting

    files, zone = (people, addresses, authorisations, events), package.zone
    given = read_given_registers(*files, zone=zone, orders=orders, rules=rules)
    with trusting(package):
        return complete_lists(given, read_kept_lists(package))


def read_given_registers(
    people: Path | None,
    addresses: Path | None,
    authorisations: Path | None,
    events: Path | None,
    *,
    zone: str,
    orders: Iterable[str],
    rules: "Rules",
) -> "PeopleRegisters":
    """Read the files that were given. Days are those of `zone`; `orders` are `--date-order` values.

    Raises ConfigurationError with every problem in them, and UsageError for an order that is none.
    """
    from logan.people.reading import ReadingTerms, RegisterPaths, read_registers

    decided: list[tuple[str, DayOrder]] = [
        (glob, "dmy" if order == "dmy" else "mdy") for glob, _, order in read_answers(orders, ())
    ]
    terms = ReadingTerms(zone, decided, rules.services_by_any_name)
    return read_registers(RegisterPaths(people, addresses, authorisations, events), terms)
