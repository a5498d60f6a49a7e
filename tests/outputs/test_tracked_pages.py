"""The section on pages told to trackers."""

from logan.outputs.tracked_pages import show_tracked_pages
from logan.tables.summary import summarise
from tests.builders import hit, result
from tests.outputs.test_page import page
from tests.tables.test_pages import REPORT, with_pages


def test_page_and_tracker_are_named() -> None:
    told = with_pages(
        (REPORT, {"service": "meta_pixel"}), service_names={"meta_pixel": "Meta Pixel"}
    )
    lines = [line.plain for line in show_tracked_pages(summarise(told), page(100))]  # type: ignore[arg-type]
    assert lines[1].startswith("Pages told to trackers  your own pages")
    assert lines[3].split("  ")[:2] == [REPORT, "Meta Pixel"]


def test_without_any_there_is_no_section() -> None:
    assert show_tracked_pages(summarise(result([hit("2024-01-02 09:00")])), page()) == []
