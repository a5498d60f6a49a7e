"""The fields of Sigma's taxonomy that logan's records have, and why some others are refused.

Names: sigma-specification, appendix taxonomy 2.1.0, and the spellings that SigmaHQ's rules use.
"""

from collections.abc import Mapping
from typing import Final

from logan.rules.sigma.rule import Field

_REQUEST: Final[dict[str, Field]] = {
    "c-uri": "url",
    "cs-uri": "url",
    "c-uri-stem": "path",
    "cs-uri-stem": "path",
    "c-uri-query": "query",
    "cs-uri-query": "query",
    "c-uri-extension": "extension",
    "cs-host": "host",
    "r-dns": "host",
    "cs-method": "method",
    "c-useragent": "user_agent",
    "cs-user-agent": "user_agent",
    "cs-referrer": "referrer",
    "cs-referer": "referrer",
    "sc-status": "status",
    "cs-username": "user",
    "c-ip": "client_ip",
    "src_ip": "client_ip",
}
#: Fields by category, in lower case. Evidence of a category is in `logan.rules.sigma.load`.
FIELDS: Final[Mapping[str, Mapping[str, Field]]] = {
    "proxy": _REQUEST,
    "webserver": _REQUEST | {"cs-bytes": "bytes_sent", "sc-bytes": "bytes_received"},
    "dns": {
        "query": "host",
        "queryname": "host",
        "dns.question.name": "host",
        "src_ip": "client_ip",
        "c-ip": "client_ip",
    },
}
NUMBERS: Final = frozenset({"status", "bytes_sent", "bytes_received"})

#: Why a field that Sigma knows cannot be honoured.
UNKNOWABLE: Final[Mapping[tuple[str, str], str]] = {
    (
        "proxy",
        "cs-bytes",
    ): "is what was sent in W3C logs and what was received in Sigma's taxonomy",
    (
        "proxy",
        "sc-bytes",
    ): "is what was received in W3C logs and what was sent in Sigma's taxonomy",
}
