"""What the ledger counts night by night is what one scan of all logs counts."""

import random
import tracemalloc
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from logan.audit import recount, recount_book
from logan.audit.counting import count_new
from logan.audit.ledger_checks import check_tables
from logan.audit.ledger_rows import RecountRow, RunRow
from logan.audit.log_rows import SegmentRow
from logan.audit.recount_book import CountingByNights, counting_by_nights
from logan.pipeline.scan import scan
from logan.pipeline.settings import Settings
from logan.rules.packs import load_rules
from logan.tables.measures import SUMS
from tests.audit.builders import NIGHT, ledger_with, stream_row
from tests.audit.nights import Nights, compile_once
from tests.evidence.visits import visit_lines

RULES = load_rules()


@pytest.fixture(autouse=True)
def _compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compile_once(monkeypatch)


def counted_by_scan(folder: Path) -> tuple[dict[str, int], dict[str, int]]:
    """Sums over all hits, and lines by bin, of one scan."""
    import polars as pl

    result = scan(Settings((str(folder),), RULES))
    hits = result.found.filter(pl.col("bin") == "hit")
    sums = {
        name: value
        for name, value in hits.select(**SUMS).collect().row(0, named=True).items()
        if value
    }
    bins = sum((Counter(source.bins) for source in result.sources), Counter[str]())
    return sums, {
        **{name: lines for name, lines in bins.items() if lines},
        "lines": sum(bins.values()),
    }


def counted(nights: Nights) -> tuple[dict[str, int], dict[str, int]]:
    """The same as the ledger has it."""
    sums = {name: sum(nights.counts(name).values()) for name in SUMS}
    return {name: value for name, value in sums.items() if value}, dict(nights.bins())


@pytest.mark.parametrize("together", [recount_book.SETTLED_TOGETHER, 0])
@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    lines=visit_lines().filter(bool),
    cuts=st.lists(st.integers(0, 40), max_size=3),
    chance=st.randoms(use_true_random=False),
)
def test_nights_add_up_to_a_scan(
    tmp_path_factory: pytest.TempPathFactory,
    together: int,
    lines: list[str],
    cuts: list[int],
    chance: random.Random,
) -> None:
    nights = Nights(tmp_path_factory.mktemp("nights"))
    bounds = [0, *sorted(min(cut, len(lines)) for cut in cuts), len(lines)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recount_book, "SETTLED_TOGETHER", together)
        for first, stop in pairwise(bounds):
            name = "access.log" if chance.random() < 0.7 else f"access.log.{first}"
            nights.write(name, "".join(lines[first:stop]))
            nights.run(hours=1)
    assert counted(nights) == counted_by_scan(nights.logs)
    with nights.ledger() as ledger:
        assert recount.count_anew(ledger, RULES, zone="UTC") == {}


def test_nodes_and_chains_count_by_nights_as_in_one_scan(tmp_path: Path) -> None:
    """The first night shows two gateways one request; the next, that they are nodes of one."""
    squid = "{}.000 5 10.1.2.3 TCP_MISS/200 9 GET https://pimeyes.com/{} jdoe HIER_DIRECT/1 -\n"
    nights = Nights(tmp_path)
    for night in range(3):
        start = 1_709_542_800 + 4000 * night
        asked = [(start, "en"), (start + 2, "en"), (start + 60, "fr"), (start + 90, "de")]
        for at, (second, path) in enumerate(asked[: 2 if night == 0 else 4]):
            line = squid.format(second, path)
            for name in (f"node-{'ab'[at % 2]}", "headquarters"):
                log = nights.logs / name / "access.log"
                log.parent.mkdir(exist_ok=True)
                log.write_text((log.read_text() if log.exists() else "") + line)
        nights.run(hours=1)
    assert counted(nights) == counted_by_scan(nights.logs)
    assert counted(nights)[0]["hits"] == 10


@pytest.mark.parametrize("together", [recount_book.SETTLED_TOGETHER, 0])
def test_a_night_without_hits_may_show_that_two_gateways_wrote_side_by_side(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    """Files of one second may be turns of one gateway, until both go on. Their heads are whole, so
    that nothing of them is read again. A large ledger counts anew that night, and only then.
    """
    monkeypatch.setattr(recount_book, "SETTLED_TOGETHER", together)
    line = "{} 5 10.1.2.3 TCP_MISS/200 9 GET https://{}/ jdoe HIER_DIRECT/1 -\n"
    nights = Nights(tmp_path)
    for second, host in ((0, "pimeyes.com"), (9000, "a.example"), (18_000, "pimeyes.com")):
        for node in (1, 2):
            at = f"{1_709_542_800 + second}.{node}00"
            lines = line.format(at, host) + line.format(at, f"{node}.example") * 4000
            with (nights.logs / f"px{node}.log").open("a") as file:
                file.write(lines)
        nights.run(hours=6)
        assert counted(nights) == counted_by_scan(nights.logs)
    assert counted(nights)[0]["hits"] == 2
    with nights.ledger() as ledger:
        assert [one.run for one in ledger.select(RecountRow)] == ([] if together else [2])


def two_clocks(nights: Nights, night: int, chance: random.Random) -> None:
    """A branch's visits are logged at headquarters too, by a clock that is 90 seconds ahead."""
    squid = "{}.000 5 10.1.2.{} TCP_MISS/200 9 GET https://pimeyes.com/{} u{} HIER_DIRECT/1 -\n"
    for at in range(6):
        second, user = 1_709_542_800 + 86_400 * night + chance.randrange(50_000), at % 3
        for name, ahead in (("branch", 0), ("headquarters", 90)):
            log = nights.logs / name / "access.log"
            log.parent.mkdir(exist_ok=True)
            with log.open("a") as file:
                file.write(squid.format(second + ahead, user, f"n{night}-{at}", user))


def test_nights_of_a_large_ledger_that_saw_too_little_are_counted_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recount_book, "SETTLED_TOGETHER", 0)
    nights, chance, wrong = Nights(tmp_path), random.Random(2), []
    for night in range(4):
        monkeypatch.setattr(recount_book, "RECOUNT_RUNS", 1 if night == 3 else 1000)
        two_clocks(nights, night, chance)
        nights.run()
        wrong.append(counted(nights) != counted_by_scan(nights.logs))
    assert (any(wrong), wrong[-1]) == (True, False)
    (notice,) = nights.notices("rescan")
    assert "on PimEyes than nights had counted" in notice.text
    with nights.ledger() as ledger:
        assert [*check_tables(ledger)] == []
        assert counting_by_nights(ledger, gateways=2) == CountingByNights(
            findings=48, last=nights.now, tried=nights.now, next_run=5
        )


def test_counting_anew_has_no_ceiling_and_no_run_dies_of_it_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the memory does not last: the run had ended before, and the next one is a night."""
    nights, chance = Nights(tmp_path), random.Random(2)
    two_clocks(nights, 0, chance)
    nights.begin()
    with nights.ledger() as ledger, ledger.transaction():
        ledger.connection.execute("UPDATE rows SET height = 50000000 WHERE kind = 'findings'")

    def die(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(recount_book, "RECOUNT_RUNS", 2)
    monkeypatch.setattr(recount, "count_anew", die)
    with pytest.raises(MemoryError):
        nights.run()
    tried = nights.now
    assert nights.run().complete
    with nights.ledger() as ledger:
        runs = [one.complete for one in ledger.select(RunRow)]
        counting = counting_by_nights(ledger, gateways=2)
    assert runs == [True, True, True]
    assert counting == CountingByNights(100_000_000, last=None, tried=tried, next_run=4)


def test_counting_holds_nothing_of_what_is_known_of_each_source(tmp_path: Path) -> None:
    """A first night has a segment for each file: their documents fill a machine's memory."""
    document = {"notes": "x" * 20_000}
    with ledger_with(tmp_path) as ledger:
        with ledger.transaction():
            stream = ledger.insert(stream_row("hq", NIGHT))
            for at in range(400):
                place = (at, at + 1, 99 * at, 99 * at + 99)
                ledger.insert(SegmentRow(stream, 1, 1, *place, "0" * 64, {}, document))
        tracemalloc.start()
        counts = count_new(ledger, RULES, zone="UTC")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert counts.changes["hq", "", "", "lines"] == len(counts.segments) == 400
    assert peak < 4_000_000
