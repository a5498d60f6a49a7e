"""Who did it and what was asked for stand in results and nowhere else: errors, temporary files."""

import gzip
import os
import stat
from pathlib import Path

import pytest

from logan.errors import ExitStatus
from logan.package.names import FILES
from tests.conftest import Run
from tests.faults.disk import content as files_in
from tests.faults.disk import steps
from tests.faults.logs import logan, squid, write_log

USER = "s.whitlock-0815"
QUERY = "name=whitlock-4711"
SECRETS = (USER, QUERY, "whitlock")
URL = f"http://pimeyes.com/en/results/x?{QUERY}"

FIELDS = (
    "#Fields: date time c-ip cs-username cs-method cs-uri-scheme cs-host cs-uri-path cs-uri-query\n"
)
#: Logs with something wrong, by what it is.
FAULTY = {
    "cut": gzip.compress(squid(user=USER, url=URL).encode() * 99)[:-9],
    "no format": f"{USER} asked pimeyes.com for {QUERY}\n".encode() * 9,
    "half a format": f"1704103200.1 5 10.1.2.3 TCP_MISS/200 91 GET {URL}\n".encode(),
    "rejects": (squid() + f"1704103201.1 5 10.1.2.3 TCP_MISS/20x {URL} {USER}\n").encode(),
    "a field too many": (
        FIELDS + f"2024-01-01 10:00:00 10.1.2.3 {USER} GET http pimeyes.com /en {QUERY} x\n"
    ).encode(),
    "no such day": (
        FIELDS + f"2024-02-31 10:00:00 10.1.2.3 {USER} GET http pimeyes.com /en {QUERY}\n"
    ).encode(),
    "an archive": b"PK\x03\x04" + squid(user=USER, url=URL).encode(),
    "binary": (squid(user=USER, url=URL) * 9).encode("utf-16-le"),
}


def assert_discreet(text: str) -> None:
    assert not [secret for secret in SECRETS if secret in text], text


@pytest.mark.parametrize("options", [("-q",), ("-q", "-v"), ("--json", "-v")])
@pytest.mark.parametrize("fault", FAULTY)
def test_complaints_name_no_person_and_no_query(
    tmp_path: Path, run: Run, fault: str, options: tuple[str, ...]
) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(FAULTY[fault])
    ran = run("scan", log, *options, "--export", tmp_path / "out")
    assert_discreet(ran.err)


def test_complaints_on_the_page_name_no_query(tmp_path: Path, run: Run) -> None:
    for name, content in FAULTY.items():
        (tmp_path / name.replace(" ", "-")).write_bytes(content)
    ran = run("scan", tmp_path)
    assert ran.status == ExitStatus.INCOMPLETE
    assert "INCOMPLETE" in ran.out
    assert QUERY not in ran.out + ran.err


def test_a_fault_of_logans_own_tells_its_place_and_no_value(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: object, **__: object) -> None:
        raise ValueError(f"could not convert {USER!r}")

    monkeypatch.setattr("logan.tables.summary.summarise", stumble)
    log = write_log(tmp_path / "access.log", [squid(user=USER)])
    ran = run("scan", log, "-v")
    assert ran.status == ExitStatus.INCOMPLETE
    assert "a fault in logan itself: ValueError" in ran.err
    assert_discreet(ran.out + ran.err)
    asked = run("scan", log, "-vv")
    assert asked.status == ExitStatus.INCOMPLETE
    assert f"could not convert {USER!r}" in asked.err, "a traceback that was asked for"


def test_nothing_written_on_the_way_can_be_read_by_others(tmp_path: Path, run: Run) -> None:
    log = write_log(tmp_path / "access.log", [squid(user=USER, url=URL)])
    seen: set[tuple[str, int]] = set()

    def look() -> None:
        for path in tmp_path.rglob("*"):
            if path != log:
                seen.add((path.name[:5], stat.S_IMODE(path.lstat().st_mode)))

    mask = os.umask(0)
    try:
        with steps(look):
            ran = run("scan", log, "-q", "--export", tmp_path / "out")
    finally:
        os.umask(mask)
    assert ran.status == ExitStatus.COMPLETE
    assert {mode for name, mode in seen if name.startswith(".out.")} == {0o700}
    assert {mode for name, mode in seen if name.endswith(("hits.", "users"))} == {0o600}
    assert {mode for _, mode in seen} == {0o600, 0o700}
    assert {path.name for path in (tmp_path / "out").iterdir()} == {*FILES, "rules"}


def test_nothing_is_written_but_the_export(tmp_path: Path) -> None:
    home, temp, work = (tmp_path / name for name in ("home", "temp", "work"))
    for folder in (home, temp, work):
        folder.mkdir()
    log = write_log(tmp_path / "access.log", [squid(user=USER), squid(url="notpimeyes.com:443")])
    env = {
        "HOME": str(home),
        "TMPDIR": str(temp),
        "XDG_CACHE_HOME": str(home),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    ran = logan("scan", log, "--export", "out", env=env, cwd=work)
    assert ran.returncode == ExitStatus.COMPLETE
    assert list(home.iterdir()) == list(temp.iterdir()) == []
    assert [path.name for path in work.iterdir()] == ["out"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "access.log",
        "home",
        "temp",
        "work",
    ]


def test_no_query_leaves_in_an_export_unless_it_is_asked_for(tmp_path: Path, run: Run) -> None:
    lines = [squid(user=USER, url=URL, method="GET", status="TCP_MISS/200")]
    lines += [squid(1, USER, f"http://www.google.com/search?q=pimeyes.com&{QUERY}", method="GET")]
    log = write_log(
        tmp_path / "access.log", [*lines, f"1704103201.1 5 TCP_MISS/20x {URL} {USER}\n"]
    )
    for asked in ((), ("--queries",)):
        assert run("scan", log, "-q", "--export", tmp_path / "out", *asked).status == 0
        written = b"".join(files_in(tmp_path / "out").values())
        assert (QUERY.encode() in written) is bool(asked)
        assert USER.encode() in written
