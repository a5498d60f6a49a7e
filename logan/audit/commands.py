"""Runs a reader's command with a text on its standard input, and says why it failed if it did."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, Final

from logan.outputs.text import printable

#: A mail program that takes longer has stopped working, and the night goes on.
TIMEOUT_SECONDS: Final = 60.0
_QUOTED_BYTES: Final = 2_000
_QUOTED: Final = 200


def send_to_command(
    words: Sequence[str], text: str, *, timeout: float = TIMEOUT_SECONDS
) -> str | None:
    """Run a command with `text`, as UTF-8, on its standard input; None where it ended with 0.

    Else why it failed, with the first line that it printed. No shell takes part. A command that
    does not end within `timeout` seconds is killed with all that it started.
    """
    with tempfile.TemporaryFile() as printed:
        try:
            process = subprocess.Popen(  # noqa: S603 - the words are those of the configuration
                list(words),
                stdin=subprocess.PIPE,
                stdout=printed,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            return f"cannot be started: {getattr(error, 'strerror', None) or error}"
        try:
            process.communicate(text.encode("utf-8", "backslashreplace"), timeout=timeout)
        except subprocess.TimeoutExpired:
            _end(process)
            return f"did not end within {timeout:g} seconds{_quoted(printed)}"
        except BaseException:
            _end(process)
            raise
        status = process.returncode
        if status == 0:
            return None
        how = f"was ended by signal {-status}" if status < 0 else f"ended with {status}"
        return f"{how}{_quoted(printed)}"


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Kill a command and what it started."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def _quoted(printed: IO[bytes]) -> str:
    """The first line with something in it, shortened; nothing where there is none."""
    printed.seek(0)
    lines = printed.read(_QUOTED_BYTES).decode("utf-8", "replace").splitlines()
    first = next((line.strip() for line in lines if line.strip()), "")
    return f": {printable(first[:_QUOTED])}" if first else ""
