"""Ten thousand small objects in a storage against the same files on a disk.

The storage is moto, which stands in for S3 on this machine: what it takes to answer is in the row,
and a network is not. Each object costs three requests: looked at, read, looked at again.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from many_files import FILES, cut
from measure import MB, Options, Result, a_log, name_size, race_scans, read_options
from rows import Bound, raced_row

_MOST_MS = 20
_BUCKET = "logs"
#: How many objects are stored at a time.
_AT_A_TIME = 4
_PATIENCE_SECONDS = 60
#: moto looks at no signature.
_SIGNED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=test/20240101/us-east-1/s3/aws4_request, "
    "SignedHeaders=host, Signature=0",
    "Content-Type": "application/octet-stream",
}


@contextmanager
def a_storage(program: str) -> Iterator[int]:
    """moto's server with an empty bucket, and the environment that leads to it; its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    nowhere = subprocess.DEVNULL
    where = [program, "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(where, stdin=nowhere, stdout=nowhere, stderr=nowhere)
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    try:
        _wait_for(port)
        _put(HTTPConnection("127.0.0.1", port), f"/{_BUCKET}", b"")
        yield port
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("moto_server does not answer")


def _put(connection: HTTPConnection, path: str, data: bytes) -> None:
    connection.request("PUT", path, data, _SIGNED)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise SystemExit(f"moto_server refused to store {path}: {answer.status}")


def store(folder: Path, port: int) -> str:
    """Store the files of a folder as objects; the address of all."""

    def store_some(paths: list[Path]) -> None:
        connection = HTTPConnection("127.0.0.1", port)
        for path in paths:
            _put(connection, f"/{_BUCKET}/{path.name}", path.read_bytes())
        connection.close()

    paths = sorted(folder.iterdir())
    with ThreadPoolExecutor(_AT_A_TIME) as threads:
        list(threads.map(store_some, (paths[at::_AT_A_TIME] for at in range(_AT_A_TIME))))
    return f"s3://{_BUCKET}/"


def race_objects(options: Options, port: int) -> Result:
    """Objects and files in turn."""
    files = max(1, min(FILES, options.size // 1_000))
    with a_log("squid", options.size, hit_every=options.hit_every) as log, cut(log, files) as parts:
        address = store(parts, port)
        raced = race_scans({"logan": (address,), "files": (parts,)}, options.repeats)
    cost = 1_000 * (raced.seconds("logan") - raced.seconds("files")) / files
    own = 1_000 * (raced.processor_seconds("logan") - raced.processor_seconds("files")) / files
    return raced_row(
        raced,
        "objects",
        f"{files:,} objects in S3 (moto), {name_size(options.size)} of Squid log in all",
        Bound("at most", _MOST_MS, "ms an object"),
        round(cost, 3),
        "ms an object more than a file",
        note=f"of it {own:.1f} ms are logan's own processor time",
    )


if __name__ == "__main__":
    given = read_options(__doc__, quick=25 * MB, full=250 * MB, repeats=(1, 3))
    server = shutil.which("moto_server")
    if server is None:
        print("left out: needs moto_server, which .ci/run installs")
    else:
        with a_storage(server) as listening:
            given.keep(race_objects(given, listening))
