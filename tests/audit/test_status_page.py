"""How an audit stands, as a person and as a program read it."""

import io
import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from logan.audit.configuration import AuditConfiguration, Hold
from logan.audit.ledger_rows import CountRow, DeliveryRow, PurgeRow
from logan.audit.recount_book import CountingByNights
from logan.audit.state import AuditState
from logan.audit.status_document import status_document
from logan.audit.status_page import lay_out_status
from logan.outputs.page import open_page
from tests.audit.builders import NIGHT, configuration, hour_rows, notice, run_row, stream_row
from tests.audit.test_state import HOUR, state_of

WIDE = """\
METRO: last complete run 28 h ago, 4 Mar 2026 04:40
  * The last run is incomplete: b.log.gz: cut short
  * 5 new hits not looked at. When you have: logan audit status {config} --seen
  * 1 hole in the logs not looked at
  * hq-squid is silent: no line for 28 h
  * 1 notice not delivered to anybody
  * 1 notice not delivered to it: ended with 75

Hits  1,234 over all runs
service     hits  allowed  blocked
pimeyes    1,200    1,200        0
facecheck     34        0       34

Runs
run           started  took  result      new hits  looked at
  2  5 Mar 2026 04:40   9 s  INCOMPLETE         5         no
  1  4 Mar 2026 04:40   9 s  complete           0

Gateways
gateway        newest line  lines        no data  format
hq-squid  4 Mar 2026 00:40  9,000  5 h in 2 gaps  squid
gone      3 Mar 2026 04:40      0           none  squid
  hq-squid: 1 line not parsed, though naming a watched service: each may be a missing hit
  no data from hq-squid: 3 Mar 2026 06:00 to 08:00 (2 hours)
  no data from hq-squid: 3 Mar 2026 10:00 to 13:00 (3 hours)
  gone is not in the configuration any more

Notices  the last ones, newest first
  4 Mar 2026 04:40  hits
    hq-squid: 5 new hits on PimEyes.
    told nobody yet
  4 Mar 2026 04:40  hole
    about hole:1
    told nobody yet
  4 Mar 2026 04:40  silence
    hq-squid: no line for 5 h.
    told standard output

Rules facial-search 2 (2026-01-29).
Hits are kept 400d, counts 7y.
Held for FOI 17: all hits, without end.
Held for case 3: the hits of one user, until 31 Jan 2027.
Last purge 4 Mar 2026 04:40: 12 rows from before 28 Jan 2025 04:40, by keep.hits.
"""


@pytest.fixture
def told(tmp_path: Path) -> AuditConfiguration:
    holds = Hold("FOI 17", None, None), Hold("case 3", "METRO\\jdoe", date(2027, 1, 31))
    return replace(configuration(tmp_path, silence=3 * HOUR), holds=holds)


@pytest.fixture
def state(tmp_path: Path, told: AuditConfiguration) -> AuditState:
    begin = NIGHT - 24 * HOUR
    rows = [
        run_row(1),
        run_row(2, complete=False, new_hits=5, why=("b.log.gz: cut short",)),
        stream_row("hq-squid", NIGHT - 4 * HOUR),
        stream_row("gone", begin),
        *hour_rows("hq-squid", begin, 0, 1, 4, 5, 9),
        CountRow("hq-squid", "", "", "lines", 9_000),
        CountRow("hq-squid", "", "", "bin:unrelated", 9_000),
        CountRow("hq-squid", "", "", "bin:rejected", 1),
        CountRow("hq-squid", "2026-03-04", "pimeyes", "hits:allowed", 1_200),
        CountRow("hq-squid", "2026-03-04", "facecheck", "hits:blocked", 34),
        notice("silence:1", "silence", text="hq-squid: no line for 5 h."),
        notice("hole:1", "hole"),
        notice("hits:2", text="hq-squid: 5 new hits on PimEyes.", names=("METRO\\jdoe",)),
        DeliveryRow(1, "-", NIGHT),
        DeliveryRow(3, "it", None, "ended with 75"),
        PurgeRow(NIGHT, NIGHT - timedelta(days=400), 12, "keep.hits", 1),
    ]
    return state_of(tmp_path, *rows, told=told)


def page(state: AuditState, told: AuditConfiguration, width: int) -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    console = Console(file=stream, width=width)
    lines = lay_out_status(state, told, open_page(console, top=None))
    return "".join(f"{line.plain}\n" for line in lines)


def test_what_waits_for_a_person_comes_first(state: AuditState, told: AuditConfiguration) -> None:
    told = replace(told, path=Path("a.toml"))
    assert page(state, told, 100) == WIDE.format(config="a.toml")


@pytest.mark.parametrize("width", [60, 80])
def test_no_line_is_wider_than_the_terminal(
    state: AuditState, told: AuditConfiguration, width: int
) -> None:
    told = replace(told, path=Path("a.toml"))
    assert max(map(cell_len, page(state, told, width).splitlines())) <= width


def test_how_exact_the_hits_of_a_large_ledger_are(
    state: AuditState, told: AuditConfiguration
) -> None:
    counting = CountingByNights(2_345_678, last=NIGHT, tried=NIGHT, next_run=31)
    shown = " ".join(page(replace(state, by_nights=counting), told, 100).split())
    assert "There are 2,345,678 findings" in shown
    assert "until run 31 settles all together (last done: 4 Mar 2026 04:40)" in shown
    killed = replace(state, by_nights=counting._replace(last=None))
    shown = " ".join(page(killed, told, 100).split())
    assert "(last done: never; one begun 4 Mar 2026 04:40 did not end)" in shown


def test_an_audit_that_has_just_begun(tmp_path: Path, told: AuditConfiguration) -> None:
    shown = page(state_of(tmp_path), replace(told, holds=()), 80)
    assert shown.startswith("METRO: last complete run 4 h ago, 4 Mar 2026 04:40\n\nRuns\n")
    assert "hq-squid        never" in shown


def test_nobody_is_named(state: AuditState, told: AuditConfiguration) -> None:
    assert "jdoe" not in page(state, told, 100)
    assert "jdoe" not in json.dumps(status_document(state, told))


def test_a_hostile_failure_moves_no_cursor(state: AuditState, told: AuditConfiguration) -> None:
    bad = "\x1b[2J\x9b\u202e[red]"
    owed = tuple(one._replace(failure=bad, recipient=bad) for one in state.owed)
    shown = page(replace(state, owed=owed), told, 100)
    assert all(character.isprintable() for character in shown.replace("\n", ""))
    assert "[red]" in shown


def test_a_program_gets_plain_values(state: AuditState, told: AuditConfiguration) -> None:
    found = json.loads(json.dumps(status_document(state, told)))
    assert found["schema"] == "logan.audit.status/1"
    assert (found["unseen_hits"], found["unseen_holes"], found["uncovered_hours"]) == (5, 1, 5)
    assert found["last_complete_run"] == "2026-03-04T04:40:09Z"
    assert [(run["id"], run["complete"], run["why"]) for run in found["runs"]] == [
        (2, False, ["b.log.gz: cut short"]),
        (1, True, []),
    ]
    squid = found["gateways"][0]
    assert (squid["silent"], squid["silent_seconds"]) == (True, 28 * 3_600 + 9)
    assert squid["uncovered"][0] == {
        "start": "2026-03-03T06:00:00Z",
        "end": "2026-03-03T08:00:00Z",
        "hours": 2,
    }
    assert found["hits"][0] == {"service": "facecheck", "action": "blocked", "hits": 34}
    assert found["holds"][1] == {"reference": "case 3", "all": False, "until": "2027-01-31"}
    assert found["owed"][1] == {"recipient": "it", "notices": 1, "failure": "ended with 75"}
    assert [one["told"] for one in found["notices"]] == [[], [], ["-"]]
