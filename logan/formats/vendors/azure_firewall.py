"""Azure Firewall: application rules and DNS proxy, as resource logs and as tables of a workspace.

Definition: learn.microsoft.com, Azure Monitor, Monitoring data reference for Azure Firewall: the
tables AZFWApplicationRule, AZFWDnsQuery and their kin, and the legacy AzureFirewallApplicationRule
and AzureFirewallDnsProxy, whose `msg` is a sentence. Times are UTC. Without TLS inspection only the
server's name is known; with it each match of a rule is an entry (Supported logs), and whether one
of the connection precedes those of its requests is not said. The DNS proxy writes one line a
look-up, with its answer. Lines of other rules (network, NAT, threat intelligence) tell of
addresses. The portal exports tables as CSV, with the clock that its reader set unless the header
says UTC.
"""

from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine.columns import NOT_DOCUMENTED, Columns, connects
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.stamps import iso_utc
from logan.formats.engine.values import Cells, Derivation, where, words
from logan.formats.vendors.defender import CSV as DEFENDER_CSV
from logan.formats.vendors.defender import PortalExport

_ADDRESS: Final = r"\[?([0-9A-Fa-f.:]+?)\]?"
_REQUEST: Final = (
    rf"(?s)^([A-Za-z0-9/]+) +request from {_ADDRESS}:[0-9]+"
    # To the last `Action: `: behind an address stand the firewall's own words alone.
    r"(?: to ([^ ]+?)(?::([0-9]+))?)?\. (?:Url: (.*)\. )?Action: ([A-Za-z]+)"
)
_LOOK_UP: Final = rf"^DNS Request: {_ADDRESS}:[0-9]+ - [0-9]+ ([A-Z0-9]+) [A-Z]+ ([^ ]+?)\.? "


def _of_sentence(group: int, column: str) -> Derivation:
    """A column of the table, or what the legacy sentence says in its place."""
    return lambda cell: pl.coalesce(cell[column], cell["msg"].str.extract(_REQUEST, group))


def _asked(cell: Cells) -> pl.Expr:
    return pl.coalesce(cell["QueryName"], cell["msg"].str.extract(_LOOK_UP, 3))


def _client(cell: Cells) -> pl.Expr:
    return pl.coalesce(
        cell["SourceIp"],
        cell["msg"].str.extract(_REQUEST, 2),
        cell["msg"].str.extract(_LOOK_UP, 1),
    )


def _closed(cell: Cells) -> pl.Expr:
    opened = (cell["protocol"].str.to_uppercase() == "HTTP") | (cell["IsTlsInspected"] == "true")
    return ~opened.fill_null(value=False)


def _names_none(cell: Cells) -> pl.Expr:
    of_rule = cell["category"].str.contains("(?i)ApplicationRule").fill_null(value=False)
    named = cell["url"].is_not_null() | cell["host"].is_not_null()
    return cell["asked"].is_null() & ~(of_rule & named)


_RULE: Final = (
    '{"time":"2024-01-10T13:55:36.2140990Z","resourceId":"/SUBSCRIPTIONS/S/RESOURCEGROUPS/R/'
    'PROVIDERS/MICROSOFT.NETWORK/AZUREFIREWALLS/FW1","operationName":'
    '"AzureFirewallApplicationRuleLog","category":"AzureFirewallApplicationRule","properties":'
    '{"msg":"HTTPS request from 10.1.2.3:56029 to www.example.com:443. Action: Deny. No rule '
    'matched. Proceeding with default action"}}'
)
_HTTP: Final = _RULE.replace(
    "HTTPS request from 10.1.2.3:56029 to www.example.com:443. Action: Deny.",
    "HTTP  request from 10.1.2.3:56029 to www.example.com:80. Url: www.example.com/a?b=c. "
    "Action: Allow. Policy: p1.",
)
_PROXY: Final = _RULE.replace("ApplicationRule", "DnsProxy").replace(
    "HTTPS request from 10.1.2.3:56029 to www.example.com:443. Action: Deny. No rule matched. "
    "Proceeding with default action",
    "DNS Request: 10.1.2.3:61248 - 6513 A IN www.example.com. udp 43 false 512 NOERROR qr,rd,ra "
    "145 0.0028s",
)
_TABLE: Final = (
    '{"category":"AZFWApplicationRule","properties":{"Action":"Allow","DestinationPort":443,'
    '"Fqdn":"www.example.com","IsTlsInspected":true,"Protocol":"HTTPS","SourceIp":"10.1.2.3",'
    '"SourcePort":1234,"TargetUrl":"www.example.com/a?b=c"},"resourceId":"/SUBSCRIPTIONS/S",'
    '"time":"2024-01-10T13:55:36.2140990Z"}'
)
_ROW: Final = (
    '{"TenantId":"t","TimeGenerated":"2024-01-10T13:55:36.2140990Z","Protocol":"udp",'
    '"SourceIp":"10.1.2.3","SourcePort":47785,"QueryId":35817,"QueryType":"A","QueryClass":"IN",'
    '"QueryName":"www.example.com.","ResponseCode":"NOERROR","Type":"AZFWDnsQuery"}'
)
_FRONT: Final = "time=2024-01-10T13:55:36.214099Z client_ip=10.1.2.3"
AZURE_FIREWALL: Final = Format(
    name="azure-firewall",
    title="Azure Firewall application rules and DNS proxy, JSON",
    definition="learn.microsoft.com, Monitoring data reference for Azure Firewall",
    reader=JsonObject(
        (
            need("category", "Category", "Type", regex="^(?:AZFW[A-Z][A-Za-z]+|AzureFirewall.*)$"),
            need("time", "TimeGenerated", regex="^[0-9]{4}-[0-9]{2}-[0-9]{2}T"),
        ),
        aliases={
            "category": ("category", "Category", "Type"),
            "time": ("time", "TimeGenerated"),
            "msg": ("properties.msg", "msg_s"),
            **{
                name: (f"properties.{name}", name)
                for name in (
                    *("Protocol", "SourceIp", "Fqdn", "TargetUrl", "DestinationPort", "Action"),
                    *("IsTlsInspected", "QueryName", "QueryType"),
                )
            },
        },
    ),
    columns=Columns(
        time=iso_utc("time"),
        user=None,
        client_ip=_client,
        scheme=lambda cell: cell["protocol"].str.extract("^(?i)(https?)$", 1),
        host=lambda cell: pl.coalesce(
            cell["asked"], pl.when(cell["url"].is_null()).then(cell["host"])
        ),
        url="url",
        record_type=lambda cell: pl.coalesce(
            cell["QueryType"], cell["msg"].str.extract(_LOOK_UP, 2)
        ),
        port=lambda cell: pl.when(cell["asked"].is_null()).then(
            _of_sentence(4, "DestinationPort")(cell).cast(pl.Int64, strict=False)
        ),
        action=words(
            _of_sentence(6, "Action"), allowed=("Allow",), blocked=("Deny", "Drop", "Block")
        ),
        evidence=connects(_closed, look_up=lambda cell: cell["asked"].is_not_null()),
        repeat=where(_names_none, "no request: a line of another rule, or one that names no host"),
        derived={
            "asked": _asked,
            "protocol": _of_sentence(1, "Protocol"),
            "url": _of_sentence(5, "TargetUrl"),
            "host": _of_sentence(3, "Fqdn"),
        },
    ),
    tunnels=NOT_DOCUMENTED,
    note="Names no users. Look-ups stand in it where the firewall is the network's DNS proxy.",
    rank=7,
    samples=(
        Sample(
            _RULE,
            f"{_FRONT} url=https://www.example.com:443 action=blocked evidence=connect",
        ),
        Sample(
            _HTTP,
            f"{_FRONT} url=http://www.example.com:80/a?b=c action=allowed evidence=url",
        ),
        Sample(_PROXY, f"{_FRONT} url=www.example.com action=unknown evidence=dns"),
        Sample(
            _TABLE,
            f"{_FRONT} url=https://www.example.com:443/a?b=c action=allowed evidence=url",
        ),
        Sample(_ROW, f"{_FRONT} url=www.example.com action=unknown evidence=dns"),
    ),
    near_misses=(
        _RULE.replace("AzureFirewall", "AzureGateway"),
        _TABLE.replace('"time":', '"at":'),
    ),
)


def _table(cell: Cells) -> pl.Expr:
    """The table of a row; exports may leave out the column that says it."""
    named = cell["Fqdn"].is_not_null() | cell["TargetUrl"].is_not_null()
    return pl.coalesce(cell["Type"], pl.when(named).then(pl.lit("AZFWApplicationRule")))


_HEADER: Final = (
    '"TimeGenerated [UTC]",Protocol,SourceIp,SourcePort,DestinationPort,Fqdn,TargetUrl,Action,Rule,'
    "IsTlsInspected,Type\n"
)
_CELLS: Final = ",HTTPS,10.1.2.3,56029,443,www.example.com,,Deny,r1,false,AZFWApplicationRule"
CSV: Final = replace(
    AZURE_FIREWALL,
    name="azure-firewall-csv",
    title="Azure Firewall application rules and DNS proxy, CSV",
    reader=PortalExport(
        needs={
            "Timestamp": "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z?|[A-Z0-9].*[0-9]:[0-9]{2}.*",
            "SourceIp": "[0-9A-Fa-f.:]+",
            "SourcePort": "[0-9]*",
        },
        aliases={
            "Timestamp": ("TimeGenerated", "TimeGenerated [UTC]"),
            "msg": ("msg_s",),
            "category": ("Type", "Category"),
        },
        one_of=("Fqdn", "QueryName"),
    ),
    columns=replace(
        AZURE_FIREWALL.columns,
        time=DEFENDER_CSV.columns.time,
        derived={**AZURE_FIREWALL.columns.derived, "category": _table},
    ),
    samples=(
        Sample(
            _HEADER + "2024-01-10T13:55:36.214099Z" + _CELLS,
            f"{_FRONT} url=https://www.example.com:443 action=blocked evidence=connect",
        ),
        Sample(
            "TimeGenerated,SourceIp,SourcePort,QueryType,QueryName,ResponseCode\n"
            '"1/31/2024, 1:55:36.214 PM",10.1.2.3,47785,A,www.example.com.,NOERROR',
            "time=2024-01-31T13:55:36.214000Z client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns",
        ),
    ),
    near_misses=(
        _HEADER.replace("Fqdn", "Name") + "2024-01-10T13:55:36Z" + _CELLS,
        _HEADER + "2024-01-10T13:55:36Z" + _CELLS.replace("10.1.2.3", "none"),
    ),
)
