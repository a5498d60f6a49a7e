"""What is told as a hole: a log that may have lost lines, and none that merely went or hid."""

import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest
from backports import zstd

from logan.audit.log_rows import PlaceRow
from tests.audit.nights import Nights, compile_once, squid
from tests.intake.test_archives import tarred, zipped


@pytest.fixture(autouse=True)
def _compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compile_once(monkeypatch)


def lines(first: int, stop: int) -> bytes:
    """Lines of these minutes."""
    return "".join(map(squid, range(first, stop))).encode()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "xz": lzma.compress,
    "zst": zstd.compress,
    "tar": lambda text: tarred({"access.log": text}),
    "zip": lambda text: zipped({"access.log": text}),
}


@pytest.mark.parametrize("pack", PACKERS)
def test_a_packed_log_that_expires_leaves_no_hole(nights: Nights, pack: str) -> None:
    """Its lines are the newest of its gateway: a plain log might have had others behind them."""
    log = nights.logs / f"access.log.1.{pack}"
    log.write_bytes(PACKERS[pack](lines(0, 3)))
    nights.begin()
    log.unlink()
    nights.write("access.log", lines(30, 32).decode())
    assert nights.run().complete
    assert (nights.hits(), nights.notices("hole")) == (5, [])


def test_a_packed_log_that_was_not_read_whole_leaves_a_hole(nights: Nights) -> None:
    log = nights.logs / "access.log.1.gz"
    log.write_bytes(gzip.compress(lines(0, 9000))[:-40])
    assert not nights.begin().complete
    log.unlink()
    nights.write("access.log", lines(9900, 9902).decode())
    assert nights.run().complete
    assert len(nights.notices("hole")) == 1


@pytest.mark.parametrize(("grown", "holes"), [(2, 1), (1, 0)])
def test_a_packed_log_that_a_gateway_adds_to_may_leave_a_hole(
    nights: Nights, grown: int, holes: int
) -> None:
    log = nights.logs / "access.log.gz"
    for night in range(3):
        if night < grown:
            with log.open("ab") as file:
                file.write(gzip.compress(lines(10 * night, 10 * night + 2)))
        (nights.run if night else nights.begin)()
    log.unlink()
    nights.write("new.log", lines(60, 62).decode())
    assert nights.run().complete
    assert len(nights.notices("hole")) == holes


def test_a_rotated_log_that_another_is_rotated_over_leaves_no_hole(nights: Nights) -> None:
    """The last of them is under the name that it was first found by, and other lines are then."""
    live, first, last = (nights.logs / f"access.log{end}" for end in ("", ".1", ".2"))
    for path, at in ((last, 0), (first, 10), (live, 20)):
        path.write_bytes(lines(at, at + 3))
    nights.begin()
    first.replace(last)
    live.replace(first)
    live.write_bytes(lines(30, 33))
    assert nights.run().complete
    assert (nights.hits(), nights.notices("hole")) == (12, [])


def test_a_log_that_an_older_one_is_put_over_leaves_a_hole(nights: Nights) -> None:
    live, first = nights.logs / "access.log", nights.logs / "access.log.1"
    first.write_bytes(lines(10, 13))
    live.write_bytes(lines(20, 23))
    nights.begin()
    first.replace(live)
    nights.write("access.log", lines(40, 42).decode())
    nights.run()
    assert (nights.hits(), len(nights.notices("hole"))) == (8, 1)


def test_a_log_that_is_left_out_leaves_no_hole(nights: Nights) -> None:
    nights.write("access.log", lines(0, 3).decode())
    nights.write("other.log", lines(10, 13).decode())
    nights.begin()
    nights.extra = 'exclude = ["other.log"]'
    nights.__post_init__()
    assert nights.run().complete
    (nights.logs / "other.log").unlink()
    assert nights.run().complete
    assert nights.notices("hole") == []


def test_a_ledger_knows_which_logs_are_packed(nights: Nights) -> None:
    nights.write("plain.log", lines(0, 3).decode())
    (nights.logs / "wide.log").write_bytes(lines(10, 13).decode().encode("utf-16"))
    (nights.logs / "packed.log").write_bytes(gzip.compress(lines(20, 23)))
    nights.begin()
    with nights.ledger() as ledger:
        packed = {Path(one.path).name: one.packed for one in ledger.select(PlaceRow)}
    assert packed == {"plain.log": False, "wide.log": False, "packed.log": True}
