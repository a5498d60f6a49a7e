"""One package of every version that was released: each later version verifies and replays it.

The one of the version under way is made again by `LOGAN_RENEW_GOLDEN=1`, as other stored pages are.
"""

import json
import os
import shutil
from pathlib import Path

import pytest

from logan import __version__
from logan.package.checksums import write_sums
from tests.conftest import Run
from tests.faults.logs import squid, write_log

STORED = Path(__file__).parent / "stored"
W3C = "#Fields: date time c-ip cs-username cs-method cs-uri-scheme cs-host cs-uri-path sc-status sc-filter-result\n"
ASKED = (
    "--tz",
    "Europe/London",
    "--window",
    "1d",
    "--name",
    "METRO",
    "--reference",
    "PSD/2024/017",
)


def write_logs(folder: Path) -> None:
    """Logs of two gateways with all that a package can hold."""
    urls = ("pimeyes.com:443", "facecheck.id:443", "notpimeyes.com:443", "a.example:443")
    lines = [squid(600 * step, f"u{step % 5}", urls[step % 4]) for step in range(60)]
    search = "http://www.google.com/search?q=pimeyes.com"
    lines += [squid(36_100, "-", search, method="GET", status="TCP_MISS/200")]
    lines += [squid(36_200, "-"), squid(36_300, "=1+1"), "1704139600.1 pimeyes.com broken\n"]
    write_log(folder / "hq" / "access.log", lines)
    rows = [
        f"2024-01-0{1 + step // 8} {9 + step % 8:02}:00:01 10.1.2.4 bob POST https pimeyes.com "
        f"/api/{('search/new', 'upload/file')[step % 2]} {403 if step > 11 else 200} "
        f"{'DENIED' if step > 11 else 'OBSERVED'}\n"
        for step in range(20)
    ]
    write_log(folder / "boroughs" / "ex240101.log", [W3C, *rows])


def renew(run: Run, folder: Path) -> None:
    """Make the stored package again, without a trace of the machine that makes it."""
    shutil.rmtree(folder, ignore_errors=True)
    write_logs(folder / "logs")
    assert run("scan", folder / "logs", *ASKED, "-q", "--export", folder / "package").status == 0
    run_file = folder / "package" / "run.json"
    facts = json.loads(run_file.read_text()) | {
        "account": "auditor",
        "host": "audit.metro.example",
        "system": "Linux",
    }
    run_file.write_text(json.dumps(facts, indent=2) + "\n")
    (folder / "package" / "SHA256SUMS").write_text(write_sums(folder / "package"))


def test_this_version_has_a_stored_package(run: Run) -> None:
    if os.environ.get("LOGAN_RENEW_GOLDEN"):
        renew(run, STORED / __version__)
    assert (STORED / __version__ / "package" / "manifest.json").is_file()


@pytest.mark.parametrize("version", sorted(path.name for path in STORED.iterdir()))
def test_a_stored_package_is_verified_and_replayed(run: Run, version: str) -> None:
    folder = STORED / version
    ran = run("verify", folder / "package")
    assert ran.status == 0, ran.out
    ran = run("replay", folder / "package", "--logs", folder / "logs")
    assert ran.status == 0, ran.out + ran.err
    assert run("compare", folder / "package", folder / "package").status == 0
    hit = (folder / "package" / "hits.csv").read_text().splitlines()[1].split(",")[15]
    assert run("show", folder / "package", hit, "--logs", folder / "logs").status == 0
