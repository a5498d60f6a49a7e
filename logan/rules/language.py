"""The rule language: every key a pack may hold, its kind of value and its meaning.

The loader reads by these tables and the editors' JSON Schema is printed from them, so neither can
know a key that the other does not.
"""

from typing import Final

from logan.config.shape import Key, ListOf, MapOf, MappingShape, Schema
from logan.config.values import (
    Choice,
    Day,
    Flag,
    HostPattern,
    PeriodValue,
    Regex,
    Status,
    Text,
    WholeNumber,
)
from logan.rules.model import NO_DEFAULT
from logan.rules.pack_vocabulary import CATEGORIES, CONFIDENCES
from logan.vocabulary import ACTIVITIES

_LABEL: Final = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_DOMAIN: Final = f"(?:{_LABEL}[.])+{_LABEL}"
ID: Final = Text("[a-z][a-z0-9_]*", example="pimeyes")
RULE_ID: Final = Text("[a-z][a-z0-9_]*(?:[.][a-z0-9_]+)+", example="pimeyes.search.new")
SOURCE_ID: Final = Text("[A-Z][A-Z0-9_]*", example="VENDOR_API")
DOMAIN: Final = Text(
    _DOMAIN, example="pimeyes.com", form="a domain alone, in small letters (xn-- for others)"
)
LABEL: Final = Text(_LABEL, example="pimeyes")
DOMAIN_PATH: Final = Text(_DOMAIN + "(?:/[^ ]*)?", example="facebook.com/tr")
REQUEST: Final = Text(
    r"(?:[A-Z]+|-) [^ ]+(?: [1-5][0-9]{2})?(?: sent=[0-9]{1,15})?(?: < [^ ]+)?",
    example="POST https://pimeyes.com/api/search/new 200",
)
_ACTIVITY: Final = Choice(ACTIVITIES)
_CONFIDENCE: Final = Choice(tuple(CONFIDENCES))
_SECONDS: Final = WholeNumber(1, 86_400)

SOURCE: Final = MappingShape(
    "a source",
    {
        "what": Key(Text(), "what was read, and what it shows", required=True),
        "date": Key(PeriodValue(), "date of the material: year, month or day"),
        "url": Key(Text("https?://[^ ]+"), "where it can be read"),
    },
)

HOST: Final = MappingShape(
    "a host",
    {
        "host": Key(DOMAIN, "exactly this host"),
        "host_re": Key(HostPattern(), "hosts that match this pattern in full"),
        "role": Key(Text(), "what the host serves"),
        "shared": Key(Flag(), "it serves other things too: only a signature makes a hit"),
        "mail_only": Key(Flag(), "it sends mail: a look-up is a mail server's, no visit"),
        "confidence": Key(_CONFIDENCE, "how well the fact is known", required=True),
        "sources": Key(ListOf(SOURCE_ID), "ids of sources", required=True),
        "note": Key(Text(), "anything a reader should know"),
    },
    one_of=("host", "host_re"),
)

BYTES: Final = MappingShape(
    "a size", {"min": Key(WholeNumber(1, 10**12), "bytes at least", required=True)}
)

PAGE: Final = MappingShape(
    "a page",
    {
        "param": Key(Text(), "the parameter that holds the page's address"),
        "referrer": Key(Flag(), "without it, the referrer is the page"),
    },
)

NEW_BY: Final = MappingShape(
    "what makes a request new",
    {
        "param": Key(Text(), "a parameter of the query"),
        "path": Key(Flag(), "the path"),
    },
    one_of=("param", "path"),
)

IMPLIES: Final = MappingShape(
    "an implied search",
    {
        "after": Key(ListOf(RULE_ID), "one of these must have come before", required=True),
        "within_s": Key(_SECONDS, "how recently", required=True),
        "unless": Key(ListOf(RULE_ID), "not where one of these came since"),
    },
)

UNKNOWN: Final = MappingShape(
    "what is not known",
    {
        "what": Key(Text(), "what is not known, in words for a report", required=True),
        "since": Key(Day(), "first day of which that holds; absent: it always does"),
    },
)

LEADS_TO: Final = MappingShape(
    "where pages lead",
    {
        "account": Key(ListOf(DOMAIN_PATH), "log-in by others"),
        "payment": Key(ListOf(DOMAIN_PATH), "checkouts of others"),
    },
)

SITE: Final = MappingShape(
    "a site",
    {
        "domain": Key(DOMAIN, "a site of your own, with all below it", required=True),
        "pages": Key(Regex(), "the paths that matter, in full; absent: all"),
        "note": Key(Text(), "anything a reader should know"),
    },
)

SIGNATURE: Final = MappingShape(
    "a signature",
    {
        "id": Key(RULE_ID, "unique name, beginning with the service's id", required=True),
        "activity": Key(_ACTIVITY, "what the request did", required=True),
        "priority": Key(
            WholeNumber(1, 100), "higher is tried first; then file order", required=True
        ),
        "evidence": Key(ListOf(Choice(("url", "connect"))), "what a line must show; url if absent"),
        "methods": Key(ListOf(Text("[A-Z]+", example="POST")), "any of these; absent: any"),
        "method_needed": Key(Flag(), "no match where the log has no method (else: inferred)"),
        "domain": Key(DOMAIN, "this domain and all below it"),
        "host": Key(DOMAIN, "exactly this host"),
        "host_re": Key(HostPattern(), "hosts that match this pattern in full"),
        "path": Key(Regex(), "the whole path, without the query"),
        "query": Key(MapOf(Text(), Regex()), "parameter: pattern found in its value"),
        "referrer": Key(Regex(), "the whole host and path of the page it came from"),
        "status": Key(ListOf(Status()), "any of these"),
        "bytes_sent": Key(BYTES, "size of the request"),
        "page": Key(PAGE, "where a tracker puts the page's address; it must be of your `sites`"),
        "inferred": Key(Flag(), "the activity is deduced, not shown, by the request"),
        "dedupe_s": Key(_SECONDS, "seconds after a counted request in which others are `again`"),
        "extends": Key(Flag(), "a further request makes the `dedupe_s` span last as long again"),
        "new_by": Key(NEW_BY, "a request with another value there begins a span of its own"),
        "again": Key(_ACTIVITY, "what further requests are; poll if absent"),
        "follows": Key(ListOf(RULE_ID), "signatures whose requests begin the `dedupe_s` span too"),
        "renewed_by": Key(
            ListOf(RULE_ID), "signatures that end the span; after one, only the next is counted"
        ),
        "requires_prior": Key(ListOf(RULE_ID), "one of these must have come before"),
        "within_s": Key(_SECONDS, "how recently `requires_prior` must have been"),
        "otherwise": Key(_ACTIVITY, "the activity where `requires_prior` is not met"),
        "day_in_path": Key(
            Regex(), "found in the path; its last six digits are the day of the request, yymmdd"
        ),
        "implies_search": Key(IMPLIES, "such results show that a search went before: inferred"),
        "also": Key(Choice(("upload",)), "the request carries the photo as well"),
        "redact": Key(ListOf(Choice(("path", "query"))), "parts to leave out of exports"),
        "confidence": Key(_CONFIDENCE, "how well the fact is known", required=True),
        "sources": Key(ListOf(SOURCE_ID), "ids of sources", required=True),
        "seen": Key(Text(), "when the request was seen in use"),
        "note": Key(Text(), "what it proves, and what not"),
        "false_positives": Key(ListOf(Text()), "known harmless reasons for such a request"),
        "valid_from": Key(Day(), "first day on which it meant this"),
        "valid_to": Key(Day(), "last day on which it meant this"),
        "match": Key(ListOf(REQUEST), "requests it must decide", required=True),
        "no_match": Key(ListOf(REQUEST), "requests it must not decide"),
    },
    at_most_one=("domain", "host", "host_re"),
)

TESTS: Final = MappingShape(
    "the tests",
    {
        "hit": Key(ListOf(REQUEST), "requests that are hits on this service"),
        "mention": Key(ListOf(REQUEST), "requests that only mention it"),
        "cleared": Key(ListOf(REQUEST), "requests that name it by chance"),
        "unrelated": Key(ListOf(REQUEST), "requests that have nothing to do with it"),
    },
)

SERVICE: Final = MappingShape(
    "a service",
    {
        "id": Key(ID, "short unique name", required=True),
        "name": Key(Text(), "name for people", required=True),
        "category": Key(Choice(CATEGORIES), "kind of service", required=True),
        "confidence": Key(_CONFIDENCE, "how well the domains are known", required=True),
        "sources": Key(ListOf(SOURCE_ID), "ids of sources", required=True),
        "domains": Key(ListOf(DOMAIN), "domains that are the service, with all below them"),
        "hosts": Key(ListOf(HOST), "hosts and what they serve"),
        "default": Key(
            Choice((*ACTIVITIES, NO_DEFAULT)),
            "activity where no signature matches a known URL; page if absent; none: no hit",
        ),
        "signatures": Key(ListOf(SIGNATURE), "kinds of request"),
        "apps": Key(ListOf(DOMAIN), "ids of its apps in stores: a line with one mentions it"),
        "lookalikes_of": Key(
            ListOf(LABEL), "whole labels that mean it: other hosts with one are look-alikes"
        ),
        "search_unknown": Key(
            UNKNOWN, "that searches cannot be counted in full, for what starts one is not known"
        ),
        "valid_from": Key(Day(), "first day on which the domains were the service"),
        "valid_to": Key(Day(), "last day on which the domains were the service"),
        "note": Key(Text(), "what a hit on it proves, and what not"),
        "false_positives": Key(ListOf(Text()), "known harmless reasons for a hit"),
        "tests": Key(TESTS, "requests and the bin they must end in"),
    },
)

PACK: Final = MappingShape(
    "a rule pack",
    {
        "pack": Key(Text("[a-z][a-z0-9-]*", example="facial-search"), "its name", required=True),
        "title": Key(Text(), "one line for people", required=True),
        "version": Key(WholeNumber(1, 99_999_999), "raised at every change", required=True),
        "checked": Key(Day(), "day on which the facts were gone through", required=True),
        "sources": Key(MapOf(SOURCE_ID, SOURCE), "what is cited below"),
        "furniture": Key(ListOf(DOMAIN_PATH), "domains that pages load things from by themselves"),
        "leads_to": Key(LEADS_TO, "domains that pages lead to on purpose, which are no results"),
        "sites": Key(ListOf(SITE), "your own sites, for the pack `trackers`"),
        "services": Key(ListOf(SERVICE), "the watched services"),
    },
)


def json_schema() -> Schema:
    """The language as JSON Schema (2020-12), for editors: what the loader takes, key by key."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "logan rule pack",
        **PACK.schema(),
    }
