"""Object storages on this machine, as processes of their own: moto for S3, Azurite, a fake of GCS."""

import hmac
import os
import shutil
import socket
import subprocess
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest

from tests.processes import start_process

#: The account and key that every Azurite has.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
#: What stands in no output.
SECRET = "Sb9fLz3kTqvW0aXy"  # noqa: S105
#: moto looks at no signature.
_UNSIGNED = (
    "AWS4-HMAC-SHA256 Credential=test/20240101/us-east-1/s3/aws4_request, SignedHeaders=host, "
    "Signature=0"
)
#: How to start a server on a port, by the scheme of its addresses.
COMMANDS = {
    "s3": ("moto_server", "-H", "127.0.0.1", "-p", "{port}"),
    "abfs": (
        *("azurite-blob", "--silent", "--disableTelemetry", "--skipApiVersionCheck"),
        *("--inMemoryPersistence", "--blobHost", "127.0.0.1", "--blobPort", "{port}"),
    ),
    "gs": ("gcp-storage-emulator", "start", "--host=127.0.0.1", "--port={port}", "--in-memory"),
}
#: What Azurite, moto and others may take to start on a busy machine, in seconds.
PATIENCE = 60


class Server(NamedTuple):
    """A storage that answers on a port of this machine."""

    scheme: str
    port: int

    def environment(self, port: int | None = None) -> dict[str, str]:
        """The variables by which logan finds it; `port`: that of a proxy before it."""
        place = f"127.0.0.1:{port or self.port}"
        if self.scheme == "s3":
            return {
                "AWS_ACCESS_KEY_ID": "AKIATESTTESTTEST",
                "AWS_SECRET_ACCESS_KEY": SECRET,
                "AWS_ENDPOINT_URL": f"http://{place}",
                "AWS_EC2_METADATA_DISABLED": "true",
            }
        if self.scheme == "abfs":
            said = {
                "DefaultEndpointsProtocol": "http",
                "AccountName": ACCOUNT,
                "AccountKey": KEY,
                "BlobEndpoint": f"http://{place}/{ACCOUNT}",
            }
            text = ";".join("=".join(pair) for pair in said.items())
            return {"AZURE_STORAGE_CONNECTION_STRING": text}
        return {"STORAGE_EMULATOR_HOST": f"http://{place}", "GOOGLE_CLOUD_PROJECT": "test"}


class Bucket:
    """A bucket of a server, to be filled by others than logan; its `url` has no slash behind it."""

    def __init__(self, server: Server, name: str) -> None:
        self.server, self.name = server, name
        self.url = f"{server.scheme}://{name}"
        self._files = _writing_file_system(server)
        self._files.create_dir(name)

    def put(self, key: str, data: bytes) -> str:
        """Store an object; its address."""
        if self.server.scheme == "s3":
            self.put_plainly(key, data)
        else:
            with self._files.open_output_stream(f"{self.name}/{key}", compression=None) as out:
                out.write(data)
        return f"{self.url}/{key}"

    def put_plainly(self, key: str, data: bytes, **said: str) -> None:
        """By one request: pyarrow makes several, and none for some keys. `said`: headers of S3's
        by what follows `x-amz-` (`storage_class`)."""
        port = self.server.port
        headers = {"Content-Type": "application/octet-stream"}
        if self.server.scheme == "abfs":
            request = _signed_put(port, f"/{ACCOUNT}/{self.name}/{quote(key)}", data, headers)
        elif self.server.scheme == "s3":
            headers["Authorization"] = _UNSIGNED
            headers |= {f"x-amz-{name.replace('_', '-')}": value for name, value in said.items()}
            path = f"http://127.0.0.1:{port}/{self.name}/{quote(key)}"
            request = Request(path, data, headers, method="PUT")
        else:
            query = f"uploadType=media&name={quote(key, safe='')}"
            path = f"http://127.0.0.1:{port}/upload/storage/v1/b/{self.name}/o?{query}"
            request = Request(path, data, headers, method="POST")  # noqa: S310
        with urlopen(request):  # noqa: S310
            pass

    def mark(self, folder: str) -> None:
        """Make a folder as consoles do: an empty object whose name ends with a slash."""
        if self.server.scheme == "gs":  # what stands in for it takes no empty request
            self._files.create_dir(f"{self.name}/{folder}")
        else:
            self.put_plainly(f"{folder}/", b"")

    def put_encoded(self, key: str, data: bytes, encoding: str) -> str:
        """Store an object of which is said that it is packed on its way only."""
        facts = {"Content-Encoding": encoding}
        place = f"{self.name}/{key}"
        with self._files.open_output_stream(place, compression=None, metadata=facts) as out:
            out.write(data)
        return f"{self.url}/{key}"

    def put_folder(self, folder: Path) -> str:
        """Store the files below a folder under its name; the address of that."""
        for path in folder.rglob("*"):
            if path.is_file():
                self.put(f"{folder.name}/{path.relative_to(folder)}", path.read_bytes())
        return f"{self.url}/{folder.name}"

    def delete(self, key: str) -> None:
        self._files.delete_file(f"{self.name}/{key}")


def _signed_put(port: int, path: str, data: bytes, headers: Mapping[str, str]) -> Request:
    """A request to Azure, signed as "Authorize with Shared Key" says (learn.microsoft.com)."""
    stamped = {
        "x-ms-blob-type": "BlockBlob",
        "x-ms-date": formatdate(usegmt=True),
        "x-ms-version": "2021-08-06",
    }
    lines = ["PUT", "", "", str(len(data) or ""), "", headers["Content-Type"], *[""] * 6]
    lines += [*(f"{name}:{value}" for name, value in stamped.items()), f"/{ACCOUNT}{path}"]
    signature = b64encode(hmac.digest(b64decode(KEY), "\n".join(lines).encode(), "sha256")).decode()
    stamped["Authorization"] = f"SharedKey {ACCOUNT}:{signature}"
    return Request(f"http://127.0.0.1:{port}{path}", data, {**headers, **stamped}, method="PUT")


def _writing_file_system(server: Server) -> Any:
    from pyarrow import fs

    place = f"127.0.0.1:{server.port}"
    if server.scheme == "s3":
        keys = {"access_key": "test", "secret_key": "test", "region": "us-east-1"}
        return fs.S3FileSystem(
            scheme="http", endpoint_override=place, allow_bucket_creation=True, **keys
        )
    if server.scheme == "abfs":
        services = {"blob_storage_authority": place, "dfs_storage_authority": place}
        schemes = {"blob_storage_scheme": "http", "dfs_storage_scheme": "http"}
        return fs.AzureFileSystem(ACCOUNT, account_key=KEY, **services, **schemes)
    return fs.GcsFileSystem(
        anonymous=True, scheme="http", endpoint_override=place, project_id="test"
    )


@contextmanager
def serving(scheme: str, log: Path) -> Iterator[Server]:
    """A storage, until the block is left. Skips the test where its program is missing."""
    name, *arguments = COMMANDS[scheme]
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"needs {name}: see .ci/run, which installs it")
    port = free_port()
    command = [program, *(argument.format(port=port) for argument in arguments)]
    with log.open("wb") as out:
        process = start_process(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
    try:
        _wait_for(port, process, log)
        yield Server(scheme, port)
    finally:
        process.terminate()
        process.wait(PATIENCE)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(f"{process.args!r} does not answer: {log.read_text(errors='replace')[-2000:]}")


#: Variables of the machine's own that would lead elsewhere.
OTHERS = tuple(
    name
    for name in os.environ
    if name.startswith(("AWS_", "AZURE_", "GOOGLE_", "STORAGE_EMULATOR"))
)
