"""Logs in archives: each line once, whether its file lies beside an archive, in it, or in both."""

import gzip
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from logan.audit import file_texts
from logan.audit.configuration import read_configuration
from logan.audit.log_rows import PlaceRow
from logan.audit.run import begin_audit, run_audit
from tests.audit.nights import Nights, compile_once, squid
from tests.audit.test_export import Audit, rows
from tests.conftest import Run
from tests.intake.test_archives import tarred, zipped
from tests.package.builders import contents


@pytest.fixture(autouse=True)
def _compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compile_once(monkeypatch)


def lines(*numbers: int) -> bytes:
    return "".join(map(squid, numbers)).encode()


def tar_gz(files: Mapping[str, bytes]) -> bytes:
    return gzip.compress(tarred(files), mtime=0)


PACKINGS = [("old.tar.gz", tar_gz), ("old.tar", tarred), ("old.zip", zipped)]


@pytest.mark.parametrize(("name", "pack"), PACKINGS, ids=["tar.gz", "tar", "zip"])
def test_what_goes_into_an_archive_counts_once(
    nights: Nights, name: str, pack: Callable[[Mapping[str, bytes]], bytes]
) -> None:
    """A log that was read, one that grew before it was packed, and one that no run has seen."""
    nights.write("access.log", lines(1, 2).decode())
    nights.write("branch.log", lines(3).decode())
    nights.begin()
    (nights.logs / "access.log").unlink()
    (nights.logs / "branch.log").unlink()
    files = {
        "a/access.log.1": lines(1, 2),
        "b.log": lines(3, 4),
        "c.log.gz": gzip.compress(lines(5)),
    }
    (nights.logs / name).write_bytes(pack(files))
    nights.write("access.log", lines(6).decode())
    assert nights.run().why == ()
    assert (nights.hits(), nights.lines()) == (6, 6)
    (nights.logs / "again.log").write_bytes(lines(3, 4))
    (nights.logs / "a.log").write_bytes(lines(1, 2, 7))
    assert nights.run().why == ()
    assert (nights.hits(), nights.lines()) == (7, 7)


def test_an_archive_that_nobody_wrote_to_is_not_opened(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = nights.logs / "old.tar.gz"
    path.write_bytes(tar_gz({"a.log": lines(1), "b.log": lines(2)}))
    nights.begin()
    opened: list[str] = []
    members = file_texts.FileTexts._read_members
    monkeypatch.setattr(
        file_texts.FileTexts,
        "_read_members",
        lambda self, archive: opened.append(archive.source.name) or members(self, archive),
    )
    with nights.ledger() as ledger:
        (place,) = ledger.select(PlaceRow, "WHERE stream IS NULL")
    path = path.rename(nights.logs / "renamed.tar.gz")
    looked = 0
    for _ in range(30):
        nights.run(hours=0.1)
        looked += bool(opened)
        opened.clear()
    assert looked == 1, "one night in thirty it is read in full"
    assert (nights.hits(), place.path) == (2, str(nights.logs / "old.tar.gz"))
    with nights.ledger() as ledger:
        names = {Path(one.path).relative_to(nights.logs) for one in ledger.select(PlaceRow)}
    assert names == {
        Path("renamed.tar.gz"),
        Path("renamed.tar.gz/a.log"),
        Path("renamed.tar.gz/b.log"),
    }
    path.write_bytes(tar_gz({"a.log": lines(1), "b.log": lines(2), "c.log": lines(3)}))
    nights.run()
    assert nights.hits() == 3


def test_a_damaged_archive_is_incomplete_until_it_is_mended(nights: Nights) -> None:
    whole = tar_gz({"a.log": lines(1), "b.log": lines(*range(2, 300))})
    (nights.logs / "old.tar.gz").write_bytes(whole[:-400])
    nights.write("access.log", lines(900).decode())
    nights.begin()
    outcome = nights.run()
    assert not outcome.complete
    assert any("old.tar.gz" in why for why in outcome.why)
    (nights.logs / "old.tar.gz").write_bytes(whole)
    assert nights.run().complete
    assert nights.hits() == 300


@pytest.mark.parametrize(("name", "pack"), PACKINGS, ids=["tar.gz", "tar", "zip"])
def test_an_archive_that_is_removed_or_damaged_leaves_no_hole(
    nights: Nights, name: str, pack: Callable[[Mapping[str, bytes]], bytes]
) -> None:
    """Its newest line may be the newest of its gateway; all of it was there to be read."""
    nights.begin()
    archive = nights.logs / name
    archive.write_bytes(pack({"a.log": lines(1, 2), "b.log": lines(3)}))
    assert nights.run().complete
    archive.write_bytes(archive.read_bytes()[: archive.stat().st_size // 8])
    assert not nights.run().complete
    archive.unlink()
    nights.write("access.log", lines(4).decode())
    assert nights.run().complete
    assert (nights.hits(), nights.notices("hole")) == (4, [])


def test_what_is_excluded_in_an_archive_is_read_when_it_is_no_more(tmp_path: Path) -> None:
    nights = Nights(tmp_path, extra='exclude = ["*.gz/dns/*"]')
    files = {"web/a.log": lines(1), "dns/b.log": lines(2)}
    (nights.logs / "old.tar.gz").write_bytes(tar_gz(files))
    nights.begin()
    nights.run()
    assert nights.hits() == 1
    nights.extra = ""
    nights.__post_init__()
    nights.run()
    assert nights.hits() == 2


def test_a_stream_goes_on_outside_of_its_archive(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("logan.audit.new_lines.HEAD_SIZE", 64)
    (nights.logs / "old.zip").write_bytes(zipped({"a.log": lines(1, 2)[:-1]}))
    nights.begin()
    assert (nights.hits(), nights.lines()) == (2, 2)
    nights.write("a.log", lines(1, 2, 3).decode())
    nights.run()
    nights.write("a.log", lines(4).decode())
    nights.run()
    assert (nights.hits(), nights.lines()) == (4, 4)
    (nights.logs / "old.zip").write_bytes(zipped({"a.log": lines(1, 2, 3, 4, 5)}))
    nights.run()
    assert (nights.hits(), nights.lines()) == (5, 5)


def test_a_package_has_archives_as_a_scan_has_them(run: Run, tmp_path: Path) -> None:
    audit = Audit(run, tmp_path)
    logs = tmp_path / "logs"
    logs.mkdir()
    night = squid(0).encode()
    packed = {
        "x/a.log": lines(1, 2) + night,
        "y/b.log": lines(3),
        "c.log.gz": gzip.compress(lines(4)),
    }
    (logs / "access.log.tar.gz").write_bytes(tar_gz(packed))
    (logs / "access.log").write_bytes(lines(9, 10))
    (logs / "access.log.zip").write_bytes(
        zipped({"copy.log": lines(9, 10), "note.md": b"no log\n"})
    )
    assert begin_audit(audit.configuration).complete
    assert run_audit(read_configuration(audit.path)).complete
    ran, ours = audit.export("ours")
    assert ran.status == 0, ran.err
    assert len(rows(ours, "hits.csv")) == 7
    assert contents(ours) == contents(audit.scan("theirs"))
    verified = run("audit", "verify", audit.path)
    assert (verified.status, verified.err) == (0, "")
    assert "7 findings, the same as in the ledger" in verified.out
