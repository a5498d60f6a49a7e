"""Which tools a machine has, and which of them are others than here."""

from logan import __version__
from logan.cluster.tools import differences, installed_tools


def test_what_decides_is_among_the_tools() -> None:
    here = installed_tools()
    assert here["logan"].startswith(f"{__version__} (")
    assert {"logan", "Python", "polars", "hyperscan", "tzdata"} <= here.keys()
    assert "none" not in here.values()


def test_each_difference_is_named() -> None:
    here = {"logan": "1 (abc)", "polars": "2.1", "tzdata": "2026.1"}
    assert [*differences(here, here)] == []
    there = {"logan": "1 (def)", "polars": "2.1", "other": "9"}
    assert [*differences(here, there)] == [
        "logan 1 (def) (here 1 (abc))",
        "tzdata none (here 2026.1)",
    ]
