"""The words of notices, where runs of tests hardly ever come."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from logan.audit.counting import NewCounts
from logan.audit.findings_notices import FindingsReport, write_findings_notices
from logan.audit.ledger_rows import RulesRow
from logan.audit.operations_notices import tell_rules
from logan.audit.recount import write_recount_notices
from logan.audit.rescan import write_rescan_notices
from tests.audit.builders import NIGHT, RULES, hour_rows, ledger_with, run_row

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


@pytest.mark.parametrize(("days", "said"), [(1, "1 day was read"), (2, "2 days were read")])
def test_what_older_rules_read_is_said_in_days(tmp_path: Path, days: int, said: str) -> None:
    with ledger_with(tmp_path) as ledger:
        ledger.insert(RulesRow(RULES.replace("2 (", "3 ("), "cd" * 32, 2))
        for day in range(days):
            ledger.insert_all(hour_rows("hq", NIGHT + timedelta(days=day), 0))
        (notice,) = tell_rules(ledger, replace(run_row(2), rules_id=2))
    assert f"3 (2026-01-29): {said} by older rules alone" in notice.text
