"""The commands over logs in a storage: the bytes that they give over logs on a disk, and no secret."""

import json
import shutil
import threading
import time
from pathlib import Path

import pytest

from logan.errors import ExitStatus
from tests.conftest import Run
from tests.faults.logs import squid, write_log
from tests.intake.test_archives import tarred, zipped
from tests.intake.test_packed import PACK
from tests.package.builders import contents
from tests.storage.proxy import Proxy, Refusal
from tests.storage.servers import KEY, SECRET, Bucket

SAMPLES = Path(__file__).parents[2] / "sample_logs"


def log(user: str, lines: int = 40, start: int = 0) -> str:
    return "".join(squid(start + 60 * step, f"{user}{step % 3}") for step in range(lines))


@pytest.fixture
def logs(folder: Path) -> Path:
    """Logs of several gateways, packed and not, with a copy, a duplicate and what is no log."""
    text = log("ann")
    write_log(folder / "hq" / "access.log", [text])
    write_log(folder / "hq" / "access.log.1", [log("bob", start=90_000)])
    (folder / "hq" / "access.log.2.gz").write_bytes(PACK["gzip"](log("cy", 9).encode()))
    (folder / "backup.log.zst").write_bytes(PACK["zstd"](text.encode()))
    (folder / "old.tar.gz").write_bytes(PACK["gzip"](tarred({"x/a.log": log("dee", 7).encode()})))
    (folder / "older.zip").write_bytes(zipped({"b.log": log("eve", 5).encode()}))
    write_log(folder / "unknown.log", ["nobody knows this format\n" * 5])
    write_log(folder / "README.md", ["no log\n"])
    return folder


def export(run: Run, *arguments: object, out: Path) -> dict[str, bytes]:
    ran = run("scan", *arguments, "-q", "--export", out)
    assert ran.status in (ExitStatus.COMPLETE, ExitStatus.INCOMPLETE), ran.err
    return contents(out)


def test_the_sample_logs_give_the_same_package(s3: Bucket, tmp_path: Path, run: Run) -> None:
    folder = tmp_path / "samples"
    shutil.copytree(SAMPLES, folder, ignore=shutil.ignore_patterns("generator", "*.py", "__*"))
    options = ("--tz", "boroughs*=Europe/London", "--tz", "Europe/London")
    here = export(run, folder, *options, out=tmp_path / "here")
    there = export(run, s3.put_folder(folder), *options, out=tmp_path / "there")
    assert here == there
    assert b"2,337" in here["report.html"]


def test_every_storage_gives_the_bytes_of_a_disk(
    bucket: Bucket, logs: Path, tmp_path: Path, run: Run
) -> None:
    address = bucket.put_folder(logs)
    here = export(run, logs, out=tmp_path / "here")
    assert export(run, address, out=tmp_path / "there") == here
    globs = export(run, f"{address}/*", f"{address}/hq", out=tmp_path / "globs")
    assert globs == export(run, f"{logs}/*", f"{logs}/hq", out=tmp_path / "here-globs")
    based = export(run, address, "--base", bucket.url, out=tmp_path / "based")
    assert based == export(run, logs, "--base", logs.parent, out=tmp_path / "near")
    assert b"proxy/hq/access.log" in based["sources.csv"]


@pytest.mark.parametrize("bucket", ["abfs", "gs"], indirect=True)
def test_a_folder_that_may_be_a_log_is_a_limit_of_the_answer(
    bucket: Bucket, tmp_path: Path, run: Run
) -> None:
    """It makes nothing incomplete: consoles make such folders, and leave them empty."""
    bucket.put("logs/access.log", log("ann").encode())
    bucket.put_plainly("logs/2024/", log("bob").encode())
    exported = ("--export", tmp_path / "package")
    ran = run("scan", f"{bucket.url}/logs", "--json", "--base", bucket.url, *exported)
    assert ran.status == ExitStatus.COMPLETE, ran.err
    summary = json.loads(ran.out)
    assert summary["folder_markers"] == [f"{bucket.url}/logs/2024"]
    assert [one["count"] for one in summary["caveats"] if one["limit"] == "folder_markers"] == [1]
    manifest = json.loads((tmp_path / "package" / "manifest.json").read_text())
    assert manifest["folder_markers"] == ["logs/2024"]
    ran = run("replay", tmp_path / "package", "--logs", bucket.url)
    assert ran.status == ExitStatus.COMPLETE, ran.err


def test_a_base_elsewhere_is_refused(s3: Bucket, logs: Path, tmp_path: Path, run: Run) -> None:
    address = s3.put_folder(logs)
    for base in (f"{s3.url}/other", "s3://other", tmp_path):
        ran = run("scan", address, "-q", "--base", base, "--export", tmp_path / "out")
        assert ran.status == ExitStatus.USAGE
        assert "does not lie in it" in ran.err


def test_logs_here_and_there_have_names_that_tell_them_apart(
    s3: Bucket, logs: Path, tmp_path: Path, run: Run
) -> None:
    s3.put("b/access.log", log("zoe").encode())
    package = export(run, logs / "hq", f"{s3.url}/b", out=tmp_path / "out")
    names = json.loads(package["manifest.json"])["input_names"]
    assert f"s3/{s3.name}/b/access.log" in names
    assert f"{logs}/hq/access.log".lstrip("/") in names


def test_a_package_is_replayed_from_where_its_logs_lie_now(
    s3: Bucket, logs: Path, tmp_path: Path, run: Run
) -> None:
    write = {name: path.read_bytes() for name, path in _plain(logs).items()}
    address = s3.put_folder(logs)
    hq, out = f"{address}/hq", tmp_path / "out"
    export(run, hq, "--tz", "*hq*=Europe/London", out=out)
    for place in (hq, address, s3.url, logs, logs / "hq"):
        ran = run("replay", out, "--logs", place)
        assert (ran.status, ran.err) == (0, ""), place
        assert ran.out.startswith("SAME BYTES")
    hit = json.loads((out / "summary.json").read_text())["totals"]["hits"]
    assert hit == 89
    row = (out / "hits.csv").read_text().splitlines()[1].split(",")
    identity = next(
        cell for cell in row if len(cell) == 16 and set(cell) <= set("0123456789abcdef")
    )
    shown = run("show", out, identity, "--logs", hq)
    assert (shown.status, shown.err) == (0, "")
    assert "has the hash that sources.csv names" in shown.out
    s3.put("proxy/hq/access.log", write["access.log"] + b"more\n")
    assert run("show", out, identity, "--logs", hq).status == ExitStatus.CONDITION_HOLDS
    assert run("replay", out, "--logs", hq).status == ExitStatus.INCOMPLETE
    s3.delete("proxy/hq/access.log")
    gone = run("replay", out, "--logs", hq)
    assert gone.status == ExitStatus.INCOMPLETE
    assert gone.err.startswith(f"logan: access.log: is not in {hq}\n")
    gone = run("show", out, identity, "--logs", hq)
    assert gone.status == ExitStatus.INCOMPLETE
    assert "no such log" in gone.err
    assert run("replay", out, "--logs", f"{s3.url}/nowhere").status == ExitStatus.USAGE


def _plain(logs: Path) -> dict[str, Path]:
    return {path.name: path for path in (logs / "hq").iterdir()}


def test_parse_and_detect_take_addresses(bucket: Bucket, logs: Path, run: Run) -> None:
    address = bucket.put_folder(logs)
    for command in (("parse",), ("formats", "detect", "--json"), ("formats", "explain")):
        for name in ("hq/access.log.2.gz", "hq"):
            if (command[-1], name) == ("explain", "hq"):
                continue
            there = run(*command, f"{address}/{name}")
            here = run(*command, f"{logs}/{name}")
            assert there.status == here.status == 0, there.err
            assert there.out.replace(f"{address}/", "") == here.out.replace(f"{logs}/", "")


def test_a_thousand_small_objects(s3: Bucket, run: Run) -> None:
    for number in range(1000):
        s3.put(f"proxy/{number % 9}/{number}.log", squid(number, f"u{number % 50}").encode())
    ran = run("scan", f"{s3.url}/proxy", "--json")
    assert ran.status == ExitStatus.COMPLETE, ran.err
    summary = json.loads(ran.out)
    assert (summary["totals"]["hits"], summary["accounts"]["lines"]) == (1000, 1000)
    assert len(summary["sources"]) == 1000


def test_small_objects_are_asked_for_several_at_once(s3: Bucket, proxy: Proxy, run: Run) -> None:
    for number in range(40):
        s3.put(f"proxy/{number}.log", squid(number, f"u{number}").encode())
    s3.put("proxy/15.log", log("large", 3000, 5000).encode())
    lock, under_way, most = threading.Lock(), 0, 0

    def plan(_method: str, _path: str, _number: int) -> None:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.02)
        with lock:
            under_way -= 1

    proxy.plan = plan
    ran = run("scan", f"{s3.url}/proxy", "--json")
    assert ran.status == ExitStatus.COMPLETE, ran.err
    assert json.loads(ran.out)["totals"]["hits"] == 39 + 3000
    assert most >= 6
    assert len(proxy.requests) < 140


def test_what_is_refused_is_incomplete_and_says_what_to_do(
    s3: Bucket, proxy: Proxy, run: Run
) -> None:
    refusal = Refusal(403, "AccessDenied")
    address = s3.put("proxy/access.log", log("ann").encode())
    s3.put("proxy/other.log", log("bob").encode())
    proxy.plan = lambda _method, path, _number: refusal if "other.log" in path else None
    ran = run("scan", f"{s3.url}/proxy")
    assert ran.status == ExitStatus.INCOMPLETE
    page = " ".join(ran.out.split())
    assert "permission denied (ACCESS_DENIED)" in page
    assert "docs/storage.md" in page
    assert "SENT-BACK" not in page
    proxy.plan = lambda *_: refusal
    ran = run("scan", address, "-q")
    assert ran.status == ExitStatus.INCOMPLETE
    assert ran.err.startswith(f"logan: incomplete: {address}: cannot be looked at: ")


def test_what_is_not_there_is_a_usage_error(s3: Bucket, run: Run) -> None:
    for address, words in (
        (f"{s3.url}/nothing", "nothing found there"),
        ("s3://no-such-bucket/logs", "there is no such bucket"),
    ):
        ran = run("scan", address)
        assert (ran.status, ran.out) == (ExitStatus.USAGE, "")
        assert words in ran.err


@pytest.mark.parametrize("command", ["scan", "parse", "formats detect"])
def test_credentials_in_an_address_end_the_run_before_anything(run: Run, command: str) -> None:
    for address in (f"s3://AKIAWHITLOCK:{SECRET}@b/k", f"s3://b/k?key={SECRET}"):
        ran = run(*command.split(), address, *(("-vv",) if command == "scan" else ()))
        assert (ran.status, ran.out) == (ExitStatus.USAGE, "")
        assert SECRET not in ran.err
        assert "AKIAWHITLOCK" not in ran.err
        assert "docs/storage.md" in ran.err


def test_no_credential_stands_in_anything(
    bucket: Bucket, logs: Path, tmp_path: Path, run: Run
) -> None:
    address = bucket.put_folder(logs)
    out = tmp_path / "out"
    ran = run("scan", address, f"{bucket.url}/nothing", "-v", "--export", out)
    said = [ran.out, ran.err, *(data.decode("latin-1") for data in contents(out).values())]
    place = f"127.0.0.1:{bucket.server.port}"
    for secret in (SECRET, KEY, "AKIATESTTESTTEST", place):
        assert not [one for one in said if secret in one]
    assert "pimeyes" in "".join(said)
