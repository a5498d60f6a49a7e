"""The audit of logs in a storage: each line once, whatever becomes of the objects that hold it."""

import gzip
from pathlib import Path

import pytest

from logan.audit import file_survey
from logan.audit.configuration import AuditConfiguration, read_configuration
from logan.audit.configuration_values import Purpose
from logan.audit.log_rows import PlaceRow
from logan.audit.run import begin_audit, run_audit
from logan.errors import ConfigurationError, ExitStatus
from tests.audit.nights import Nights, compile_once, squid
from tests.conftest import Run
from tests.package.builders import contents
from tests.storage.proxy import Proxy, Refusal
from tests.storage.servers import SECRET, Bucket


@pytest.fixture(autouse=True)
def _compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compile_once(monkeypatch)


class FarNights(Nights):
    """An audit of what lies below an address."""

    where: str = ""

    @property
    def configuration(self) -> AuditConfiguration:
        path = self.folder / "audit.toml"
        path.write_text(path.read_text().replace('"logs/*"', f'"{self.where}"'))
        return read_configuration(path)


@pytest.fixture
def nights(tmp_path: Path) -> FarNights:
    return FarNights(tmp_path)


def lines(*numbers: int) -> bytes:
    return "".join(map(squid, numbers)).encode()


def test_objects_count_once_however_they_are_rotated(nights: FarNights, bucket: Bucket) -> None:
    nights.where = f"{bucket.url}/squid"
    bucket.put("squid/access.log", lines(1, 2))
    nights.begin()
    bucket.put("squid/access.log", lines(1, 2, 3))
    assert (nights.run().new_hits, nights.hits()) == (1, 3)
    bucket.put("squid/access.log.1.gz", gzip.compress(lines(1, 2, 3, 4)))
    bucket.put("squid/access.log", lines(5))
    assert (nights.run().why, nights.hits(), nights.lines()) == ((), 5, 5)
    bucket.put("squid/old/access.log", lines(1, 2, 3))
    bucket.delete("squid/access.log.1.gz")
    bucket.put("squid/access.log", lines(6) + b"begun")
    assert (nights.run().why, nights.hits(), nights.lines()) == ((), 6, 6)
    assert len(nights.notices("hole")) == 1, "line 5 may have had others behind it"


@pytest.mark.parametrize("bucket", ["abfs", "gs"], indirect=True)
def test_a_folder_that_may_be_a_log_is_told_behind_the_baseline(
    nights: FarNights, bucket: Bucket
) -> None:
    """It makes no run incomplete."""
    nights.where = f"{bucket.url}/squid"
    bucket.put("squid/access.log", lines(1, 2))
    bucket.put_plainly("squid/2024/", lines(3))
    nights.begin()
    first, again = nights.run(hours=1), nights.run(hours=1)
    assert (first.why, first.notices, again.status) == ((), 1, ExitStatus.COMPLETE)
    (told,) = nights.notices("empty_folder")
    assert told.text.endswith(f"\n  {bucket.url}/squid/2024")


def test_an_object_that_nobody_wrote_to_is_not_read(
    nights: FarNights, s3: Bucket, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither one that is old, nor one that was just written and has its version still."""
    nights.where = f"{s3.url}/*.log"
    s3.put("a.log", lines(1, 2))
    s3.put("b.log", lines(3))
    nights.begin()
    nights.run()  # one in thirty files is read in full each night: in this one the second stream
    for just_written in (600, 0):
        monkeypatch.setattr(file_survey, "_JUST_WRITTEN", just_written)
        proxy.requests.clear()
        nights.run()
        assert proxy.gets(".log") == 0
    s3.put("b.log", lines(4))
    nights.run()
    assert (nights.hits(), proxy.gets("a.log")) == (4, 0)


def test_an_object_of_the_same_size_and_second_is_known_by_its_version(
    nights: FarNights, s3: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A storage tells whole seconds: time and size say nothing of what was just written."""
    nights.where = f"{s3.url}/*.log"
    s3.put("a.log", lines(1))
    nights.begin()
    with nights.ledger() as ledger:
        (place,) = ledger.select(PlaceRow)
    s3.put("a.log", lines(2))
    found = file_survey.find

    def as_old(*given: object, **named: object) -> object:
        objects = found(*given, **named)  # type: ignore[arg-type]
        (one,) = objects.sources
        assert one.remote is not None
        state = one.remote.state._replace(changed=place.mtime_ns)
        return objects._replace(sources=(one._replace(remote=one.remote._replace(state=state)),))

    monkeypatch.setattr(file_survey, "find", as_old)
    outcome = nights.run()
    assert outcome.lines or outcome.why, (
        "it is looked at; in another second it is not what is listed"
    )


@pytest.mark.parametrize("code", ["AccessDenied", "NoSuchBucket"])
def test_a_bucket_that_cannot_be_listed_is_told(
    nights: FarNights, s3: Bucket, proxy: Proxy, code: str
) -> None:
    nights.where = f"{s3.url}/squid"
    s3.put("squid/access.log", lines(1))
    nights.begin()
    proxy.plan = lambda _method, _path, _number: Refusal(
        403 if code == "AccessDenied" else 404, code
    )
    outcome = nights.run()
    assert outcome.status is ExitStatus.INCOMPLETE
    assert any(s3.url in why and "no log at" not in why for why in outcome.why), outcome.why
    (notice, *_) = nights.notices("incomplete")
    assert SECRET not in repr(nights.notices())
    assert nights.hits() == 1
    proxy.plan = lambda _method, _path, _number: None
    assert nights.run().complete
    assert notice.about == "incomplete"


def test_a_package_out_of_a_ledger_is_that_of_a_scan(s3: Bucket, tmp_path: Path, run: Run) -> None:
    nights = FarNights(tmp_path)
    nights.where = f"{s3.url}/squid"
    s3.put("squid/access.log", lines(1, 2))
    begin_audit(nights.configuration, now=nights.now)
    s3.put("squid/access.log", lines(1, 2, 3))
    s3.put("squid/copy.log.gz", gzip.compress(lines(1, 2), mtime=0))
    run_audit(nights.configuration, now=nights.now)
    path = tmp_path / "audit.toml"
    assert run("audit", "export", path, "-o", tmp_path / "ours", "--base", s3.url).status == 0
    ran = run("scan", nights.where, "-q", "--base", s3.url, "--export", tmp_path / "theirs")
    assert ran.status == 0
    assert contents(tmp_path / "ours") == contents(tmp_path / "theirs")
    verified = run("audit", "verify", path)
    assert (verified.status, verified.err) == (0, "")
    for name in ("audit.toml", "ledger.sqlite"):
        assert SECRET.encode() not in (tmp_path / name).read_bytes()


@pytest.mark.parametrize("purpose", list(Purpose))
def test_an_address_with_a_secret_is_refused_and_not_repeated(
    nights: FarNights, purpose: Purpose
) -> None:
    path = nights.folder / "audit.toml"
    path.write_text(path.read_text().replace("logs/*", "s3://AKIA:hunter2@logs/squid"))
    with pytest.raises(ConfigurationError) as refused:
        read_configuration(path, purpose)
    (problem,) = refused.value.problems
    assert problem.line == 5
    assert "credentials in it" in problem.message
    assert "hunter2" not in repr(problem)


def test_what_an_address_names_is_looked_at_where_an_audit_begins(
    nights: FarNights, s3: Bucket
) -> None:
    path = nights.folder / "audit.toml"
    text = path.read_text()
    for address, words in (
        (f"{s3.url}/nowhere/", "nothing found there"),
        ("s3://not-there/x", "no such bucket"),
    ):
        path.write_text(text.replace("logs/*", address))
        with pytest.raises(ConfigurationError, match=words):
            read_configuration(path, Purpose.BEGIN)
