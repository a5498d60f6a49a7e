"""Signatures and time stamps over the sums of a package, checked by the tools that make them.

`ssh-keygen -Y` (OpenSSH 8.2 and later, PROTOCOL.sshsig) signs, `openssl ts` (RFC 3161) stamps. Both
are asked only where a signature or a stamp lies beside the sums; neither needs a network.
"""

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple

from logan.package.files import hash_file
from logan.package.names import SUMS
from logan.package.reading import is_plain

NAMESPACE: Final = "logan-package"
SIGNATURE: Final = f"{SUMS}.sig"
STAMP: Final = f"{SUMS}.tsr"

_SECONDS: Final = 60
_IMPRINT: Final = re.compile(r"^ +[0-9a-f]{4} - ((?:[0-9a-f]{2}[ -])+)", re.MULTILINE)
_TIME: Final = re.compile(r"^Time stamp: (.+)$", re.MULTILINE)

#: `good`: proved; `fits`: of these sums, but of whom is not known; `absent`, `unchecked`, `wrong`.
State = Literal["good", "fits", "absent", "unchecked", "wrong"]


class SealProof(NamedTuple):
    """What a signature or a time stamp comes to, and why, in words."""

    state: State
    words: str


def check_signature(folder: Path, signers: Path | None) -> SealProof:
    """Check the signature of the sums. `signers` is a file of allowed signers (ssh-keygen(1)).

    Without it, a signature that fits proves only that somebody with the key in it signed.
    """
    if not is_plain(folder / SIGNATURE):
        return SealProof("absent", "none")
    tool = shutil.which("ssh-keygen")
    if tool is None:
        return SealProof(
            "unchecked", f"{SIGNATURE} could not be checked: ssh-keygen is not installed"
        )
    if signers is None:
        ran = _run(tool, folder, "check-novalidate")
        if ran.returncode:
            return SealProof(
                "wrong", f"{SIGNATURE} is no signature of these sums: {_last_line(ran)}"
            )
        return SealProof(
            "fits", f"fits; whose key it is was not checked ({_last_line(ran)}). Use --signers"
        )
    found = _run(tool, folder, "find-principals", "-f", str(signers), stdin=False)
    if found.returncode:
        return SealProof("wrong", f"nobody in {signers} made {SIGNATURE}: {_last_line(found)}")
    signer = found.stdout.decode("utf-8", "replace").split("\n")[0].strip()
    ran = _run(tool, folder, "verify", "-f", str(signers), "-I", signer)
    if ran.returncode:
        return SealProof(
            "wrong", f"{SIGNATURE} is no valid signature of {signer}: {_last_line(ran)}"
        )
    return SealProof("good", f"good, by {signer}")


def check_stamp(folder: Path, authority: Path | None) -> SealProof:
    """Check the time stamp of the sums. `authority` is a file of certificates to trust (PEM).

    Without it, the stamp is only held against the sums: who gave it is not checked.
    """
    if not is_plain(folder / STAMP):
        return SealProof("absent", "none")
    tool = shutil.which("openssl")
    if tool is None:
        return SealProof("unchecked", f"{STAMP} could not be checked: openssl is not installed")
    answer = _call([tool, "ts", "-reply", "-in", str(folder / STAMP), "-text"])
    text = answer.stdout.decode("utf-8", "replace")
    imprint = "".join(re.sub("[ -]", "", line) for line in _IMPRINT.findall(text))
    when = found[1].strip() if (found := _TIME.search(text)) else "no time"
    if answer.returncode or imprint != hash_file(folder / SUMS):
        return SealProof("wrong", f"{STAMP} is no time stamp of these sums")
    if authority is None:
        return SealProof("fits", f"fits, of {when}; who gave it was not checked. Use --authority")
    ran = _call(
        [
            *(tool, "ts", "-verify", "-data", str(folder / SUMS), "-in", str(folder / STAMP)),
            *("-CAfile", str(authority)),
        ]
    )
    if ran.returncode:
        return SealProof(
            "wrong", f"{STAMP} is not of an authority in {authority}: {_last_line(ran)}"
        )
    return SealProof("good", f"good, of {when}")


def _run(
    tool: str, folder: Path, *command: str, stdin: bool = True
) -> subprocess.CompletedProcess[bytes]:
    signed = (folder / SUMS).read_bytes() if stdin else b""
    action, *options = command
    arguments = [tool, "-Y", action, *options, "-s", str(folder / SIGNATURE), "-n", NAMESPACE]
    return _call(arguments, signed)


def _call(arguments: Sequence[str], stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(  # noqa: S603 - no shell, and the program was looked up
            arguments, input=stdin, capture_output=True, check=False, timeout=_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(arguments, 1, b"", type(error).__name__.encode())


def _last_line(ran: subprocess.CompletedProcess[bytes]) -> str:
    """What a tool said last, of at most 200 letters."""
    said = (ran.stderr + ran.stdout).decode("utf-8", "replace").strip().splitlines()
    return said[-1].strip()[:200] if said else f"status {ran.returncode}"
