"""Microsoft Defender for Office 365: clicks on links that Safe Links wrapped, JSON and CSV.

Definition: learn.microsoft.com, Advanced hunting schema, UrlClickEvents; Streaming API. `Url` is
the link behind the wrapping, in mail, Teams or Office; `IsClickedThrough` says whether the user
went on past a warning. `IPAddress` is public: the organisation's, not the user's. Stamps are UTC
where they say so; the portal's CSV has the clock that its reader set.
"""

from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine.columns import NOT_LOGGED, Columns, sees
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.values import Cells
from logan.formats.vendors.defender import ISO, PORTAL_STAMP, UTC_STAMP, PortalExport

_ACTION: Final = "Click(?:Allowed|Blocked[A-Za-z]*)|UrlErrorPage|UrlScanInProgress"


def _action(cell: Cells) -> pl.Expr:
    """Whether the site was let through to the user, past a warning too."""
    through = cell["IsClickedThrough"].str.to_lowercase().is_in(["true", "1"])
    return (
        pl.when(through | (cell["ActionType"] == "ClickAllowed"))
        .then(pl.lit("allowed"))
        .when(cell["ActionType"].str.starts_with("ClickBlocked"))
        .then(pl.lit("blocked"))
        .otherwise(pl.lit("unknown"))
    )


_COLUMNS: Final = Columns(
    time=UTC_STAMP,
    user="AccountUpn",
    client_ip=None,
    action=_action,
    url="Url",
    evidence=sees("url"),
)
_LINE: Final = (
    '{"time":"2024-01-10T13:56:01Z","tenantId":"t","category":"AdvancedHunting-UrlClickEvents",'
    '"properties":{"Timestamp":"2024-01-10T13:55:36.1234567Z","Url":"https://www.example.com/a?b=c"'
    ',"ActionType":"ClickAllowed","AccountUpn":"jane.doe@force.example","Workload":"Email",'
    '"NetworkMessageId":"n1","IPAddress":"198.51.100.7","IsClickedThrough":false,"ReportId":"r1"}}'
)
_FOUND: Final = (
    "time=2024-01-10T13:55:36.123456Z user=jane.doe@force.example"
    " url=https://www.example.com/a?b=c action={} evidence=url"
)
JSON: Final = Format(
    name="defender-clicks",
    title="Microsoft Defender UrlClickEvents, JSON",
    definition="learn.microsoft.com, Advanced hunting, UrlClickEvents",
    reader=JsonObject(
        (
            need("Timestamp", "TimeGenerated", regex=f"^{ISO}$"),
            need("ActionType", regex=f"^(?:{_ACTION})$"),
            need("Url"),
            need("Workload", "IsClickedThrough"),
        ),
        wrappers=("properties",),
        aliases={"Timestamp": ("Timestamp", "TimeGenerated")},
    ),
    columns=_COLUMNS,
    tunnels=NOT_LOGGED,
    note="Clicks on links in mail, Teams and Office only; names no device.",
    rank=7,
    samples=(
        Sample(_LINE, _FOUND.format("allowed")),
        Sample(_LINE.replace("ClickAllowed", "ClickBlocked"), _FOUND.format("blocked")),
    ),
    near_misses=(
        _LINE.replace("ClickAllowed", "ConnectionSuccess"),
        _LINE.replace('"Url":', '"Link":'),
    ),
)
_HEADER: Final = "Timestamp,Url,ActionType,AccountUpn,Workload,IPAddress,IsClickedThrough\n"
_ROW: Final = (
    ',"https://www.example.com/a?b=c",ClickBlocked,jane.doe@force.example,Email,198.51.100.7,{}'
)
CSV: Final = replace(
    JSON,
    name="defender-clicks-csv",
    title="Microsoft Defender UrlClickEvents, CSV",
    reader=PortalExport(
        needs={
            "Timestamp": f"{ISO}|[A-Z0-9].*[0-9]:[0-9]{{2}}.*",
            "Url": ".+",
            "ActionType": _ACTION,
            "AccountUpn": ".*",
        },
        aliases={"Timestamp": ("TimeGenerated", "TimeGenerated [UTC]", "Timestamp [UTC]")},
        one_of=("Workload", "IsClickedThrough"),
    ),
    columns=replace(_COLUMNS, time=PORTAL_STAMP),
    samples=(
        Sample(
            _HEADER + "2024-01-10T13:55:36.1234567Z" + _ROW.format("true"),
            _FOUND.format("allowed"),
        ),
        Sample(
            _HEADER + '"Jan 10, 2024 1:55:36 PM"' + _ROW.format("false"),
            _FOUND.format("blocked").replace(".123456", ""),
        ),
    ),
    near_misses=(
        _HEADER.replace("Url", "Link") + "2024-01-10T13:55:36Z" + _ROW.format("false"),
        _HEADER + "2024-01-10T13:55:36Z" + _ROW.format("false").replace("ClickBlocked", "Logon"),
    ),
)
