"""How S3 is found and who asks: what the environment says, and what stands in the way."""

import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from logan.intake import object_storage
from logan.intake.reader import open_source
from logan.intake.sources import find
from tests.faults.logs import logan
from tests.storage.proxy import Proxy, proxy_before
from tests.storage.servers import Bucket, Server

LINE = b"line\n"


def read(address: str) -> bytes | str | None:
    """What is at an address, or why it cannot be had."""
    found = find([address])
    if found.unread:
        return found.unread[0].reason
    with open_source(found.sources[0]) as reader:
        return b"".join(block.data for block in reader.blocks()) or reader.failure


def test_a_proxy_that_the_environment_names_is_used(
    s3: Bucket, proxy: Proxy, environment: pytest.MonkeyPatch
) -> None:
    address = s3.put("a.log", LINE)
    environment.setenv("AWS_ENDPOINT_URL", "http://storage.invalid:9000")
    environment.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
    environment.setenv("no_proxy", "")
    assert read(address) == LINE
    assert proxy.requests


def test_no_proxy_is_used_for_what_needs_none(
    s3: Bucket, proxy: Proxy, environment: pytest.MonkeyPatch
) -> None:
    address = s3.put("a.log", LINE)
    environment.setenv("AWS_ENDPOINT_URL", "http://storage.invalid:9000")
    environment.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
    environment.setenv("no_proxy", ".invalid")
    reason = read(address)
    assert isinstance(reason, str)
    assert "the name of its host is not known here" in reason
    assert not proxy.requests


def test_keys_come_from_the_environment(s3: Bucket, proxy: Proxy) -> None:
    assert read(s3.put("a.log", LINE)) == LINE
    assert proxy.signed == {"AKIATESTTESTTEST"}


def test_keys_come_from_a_profile(
    s3: Bucket, proxy: Proxy, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In a process of its own: the client reads the files once."""
    address = s3.put("a.log", LINE)
    profile = "[night]\naws_access_key_id = AKIANIGHT\naws_secret_access_key = x\n"
    (tmp_path / "credentials").write_text(profile)
    environment.delenv("AWS_ACCESS_KEY_ID")
    environment.delenv("AWS_SECRET_ACCESS_KEY")
    environment.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    environment.setenv("AWS_PROFILE", "night")
    logan("formats", "detect", address)
    assert proxy.signed == {"AKIANIGHT"}


def test_certificates_of_ones_own_are_trusted_where_that_is_said(
    s3: Bucket, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl: apt install openssl")
    both = tmp_path / "both.pem"
    subject = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    made = (openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject)
    subprocess.run(
        [*made, "-keyout", both, "-out", tmp_path / "c"], check=True, capture_output=True
    )
    both.write_bytes(both.read_bytes() + (tmp_path / "c").read_bytes())
    address = s3.put("a.log", LINE)
    with proxy_before(s3.server.port, both) as proxy:
        environment.setenv("AWS_ENDPOINT_URL", f"https://localhost:{proxy.port}")
        reason = read(address)
        assert isinstance(reason, str)
        assert "proves by no certificate that is trusted here" in reason
        object_storage.connect.cache_clear()
        environment.setenv("AWS_CA_BUNDLE", str(tmp_path / "c"))
        assert read(address) == LINE


def test_a_storage_that_says_nothing_is_not_waited_for(environment: pytest.MonkeyPatch) -> None:
    """Of the clients, that of Azure alone would."""
    environment.setattr(object_storage, "ANSWER_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for name, value in Server("abfs", silent.getsockname()[1]).environment().items():
            environment.setenv(name, value)
        reason = read("abfs://bucket/a.log")
    assert isinstance(reason, str)
    assert "the storage did not answer in time" in reason
