"""Cato Networks: the events feed as JSON (the API's records, flat objects in storage).

Definition: support.catonetworks.com, Events Integration and the events feed's field reference. Only
events of the firewall for the internet, its TLS and its anti-malware kinds name a site;
connectivity and system events are no requests. `time` is the epoch in milliseconds.
"""

from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.columns import NOT_DOCUMENTED, Columns, connects
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells, matched

_EVENT: Final = JsonObject(
    (
        need("event_type", regex="^[A-Z][A-Za-z ]+$"),
        need("event_sub_type"),
        need("time", "time_str", "event_timestamp", regex="^[0-9]{4}"),
        need("account_id", "internalId", "src_site_name", "src_is_site_or_vpn", "pop_name"),
    ),
    wrappers=("fieldsMap", "fields"),
)


def _asked(cell: Cells) -> pl.Expr:
    return cell.first(
        *("full_path_url", "url", "domain_name", "http_host_name", "tls_sni", "destination_name")
    )


def _stamp(cell: Cells) -> dict[str, pl.Expr]:
    stamp = cell.first("time", "time_str", "event_timestamp")
    return {"time": pl.coalesce(clock.epoch(stamp), clock.iso_offset(stamp))}


def _is_closed(cell: Cells) -> pl.Expr:
    """True where neither a method nor an address shows that the request itself was seen."""
    method = cell["http_request_method"]
    seen = method.is_not_null() | _asked(cell).str.contains("[^/:]/")
    return ~seen.fill_null(value=False) | (method == "CONNECT").fill_null(value=False)


def _no_request(cell: Cells) -> pl.Expr:
    kind = pl.concat_str(pl.lit("no request: a Cato event of the kind "), cell["event_sub_type"])
    return pl.when(_asked(cell).is_null()).then(kind)


_COLUMNS: Final = Columns(
    time=Stamp("utc", _stamp),
    user=("vpn_user_email", "user_name", "user_awareness_username", "user_display_name"),
    client_ip="src_ip",
    method=lambda cell: cell["http_request_method"].str.to_uppercase(),
    url=_asked,
    port="dest_port",
    action=matched("action", allowed="monitor|allow|prompt-proceed|alert|rbi", blocked="block.*"),
    referrer="referer_url",
    user_agent="user_agent",
    evidence=connects(_is_closed),
    repeat=_no_request,
)
_LINE: Final = (
    '{"account_id":"1","action":"Monitor","application":"Example","dest_ip":"192.0.2.1",'
    '"dest_port":443,"domain_name":"www.example.com","event_count":1,"event_type":"Security",'
    '"event_sub_type":"Internet Firewall","internalId":"x","rule_name":"Any",'
    '"src_ip":"10.1.2.3","src_is_site_or_vpn":"Site","src_site_name":"HQ",'
    '"time":1704103200123,"user_name":"Jane Doe"}'
)
CATO: Final = Format(
    name="cato",
    title="Cato Networks events",
    definition="support.catonetworks.com, Events Feed field reference",
    reader=_EVENT,
    columns=_COLUMNS,
    tunnels=NOT_DOCUMENTED,
    note="An event may stand for several connections (event_count).",
    rank=7,
    samples=(
        Sample(
            _LINE,
            "time=2024-01-01T10:00:00.123000Z user=Jane Doe client_ip=10.1.2.3"
            " url=www.example.com:443 action=allowed evidence=connect",
        ),
        Sample(
            '{"time":"2024-01-01T10:00:00Z","fieldsMap":'
            + _LINE.replace('"Monitor"', '"Block"')
            + "}",
            "time=2024-01-01T10:00:00.123000Z user=Jane Doe client_ip=10.1.2.3"
            " url=www.example.com:443 action=blocked evidence=connect",
        ),
        Sample(
            '{"account_id":"1","event_type":"Connectivity","event_sub_type":"Connected",'
            '"time":1704103200123,"src_site_name":"HQ","pop_name":"London"}',
            "time=2024-01-01T10:00:00.123000Z action=unknown evidence=connect repeat=no"
            " request: a Cato event of the kind Connected",
        ),
    ),
    near_misses=(
        '{"event_type":"http","event_sub_type":"x","time":1704103200123,"account_id":"1"}',
        _LINE.replace('"event_sub_type":"Internet Firewall",', ""),
    ),
)
