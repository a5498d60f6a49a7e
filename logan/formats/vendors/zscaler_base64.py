"""Zscaler's web feed as JSON with addresses in base64, as Elastic's integration asks for it.

Definition: elastic/integrations, packages/zscaler_zia, Zscaler Web Log response format (v11 and
before); help.zscaler.com, General Guidelines for NSS Feeds, "b64 Fields". `host` stands beside the
address as it is. What the fields mean is in `logan.formats.vendors.zscaler_record`.
"""

from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine.format import Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.values import Cells, Derivation
from logan.formats.vendors.zscaler import PAIRS
from logan.formats.vendors.zscaler_record import ACTION, COLUMNS, MISSING, NAMES

_BASE64: Final = "^[A-Za-z0-9+/_-]+=*$"


def _decoded(cell: pl.Expr) -> pl.Expr:
    """The text of base64, in either alphabet; null for anything else."""
    plain = cell.str.replace_many(["-", "_"], ["+", "/"])
    found = plain.str.decode("base64", strict=False)
    return found.map_batches(_as_text, return_dtype=pl.String, is_elementwise=True)


def _as_text(found: pl.Series) -> pl.Series:
    """Bytes as UTF-8; those of an address in another encoding are replaced, and spoil no more."""
    texts = (None if one is None else one.decode(errors="replace") for one in found)
    return pl.Series(found.name, texts, dtype=pl.String)


def _plain_or_decoded(name: str, encoded: str) -> Derivation:
    def found(cell: Cells) -> pl.Expr:
        text = _decoded(cell[encoded])
        return pl.coalesce(cell[name], pl.when(~text.is_in(list(MISSING))).then(text))

    return found


_LINE: Final = (
    '{"version":"v11","sourcetype":"zscalernss-web","event":{"time":"Wed Jan 10 13:55:36 2024",'
    '"cloudname":"zscaler.net","host":"www.example.com","serverip":"203.0.113.9","action":"Allowed",'
    '"recordid":"7","reason":"Allowed","tz":"GMT","reqsize":"640","reqmethod":"GET",'
    '"b64referer":"aHR0cDovL3JlZi5leGFtcGxlLw==","respsize":"5120","respcode":"200",'
    '"proto":"HTTPS","cltip":"10.1.2.3","cltintip":"192.0.2.7",'
    '"b64url":"d3d3LmV4YW1wbGUuY29tL2E/Yj1j","useragent":"Mozilla/5.0%20(X11)",'
    '"login":"jdoe@force.example","cltpubip":"192.0.2.7","location":"HQ"}}'
)
JSON: Final = replace(
    PAIRS,
    name="zscaler-json-base64",
    title="Zscaler NSS and Cloud NSS web feed, JSON with base64",
    reader=JsonObject(
        (
            need("action", regex=f"^{ACTION}$"),
            need("b64url", regex=_BASE64),
            need("datetime", "time", "epochtime", regex="[0-9]"),
            need("reqsize", "requestsize"),
        ),
        wrappers=("event",),
        aliases={
            **NAMES,
            "client": ("cltip", *NAMES["client"]),
            "public": ("cltintip", *NAMES["public"]),
            "host": ("host", "hostname", "ehost"),
        },
        missing=MISSING,
    ),
    learns=None,
    columns=replace(
        COLUMNS,
        derived={
            "url": _plain_or_decoded("url", "b64url"),
            "referrer": _plain_or_decoded("referrer", "b64referer"),
            "user": _plain_or_decoded("user", "b64login"),
            "agent": _plain_or_decoded("agent", "b64ua"),
            **COLUMNS.derived,
        },
    ),
    samples=(
        Sample(
            _LINE,
            "time=2024-01-10T13:55:36Z user=jdoe@force.example client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com/a?b=c status=200 action=allowed bytes_sent=640"
            " bytes_received=5120 referrer=http://ref.example/ user_agent=Mozilla/5.0 (X11)"
            " evidence=url",
        ),
        Sample(
            _LINE.replace('"useragent":"Mozilla/5.0%20(X11)"', '"b64ua":"Y3VybC84"').replace(
                "d3d3LmV4YW1wbGUuY29tL2E/Yj1j", "d3d3LmV4YW1wbGUuY29tL2E_Yj1j"
            ),
            "time=2024-01-10T13:55:36Z user=jdoe@force.example client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com/a?b=c status=200 action=allowed bytes_sent=640"
            " bytes_received=5120 referrer=http://ref.example/ user_agent=curl/8 evidence=url",
        ),
    ),
    near_misses=(
        _LINE.replace("d3d3LmV4YW1wbGUuY29tL2E/Yj1j", "www.example.com"),
        _LINE.replace('"reqsize"', '"size"'),
    ),
)
