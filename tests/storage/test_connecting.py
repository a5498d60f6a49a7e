"""How S3 is found and who asks: what the environment says, and what stands in the way."""

import shutil
import socket
import subprocess
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from threading import Event, Thread

import pytest

from logan.intake import object_storage, storage_questions
from logan.intake.addresses import parse_address
from logan.intake.opening import open_source
from logan.intake.source_search import find
from logan.intake.storage_faults import StorageError
from tests.faults.logs import logan
from tests.storage.conftest import Servers
from tests.storage.proxy import Drip, Proxy, proxy_before
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
    """Of the clients, that of Azure would for minutes."""
    environment.setattr(storage_questions, "ANSWER_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for name, value in Server("abfs", silent.getsockname()[1]).environment().items():
            environment.setenv(name, value)
        with pytest.raises(StorageError, match="the storage did not answer in time"):
            object_storage.look(parse_address("abfs://bucket/a.log"))


def test_an_answer_is_waited_for_while_more_of_it_comes(environment: pytest.MonkeyPatch) -> None:
    environment.setattr(storage_questions, "ANSWER_SECONDS", 0.01)
    came, whole = count(1), Event()

    def look() -> int:
        number = next(came)
        if number == 5:
            whole.set()
        return number * storage_questions.LEAST_BYTES

    assert storage_questions.ask(whole.wait, came=look) is True
    with pytest.raises(TimeoutError):
        storage_questions.ask(Event().wait, came=lambda: 1000)


def test_an_object_of_googles_that_does_not_come_stops_nothing_else(
    servers: Servers, environment: pytest.MonkeyPatch
) -> None:
    """pyarrow's client asks for it to tell of it, and let no other thread run for two minutes."""
    server = servers("gs")
    for name, value in server.environment().items():
        environment.setenv(name, value)
    address = Bucket(server, "hanging").put("a.log", LINE * 1000)
    environment.setattr(storage_questions, "ANSWER_SECONDS", 1.0)
    with proxy_before(server.port) as proxy:
        for name, value in server.environment(proxy.port).items():
            environment.setenv(name, value)
        object_storage.connect.cache_clear()
        proxy.plan = lambda _method, path, _number: Drip(1, 60) if "alt=media" in path else None
        with pytest.raises(StorageError, match="the storage did not answer in time"):
            object_storage.open_object(parse_address(address))


class Page(BaseHTTPRequestHandler):
    """What a proxy shows who has not logged in."""

    def do_GET(self) -> None:
        page = b"<html><body>Log in<br></body>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page if self.command == "GET" else b"")

    do_HEAD = do_GET  # noqa: N815 - as it is called

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as it is there
        del format, args


def test_a_page_instead_of_a_storage_is_no_end_of_the_run(
    environment: pytest.MonkeyPatch,
) -> None:
    """pyarrow's client for Azure ends its process, which was logan's."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        for name, value in Server("abfs", server.server_address[1]).environment().items():
            environment.setenv(name, value)
        unread = find(["abfs://bucket/proxy/", "abfs://bucket/a.log"]).unread
        server.shutdown()
    assert [one.name for one in unread] == ["abfs://bucket/proxy", "abfs://bucket/a.log"]
    for one in unread:
        assert "what answers is no storage of Azure's" in one.reason
        assert one.advice
