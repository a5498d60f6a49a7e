"""Judges lines whose request host is no service: do they name one, and where?

A name counts only as a whole host: after `/`, `=`, a space, never inside another name, never before
`@` (there it is a user name). Everything else that merely contains the letters is `cleared`.
"""

import re
from collections.abc import Mapping
from typing import Final

import polars as pl

from logan.rules.hosts import service_of
from logan.rules.model import Rules
from logan.rules.spelling import plain
from logan.schema import ACTIVITY
from logan.vocabulary import LOOKALIKE

#: Where a line names a service; stands in `rule` of a mention.
REFERRER: Final = "mention.referrer"
TRANSLATED: Final = "mention.translated"
NAMED: Final = "mention.named"

#: Google's translating proxy and the AMP caches write a host as one label: `.` as `-`, `-` as `--`
#: (developers.google.com/search/docs/appearance/ad-network-and-translation, amp.dev).
_ONE_LABEL: Final = r"\.(translate\.goog|cdn\.ampproject\.org)"
_BEFORE_LABEL: Final = "(?:[a-z0-9-]*[a-z0-9]-)?"
#: A control character as loggers write it, in lower case: `\t` (JSON, nginx), `#011` (rsyslog),
#: `^i` (sysklogd). Its last letter begins no name. What `plain` spells out is not among them.
_WRITTEN_CONTROL: Final = r"\\[abefnrtv]|#0[0-3][0-7]|\^[a-z]"
_BEFORE: Final = rf"(?:^|[^\w.-]|__|{_WRITTEN_CONTROL})[.-]*"
_AFTER: Final = r"\.*(?:[^\w.@-]|_|$)"
#: What may stand between a name in front of `@` and the `@`: a password, never a new CSV cell.
_BEFORE_AT: Final = r"""\.*(?::[^\s/?#@,;|"'<>(){}=&\\^]*)?@"""
_REFERRER_HOST: Final = r"^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:@]+)"
#: Files that a page loads by itself: such a referrer shows an open page, not a click on a result.
#: `/cdn-cgi/` is Cloudflare's own (challenges, page-speed beacons, resized pictures); the texts are
#: what programs ask a site for (RFC 9309, RFC 8615).
FURNITURE: Final = (
    r"(?i)\.(?:js|mjs|css|png|jpe?g|gif|svg|webp|avif|ico|bmp|woff2?|ttf|otf|eot|json|map|wasm"
    r"|webmanifest|mp4|webm|mp3)$|^/cdn-cgi/|^/\.well-known/|^/(?:robots|ads|humans|security)\.txt$"
    r"|^/sitemap[^/]*\.xml$"
)


def judge(rest: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """The columns of `schema.FINDING` for lines without a watched request host, in their order.

    Needs `text`, `reason`, `host`, `method`, `path`, `referrer` and `evidence`.
    """
    spelled = plain(rest["text"].alias("plain"))
    return (
        rest.select("reason", "host", "method", "path", "referrer", "evidence")
        .with_columns(spelled)
        .with_columns(**_namings(rules))
        .select(**_verdict(rules))
    )


def _namings(rules: Rules) -> dict[str, pl.Expr]:
    """The service named, by place; `chance` is the first whose letters occur at all, `alike` in the
    request host."""
    names = _names(rules)
    dotted = "|".join(map(_pattern, names))
    one_label = "|".join(map(_one_label, names))
    text = pl.col("plain")
    # Blanked out, so that a later mention in the same line still counts.
    no_users = text.str.replace_all(f"(?:{dotted}){_BEFORE_AT}", "\x01@")
    named = no_users.str.extract(rf"{_BEFORE}(?:[\w-]+\.)*({dotted}){_AFTER}")
    as_label = text.str.extract(rf"{_BEFORE}{_BEFORE_LABEL}({one_label}){_ONE_LABEL}{_AFTER}")
    host_label = f"^{_BEFORE_LABEL}({one_label}){_ONE_LABEL}$"
    referring = pl.col("referrer").str.extract(_REFERRER_HOST).str.to_lowercase()
    return {
        "proxied": _service(pl.col("host").str.extract(host_label), names),
        "proxy": pl.col("host").str.extract(host_label, 2),
        "referring": service_of(referring.str.strip_chars_end("."), rules),
        "named": pl.coalesce(
            _service(named, names), _service(as_label, names), _named_by_pattern(no_users, rules)
        ),
        "alike": _service(pl.col("host").str.extract(f"({dotted}|{one_label})"), names),
        "chance": _service(text.str.extract(f"({dotted}|{one_label})"), names),
    }


def _names(rules: Rules) -> dict[str, str]:
    """Every watched name with its service."""
    return {
        name: service.id
        for service in rules.services.values()
        for name in (
            *service.domains,
            *(one.host for one in service.own_hosts() if one.host and not one.shared),
        )
    }


def _named_by_pattern(text: pl.Expr, rules: Rules) -> pl.Expr:
    found = [
        pl.when(text.str.contains(f"{_BEFORE}(?:{one.host_re}){_AFTER}")).then(pl.lit(service.id))
        for service in rules.services.values()
        for one in service.own_hosts()
        if one.host_re and not one.shared
    ]
    return pl.coalesce(pl.lit(None, dtype=pl.String), *found)


def _pattern(name: str) -> str:
    """A name as `plain` leaves it: dots, or on the wire the length of the label that follows."""
    first, *rest = map(re.escape, name.split("."))
    return first + "".join(rf"[.\x{len(label):02x}]{label}" for label in rest)


def _one_label(name: str) -> str:
    return name.replace("-", "--").replace(".", "-")


def _service(found: pl.Expr, names: Mapping[str, str]) -> pl.Expr:
    services = dict(names) | {_one_label(name): service for name, service in names.items()}
    dotted = found.str.replace_all(r"[\x00-\x1f]", ".")
    return dotted.replace_strict(services, default=None, return_dtype=pl.String)


def _verdict(rules: Rules) -> dict[str, pl.Expr]:
    parsed = pl.col("reason").is_null()
    alike = parsed & pl.col("alike").is_not_null()
    translated = pl.col("proxied").is_not_null() & (pl.col("proxy") == "translate.goog")
    referred = pl.col("referring").is_not_null()
    service = pl.coalesce("proxied", "referring", "named")
    named, chance = service.is_not_null(), pl.col("chance").is_not_null()
    rule = pl.when(translated).then(pl.lit(TRANSLATED)).when(referred).then(pl.lit(REFERRER))
    mention = parsed & named
    activity = (
        pl.when(translated).then(_of_translated()).when(referred).then(_of_referred(rules))
    ).otherwise(None)
    return {
        "service": pl.coalesce(service, "alike", "chance"),
        "activity": pl.when(mention).then(activity).cast(ACTIVITY),
        "rule": pl.when(mention)
        .then(rule.otherwise(pl.lit(NAMED)))
        .when(~named & alike)
        .then(pl.lit(LOOKALIKE)),
        "inferred": mention & (activity != "contact").fill_null(False),
        "request_key": pl.lit(None, dtype=pl.UInt64),
        "bin": pl.when(mention)
        .then(pl.lit("mention"))
        .when(named)
        .then(pl.lit("rejected"))
        .when(chance)
        .then(pl.lit("cleared"))
        .otherwise(pl.lit("unrelated")),
    }


def _of_translated() -> pl.Expr:
    """A translated page was opened, or of that no more is known than the proxy's host."""
    return pl.when(pl.col("evidence") == "url").then(pl.lit("page")).otherwise(pl.lit("contact"))


def _of_referred(rules: Rules) -> pl.Expr:
    """What a request to somewhere else did that came from a service's page."""
    place = pl.col("host") + pl.col("path").fill_null("/")
    loaded = pl.col("path").str.contains(FURNITURE).fill_null(False)
    if rules.furniture:
        places = "|".join(map(re.escape, rules.furniture))
        loaded = loaded | place.str.contains(rf"^(?:[^/]+\.)?(?:{places})(?:/|$)").fill_null(False)
    opened = pl.col("method").is_null() | (pl.col("method") == "GET")
    return (
        pl.when(loaded).then(pl.lit("asset")).when(opened).then(pl.lit("click_out")).otherwise(None)
    )
