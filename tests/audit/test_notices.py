"""The words of notices, where runs of tests hardly ever come."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from logan.audit.counting import NewCounts
from logan.audit.findings_notices import FindingsReport, write_findings_notices
from logan.audit.ledger import Ledger
from logan.audit.ledger_rows import NoticeRow, RulesRow
from logan.audit.log_rows import SegmentRow
from logan.audit.operations_notices import tell_empty_folders, tell_rules
from logan.audit.recount import write_recount_notices
from logan.audit.rescan import write_rescan_notices
from tests.audit.builders import NIGHT, RULES, hour_rows, ledger_with, run_row, stream_row

NAMES = {"pimeyes": "PimEyes"}


def new_counts(hits: int, fresh: pl.DataFrame | None = None) -> NewCounts:
    changes = {("hq", "2026-03-04", "pimeyes", "hits"): hits}
    return NewCounts(changes, pl.DataFrame() if fresh is None else fresh, (), ())


@pytest.mark.parametrize(
    ("hits", "said"), [(2, "2 more hits"), (-1, "1 fewer hit"), (-12, "12 fewer hits")]
)
def test_what_another_reading_changed_is_more_or_fewer(hits: int, said: str) -> None:
    (again,) = write_rescan_notices(new_counts(hits), NAMES, run_row())
    assert again.text == f"hq: {said} on PimEyes in logs that were read again, 4 Mar 2026."
    (anew,) = write_recount_notices(new_counts(hits).changes, NAMES, run_row())
    assert anew.text.startswith(f"hq: {said} on PimEyes than nights had counted, ")


@pytest.mark.parametrize(("hits", "said"), [(1, "first hit on PimEyes: 1"), (2, "first hits on")])
def test_the_first_hits_on_a_service_may_be_one(tmp_path: Path, hits: int, said: str) -> None:
    row = {"gateway": "hq", "service": "pimeyes", "user": "jdoe", "client_ip": None, "time": NIGHT}
    fresh = pl.DataFrame([{**row, "action": "blocked"}] * hits)
    report = FindingsReport(run_row(), NAMES, "UTC", {}, {})
    with ledger_with(tmp_path) as ledger:
        notices = write_findings_notices(ledger, new_counts(hits, fresh), report)
        (first,) = (one for one in notices if one.about == "new_service")
    assert f"hq: the {said}" in first.text


def changed_rules(ledger: Ledger, *, lines: int, older: bool = True) -> list[NoticeRow]:
    """What is told of other rules, as a log of some lines was read by the ones before them."""
    ledger.insert(RulesRow(RULES.replace("2 (", "3 ("), "cd" * 32, 2))
    stream = ledger.insert(stream_row("hq", NIGHT))
    rules = 1 if older else 2
    ledger.insert(SegmentRow(stream, 1, rules, 0, lines, 0, 99 * lines, "0" * 64, {}, {}))
    return list(tell_rules(ledger, replace(run_row(2), rules_id=2)))


@pytest.mark.parametrize(("days", "said"), [(1, "1 day was read"), (2, "2 days were read")])
def test_what_older_rules_read_is_said_in_days(tmp_path: Path, days: int, said: str) -> None:
    with ledger_with(tmp_path) as ledger:
        for day in range(days):
            ledger.insert_all(hour_rows("hq", NIGHT + timedelta(days=day), 0))
        (notice,) = changed_rules(ledger, lines=9)
    assert f"3 (2026-01-29): {said} by older rules alone" in notice.text


@pytest.mark.parametrize(("lines", "said"), [(1, "1 line was read"), (1200, "1,200 lines were")])
def test_within_hours_that_newer_rules_read_too_it_is_said_in_lines(
    tmp_path: Path, lines: int, said: str
) -> None:
    with ledger_with(tmp_path) as ledger:
        (notice,) = changed_rules(ledger, lines=lines)
    assert f"3 (2026-01-29): {said}" in notice.text


def test_of_rules_that_have_read_all_again_there_is_nothing_to_tell(tmp_path: Path) -> None:
    with ledger_with(tmp_path) as ledger:
        ledger.insert_all(hour_rows("hq", NIGHT, 0))
        assert changed_rules(ledger, lines=9, older=False) == []


def test_a_folder_that_may_be_a_log_is_told_once(tmp_path: Path) -> None:
    first, second = "gs://logs/hq/2023", "gs://logs/hq/2024\n"
    with ledger_with(tmp_path, run_row(1), run_row(2), run_row(3)) as ledger:
        (told,) = tell_empty_folders(ledger, {"hq": [first], "branch": []}, run_row(2))
        assert told.text.startswith("hq: 1 folder in its storage with nothing listed below; ")
        ledger.insert(told)
        (more,) = tell_empty_folders(ledger, {"hq": [first, second]}, run_row(3))
        assert more.text.split("\n")[1:] == ["  gs://logs/hq/2024\\x0a"]
        ledger.insert(more)
        assert not [*tell_empty_folders(ledger, {"hq": [first, second]}, run_row(4))]
        assert [*tell_empty_folders(ledger, {"branch": [first]}, run_row(4))]
