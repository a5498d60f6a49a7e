"""What of a log is to be counted, as the command line says it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from logan.cli.options import read_moment
from logan.errors import UsageError

if TYPE_CHECKING:
    from logan.result import Selection
    from logan.tables.spans import Window


def window_length(window: str | None) -> "Window | None":
    if window is None:
        return None
    from logan.tables.spans import parse_window

    return parse_window(window)


def read_selection(
    since: str | None,
    until: str | None,
    services: tuple[str, ...],
    users: tuple[str, ...],
    zone: str,
    known: Mapping[str, str],
) -> "Selection":
    """What is to be counted. Raises UsageError for services no rule knows, and for nobodies.

    `known` has the ids of services by what they may be called, in lower case.
    """
    from logan.records.accounts import canonical_user
    from logan.result import Selection

    ids = tuple(dict.fromkeys(_service_id(service, known) for service in services))
    named = [canonical_user(user) for user in users]
    for user, name in zip(users, named, strict=True):
        if name is None:
            raise UsageError(
                f"--user {user}: that is nobody's name: addresses, `-` and the like are no users"
            )
    start = read_moment("--since", since, zone)
    stop = read_moment("--until", until, zone, end=True)
    if start and stop and start >= stop:
        raise UsageError(f"--since {since} is not before --until {until}")
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
