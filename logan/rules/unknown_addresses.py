"""What a request to a watched site did whose address no signature knows, as far as it shows."""

from typing import Final

import polars as pl

from logan.rules.mentions import FURNITURE
from logan.rules.model import Service

#: Every other method (POST, OPTIONS, WebDAV's PROPFIND, which file managers send) opens no page.
_OPENING: Final = ("GET", "HEAD")
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
#: Pages that say by their whole path what they are for, whatever the service.
_TOLD_BY_PATH: Final = {
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
    would be counted for each. A page whose path says what it is for (`/login`) is that.
    """
    default = pl.lit(service.default, dtype=pl.String)
    if service.default != "page":
        return default
    sent = ~pl.col("method").is_in(_OPENING).fill_null(True)
    called = pl.col("path").str.contains(_API_PATH) | pl.col("host").str.contains(_API_HOST)
    fetched = (
        pl.col("path").str.contains(FURNITURE)
        | pl.col("path").str.contains(_STATIC_PATH)
        | pl.col("host").str.contains(_STATIC_HOST)
    )
    named = pl.coalesce(
        pl.lit(None, dtype=pl.String),
        *(
            pl.when(pl.col("path").str.contains(words)).then(pl.lit(activity))
            for activity, words in _TOLD_BY_PATH.items()
        ),
    )
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
