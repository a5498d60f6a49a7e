"""The words logan uses for its own ideas, each spelled in this one place.

Plain tuples and nothing imported but the standard library, so that every module (the command line
and the rules included) can use them without loading the table engine. Column names live in
`logan.schema`.
"""

from datetime import date
from typing import Final, Literal, NamedTuple, get_args

Bin = Literal["hit", "mention", "cleared", "rejected", "repeat", "unrelated", "blank", "directive"]
#: Every physical line ends in exactly one bin; the bins of a source sum to its lines.
BINS: Final[tuple[Bin, ...]] = get_args(Bin)

RepeatReason = Literal[
    "log_on_challenge", "no_request", "tunnel_set_up", "answer_or_remark", "other_gateway"
]
#: Why a line is no hit of its own: it asked for a log-on, or is no request at all; it set up a
#: tunnel whose end or requests have lines; it says more about a request that has a line; another
#: gateway, sensor or name server logged the same request.
REPEAT_REASONS: Final[tuple[RepeatReason, ...]] = get_args(RepeatReason)

#: Kinds of archives; the files in them are sources of their own.
ARCHIVES: Final = ("tar", "zip")

Action = Literal["allowed", "blocked", "auth", "unknown"]
#: What the gateway did. `auth` is a challenge or redirect to a log-on page: never a hit.
ACTIONS: Final[tuple[Action, ...]] = get_args(Action)

Evidence = Literal["url", "connect", "dns"]
#: What a line can prove: method and path (`url`), host and bytes (`connect`), a look-up (`dns`).
EVIDENCE: Final[tuple[Evidence, ...]] = get_args(Evidence)

Companion = Literal["answer", "remark", "session"]
#: Lines that say more about a request which the gateway may log by a line of its own. Of one
#: request there is one answer, and any number of remarks, at about the same time; what is said of a
#: session may come long after its first request.
COMPANIONS: Final[tuple[Companion, ...]] = get_args(Companion)

Activity = Literal[
    "contact",
    "page",
    "upload",
    "search",
    "results",
    "click_out",
    "account",
    "payment",
    "opt_out",
    "email_link",
    "asset",
    "poll",
    "api",
]
#: What a request did at the service, from what proves least to page furniture.
ACTIVITIES: Final[tuple[Activity, ...]] = get_args(Activity)

Match = Literal[
    "one_person",
    "shared",
    "ambiguous",
    "outside_dates",
    "not_listed",
    "by_address",
    "no_user",
]
#: Whose a hit is by a list of people: of one person; of an account that is nobody's own; of two
#: persons at that instant; of an account on a day on which the list gives it to nobody; of an
#: account that is not on the list; of whom an address belonged to; of nobody whom the log names.
MATCHES: Final[tuple[Match, ...]] = get_args(Match)

Standing = Literal[
    "on_register",
    "granted_afterwards",
    "not_yet",
    "expired",
    "other_service",
    "none_on_register",
    "cannot_tell",
]
#: What a register of authorisations says of a hit; where several rows say something, the first.
STANDINGS: Final[tuple[Standing, ...]] = get_args(Standing)

#: Stands in `rule` of a cleared finding whose request host names the service: `notpimeyes.com`.
LOOKALIKE: Final = "cleared.host"


class UnknownSearch(NamedTuple):
    """What is not known, in words, of the requests that start a service's searches.

    `since` is the first day of which that holds, UTC; None: it always does.
    """

    what: str
    since: date | None = None
