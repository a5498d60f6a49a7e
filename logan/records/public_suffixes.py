"""The list of public suffixes, below which anybody may register a name (`co.uk`, `github.io`)."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tldextract import TLDExtract


@cache
def public_suffixes() -> "TLDExtract":
    """What splits a host at its public suffix, by the list that came with tldextract.

    Suffixes that a hoster hands out count as well. It asks no network and keeps no file. To read
    the list takes a tenth of a second, and so does the import, which few runs need.
    """
    import tldextract

    return tldextract.TLDExtract(
        suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True
    )
