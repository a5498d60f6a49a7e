"""The same logs give the same bytes: in any order, with any seed, clock, thread or machine."""

import itertools
import random
from pathlib import Path

import pytest

import logan.pipeline.read
import logan.pipeline.workers
from tests.conftest import Run
from tests.faults.disk import content
from tests.faults.logs import logan as run_logan
from tests.faults.logs import squid, write_log

HOSTS = ("pimeyes.com:443", "app.clearview.ai:443", "notpimeyes.com:443", "a.example:443")
URLS = (
    "http://pimeyes.com/en",
    "http://www.google.com/search?q=pimeyes.com",
    "http://facecheck.id/",
)
ASKED = (
    "--tz",
    "Europe/London",
    "--window",
    "1d",
    "--service",
    "pimeyes",
    "--service",
    "clearview",
)


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Four logs of three formats with hits, mentions, look-alikes, rejects and equal times."""
    folder = tmp_path_factory.mktemp("logs")
    chance = random.Random(7)

    def requests(number: int) -> list[str]:
        return [
            squid(60 * chance.randrange(90_000), f"u{chance.randrange(20)}", chance.choice(HOSTS))
            for _ in range(number)
        ]

    plain = [
        squid(60 * step, f"U{step % 7}", URLS[step % 3], method="GET", status="TCP_MISS/200")
        for step in range(300)
    ]
    w3c = [
        "#Fields: date time c-ip cs-username cs-method cs-uri-scheme cs-host cs-uri-path sc-status\n"
    ]
    w3c += [
        f"2024-01-{1 + step % 28:02} 10:00:01 10.1.2.4 x{step % 5} GET https pimeyes.com /en 200\n"
        for step in range(90)
    ]
    common = [
        f'10.1.2.5 - ann [{1 + step % 28:02}/Jan/2024:10:00:01 +0000] "GET http://pimeyes.com/en HTTP/1.1" 200 5\n'
        for step in range(50)
    ]
    return [
        write_log(folder / "a" / "access.log", requests(500)),
        write_log(folder / "a" / "access.log.1", [*plain, "1704103200.1 pimeyes.com broken\n"]),
        write_log(folder / "b" / "ex240101.log", w3c),
        write_log(folder / "c" / "proxy.log", common),
    ]


def scan(run: Run, logs: list[Path], folder: Path) -> tuple[str, dict[str, bytes]]:
    """What a scan says to a program, and what it writes."""
    ran = run("scan", *logs, *ASKED, "--json", "--export", folder)
    assert ran.status == 0, ran.err
    return ran.out, content(folder)


def test_the_order_of_the_inputs_changes_nothing(
    tmp_path: Path, run: Run, logs: list[Path]
) -> None:
    expected = scan(run, logs, tmp_path / "out")
    assert b"u1" in expected[1]["hits.csv"]
    orders = list(itertools.permutations(logs))
    for order in random.Random(1).sample(orders, 5):
        assert scan(run, list(order), tmp_path / "out") == expected


def test_the_number_of_threads_changes_nothing(
    tmp_path: Path, run: Run, logs: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [squid(step // 900, url=f"http://a.example/{step}") for step in range(90_000)]
    many[::9_000] = [squid(step, "jdoe") for step in range(10)]
    long = write_log(tmp_path / "long.log", many)
    found = []
    for threads in (1, 7):
        monkeypatch.setattr(logan.pipeline.workers, "THREADS", threads)
        monkeypatch.setattr(logan.pipeline.read, "BATCH_LINES", 50_000 // threads)
        found.append(scan(run, [*logs, long], tmp_path / "out"))
    assert found[1:] == found[:-1]
    assert found[0][1]["hits.csv"].count(b"jdoe") == 10


def test_neither_seed_nor_clock_nor_place_of_the_machine_changes_anything(
    tmp_path: Path, logs: list[Path]
) -> None:
    found = []
    for seed, zone in enumerate(("UTC", "Asia/Tokyo", "America/St_Johns", "UTC", "Asia/Tokyo")):
        env = {"PYTHONHASHSEED": str(seed), "TZ": zone, "LC_ALL": ("C.UTF-8", "C")[seed % 2]}
        env |= {"POLARS_MAX_THREADS": str(1 + seed % 3)}
        out = tmp_path / "out"
        ran = run_logan("scan", *logs, *ASKED, "--json", "--export", out, env=env)
        assert ran.returncode == 0, ran.stderr
        found.append((ran.stdout, content(out)))
    assert found[1:] == found[:-1]
