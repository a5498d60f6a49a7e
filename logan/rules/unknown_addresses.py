"""What a request to a watched site did whose address no signature knows, as far as it shows."""

from typing import Final

import polars as pl

from logan.rules.mentions import FURNITURE
from logan.rules.model import Service

#: Every other method (POST, OPTIONS, WebDAV's PROPFIND, which file managers send) opens no page.
_OPENING: Final = ("GET", "HEAD")
#: A browser sends a solved challenge of Cloudflare as a form to the address of the page, with
#: a token of such a name, and is answered with the page: the form's address (`fa`) in the challenge
#: pages that Cloudflare serves.
_SOLVED_CHALLENGE: Final = r"(?:^|[?&])__cf_chl_[a-z0-9_]*="
#: What scripts and programs ask for, by the names that usual frameworks have for it.
_API_PATH: Final = (
    r"^/(?:(?:v[0-9]+/)?api/|(?:v[0-9]+/)?graphql$"
    r"|(?:socket\.io|sockjs|signalr|_blazor|sanctum|broadcasting|livewire|wp-json|trpc|rpc|ws)"
    r"(?:/|$))"
)
_API_HOST: Final = r"^api[0-9]*[.-]"
#: Hosts and folders for the files of pages.
_STATIC_HOST: Final = r"^(?:cdn|static|assets?|staticfiles|media|img|images?|fonts)[0-9]*[.-]"
_STATIC_PATH: Final = (
    r"^/(?:_next|_nuxt|_framework|_vercel|assets?|build|static|images?|img|fonts?|css|js"
    r"|wp-content|wp-includes)/"
)
#: Pages that say by their whole path what they are for, whatever the service: a word of usual
#: sites, which no source says of a certain one.
_ACTIVITY_PATHS: Final = {
    activity: rf"(?i)^/(?:[a-z]{{2}}(?:-[a-z]{{2}})?/)?(?:{words})/?$"
    for activity, words in {
        "opt_out": r"(?:pages?/|legal/|privacy/)?"
        r"(?:(?:image-|photo-|face-)?opt-?out(?:-request)?(?:-form)?"
        r"|(?:remove|delete)-?(?:me|my-?(?:face|photos?|images?|data))"
        r"|(?:data-|face-|image-|photo-)?(?:removal|deletion|delete|takedown)-request(?:-form)?)",
        "account": r"(?:(?:auth|account|users?)/)?(?:log-?in|log-?out|sign-?(?:in|up|out)|register"
        r"|(?:forgot|reset)-password)|(?:my-?)?account",
        "payment": r"pricing|checkout|billing|subscriptions?",
    }.items()
}


def unknown_address(service: Service) -> pl.Expr:
    """The activity of an address that no signature knows.

    Scripts and pictures are fetched by a page, what lies below `/api/` is called by its scripts,
    and nobody opens a page with POST: where the service says `page`, these are no pages, or fifty
    would be counted for each. A page whose path says what it is for (`/login`) is that. A solved
    challenge is a POST that opens the page it stood before.
    """
    default = pl.lit(service.default, dtype=pl.String)
    if service.default != "page":
        return default
    solved = (pl.col("method") == "POST") & pl.col("query").str.contains(_SOLVED_CHALLENGE)
    opening = pl.col("method").is_in(_OPENING) | solved.fill_null(value=False)
    sent = ~opening.fill_null(value=True)
    called = pl.col("path").str.contains(_API_PATH) | pl.col("host").str.contains(_API_HOST)
    fetched = (
        pl.col("path").str.contains(FURNITURE)
        | pl.col("path").str.contains(_STATIC_PATH)
        | pl.col("host").str.contains(_STATIC_HOST)
    )
    named = activity_by_path()
    asked = named.is_not_null() & pl.col("method").is_in([*_OPENING, "POST"]).fill_null(True)
    return (
        pl.when(asked)
        .then(named)
        .when(sent)
        .then(pl.lit("api"))
        .when(fetched)
        .then(pl.lit("asset"))
        .when(called.fill_null(False))
        .then(pl.lit("api"))
        .otherwise(default)
    )


def activity_by_path() -> pl.Expr:
    """What a page is for by the words of its path (`/login`), whatever the service; else null."""
    path = pl.col("path")
    by_words = (
        pl.when(path.str.contains(words)).then(pl.lit(activity))
        for activity, words in _ACTIVITY_PATHS.items()
    )
    return pl.coalesce(pl.lit(None, dtype=pl.String), *by_words)
