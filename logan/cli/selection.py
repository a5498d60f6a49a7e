"""What of a log is to be counted, as the command line says it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from logan.cli.options import as_one_value, read_moment
from logan.errors import UsageError

if TYPE_CHECKING:
    from logan.result import Selection
    from logan.rules.model import Rules
    from logan.tables.spans import Window


def window_length(window: str | None) -> "Window | None":
    if window is None:
        return None
    from logan.tables.spans import parse_window

    return parse_window(window)


class SelectionOptions(NamedTuple):
    """What is to be counted, as it was given."""

    since: str | None
    until: str | None
    services: tuple[str, ...]
    users: tuple[str, ...]


#: As `counted`, `SelectionOptions`.
selection_options: Final = as_one_value(
    "counted",
    SelectionOptions,
    (
        click.option("--since", metavar="DATE", help="Count from this local day or time on."),
        click.option(
            "--until", metavar="DATE", help="Count up to the end of this local day, or this time."
        ),
        click.option(
            "--service", "services", multiple=True, metavar="NAME", help="Count this service only."
        ),
        click.option(
            "--user", "users", multiple=True, metavar="NAME", help="Count this user only."
        ),
    ),
)


def read_selection(given: SelectionOptions, zone: str, rules: "Rules") -> "Selection":
    """What is to be counted. Raises UsageError for services no rule knows, and for nobodies."""
    from logan.records.accounts import canonical_user
    from logan.result import Selection

    known = rules.services_by_any_name if given.services else {}
    ids = tuple(dict.fromkeys(_service_id(service, known) for service in given.services))
    named = [canonical_user(user) for user in given.users]
    for user, name in zip(given.users, named, strict=True):
        if name is None:
            raise UsageError(
                f"--user {user}: that is nobody's name: addresses, `-` and the like are no users"
            )
    start = read_moment("--since", given.since, zone)
    stop = read_moment("--until", given.until, zone, end=True)
    if start and stop and start >= stop:
        raise UsageError(f"--since {given.since} is not before --until {given.until}")
    return Selection(since=start, until=stop, services=ids, users=tuple(filter(None, named)))


def _service_id(service: str, known: Mapping[str, str]) -> str:
    """The id of a service that is called by its id, its name or its domain."""
    found = known.get(service) or known.get(service.strip().lower())
    if found is None:
        from logan.config.shape import find_nearest_word

        near = find_nearest_word(service.lower(), known)
        others = "`logan rules list` has all, and --pack NAME adds those of another pack."
        advice = f"Did you mean `{near}`?" if near else others
        raise UsageError(f"--service {service}: no such service in the rules. {advice}")
    return found
