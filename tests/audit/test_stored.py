"""A ledger of each released version opens, is sound, and goes on, for audits last longer than logan.

The one of the version under way is made again by `LOGAN_RENEW_GOLDEN=1`, as other stored pages are.
Beside them are ledgers in forms that no release had, and that audits may have all the same.
"""

import csv
import os
import random
import shutil
from contextlib import chdir
from pathlib import Path

import pytest

from logan import __version__
from logan.audit.configuration import read_configuration
from logan.audit.ledger_opening import open_ledger
from logan.audit.ledger_rows import RunRow
from logan.audit.ledger_schema import VERSION
from logan.audit.log_rows import PlaceRow
from logan.audit.run import begin_audit, rescan_audit, run_audit
from tests.audit.estate import RULES, counted_hits, settled_hits, squid_line
from tests.audit.model import SQUID, START, Gateway
from tests.conftest import Run

STORED = Path(__file__).parent / "stored"
VERSIONS = sorted(path.name for path in STORED.iterdir()) if STORED.exists() else []
#: Paths are relative to its folder, so that it can be put anywhere.
CONFIGURATION = """
ledger = "ledger.sqlite"
name = "METRO"
tz = "Europe/London"
[[gateway]]
name = "hq-squid"
paths = ["logs/access.log*"]
[rules]
files = ["rules.yaml"]
[keep]
hits = "100y"
counts = "100y"
"""


def renew(folder: Path, place: Path) -> None:
    """Make a ledger of this version: four nights of a gateway, a log that is gone, other rules.

    It is made in the folder `place`, by relative paths: no trace is left of where.
    """
    with chdir(place):
        _live()
    shutil.rmtree(folder, ignore_errors=True)
    kept = ("logs", "audit.toml", "rules.yaml", "ledger.sqlite")
    shutil.copytree(
        place, folder, ignore=lambda at, names: {*names} - {*kept} if at == str(place) else set()
    )


def _live() -> None:
    config, rules, logs = Path("audit.toml"), Path("rules.yaml"), Path("logs")
    logs.mkdir()
    config.write_text(CONFIGURATION)
    rules.write_text(RULES)
    gateway = Gateway(logs, SQUID, random.Random(14))
    begin_audit(read_configuration(config), now=gateway.now)
    for night in range(4):
        gateway.write(20)
        gateway.rotate()
        gateway.wait()
        gateway.write(5)
        if night == 2:
            gateway.expire()
            rules.write_text(RULES.replace("version: 1", "version: 2"))
        run_audit(read_configuration(config), now=gateway.now)
    gateway.compress()
    gateway.end_compression()
    rescan_audit(read_configuration(config), now=gateway.now)
    with open_ledger(Path("ledger.sqlite")) as ledger:
        ledger.connection.execute("VACUUM")
        ledger.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@pytest.fixture(params=VERSIONS)
def stored(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of a stored audit; version control keeps no modes and no times."""
    folder = shutil.copytree(STORED / request.param, tmp_path / "audit")
    (folder / "ledger.sqlite").chmod(0o600)
    return folder


def test_there_is_one_of_this_version(tmp_path: Path) -> None:
    if os.environ.get("LOGAN_RENEW_GOLDEN"):
        renew(STORED / __version__, tmp_path)
    assert (STORED / __version__ / "ledger.sqlite").is_file()


def test_an_old_ledger_is_sound_and_says_what_it_said(run: Run, stored: Path) -> None:
    config = stored / "audit.toml"
    assert run("audit", "status", config).status == 0
    verified = run("audit", "verify", config)
    assert (verified.status, verified.err) == (0, "")
    ran = run("audit", "export", config, "-o", stored / "package")
    assert ran.status == 0
    with (stored / "package" / "hits.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == settled_hits(stored / "ledger.sqlite") > 20
    assert run("verify", stored / "package").status == 0


def test_an_old_ledger_knows_what_is_packed(stored: Path) -> None:
    """By its name: runs pass over files that nobody wrote to."""
    with open_ledger(stored / "ledger.sqlite") as ledger:
        assert ledger.value("PRAGMA user_version") == VERSION
        packed = {Path(one.path).name: bool(one.packed) for one in ledger.select(PlaceRow)}
    plain = ("access.log", "access.log.1", "access.log.3")
    assert packed == {"access.log.2.xz": True} | dict.fromkeys(plain, False)


def test_an_old_ledger_goes_on(run: Run, stored: Path) -> None:
    """Lines that it has do not count again, whatever their files are called, and new ones do."""
    config, ledger = stored / "audit.toml", stored / "ledger.sqlite"
    before = counted_hits(ledger)
    with (stored / "logs" / "access.log").open("a") as file:
        file.write(squid_line(START, 9_999, "jdoe", "pimeyes.com"))
    ran = run("audit", "run", config)
    assert ran.status == 1
    assert "1 new hit on PimEyes" in ran.out
    assert counted_hits(ledger) == {**before, 9_999: 1}
    assert run("audit", "run", config).status == 0
    with open_ledger(ledger) as opened:
        assert opened.select(RunRow, "ORDER BY id DESC LIMIT 1")[0].version == __version__
