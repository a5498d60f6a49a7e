"""Who may speak to whom: what is refused, and in which words."""

import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from logan.cluster.access import ClusterAccess, ClusterError, check_access, check_connection
from logan.cluster.access import _explain as explain
from logan.errors import UsageError
from tests.cluster.machines import Machines, make_certificates, start, wait_until
from tests.conftest import Run


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificates of another authority."""
    folder = tmp_path_factory.mktemp("others") / "certs"
    make_certificates(folder, "client")
    return folder


def access_of(machines: Machines, ca: Path, client: Path) -> ClusterAccess:
    certs = (ca / "ca.pem", client / "client.pem", client / "client.key")
    return ClusterAccess(machines.address, *certs)


def test_who_shows_the_right_certificates_is_let_in(machines: Machines) -> None:
    certs = machines.folder / "certs"
    check_connection(access_of(machines, certs, certs))


def test_a_scheduler_of_another_authority_is_not_spoken_to(
    machines: Machines, others: Path
) -> None:
    certs = machines.folder / "certs"
    with pytest.raises(UsageError, match=r"is none of the authority in .*ca\.pem"):
        check_connection(access_of(machines, others, certs))


def test_a_scheduler_does_not_take_the_certificate_of_another_authority(
    machines: Machines, others: Path
) -> None:
    certs = machines.folder / "certs"
    with pytest.raises(UsageError, match="does not take the certificate in"):
        check_connection(access_of(machines, certs, others))


def test_certificates_that_are_out_of_date_are_called_so() -> None:
    access = ClusterAccess("tls://10.0.0.1:8786", cert=Path("client.pem"))
    of_scheduler = ssl.SSLCertVerificationError(1, "certificate verify failed")
    of_scheduler.verify_code, of_scheduler.verify_message = 10, "certificate has expired"
    of_scheduler.reason = "CERTIFICATE_VERIFY_FAILED"
    assert explain(of_scheduler, access) == (
        "the scheduler's certificate is out of date (certificate has expired): make a new one, or "
        "set the clock of this machine. Nothing was sent"
    )
    own = ssl.SSLError(1, "sslv3 alert certificate expired")
    own.reason = "SSLV3_ALERT_CERTIFICATE_EXPIRED"
    said = explain(own, access)
    assert said.startswith("the certificate in client.pem is out of date for the scheduler (")


def first_byte(access: ClusterAccess, context: ssl.SSLContext) -> bytes:
    """What a scheduler says first to somebody with these certificates."""
    with (
        socket.create_connection(access.place, timeout=20) as plain,
        context.wrap_socket(plain) as protected,
    ):
        return protected.recv(1)


def test_without_a_certificate_nobody_is_let_in(machines: Machines) -> None:
    context = ssl.create_default_context(cafile=machines.folder / "certs" / "ca.pem")
    context.check_hostname = False
    access = ClusterAccess(machines.address)
    try:
        said = first_byte(access, context)
    except (ssl.SSLError, ConnectionError):
        said = b""
    assert said == b""
    certs = machines.folder / "certs"
    assert first_byte(access, access_of(machines, certs, certs).tls_context())


def test_a_worker_without_a_certificate_is_not_let_in(machines: Machines, tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    worker = start(log, "worker", machines.address, "--no-nanny", "--no-dashboard")
    try:
        wait_until(lambda: worker.poll() is not None or b"TLS" in log.read_bytes())
        assert b"Registered to" not in log.read_bytes()
    finally:
        worker.kill()
        worker.wait()


@contextmanager
def listening(answer: Callable[[socket.socket], object]) -> Iterator[str]:
    """Something at an address that is no scheduler."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                answer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        thread.join()


def test_what_does_not_speak_tls_is_said_to(others: Path) -> None:
    certs = (others / "ca.pem", others / "client.pem", others / "client.key")
    with (
        listening(lambda one: one.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as place,
        pytest.raises(UsageError, match="does not speak TLS"),
    ):
        check_connection(ClusterAccess(f"tls://{place}", *certs))


def test_what_closes_the_connection_may_expect_a_certificate() -> None:
    with (
        listening(lambda one: one.close()) as place,
        pytest.raises(ClusterError, match="may expect a certificate"),
    ):
        check_connection(ClusterAccess(f"tcp://{place}"))


def test_where_nobody_listens_nothing_is_read(run: Run, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    (tmp_path / "a.log").write_text("x\n")
    ran = run("scan", tmp_path, "--cluster", f"tcp://127.0.0.1:{port}")
    assert ran.status == 3
    assert "no scheduler answers there" in ran.err
    assert "Nothing was read" in ran.err


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("tcp://10.0.0.1:8786", "is not protected"),
        ("tcp://scheduler:8786", "is not protected"),
        ("tls://10.0.0.1:8786", "needs --tls-ca and --tls-cert"),
        ("ucx://10.0.0.1:8786", "is no address of a scheduler"),
        ("10.0.0.1:8786", "is no address of a scheduler"),
        ("tls://10.0.0.1", "is no address of a scheduler"),
        ("tls://10.0.0.1:x", "is no address of a scheduler"),
        ("tls://u:p@10.0.0.1:8786", "is no address of a scheduler"),
        ("inproc://10.0.0.1/3/1", "is no address of a scheduler"),
    ],
)
def test_what_is_no_safe_address_is_refused(address: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        check_access(ClusterAccess(address))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.8.9.1"])
def test_this_machine_needs_no_certificates(host: str) -> None:
    check_access(ClusterAccess(f"tcp://{host}:8786"))


def test_the_user_may_insist() -> None:
    check_access(ClusterAccess("tcp://10.0.0.1:8786", insecure=True))


def test_files_that_are_no_certificates_are_named(others: Path, tmp_path: Path) -> None:
    address, ca = "tls://10.0.0.1:8786", others / "ca.pem"
    (tmp_path / "none.pem").write_text("nothing\n")
    check_access(ClusterAccess(address, ca, others / "client.pem", others / "client.key"))
    for cert, key, said in (
        (tmp_path / "gone.pem", None, r"gone\.pem: cannot be read: No such file"),
        (tmp_path / "none.pem", None, "holds none"),
        (others / "client.pem", others / "ca.key", "the key is not that of the certificate"),
    ):
        with pytest.raises(UsageError, match=said):
            check_access(ClusterAccess(address, ca, cert, key))


def test_options_of_a_cluster_need_one(run: Run, tmp_path: Path) -> None:
    for option in (("--scratch", "x"), ("--tls-ca", "x"), ("--insecure-cluster",)):
        ran = run("scan", tmp_path, *option)
        assert ran.status == 2
        assert "add --cluster ADDRESS" in ran.err


def test_parse_reads_on_this_machine(run: Run, tmp_path: Path) -> None:
    ran = run("parse", tmp_path, "--cluster", "tls://10.0.0.1:8786")
    assert ran.status == 2
    assert "parse reads on this machine" in ran.err


def test_standard_input_cannot_be_read_by_others(run: Run) -> None:
    ran = run("scan", "-", "--cluster", "tcp://127.0.0.1:9")
    assert ran.status == 2
    assert "workers cannot read the standard input" in ran.err


def test_without_dask_it_is_said_how_to_install_it(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("x\n")
    code = (
        "import sys; sys.modules['distributed'] = None; sys.argv[1:] = ['scan', sys.argv[1], "
        "'--cluster', 'tcp://127.0.0.1:9']; from logan.cli.main import process; process()"
    )
    ran = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True)
    assert ran.returncode == 2
    assert "pip install 'logan-audit[cluster]'" in ran.stderr
