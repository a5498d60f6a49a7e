"""The words that packs use for services and facts, with their meanings."""

from collections.abc import Mapping
from typing import Final, Literal, get_args

Category = Literal[
    "consumer_face_search",
    "law_enforcement_face_search",
    "vendor_site",
    "face_api",
    "reverse_image",
    "people_search",
    "tracker",
    "watch_list",
]
#: What kind of service it is; decides which pack it lives in. A `watch_list` came from elsewhere.
CATEGORIES: Final[tuple[Category, ...]] = get_args(Category)
#: Services of these kinds search for faces.
FACE_SEARCH: Final[tuple[Category, ...]] = (
    "consumer_face_search",
    "law_enforcement_face_search",
)
#: What is said of such a service without a signature for a search.
NO_SEARCH_KNOWN: Final = "no request that starts a search is known"
Confidence = Literal["vendor", "client", "traffic", "news", "inference", "guess"]
#: How well a fact is known, best first. A `guess` is kept for readers and never decides anything.
CONFIDENCES: Final[Mapping[Confidence, str]] = {
    "vendor": "documented by the operator: API description, SDK or repository",
    "client": "seen in working third-party client code or a dated technical write-up",
    "traffic": "the host stands in a public traffic ranking; says nothing about a path",
    "news": "reported by the press or an authority",
    "inference": "deduced from other facts; the note gives the reasoning",
    "guess": "a single weak source; listed so that nobody has to wonder, never used",
}
