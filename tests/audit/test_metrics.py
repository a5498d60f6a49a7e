"""The figures for Prometheus: what its own tool says of them, and that no user is among them."""

import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from logan.audit.ledger_rows import CountRow
from logan.audit.metrics import render_metrics, write_metrics
from logan.audit.state import AuditState
from logan.errors import OutputError
from tests.audit.builders import NIGHT, hour_rows, notice, run_row, stream_row
from tests.audit.test_state import state_of

NAMES = (
    "logan_last_complete_run_timestamp_seconds",
    "logan_run_incomplete",
    "logan_lines_total",
    "logan_hits_total",
    "logan_newest_line_timestamp_seconds",
    "logan_uncovered_hours",
    "logan_unseen_hits",
    "logan_rules_info",
)


@pytest.fixture
def state(tmp_path: Path) -> AuditState:
    return state_of(
        tmp_path,
        run_row(1),
        run_row(2, complete=False, new_hits=5),
        stream_row("hq-squid", NIGHT),
        *hour_rows("hq-squid", NIGHT, 0, 6),
        CountRow("hq-squid", "", "", "bin:hit", 12_345_678),
        CountRow("hq-squid", "2026-03-04", 'a"b\\', "hits:allowed", 3),
        notice("a", names=("METRO\\jdoe",)),
    )


def test_every_metric_has_its_samples(state: AuditState) -> None:
    text = render_metrics(state)
    assert re.findall(r"^# TYPE (\S+)", text, re.MULTILINE) == list(NAMES)
    samples = [line for line in text.splitlines() if not line.startswith("#")]
    assert samples == [
        "logan_last_complete_run_timestamp_seconds 1772599209",
        "logan_run_incomplete 1",
        'logan_lines_total{gateway="hq-squid",bin="hit"} 12345678',
        r'logan_hits_total{service="a\"b\\",action="allowed"} 3',
        'logan_newest_line_timestamp_seconds{gateway="hq-squid"} 1772618400',
        'logan_uncovered_hours{gateway="hq-squid"} 5',
        "logan_unseen_hits 5",
        'logan_rules_info{pack="facial-search",version="2"} 1',
    ]
    assert "jdoe" not in text


def test_the_file_is_replaced_whole_and_everybody_may_read_it(
    state: AuditState, tmp_path: Path
) -> None:
    path = tmp_path / "logan.prom"
    path.write_text("old")
    write_metrics(state, path)
    assert path.read_text() == render_metrics(state)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [one.name for one in tmp_path.glob("*logan*")] == ["logan.prom"]


def test_a_file_that_cannot_be_written_says_so(state: AuditState, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"no/logan\.prom: could not be written: No such file"):
        write_metrics(state, tmp_path / "no" / "logan.prom")


def promtool(text: str) -> list[str]:
    """What Prometheus' own tool finds wrong with metrics."""
    if shutil.which("promtool") is None:
        pytest.skip("no `promtool`: install prometheus")
    words = ["promtool", "check", "metrics"]
    ran = subprocess.run(words, input=text, capture_output=True, text=True)
    return (ran.stdout + ran.stderr).splitlines()


def test_promtool_finds_nothing_wrong_but_that_hours_are_no_seconds(state: AuditState) -> None:
    text = render_metrics(state)
    advice = 'logan_uncovered_hours use base unit "seconds" instead of "hours"'
    assert promtool(text) == [advice]
    assert any("error while linting" in line for line in promtool(text.replace('"} 3', "} 3")))
