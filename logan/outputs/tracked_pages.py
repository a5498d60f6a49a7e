"""The section on pages of one's own whose addresses went to trackers."""

from rich.text import Text

from logan.outputs.grid import Column, lay_out
from logan.outputs.page import Page
from logan.outputs.sentences import name_service
from logan.outputs.words import name_local_day
from logan.tables.summary import Summary


def show_tracked_pages(summary: Summary, page: Page) -> list[Text]:
    """Show which of the user's own pages were told to which tracker; nothing where none was."""
    rows, zone = summary.tracked_pages, summary.result.zone
    if rows.is_empty():
        return []
    shown = rows.slice(0, page.top).to_dicts()
    columns = [
        Column("page", [page.safe(row["page"]) for row in shown], right=False, cut="end"),
        Column(
            "told to",
            [page.safe(name_service(summary, row["service"])) for row in shown],
            right=False,
        ),
        Column("hits", [f"{row['hits']:,}" for row in shown]),
        Column("users", [f"{row['users']:,}" for row in shown], rank=1),
        Column("blocked", [f"{row['blocked']:,}" for row in shown], rank=2),
        Column("first", [name_local_day(row["first_seen"], zone) for row in shown], rank=4),
        Column("last", [name_local_day(row["last_seen"], zone) for row in shown], rank=3),
    ]
    return [
        *page.title("Pages told to trackers", "your own pages, by the address in the request"),
        *lay_out(columns, width=page.width, marks=page.marks),
        *page.more(len(rows) - len(shown), "pages", "--top 0 shows all"),
    ]
