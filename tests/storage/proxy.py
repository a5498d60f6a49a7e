"""A proxy before a storage, which breaks what passes through it as a test says."""

import http.client
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

#: What an S3 says of a fault.
_XML = '<?xml version="1.0"?><Error><Code>{code}</Code><Message>{code} SENT-BACK</Message></Error>'


class Cut(NamedTuple):
    """The connection is closed behind so many bytes of the answer's body."""

    after: int


class Drip(NamedTuple):
    """The answer's body comes so many bytes at a time, with this pause before each, in seconds."""

    size: int
    pause: float


class Refusal(NamedTuple):
    """The storage is not asked; the answer is this."""

    status: int
    code: str


class Page(NamedTuple):
    """The storage is not asked; the answer is a page, as of a proxy that asks for a login."""

    text: bytes = b"<html><body>Log in<br></body>"


class Change(NamedTuple):
    """The answer's body is another one, of which the head says the right length."""

    edit: Callable[[bytes], bytes]


Fault = Cut | Drip | Refusal | Page | Change | None
#: Asked with method, path and number (from 0) of each request; it may as well do something.
Plan = Callable[[str, str, int], Fault]


@dataclass
class Proxy:
    """What the proxy does, and the requests that came: `METHOD PATH`, and whose keys signed them."""

    port: int = 0
    plan: Plan = lambda _method, _path, _number: None
    requests: list[str] = field(default_factory=list)
    signed: set[str] = field(default_factory=set)
    sent: int = 0

    def gets(self, part: str = "") -> int:
        """How often something of an object was read whose path holds a text."""
        reads = (one for one in self.requests if one.startswith("GET ") and "list-type" not in one)
        return sum(part in one for one in reads)


@contextmanager
def proxy_before(upstream: int, certificate: Path | None = None) -> Iterator[Proxy]:
    """A proxy before a port of this machine, until the block is left.

    It may be asked as what it stands for or as a proxy. With a certificate (PEM, with its key) it
    speaks TLS.
    """
    proxy = Proxy()
    lock, ended = threading.Lock(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as it is there
            del format, args

        def _pass(self) -> None:
            self.path = urlsplit(self.path)._replace(scheme="", netloc="").geturl()
            with lock:
                number = len(proxy.requests)
                proxy.requests.append(f"{self.command} {self.path}")
            signature = self.headers.get("Authorization", "")
            proxy.signed.add(signature.partition("Credential=")[2].partition("/")[0])
            fault = proxy.plan(self.command, self.path, number)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if isinstance(fault, Refusal):
                text = _XML.format(code=fault.code).encode()
                self._answer(fault.status, [("Content-Type", "application/xml")], text, None)
                return
            if isinstance(fault, Page):
                self._answer(200, [("Content-Type", "text/html")], fault.text, None)
                return
            connection = http.client.HTTPConnection("127.0.0.1", upstream, timeout=30)
            # moto takes the first part of another host's name for a bucket.
            headers = dict(self.headers) | {"Host": f"127.0.0.1:{upstream}"}
            connection.request(self.command, self.path, body, headers)
            answer = connection.getresponse()
            data = answer.read()
            told = [
                pair
                for pair in answer.getheaders()
                if pair[0].lower() not in ("transfer-encoding", "connection", "content-length")
            ]
            length = answer.getheader("Content-Length")
            connection.close()
            size = int(length) if self.command == "HEAD" and length else None
            if isinstance(fault, Change):
                data, fault = fault.edit(data), None
            self._answer(answer.status, told, data, fault, size)

        def _answer(
            self,
            status: int,
            headers: list[tuple[str, str]],
            data: bytes,
            fault: Cut | Drip | None,
            length: int | None = None,
        ) -> None:
            self.send_response_only(status)
            for pair in headers:
                self.send_header(*pair)
            self.send_header("Content-Length", str(len(data) if length is None else length))
            self.end_headers()
            sent = b"" if self.command == "HEAD" else data
            if isinstance(fault, Drip):
                self._drip(sent, fault)
                return
            if fault is not None and len(sent) > fault.after:
                sent, self.close_connection = sent[: fault.after], True
            self.wfile.write(sent)
            proxy.sent += len(sent)

        def _drip(self, data: bytes, drip: Drip) -> None:
            self.close_connection = True
            with suppress(OSError):
                for first in range(0, len(data), drip.size):
                    if ended.wait(drip.pause):
                        return
                    self.wfile.write(data[first : first + drip.size])

        do_GET = do_HEAD = _pass  # noqa: N815 - as they are called

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    proxy.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
