"""Judges lines that are no request to a service: do they name one, and where?

A name counts only as a whole host: after `/`, `=`, a space, never inside another name, never before
`@` (there it is a user name). Everything else that merely contains the letters is `cleared`.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import polars as pl

from logan.rules.base64_addresses import with_hosts_of_base64
from logan.rules.hosts import is_host, service_of
from logan.rules.lookalikes import resembled_services
from logan.rules.model import Rules
from logan.rules.spelling import plain
from logan.rules.triggers import named_in_base64
from logan.rules.written_names import (
    holds_name,
    name_regex,
    one_label,
    watched_names,
    watched_patterns,
)
from logan.schema import ACTIVITY, FINDING
from logan.vocabulary import LOOKALIKE

#: Where a line names a service; stands in `rule` of a mention.
REFERRER: Final = "mention.referrer"
TRANSLATED: Final = "mention.translated"
FRONT_END: Final = "mention.front_end"
MAIL: Final = "mention.mail"
SUFFIX: Final = "mention.suffix"
NAMED: Final = "mention.named"

#: Google's translating proxy and the AMP caches write a host as one label: `.` as `-`, `-` as `--`
#: (developers.google.com/search/docs/appearance/ad-network-and-translation, amp.dev).
_ONE_LABEL: Final = r"\.(translate\.goog|cdn\.ampproject\.org)"
_BEFORE_LABEL: Final = "(?:[a-z0-9-]*[a-z0-9]-)?"
#: Microsoft Defender for Cloud Apps shows sites through a proxy of the organisation's own and puts
#: its own name behind theirs (learn.microsoft.com/defender-cloud-apps/troubleshooting-proxy-url;
#: all of them in the MISP warning list microsoft-mdca-proxy, 2026-08-19). Until 2021 that of the
#: data centre, as its network requirements of then list them: `*.us3.cas.ms`.
_PROXY_SUFFIX: Final = (
    r"\.(?:(?:admin-)?(?:rs-)?mcas(?:-gov)?(?:-df)?\.(?:ms|us)|(?:us|eu)[0-9]?\.cas\.ms)"
)
#: Remote browsers that have the site's address in their own: of Menlo Security, Zscaler, Proofpoint
#: and Cloudflare (there below /browser).
_ISOLATION: Final = (
    r"^(?:[^/]+\.)?(?:menlosecurity\.com|isolation\.zscaler\.com|urlisolation\.com"
    r"|cloudflareaccess\.com/browser)/"
)
#: What stands behind a name that a device looked up with its organisation's search suffix: zones
#: that are not public (RFC 6761, RFC 6762, RFC 8375, ICANN on .internal, and habit), and those in
#: which only authorities have names.
_SEARCH_SUFFIX: Final = (
    r"(?:local|localdomain|lan|internal|intranet|intra|corp|home|private|home\.arpa|gov|mil"
    r"|(?:gov|police|nhs|mod|parliament)\.[a-z]{2})"
)
#: What delivery networks put behind the name of a site that they deliver (Cloudflare's partial
#: set-up, Akamai's edge host names): look-ups are led to such names, as no browser asks for them.
_DELIVERY_SUFFIX: Final = r"(?:cdn\.cloudflare\.net|edgekey\.net|edgesuite\.net|akamaized\.net)"
#: A control character as loggers write it, in lower case: `\t` (JSON, nginx), `#011` (rsyslog),
#: `^i` (sysklogd). Its last letter begins no name. What `plain` spells out is not among them.
_WRITTEN_CONTROL: Final = r"\\[abefnrtv]|#0[0-3][0-7]|\^[a-z]"
_BEFORE: Final = rf"(?:^|[^\w.-]|__|{_WRITTEN_CONTROL})[.-]*"
_AFTER: Final = r"\.*(?:[^\w.@-]|_|$)"
#: What may stand between a name in front of `@` and the `@`: a password, never a new CSV cell.
_BEFORE_AT: Final = r"""\.*(?::[^\s/?#@,;|"'<>(){}=&\\^]*)?@"""
_REFERRER_HOST: Final = r"^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:@]+)"
#: So few lines are asked first whether any of them has a name in it at all: to compile all that
#: tells where it stands takes as long as parsing so many.
_FEW: Final = 500
#: Files that a page loads by itself: such a referrer shows an open page, not a click on a result.
#: `/cdn-cgi/` is Cloudflare's own (challenges, page-speed beacons, resized pictures); the texts are
#: what programs ask a site for (RFC 9309, RFC 8615).
FURNITURE: Final = (
    r"(?i)\.(?:js|mjs|css|png|jpe?g|gif|svg|webp|avif|ico|bmp|woff2?|ttf|otf|eot|json|map|wasm"
    r"|webmanifest|mp4|webm|mp3)$|^/cdn-cgi/|^/\.well-known/|^/(?:robots|ads|humans|security)\.txt$"
    r"|^/sitemap[^/]*\.xml$"
)


def find_mentions(rest: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """The columns of `schema.FINDING` for lines that are no request to a service, in their order.

    Needs `text`, `reason`, `host`, `method`, `path`, `referrer` and `evidence`.
    """
    text = with_hosts_of_base64(rest["text"], named_in_base64(rules))
    spelled = plain(text.alias("plain"))
    # The host of a line that could not be read may be anything.
    hosts = rest.select(pl.when(pl.col("reason").is_null()).then("host").alias("host"))
    resembled = resembled_services(hosts["host"], rest["text"], rules).alias("resembled")
    lines = rest.select("reason", "method", "path", "referrer", "evidence").with_columns(
        hosts["host"], spelled, resembled
    )
    if lines.height <= _FEW and not lines.select(_may_name(rules).any()).item():
        return lines.with_columns(**_unrelated()).select(*FINDING)
    return lines.with_columns(**_namings(rules)).select(**_verdict(rules))


def _unrelated() -> dict[str, pl.Expr]:
    """`_verdict` on a line that names nothing."""
    values = {"inferred": False, "bin": "unrelated"}
    return {name: pl.lit(values.get(name), dtype=kind) for name, kind in FINDING.items()}


def _may_name(rules: Rules) -> pl.Expr:
    """False where none of `_namings` finds a service."""
    return holds_name(rules) | pl.col("resembled").is_not_null()


@lru_cache(maxsize=8)
def is_mail_lookup(rules: Rules) -> pl.Expr:
    """True where a name was looked up that mail servers ask for, and no browser.

    Names with an underscore hold records about a domain (RFC 8552: `_dmarc`, `_domainkey` ...), but
    `_https`, which browsers ask for too (RFC 9460); `mta-sts` is that of RFC 8461.
    """
    host = pl.col("host")
    senders = [
        one
        for service in rules.services.values()
        for one in service.hosts
        if one.mail_only and one.confidence != "guess"
    ]
    about = host.str.contains(r"(?:^|\.)_[^.]+") & ~host.str.contains(r"(?:^|\.)_https?\.")
    asked = about | host.str.starts_with("mta-sts.") | is_host(host, senders)
    return ((pl.col("evidence") == "dns") & asked).fill_null(False)


@lru_cache(maxsize=8)
def _namings(rules: Rules) -> Mapping[str, pl.Expr]:
    """The service named, by place; `chance` is the first whose letters occur at all, `alike` in the
    request host."""
    names = watched_names(rules)
    dotted = "|".join(map(name_regex, names))
    labels = "|".join(map(one_label, names))
    text, host = pl.col("plain"), pl.col("host")
    # Blanked out, so that a later mention in the same line still counts.
    no_users = text.str.replace_all(f"(?:{dotted}){_BEFORE_AT}", "\x01@")
    named = no_users.str.extract(rf"{_BEFORE}(?:[\w-]+\.)*({dotted}){_AFTER}")
    as_label = text.str.extract(rf"{_BEFORE}{_BEFORE_LABEL}({labels}){_ONE_LABEL}{_AFTER}")
    host_label = f"^{_BEFORE_LABEL}({labels}){_ONE_LABEL}$"
    referring = pl.col("referrer").str.extract(_REFERRER_HOST).str.to_lowercase()
    looked_up = pl.when(pl.col("evidence") == "dns").then(host)
    suffixed = rf"^(?:[\w-]+\.)*({dotted})\.(?:{_own_suffixes(rules)}|{_DELIVERY_SUFFIX})$"
    # What lies in the organisation's own zones imitates nobody.
    resembled = pl.when(~host.str.contains(rf"\.(?:{_own_suffixes(rules)})$")).then("resembled")
    return {
        "proxied": _service(host.str.extract(host_label), names),
        "proxy": host.str.extract(host_label, 2),
        "fronted": _service(host.str.extract(rf"^(?:[\w-]+\.)*({dotted}){_PROXY_SUFFIX}$"), names),
        "mailed": pl.when(is_mail_lookup(rules)).then(service_of(host, rules)),
        "suffixed": _service(looked_up.str.extract(suffixed), names),
        "referring": service_of(referring.str.strip_chars_end("."), rules),
        "named": pl.coalesce(
            _service(named, names), _service(as_label, names), _named_by_pattern(no_users, rules)
        ),
        "alike": pl.coalesce(_service(host.str.extract(f"({dotted}|{labels})"), names), resembled),
        "chance": pl.coalesce(_service(text.str.extract(f"({dotted}|{labels})"), names), resembled),
    }


def _own_suffixes(rules: Rules) -> str:
    """What an organisation's devices put behind a name to look it up: its sites' names too."""
    sites = [re.escape(site.domain) for site in rules.sites]
    return "|".join([rf"(?:[\w-]+\.)*{_SEARCH_SUFFIX}", *(rf"(?:[\w-]+\.)*{one}" for one in sites)])


def _named_by_pattern(text: pl.Expr, rules: Rules) -> pl.Expr:
    found = [
        pl.when(text.str.contains(f"{_BEFORE}(?:{pattern}){_AFTER}")).then(pl.lit(service))
        for pattern, service in watched_patterns(rules)
    ]
    return pl.coalesce(pl.lit(None, dtype=pl.String), *found)


def _service(found: pl.Expr, names: Mapping[str, str]) -> pl.Expr:
    services = dict(names) | {one_label(name): service for name, service in names.items()}
    dotted = found.str.replace_all(r"[\x00-\x1f]", ".")
    return dotted.replace_strict(services, default=None, return_dtype=pl.String)


@lru_cache(maxsize=8)
def _verdict(rules: Rules) -> Mapping[str, pl.Expr]:
    parsed = pl.col("reason").is_null()
    alike = parsed & pl.col("alike").is_not_null()
    service = pl.coalesce("proxied", "fronted", "mailed", "suffixed", "referring", "named")
    named, chance = service.is_not_null(), pl.col("chance").is_not_null()
    mention = parsed & named
    rule, activity = _place(), _activity(rules).cast(ACTIVITY)
    return {
        "service": pl.coalesce(service, "alike", "chance"),
        "activity": pl.when(mention).then(activity),
        "rule": pl.when(mention).then(rule).when(~named & alike).then(pl.lit(LOOKALIKE)),
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


def _place() -> pl.Expr:
    """Where a mention names the service; what shows most is asked first."""
    return (
        pl.when(_is_translated())
        .then(pl.lit(TRANSLATED))
        .when(_is_fronted())
        .then(pl.lit(FRONT_END))
        .when(pl.col("mailed").is_not_null())
        .then(pl.lit(MAIL))
        .when(pl.col("suffixed").is_not_null())
        .then(pl.lit(SUFFIX))
        .when(pl.col("referring").is_not_null())
        .then(pl.lit(REFERRER))
        .otherwise(pl.lit(NAMED))
    )


def _activity(rules: Rules) -> pl.Expr:
    """What a mention shows, as far as it shows anything."""
    shown = _is_translated() | _is_fronted()
    elsewhere = pl.col("mailed").is_not_null() | pl.col("suffixed").is_not_null()
    referred = pl.col("referring").is_not_null() & ~elsewhere
    return pl.when(shown).then(_of_shown()).when(referred).then(_of_referred(rules)).otherwise(None)


def _is_translated() -> pl.Expr:
    return pl.col("proxied").is_not_null() & (pl.col("proxy") == "translate.goog")


def _is_fronted() -> pl.Expr:
    """A page of the service came through a proxy or remote browser of the organisation's own."""
    place = pl.col("host") + pl.col("path").fill_null("/")
    isolated = place.str.contains(_ISOLATION) & pl.col("named").is_not_null()
    return pl.col("fronted").is_not_null() | isolated.fill_null(False)


def _of_shown() -> pl.Expr:
    """The page was opened, or of that no more is known than the host that shows it."""
    loaded = pl.col("path").str.contains(FURNITURE).fill_null(False)
    return (
        pl.when(pl.col("evidence") != "url")
        .then(pl.lit("contact"))
        .when(loaded & _is_fronted())
        .then(pl.lit("asset"))
        .otherwise(pl.lit("page"))
    )


def _of_referred(rules: Rules) -> pl.Expr:
    """What a request to somewhere else did that came from a service's page."""
    led = pl.lit(None, dtype=pl.String)
    for activity, places in rules.leads_to.items():
        led = pl.when(_is_place(places)).then(pl.lit(activity)).otherwise(led)
    loaded = pl.col("path").str.contains(FURNITURE).fill_null(False) | _is_place(rules.furniture)
    opened = pl.col("method").is_null() | (pl.col("method") == "GET")
    return (
        pl.when(loaded)
        .then(pl.lit("asset"))
        .when(led.is_not_null())
        .then(led)
        .when(opened)
        .then(pl.lit("click_out"))
        .otherwise(None)
    )


def _is_place(places: tuple[str, ...]) -> pl.Expr:
    """True where a request goes to one of these domains, or below a path there."""
    if not places:
        return pl.lit(False)
    asked = pl.col("host") + pl.col("path").fill_null("/")
    either = "|".join(map(re.escape, places))
    return asked.str.contains(rf"^(?:[^/]+\.)?(?:{either})(?:/|$)").fill_null(False)
