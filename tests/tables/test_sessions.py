"""Sessions as rows, equal to those that other tables count."""

from datetime import timedelta

import polars as pl
from polars.testing import assert_frame_equal

from logan.tables.sessions import SESSIONS_ORDER, list_sessions
from logan.tables.summary import summarise
from tests.builders import at, frame, hit, result
from tests.outputs.stories import STORIES


def test_a_longer_pause_ends_a_session() -> None:
    rows = [
        hit("2024-01-01 09:00", "ann", activity="search"),
        hit("2024-01-01 09:30", "ann", activity="upload"),
        hit("2024-01-01 10:00:01", "ann"),
        hit("2024-01-01 09:10", "ann", service="facecheck"),
        hit("2024-01-01 09:10", None, client_ip="192.0.2.9"),
        hit("2024-01-01 09:20", None, client_ip="192.0.2.8"),
    ]
    found = pl.concat(list_sessions(result(rows))).sort(SESSIONS_ORDER, nulls_last=True).collect()
    assert found.select("user", "address", "service", "start", "hits", "searches").rows() == [
        ("ann", None, "pimeyes", at("2024-01-01 09:00"), 2, 1),
        ("ann", None, "facecheck", at("2024-01-01 09:10"), 1, 0),
        (None, "192.0.2.9", "pimeyes", at("2024-01-01 09:10"), 1, 0),
        (None, "192.0.2.8", "pimeyes", at("2024-01-01 09:20"), 1, 0),
        ("ann", None, "pimeyes", at("2024-01-01 10:00:01"), 1, 0),
    ]
    first = found.row(0, named=True)
    assert first["end"] - first["start"] == timedelta(minutes=30)
    assert first["uploads"] == 1


def test_there_are_as_many_as_the_summary_counts() -> None:
    for story in ("quarter", "many_users", "year", "nothing"):
        scanned = STORIES[story]()
        found = pl.concat(list_sessions(scanned)).collect()
        summary = summarise(scanned, list_sessions=True)
        assert found.height == summary.sessions[30]
        assert summary.session_rows is not None
        assert_frame_equal(found, pl.concat(summary.session_rows).collect(), check_row_order=False)
        assert summarise(scanned).session_rows is None


def test_hits_without_a_time_are_not_lost() -> None:
    rows = [hit("2024-01-01 09:00"), hit("2024-01-01 09:01")]
    scanned = result(rows)
    untimed = [row | {"time": None} for row in rows]
    found = pl.concat(list_sessions(scanned._replace(found=frame(untimed)))).collect()
    assert found.select("start", "hits").rows() == [(None, 2)]
