"""How a cluster is reached, and whether that is safe: checked before anything of Dask is spoken.

Dask's messages hold pickles, and to unpickle is to run what the sender wrote. So each side must
show a certificate of one authority before the first message: https://distributed.dask.org, TLS/SSL.
Without certificates a cluster is spoken to on this machine alone, or where the user insists.
"""

import ipaddress
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from logan.errors import ExitStatus, LoganError, UsageError

#: How long the scheduler may take to answer, in seconds.
_PATIENCE: Final = 10.0
#: What OpenSSL says where the other side does not take a certificate.
_REFUSED: Final = ("ALERT", "CERTIFICATE_REQUIRED", "UNKNOWN_CA")
#: OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED.
_OUT_OF_DATE: Final = (9, 10)
_MAKE: Final = "docs/cluster.md says how to make certificates"


class ClusterError(LoganError):
    """The cluster cannot be used, or no more: nothing could be read, so the run is incomplete."""

    exit_status = ExitStatus.INCOMPLETE


class ClusterAccess(NamedTuple):
    """The scheduler's address, and what shows that both sides are who they should be.

    `ca` is the certificate of the authority, `cert` and `key` are this side's own (`key` None: it
    stands in the file `cert`). `insecure`: the user insists on a connection without certificates.
    """

    address: str
    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None
    insecure: bool = False

    @property
    def is_secure(self) -> bool:
        """Whether both sides show certificates."""
        return self.address.startswith("tls://")

    @property
    def place(self) -> tuple[str, int]:
        """Host and port of the scheduler."""
        split = urlsplit(self.address)
        return split.hostname or "", split.port or 0

    def tls_context(self) -> ssl.SSLContext:
        """What a connection needs. Raises OSError for files that hold no such certificates."""
        context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=self.ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.cert is not None:
            context.load_cert_chain(self.cert, self.key)
        # As Dask does: the authority is that of this cluster alone, its machines have addresses.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_REQUIRED
        return context


def check_access(access: ClusterAccess) -> None:
    """Raise `UsageError` with everything that is wrong with what the user said."""
    problems = [*_address_problems(access)]
    if access.is_secure:
        problems += _certificate_problems(access)
    if problems:
        raise UsageError("\n".join(f"--cluster {access.address}: {one}" for one in problems))


def _address_problems(access: ClusterAccess) -> Iterator[str]:
    split = urlsplit(access.address)
    try:
        known = split.scheme in ("tls", "tcp") and split.hostname and split.port
    except ValueError:
        known = None
    if not known or split.path or split.query or split.username:
        yield "is no address of a scheduler, such as tls://scheduler.example:8786"
    elif split.scheme == "tcp" and not access.insecure and not _is_this_machine(split.hostname):
        yield (
            "is not protected: whoever is on that network could read what is found, or run "
            "programs here and on the workers. Start scheduler and workers with certificates and "
            f"use tls:// ({_MAKE}), or insist with --insecure-cluster"
        )


def _is_this_machine(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _certificate_problems(access: ClusterAccess) -> Iterator[str]:
    """What is wrong with the files of certificates."""
    given = {"--tls-ca": access.ca, "--tls-cert": access.cert}
    missing = [option for option, path in given.items() if path is None]
    if missing:
        yield f"needs {' and '.join(missing)}: both sides show certificates ({_MAKE})"
        return
    try:
        access.tls_context()
    except ssl.SSLError as error:
        words = "the key is not that of the certificate, or a file holds none"
        yield f"{access.ca}, {access.cert}, {access.key or access.cert}: {words} ({error.reason})"
    except OSError as error:
        yield f"{_unreadable(access, error)}: cannot be read: {error.strerror}"


def _unreadable(access: ClusterAccess, error: OSError) -> str:
    """The file that cannot be read: OpenSSL does not say which."""
    for path in filter(None, (access.ca, access.cert, access.key)):
        try:
            path.open("rb").close()
        except OSError:
            return str(path)
    return str(error.filename or access.ca)


def check_connection(access: ClusterAccess) -> None:
    """Speak to the scheduler once, as far as it shows who it is and takes who this is.

    Raises `UsageError` where the certificates do not fit, `ClusterError` where nothing answers.
    """
    try:
        with socket.create_connection(access.place, timeout=_PATIENCE) as plain:
            if not access.is_secure:
                _wait_for_first_byte(plain)
                return
            with access.tls_context().wrap_socket(plain) as protected:
                _wait_for_first_byte(protected)
    except ssl.SSLError as error:
        raise UsageError(f"--cluster {access.address}: {_explain(error, access)}") from error
    except OSError as error:
        raise ClusterError(
            f"{access.address}: no scheduler answers there: {error.strerror or error}. Start "
            "`dask scheduler` there, or check the address. Nothing was read."
        ) from error


def _wait_for_first_byte(connection: socket.socket) -> None:
    """A scheduler speaks first. With TLS 1.3 it does not before it has taken our certificate."""
    if not connection.recv(1):
        raise ConnectionError("it closes the connection: it may expect a certificate (tls://)")


def _explain(error: ssl.SSLError, access: ClusterAccess) -> str:
    """Why there is no connection, in words."""
    reason = error.reason or str(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        if error.verify_code in _OUT_OF_DATE:
            return (
                f"the scheduler's certificate is out of date ({error.verify_message}): make a new "
                "one, or set the clock of this machine. Nothing was sent"
            )
        return (
            f"the scheduler's certificate is none of the authority in {access.ca} "
            f"({error.verify_message}): it may be another's. Nothing was sent"
        )
    if "EXPIRED" in reason:
        return (
            f"the certificate in {access.cert} is out of date for the scheduler ({reason}): make a "
            "new one, or set the clocks of both machines"
        )
    if any(word in reason for word in _REFUSED):
        return (
            f"the scheduler does not take the certificate in {access.cert} ({reason}): it must be "
            "of the authority that the scheduler was started with"
        )
    return (
        f"what answers there does not speak TLS ({reason}): start `dask scheduler` with "
        f"--tls-ca-file, --tls-cert and --tls-key ({_MAKE})"
    )
