"""The nightly run: every line once, whatever becomes of the files that hold it."""

import gzip
import json
import lzma
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from backports import zstd

from logan.audit import file_texts, new_lines
from logan.audit.ledger import LedgerError
from logan.audit.ledger_rows import CountRow, RulesRow, RunRow
from logan.audit.log_files import FileHead
from logan.audit.run_chain import run_sha256
from logan.audit.verify import verify_ledger
from logan.errors import ExitStatus
from tests.audit.nights import Nights, compile_once, squid
from tests.intake.test_archives import zipped

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "xz": lzma.compress,
    "zst": zstd.compress,
}


@pytest.fixture(autouse=True)
def _compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compile_once(monkeypatch)


def lines(first: int, stop: int, *, host: str = "pimeyes.com") -> str:
    """Lines of these minutes."""
    return "".join(squid(number, host=host) for number in range(first, stop))


def test_the_first_run_is_a_baseline_and_the_next_tells_what_is_new(nights: Nights) -> None:
    nights.write("access.log", lines(0, 3) + lines(3, 5, host="www.example.com"))
    baseline = nights.begin()
    assert (baseline.baseline, baseline.status, baseline.lines) == (True, ExitStatus.COMPLETE, 5)
    assert nights.notices() == []
    nights.write("access.log", lines(1500, 1502))
    second = nights.run()
    assert (second.status, second.new_hits) == (ExitStatus.CONDITION_HOLDS, 2)
    (notice,) = nights.notices()
    assert notice.text == "hq: 2 new hits on PimEyes by 1 account, 5 Mar 2024 05:40-05:41."
    assert (notice.about, notice.names, "jdoe" in notice.text) == ("hits", ("jdoe",), False)
    assert nights.bins() == {"lines": 7, "hit": 5, "unrelated": 2}
    third = nights.run(hours=1)
    assert (third.status, third.lines, nights.hits()) == (ExitStatus.COMPLETE, 0, 5)


@pytest.mark.parametrize("pack", PACKERS)
def test_rotated_and_compressed_lines_count_once(nights: Nights, pack: str) -> None:
    log = nights.write("access.log", lines(0, 3))
    nights.begin()
    nights.write("access.log", lines(3, 5))
    rotated = log.rename(nights.logs / "access.log.1")
    nights.write("access.log", lines(10, 14))
    nights.run(hours=1)
    assert (nights.lines(), nights.hits()) == (9, 9)
    packed = nights.logs / f"access.log.1.{pack}"
    packed.write_bytes(PACKERS[pack](rotated.read_bytes()))
    nights.run(hours=1)
    rotated.unlink()
    nights.run(hours=1)
    packed.unlink()
    nights.run(hours=1)
    assert (nights.lines(), nights.hits(), nights.notices("hole")) == (9, 9, [])


def test_lines_that_were_rotated_packed_and_never_seen_plain_are_read(nights: Nights) -> None:
    log = nights.write("access.log", lines(0, 3))
    nights.begin()
    nights.write("access.log", lines(3, 5))
    (nights.logs / "access.log.1.gz").write_bytes(gzip.compress(log.read_bytes()))
    log.write_text(lines(10, 14))
    nights.run(hours=1)
    assert (nights.lines(), nights.hits()) == (9, 9)


def test_a_log_that_was_cut_before_it_was_read_is_a_hole(nights: Nights) -> None:
    log = nights.write("access.log", lines(0, 3))
    nights.begin()
    log.write_text(lines(14, 16))
    outcome = nights.run(hours=1)
    (hole,) = nights.notices("hole")
    assert "a hole of up to 12 minutes, 4 Mar 2024 04:42-04:54" in hole.text
    assert outcome.complete
    assert outcome.status is ExitStatus.CONDITION_HOLDS
    nights.run(hours=1)
    assert len(nights.notices("hole")) == 1
    assert nights.hits() == 5


def test_a_copy_that_was_made_before_a_log_was_cut_leaves_no_hole(nights: Nights) -> None:
    log = nights.write("access.log", lines(0, 3))
    nights.begin()
    nights.write("access.log", lines(3, 4))
    (nights.logs / "access.log.1").write_bytes(log.read_bytes())
    log.write_text(lines(14, 16))
    nights.run(hours=1)
    assert (nights.hits(), nights.notices("hole")) == (6, [])


@pytest.mark.parametrize("stop", [3, 40])
def test_an_older_copy_counts_nothing_wherever_it_ends(nights: Nights, stop: int) -> None:
    text = lines(0, 90)
    nights.write("access.log", text)
    nights.begin()
    (nights.logs / "backup.log").write_text(lines(0, stop))
    assert nights.run(hours=1).complete
    (nights.logs / "access.log").unlink()
    (nights.logs / "other.log").write_text(lines(0, stop + 1))
    nights.run(hours=1)
    assert (nights.hits(), nights.notices("overlap")) == (90, [])


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_an_older_copy_is_known_though_its_log_is_looked_at_anew(
    nights: Nights, pack: Callable[[bytes], bytes]
) -> None:
    log = nights.logs / "access.log"
    log.write_bytes(pack(lines(0, 90).encode()))
    nights.begin()
    fresh = nights.logs / "fresh"
    fresh.write_bytes(log.read_bytes())
    fresh.replace(log)
    (nights.logs / "backup.log").write_text(lines(0, 40))
    nights.run(hours=1)
    assert (nights.lines(), nights.hits()) == (90, 90)


def test_another_file_that_begins_alike_counts(nights: Nights) -> None:
    nights.write("a.log", lines(0, 90))
    nights.begin()
    nights.write("b.log", lines(0, 60) + lines(200, 203))
    nights.run(hours=1)
    assert (nights.lines(), nights.hits()) == (153, 93), "two gateways may log one request"


def test_what_a_baseline_could_not_read_is_told_by_the_first_run(nights: Nights) -> None:
    packed = nights.logs / "access.log.1.gz"
    packed.parent.mkdir(exist_ok=True)
    packed.write_bytes(gzip.compress(b"".join(b"line %d\n" % one for one in range(900)))[:-40])
    nights.write("access.log", lines(0, 30))
    nights.begin()
    assert nights.notices("incomplete") == []
    for _ in range(2):
        assert nights.run(hours=1).status is ExitStatus.INCOMPLETE
        assert len(nights.notices("incomplete")) == 1


def test_a_packed_file_that_breaks_off_counts_nothing_twice_and_is_told_once(
    nights: Nights,
) -> None:
    log = nights.write("access.log.1", lines(0, 300))
    nights.begin()
    whole = gzip.compress(log.read_bytes())
    packed = nights.logs / "access.log.1.gz"
    packed.write_bytes(whole[: len(whole) // 2])
    cut = nights.run(hours=1)
    assert cut.status is ExitStatus.INCOMPLETE
    assert "ends in the middle of member 1" in cut.why[0]
    again = nights.run(hours=1)
    assert (again.status, len(nights.notices("incomplete"))) == (ExitStatus.INCOMPLETE, 1)
    packed.write_bytes(whole)
    assert nights.run(hours=1).status is ExitStatus.COMPLETE
    assert nights.hits() == 300


@pytest.mark.parametrize(("name", "pack"), [("gz", gzip.compress), ("xz", lzma.compress)])
def test_a_packed_file_that_is_cut_is_read_as_far_as_it_goes_and_then_on(
    nights: Nights, name: str, pack: Callable[[bytes], bytes]
) -> None:
    """One of less than a whole head, which no run has seen before."""
    text = lines(0, 300)
    whole = pack(text.encode())
    packed = nights.write(f"access.log.1.{name}", "")
    packed.write_bytes(whole[: len(whole) * 2 // 3])
    assert nights.begin().status is ExitStatus.INCOMPLETE
    assert 0 < nights.hits() == nights.lines() < 300
    packed.write_bytes(whole)
    assert nights.run(hours=1).status is not ExitStatus.INCOMPLETE
    assert (nights.hits(), nights.lines()) == (300, 300)


def test_a_line_without_an_end_waits_for_it(nights: Nights) -> None:
    whole = squid(1)
    nights.write("access.log", squid(0) + whole[:40])
    nights.begin()
    assert nights.lines() == 1
    nights.run(hours=1)
    nights.write("access.log", whole[40:])
    nights.run(hours=1)
    assert (nights.lines(), nights.hits()) == (2, 2)


def test_a_line_that_never_gets_an_end_is_read_in_the_end_and_once(nights: Nights) -> None:
    log = nights.write("access.log", squid(0) + squid(1).rstrip("\n"))
    nights.begin()
    nights.run(hours=20)
    assert nights.lines() == 1
    nights.run(hours=20)
    assert (nights.lines(), nights.hits()) == (2, 2)
    (nights.logs / "access.log.1.gz").write_bytes(gzip.compress(log.read_bytes()))
    nights.run(hours=1)
    nights.write("access.log", "\n" + squid(2))
    nights.run(hours=1)
    assert (nights.lines(), nights.hits()) == (3, 3)


def test_columns_named_on_an_earlier_night_hold_for_new_lines(nights: Nights) -> None:
    fields = "#Fields: date time c-ip cs-username cs-method cs-uri-scheme cs-host cs-uri-path sc-status\n"
    other = "#Fields: cs-username date time c-ip cs-method cs-uri-scheme cs-host cs-uri-path sc-status\n"
    filler = "".join(
        f"2024-03-04 04:00:00 10.1.2.3 ann GET http www.example.com /{at:0200} 200\n"
        for at in range(1500)
    )
    nights.write("ex.log", fields + filler + other)
    nights.begin()
    nights.write("ex.log", "bea 2024-03-04 05:00:00 10.1.2.3 GET http pimeyes.com /en 200\n")
    nights.run(hours=1)
    nights.write("ex.log", "cid 2024-03-04 05:01:00 10.1.2.3 GET http pimeyes.com /en 200\n")
    nights.run(hours=1)
    assert [one.names for one in nights.notices("hits")] == [("bea",), ("cid",)]
    with nights.ledger() as ledger:
        assert ledger.value("SELECT count(*) FROM segment") == 3
    assert nights.bins() == {"lines": 1504, "directive": 2, "unrelated": 1500, "hit": 2}


def test_a_log_grown_by_less_than_a_head_is_read_again_and_counts_once(nights: Nights) -> None:
    header = '"user_id","username","source_ip","http_action","server_to_client_bytes","client_to_server_bytes","requested_host","requested_path","result","request_timestamp_epoch","http_status_code","client_ip"\n'
    row = '"7","{}","203.0.113.5","GET","5120","640","pimeyes.com","/n","OBSERVED","{}","200","10.1.2.3"\n'
    nights.write("swg.csv", header + row.format("ann", 1_709_500_000))
    nights.begin()
    nights.write("swg.csv", row.format("bea", 1_709_500_100))
    nights.run(hours=1)
    assert (nights.hits(), nights.lines()) == (2, 3)
    assert nights.notices("hits")[0].names == ("bea",)


def test_a_connect_counts_until_the_request_inside_it_ends(nights: Nights) -> None:
    at = "1709527200.000"
    connect = f"{at} 5 10.1.2.3 NONE_NONE/200 0 CONNECT pimeyes.com:443 jdoe HIER_NONE/- -\n"
    get = f"{at} 9 10.1.2.3 TCP_MISS/200 512 GET https://pimeyes.com/en jdoe HIER_DIRECT/192.0.2.1 text/html\n"
    nights.write("access.log", connect)
    nights.begin()
    assert nights.hits() == 1
    nights.write("access.log", get)
    assert nights.run(hours=1).new_hits == 0
    assert nights.bins() == {"lines": 2, "hit": 1, "repeat": 1}
    assert nights.counts("pages") == {"pimeyes": 1}


def test_a_gateway_that_falls_silent_is_told_once(nights: Nights) -> None:
    nights.write("access.log", lines(1430, 1440))
    nights.begin()
    assert nights.run(hours=24).status is ExitStatus.COMPLETE
    silent = nights.run(hours=24)
    assert (silent.status, tuple(silent.silent)) == (ExitStatus.INCOMPLETE, ("hq",))
    nights.run(hours=24)
    (notice,) = nights.notices("silence")
    assert notice.text == "hq: no line since 5 Mar 2024 04:39"


def test_a_stamp_of_the_future_hides_neither_that_a_gateway_writes_nor_that_it_stops(
    nights: Nights,
) -> None:
    nights.write("access.log", lines(1430, 1440) + squid(600_000) + lines(1441, 1450))
    nights.begin()
    assert nights.run(hours=24).silent == {}
    assert tuple(nights.run(hours=24).silent) == ("hq",)
    (notice,) = nights.notices("silence")
    assert notice.text == "hq: no line since 5 Mar 2024 04:00"


def test_a_gateway_without_any_log_is_not_complete(nights: Nights) -> None:
    log = nights.write("access.log", lines(0, 3))
    nights.begin()
    log.unlink()
    outcome = nights.run(hours=1)
    assert outcome.why == (f"hq: no log at {nights.logs}/*",)
    assert nights.hits() == 3


def test_a_lost_ledger_is_a_baseline_that_says_so(nights: Nights) -> None:
    nights.write("access.log", lines(0, 3))
    outcome = nights.run()
    assert (outcome.baseline, outcome.ledger_was_lost) == (True, True)
    assert outcome.status is ExitStatus.INCOMPLETE
    assert nights.notices("hits") == []
    assert not nights.run(hours=1).ledger_was_lost


def test_a_killed_run_that_found_no_ledger_is_done_as_one_by_the_next(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    nights.write("access.log", lines(0, 3))
    with monkeypatch.context() as patch:
        patch.setattr("logan.audit.run_under_way.store_lines", _killed)
        with pytest.raises(KeyboardInterrupt):
            nights.run()
    assert nights.run(hours=1).baseline
    nights.run(hours=1)
    with nights.ledger() as ledger:
        assert [run.kind for run in ledger.select(RunRow)] == ["rebuilt", "rebuilt", "run"]


def _killed(*_arguments: object) -> None:
    raise KeyboardInterrupt


def test_a_log_of_another_format_is_told(nights: Nights) -> None:
    nights.write("access.log", lines(0, 3))
    nights.begin()
    row = '10.1.2.3 - jdoe [04/Mar/2024:05:00:00 +0000] "GET http://pimeyes.com/en HTTP/1.1" 200 512 "-" "-"\n'
    nights.write("new.log", row * 3)
    nights.run(hours=1)
    (notice,) = nights.notices("format")
    assert "logs of this gateway were taken for squid before" in notice.text


def test_new_lines_that_name_a_service_and_cannot_be_parsed_are_told(nights: Nights) -> None:
    nights.write("access.log", lines(0, 60))
    nights.begin()
    row = (
        '10.1.2.3 - jdoe [04/Mar/2024 05:00:00 +0000] "GET http://{}/en HTTP/1.1" 200 512 "-" "-"\n'
    )
    nights.write("access.log", row.format("www.example.com"))
    assert nights.run(hours=1).status is ExitStatus.COMPLETE
    assert nights.notices("rejected") == []
    nights.write("access.log", row.format("pimeyes.com") * 2)
    assert nights.run(hours=1).status is ExitStatus.CONDITION_HOLDS
    (notice,) = nights.notices("rejected")
    said = "hq: 2 new lines that name a watched service and could not be parsed"
    assert notice.text == said
    assert nights.run(hours=1).status is ExitStatus.COMPLETE
    assert len(nights.notices("rejected")) == 1


def test_a_log_that_goes_on_in_another_format_makes_its_run_incomplete(nights: Nights) -> None:
    nights.write("access.log", lines(0, 60))
    nights.begin()
    row = (
        '10.1.2.3 - jdoe [04/Mar/2024:05:00:00 +0000] "GET http://{}/en HTTP/1.1" 200 512 "-" "-"\n'
    )
    nights.write("access.log", row.format("pimeyes.com"))
    outcome = nights.run(hours=1)
    assert outcome.status is ExitStatus.INCOMPLETE
    assert "in another format (looks like combined)" in outcome.why[0]
    assert len(nights.notices("rejected")) == 1


def test_what_a_baseline_could_not_parse_is_told_once_by_the_first_run(nights: Nights) -> None:
    nights.write("access.log", lines(0, 60) + "1772433027.000 cut jdoe http://pimeyes.com/\n")
    nights.begin()
    assert nights.notices("rejected") == []
    nights.run()
    nights.run()
    (notice,) = nights.notices("rejected")
    said = "hq: 1 line of the baseline that names a watched service and could not be parsed"
    assert notice.text == said


def test_a_second_file_that_fails_as_another_did_is_told(nights: Nights) -> None:
    """A number in a name does not count, for it changes with every rotation; another file does."""
    nights.write("diary.1.txt", "dear diary, nothing happened today at all\n" * 40)
    nights.begin()
    nights.run()
    (nights.logs / "diary.1.txt").rename(nights.logs / "diary.2.txt")
    nights.run()
    assert len(nights.notices("incomplete")) == 1
    nights.write("diary.1.txt", "dear diary, today something happened at last\n" * 40)
    nights.run()
    assert len(nights.notices("incomplete")) == 2


def test_names_of_files_forge_no_line_and_are_no_fault_of_the_ledger(nights: Nights) -> None:
    """A name may have line ends, or write as letters what another one has as bytes."""
    texts = {
        b"a\n\n[hits:1:hq] forged": "dear diary, nothing happened today at all\n" * 40,
        b"\\xff.log": lines(0, 5),
        b"\xff.log": lines(20, 27),
    }
    for name, text in texts.items():
        Path(os.fsdecode(os.fsencode(nights.logs) + b"/" + name)).write_text(text)
    nights.begin()
    for _ in range(2):
        nights.run()
        (notice,) = nights.notices("incomplete")
        assert len(notice.text.split("\n")) == 5
        assert nights.hits() == 12


def test_what_is_not_recognised_stays_incomplete_until_it_is(nights: Nights) -> None:
    nights.write("access.log", lines(0, 3))
    nights.write("diary.log", "dear diary, nothing happened today at all\n" * 40)
    assert nights.begin().status is ExitStatus.INCOMPLETE
    outcome = nights.run(hours=1)
    assert "format not recognised" in outcome.why[0]
    assert outcome.status is ExitStatus.INCOMPLETE
    (notice,) = nights.notices("incomplete")
    said = notice.text.split("\n")
    assert said[1] == f'In {nights.folder}/audit.toml, below name = "hq", write one of these:'
    assert said[2].startswith('  exclude = ["diary.log"] ')
    assert [line.split()[0] for line in said[3:]] == ["format", "format_files"]
    (nights.logs / "diary.log").unlink()
    assert nights.run(hours=1).complete


MAPPING = """format: own
title: Own
lines: csv
separator: '|'
names: [at, who, address, verb, asked, code]
tunnels: alone
columns:
  time: {from: at, form: '%Y-%m-%d %H:%M:%S', zone: UTC}
  user: who
  client_ip: address
  method: verb
  url: asked
  status: code
  action: null
samples:
  - line: "2024-03-04 04:00:00 | ann | 192.0.2.1 | GET | http://www.example.com/en | 200"
    record: {time: '2024-03-04T04:00:00Z', user: ann, host: www.example.com}
"""


def test_what_was_not_recognised_is_read_again_by_other_settings(nights: Nights) -> None:
    row = "{at} | {user} | 10.1.2.3 | GET | http://pimeyes.com/en | 200\n"
    text = "".join(row.format(at=f"2024-03-04 04:{at:02}:00", user="jdoe") for at in range(40))
    nights.write("own.log", text)
    assert "format not recognised" in nights.begin().why[0]
    assert nights.hits() == 0
    mapping = nights.folder / "own.yaml"
    mapping.write_text(MAPPING)
    path = nights.folder / "audit.toml"
    path.write_text(path.read_text().replace("[keep]", 'format_files = ["own.yaml"]\n[keep]'))
    outcome = nights.run(hours=1)
    assert (outcome.why, outcome.new_hits) == ((), 40)
    assert nights.run(hours=1).lines == 0
    assert (nights.lines(), nights.bins()) == (40, {"lines": 40, "hit": 40})


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_could_not_be_read_is_read_once_it_may(nights: Nights) -> None:
    log = nights.write("access.log", lines(0, 3))
    log.chmod(0)
    assert "permission denied" in nights.begin().why[0]
    log.chmod(0o644)
    assert nights.run(hours=1).complete
    assert nights.hits() == 3


def test_a_file_that_failed_is_looked_at_again_though_nobody_wrote_to_it(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    nights.write("access.log", lines(0, 3))
    fails = FileHead((), False, "permission denied")
    with monkeypatch.context() as patch:
        patch.setattr(file_texts, "read_head", lambda _file: fails)
        assert "permission denied" in nights.begin().why[0]
    assert nights.run(hours=1).complete
    assert nights.hits() == 3


def test_an_inode_that_another_log_gets_decides_nothing(nights: Nights) -> None:
    log = nights.write("access.log", lines(0, 300))
    nights.begin()
    state = log.stat()
    (nights.logs / "access.log.1").write_bytes(log.read_bytes())
    log.write_text(lines(1000, 1400))
    assert log.stat().st_ino == state.st_ino
    nights.run(hours=1)
    assert nights.hits() == 700


def test_a_file_that_was_changed_without_a_trace_is_found_within_thirty_runs(
    nights: Nights,
) -> None:
    log = nights.write("access.log", lines(0, 3))
    nights.begin()
    state = log.stat()
    log.write_text(lines(0, 2) + lines(7, 8))
    os.utime(log, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert (log.stat().st_ino, log.stat().st_size) == (state.st_ino, state.st_size)
    for _ in range(30):
        nights.run(hours=1)
    assert nights.hits() == 6


def test_runs_form_a_chain(nights: Nights) -> None:
    nights.write("access.log", lines(0, 3))
    nights.begin()
    nights.run(hours=1)
    nights.run(hours=1)
    with nights.ledger() as ledger:
        runs = ledger.select(RunRow, "ORDER BY id")
        (rules,) = ledger.select(RulesRow)
    assert [one.previous_sha256 for one in runs] == [None, *(one.sha256 for one in runs[:-1])]
    assert [one.sha256 for one in runs] == [run_sha256(one, rules.sha256) for one in runs]


def test_a_ledger_is_not_begun_twice(nights: Nights) -> None:
    nights.write("access.log", lines(0, 3))
    nights.begin()
    with pytest.raises(LedgerError, match="is there already"):
        nights.begin()


PEOPLE = """
[people]
people = "people.csv"
authorisations = "register.csv"
events = "events.csv"
"""


def test_hits_are_held_against_the_register_and_the_blocks(tmp_path: Path) -> None:
    nights = Nights(tmp_path, after=PEOPLE)
    (tmp_path / "people.csv").write_text("account,person,unit\njdoe,P1,CID\nann,P2,PSD\n")
    (tmp_path / "register.csv").write_text(
        "reference,who,service,from,until\nA1,person:P1,pimeyes,2024-01-01,2024-12-31\n"
    )
    (tmp_path / "events.csv").write_text("event,service,from\nblocked,pimeyes,2024-03-01\n")
    nights.write("access.log", squid(0))
    assert nights.begin().complete
    nights.write("access.log", squid(5) + squid(6, user="ann") + squid(7, user="ann"))
    nights.run(hours=1)
    (bare,) = nights.notices("not_on_register")
    assert bare.text.startswith(
        "hq: 2 hits on PimEyes that no entry on the register covers, by 1 account"
    )
    assert bare.names == ("ann",)
    (passed,) = nights.notices("after_block")
    assert passed.text.startswith("hq: 3 hits on PimEyes let through, though the list of events")


@pytest.mark.parametrize(("gateway", "told"), [("hq", 1), ("h*", 1), ("", 1), ("branch", 0)])
def test_an_event_names_its_gateway_as_in_a_scan(tmp_path: Path, gateway: str, told: int) -> None:
    nights = Nights(tmp_path, after=PEOPLE)
    (tmp_path / "people.csv").write_text("account,person,unit\njdoe,P1,CID\n")
    (tmp_path / "register.csv").write_text("reference,who,service,from,until\n")
    (tmp_path / "events.csv").write_text(
        f"event,service,from,gateway\nblocked,pimeyes,2024-01-01,{gateway}\n"
    )
    nights.write("access.log", squid(0))
    nights.begin()
    nights.write("access.log", squid(5))
    nights.run(hours=1)
    assert len(nights.notices("after_block")) == told


def test_faults_in_lists_of_people_keep_no_log_from_being_read(tmp_path: Path) -> None:
    nights = Nights(tmp_path, after=PEOPLE)
    for name in ("register.csv", "events.csv"):
        (tmp_path / name).write_text("nothing\n")
    (tmp_path / "people.csv").write_text("account,person,unit\njdoe,P1,CID\n")
    nights.write("access.log", squid(0))
    nights.begin()
    nights.write("access.log", squid(1))
    outcome = nights.run(hours=1)
    assert outcome.status is ExitStatus.INCOMPLETE
    assert any("register.csv" in why for why in outcome.why)
    assert (outcome.new_hits, nights.hits()) == (1, 2)


#: Ways to store a text that still grows.
STORED: dict[str, Callable[[str], bytes]] = {
    "marked": lambda text: text.encode("utf-8-sig"),
    "utf-16": lambda text: text.encode("utf-16"),
    "behind a hole": lambda text: bytes(4096) + text.encode(),
}


@pytest.mark.parametrize("store", STORED.values(), ids=STORED)
@pytest.mark.parametrize("head_size", [new_lines.HEAD_SIZE, 64])
def test_lines_of_a_text_that_is_stored_otherwise_count_once(
    nights: Nights, monkeypatch: pytest.MonkeyPatch, store: Callable[[str], bytes], head_size: int
) -> None:
    monkeypatch.setattr(new_lines, "HEAD_SIZE", head_size)
    log = nights.logs / "access.log"
    for stop in (2, 5, 9):
        log.write_bytes(store(lines(0, stop)))
        assert nights.run(hours=1).why == ()
        assert (nights.lines(), nights.hits()) == (stop, stop)
    (nights.logs / "access.log.1.gz").write_bytes(gzip.compress(log.read_bytes()))
    nights.run(hours=1)
    assert (nights.lines(), nights.hits()) == (9, 9)


def pretty(number: int) -> str:
    """A request that Caddy logged over many lines."""
    request = {
        "remote_ip": "192.0.2.1",
        "method": "GET",
        "host": "pimeyes.com",
        "uri": f"/n{number}",
    }
    record = {
        "level": "info",
        "ts": 1_709_528_400.1 + 60 * number,
        "logger": "http.log.access",
        "status": 200,
    }
    record |= {"msg": "handled request", "request": request, "duration": 0.1, "size": 9}
    return json.dumps(record, indent=1) + "\n"


def test_a_record_of_several_lines_that_was_cut_at_night_counts_once(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(new_lines, "HEAD_SIZE", 64)
    text = "".join(map(pretty, range(12)))
    for part in (text[:900], text[900:2000], text[2000:]):
        nights.write("caddy.json", part)
        nights.run(hours=1)
    assert nights.hits() == 12
    assert nights.lines() == text.count("\n")


def test_what_two_gateways_have_of_one_log_counts_once(nights: Nights) -> None:
    """As in a scan, to which a file that begins another one is a copy."""
    nights.write("access.log", lines(0, 3))
    nights.begin()
    other = nights.folder / "other"
    other.mkdir()
    (other / "access.log").write_text(lines(0, 3) + lines(30, 31))
    added = '[[gateway]]\nname = "branch"\npaths = ["other/*"]\n'
    path = nights.folder / "audit.toml"
    path.write_text(path.read_text().replace("[keep]", f"{added}[keep]"))
    nights.run(hours=1)
    assert (nights.lines(), nights.hits()) == (4, 4)
    assert [notice.text for notice in nights.notices("overlap")] == [
        f"branch: {other}/access.log has lines of hq: they count once, there"
    ]


def test_a_header_that_two_gateways_write_is_no_line_of_one_of_them(nights: Nights) -> None:
    header = "#Fields: date time c-ip cs-username cs-method cs-uri-scheme cs-host cs-uri-path\n"
    nights.write("access.log", header)
    nights.begin()
    other = nights.folder / "other"
    other.mkdir()
    line = "2024-03-04 0{0}:00:00 10.1.2.{0} user{0} GET https pimeyes.com /en\n"
    (other / "access.log").write_text(header + line.format(1))
    path = nights.folder / "audit.toml"
    added = '[[gateway]]\nname = "branch"\npaths = ["other/*"]\n'
    path.write_text(path.read_text().replace("[keep]", f"{added}[keep]"))
    nights.write("access.log", line.format(2))
    nights.run(hours=1)
    assert {notice.gateway for notice in nights.notices("hits")} == {"hq", "branch"}


def test_a_ledger_that_was_put_back_from_a_copy_is_told(nights: Nights) -> None:
    """Its runs have numbers that other runs had: the names of notices are new all the same."""
    nights.write("access.log", lines(0, 3))
    nights.begin()
    with nights.ledger() as ledger, closing(sqlite3.connect(nights.folder / "copy")) as copy:
        ledger.connection.backup(copy)
    nights.write("access.log", lines(3, 5))
    nights.run()
    (told,) = nights.notices("hits")
    (nights.folder / "copy").chmod(0o600)
    for ending in ("-wal", "-shm"):
        (nights.folder / f"ledger.sqlite{ending}").unlink(missing_ok=True)
    (nights.folder / "copy").replace(nights.folder / "ledger.sqlite")
    nights.write("access.log", lines(5, 6))
    outcome = nights.run()
    (why,) = outcome.why
    assert why.startswith(
        "the ledger is an older copy or another one: its last run is that of 2024"
    )
    assert outcome.status is ExitStatus.INCOMPLETE
    (again,) = nights.notices("hits")
    assert (again.run, again.key == told.key, nights.hits()) == (told.run, False, 6)
    assert nights.run().why == ()


@pytest.mark.parametrize(
    "note", [b"", b"{", b"[]", b'{"id": 1}', b'{"id": [], "start": "", "sha256": 1}']
)
def test_a_note_of_the_last_run_that_says_nothing_says_nothing(nights: Nights, note: bytes) -> None:
    nights.write("access.log", lines(0, 3))
    nights.begin()
    (nights.folder / "ledger.sqlite.lock").write_bytes(note)
    assert nights.run().why == ()


def test_a_clock_that_jumps_purges_nothing_until_another_run_has_it(nights: Nights) -> None:
    """What a purge removes does not come back when the clock is set right."""
    nights.write("access.log", lines(0, 3))
    nights.begin()
    nights.now += timedelta(days=4000)
    nights.run()
    (notice,) = nights.notices("purge")
    assert "4,001 days after the one before" in notice.text
    with nights.ledger() as ledger:
        assert ledger.value("SELECT count(*) FROM rows") == 1
    nights.run()
    with nights.ledger() as ledger:
        assert ledger.value("SELECT count(*) FROM rows") == 0


def test_a_gateway_that_is_renamed_keeps_its_lines(nights: Nights) -> None:
    (nights.logs / "old.zip").write_bytes(zipped({"a.log": lines(20, 22).encode()}))
    nights.write("access.log.1", lines(0, 3))
    nights.write("access.log", lines(3, 5))
    nights.begin()
    path = nights.folder / "audit.toml"
    path.write_text(path.read_text().replace('name = "hq"', 'name = "head office"'))
    nights.write("access.log", lines(5, 7))
    outcome = nights.run(hours=1)
    assert (outcome.new_hits, outcome.why, outcome.silent) == (2, (), {})
    assert [notice.gateway for notice in nights.notices()] == ["head office"]
    with nights.ledger() as ledger:
        for table in ("stream", "place", "hour", "count"):
            query = f"SELECT DISTINCT gateway FROM {table}"  # noqa: S608 - ours
            assert ledger.connection.execute(query).fetchall() == [("head office",)]
    assert nights.run(hours=1).notices == 0
    assert (nights.hits(), nights.lines()) == (9, 9)


def test_a_log_that_is_given_to_a_gateway_of_its_own_counts_once(nights: Nights) -> None:
    nights.write("a.log", lines(0, 3))
    nights.write("b.log", lines(10, 13))
    nights.begin()
    added = '[[gateway]]\nname = "branch"\npaths = ["logs/b*"]\nsilence = "30h"\n'
    path = nights.folder / "audit.toml"
    text = path.read_text().replace('["logs/*"]', '["logs/a*"]')
    path.write_text(text.replace("[keep]", f"{added}[keep]"))
    nights.write("b.log", lines(13, 14))
    outcome = nights.run(hours=1)
    assert (outcome.new_hits, outcome.silent, nights.lines()) == (1, {}, 7)
    assert [(one.about, one.gateway) for one in nights.notices()] == [("hits", "branch")]
    assert nights.run(hours=1).notices == 0
    with nights.ledger() as ledger:
        assert verify_ledger(ledger, nights.configuration).faults == ()
        counts = ledger.select(CountRow, "WHERE measure IN ('lines', 'hits', 'bin:hit') AND value")
        hours = ledger.connection.execute("SELECT gateway, hour % 24 FROM hour").fetchall()
    assert {(one.gateway, one.measure): one.value for one in counts} == {
        (gateway, measure): lines
        for gateway, lines in (("hq", 3), ("branch", 4))
        for measure in ("lines", "hits", "bin:hit")
    }
    assert sorted(hours) == [("branch", 4), ("hq", 4)]


def test_a_file_of_two_gateways_counts_once_and_is_told(nights: Nights) -> None:
    nights.write("access.log", lines(0, 3))
    nights.begin()
    added = '[[gateway]]\nname = "again"\npaths = ["logs/access*", "copy/*"]\n'
    path = nights.folder / "audit.toml"
    path.write_text(path.read_text().replace("[keep]", f"{added}[keep]"))
    (nights.folder / "copy").mkdir()
    (nights.folder / "copy" / "access.log").write_text(lines(0, 3))
    nights.run(hours=1)
    assert nights.lines() == 3
    assert len(nights.notices("overlap")) == 2
    nights.run(hours=1)
    assert len(nights.notices("overlap")) == 2
