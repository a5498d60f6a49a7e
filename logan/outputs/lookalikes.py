"""The section on look-alike hosts: apart from all that is counted, for whoever hunts phishing."""

import polars as pl
from rich.text import Text

from logan.outputs.grid import Column, lay_out
from logan.outputs.page import Page
from logan.outputs.sentences import name_service
from logan.outputs.words import name_local_day
from logan.tables.lookalikes import LOOKALIKES_ORDER
from logan.tables.summary import Summary


def show_lookalikes(summary: Summary, page: Page) -> list[Text]:
    """Show requests to hosts that only look like a service; nothing where there are none."""
    found = pl.concat(summary.lookalikes)
    total = found.select(pl.len()).collect().item()
    if not total:
        return []
    ordered = found.sort(LOOKALIKES_ORDER)
    shown = (ordered if page.top is None else ordered.head(page.top)).collect().to_dicts()
    zone = summary.result.zone
    columns = [
        Column("domain", [page.safe(row["domain"]) for row in shown], right=False, cut="start"),
        Column(
            "looks like",
            [page.safe(name_service(summary, row["service"])) for row in shown],
            rank=1,
            right=False,
        ),
        Column("lines", [f"{row['lines']:,}" for row in shown]),
        Column("users", [f"{row['users']:,}" for row in shown]),
        Column("blocked", [f"{row['blocked']:,}" for row in shown], rank=2),
        Column("last", [name_local_day(row["last_seen"], zone) for row in shown], rank=3),
        Column(
            "hosts",
            [page.safe(", ".join(row["hosts"])) for row in shown],
            rank=4,
            right=False,
            cut="end",
        ),
    ]
    note = "not the service; may be phishing, for IT security"
    return [
        *page.title("Look-alike hosts", note),
        *lay_out(columns, width=page.width, marks=page.marks),
        *page.more(total - len(shown), "domains", "--top 0 shows all"),
    ]
