"""What a signature of a rule pack says, as a value: a kind of request, and what it proves.

A named tuple, as all values of packs are (`logan.rules.model`).
"""

from datetime import date
from typing import Literal, NamedTuple

from logan.rules.pack_vocabulary import Confidence
from logan.vocabulary import Activity, Evidence


class ImpliedSearch(NamedTuple):
    """When results show that a search went before them, though its own request is not known.

    One of `after` came within `within_s` seconds before, and since then none of `unless` and no
    other results that showed the same.
    """

    after: tuple[str, ...]
    within_s: int
    unless: tuple[str, ...] = ()


class Signature(NamedTuple):
    """One kind of request and the activity it proves; all conditions given must hold.

    `path` matches the whole path, a `query` pattern any part of the named parameter's value.
    Without `domain`, `host` and `host_re` it applies to every host of its service.
    `page_param`, `page_referrer`: the request carries the address of a page there, which must be
    one of the user's own sites.
    `inferred` marks an activity that is deduced, from a host alone for instance.
    `referrer` matches host and path of the page that the request came from, as a whole.
    `dedupe_s`: within that many seconds after a counted request of one user, further ones are
    `again`; with `extends`, a further one makes the span last as long again. A request by one of
    `follows` begins a span too. One by `renewed_by` ends it, and after that only the next request
    is counted. `new_by_param` and `new_by_path` give requests with another value of a parameter, or
    another path, spans of their own. `requires_prior`: without one of these within
    `within_s` seconds before, the activity is `otherwise`. `also`: the same request is an upload as
    well. `day_in_path`: what it finds ends with the day of the request. `implies_search`: it
    shows that a search went before. Dates are inclusive, UTC.
    """

    id: str
    activity: Activity
    priority: int
    confidence: Confidence
    sources: tuple[str, ...]
    line: int
    evidence: tuple[Evidence, ...] = ("url",)
    methods: tuple[str, ...] = ()
    method_needed: bool = False
    domain: str | None = None
    host: str | None = None
    host_re: str | None = None
    path: str | None = None
    query: tuple[tuple[str, str], ...] = ()
    referrer: str | None = None
    status: tuple[str, ...] = ()
    bytes_sent_min: int | None = None
    page_param: str | None = None
    page_referrer: bool = False
    inferred: bool = False
    dedupe_s: int | None = None
    extends: bool = False
    new_by_param: str | None = None
    new_by_path: bool = False
    again: Activity = "poll"
    follows: tuple[str, ...] = ()
    renewed_by: tuple[str, ...] = ()
    requires_prior: tuple[str, ...] = ()
    within_s: int | None = None
    otherwise: Activity | None = None
    also: Literal["upload"] | None = None
    day_in_path: str | None = None
    implies_search: ImpliedSearch | None = None
    redact: tuple[str, ...] = ()
    seen: str | None = None
    note: str | None = None
    false_positives: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    match: tuple[str, ...] = ()
    no_match: tuple[str, ...] = ()

    @property
    def is_counted_once(self) -> bool:
        """True where other requests decide what such a request is."""
        return bool(self.dedupe_s or self.requires_prior)

    @property
    def carries_page(self) -> bool:
        """True for trackers: the page matters, not the request."""
        return self.page_param is not None or self.page_referrer
