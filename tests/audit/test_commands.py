"""A reader's command: gets the text whole, and its failure is told in one harmless line."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from logan.audit.commands import send_to_command

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the commands are those of sh")


def test_the_text_arrives_whole_and_no_shell_reads_the_words(tmp_path: Path) -> None:
    text = "5 new hits, ümit \udce9\n" + "x" * 300_000
    place = tmp_path / "a;b $(id)"
    assert send_to_command(["tee", str(place)], text) is None
    assert place.read_bytes() == text.encode("utf-8", "backslashreplace")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("false",), "ended with 1"),
        (("sh", "-c", "echo; echo 'no such host' >&2; exit 75"), "ended with 75: no such host"),
        (("sh", "-c", r"printf '\033[2Jgone\n'; exit 1"), "ended with 1: \\x1b[2Jgone"),
        (("sh", "-c", "kill -9 $$"), "was ended by signal 9"),
        (("/no/such/command",), "cannot be started: No such file or directory"),
        (("/etc/passwd",), "cannot be started: Permission denied"),
    ],
)
def test_a_failure_is_told_with_its_reason(words: tuple[str, ...], why: str) -> None:
    assert send_to_command(words, "x" * 100_000) == why


def test_a_command_that_reads_nothing_is_no_failure() -> None:
    assert send_to_command(["true"], "x" * 300_000) is None


def test_a_command_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    script = f"sleep 600 & echo $! > {tmp_path}/child; echo waiting; wait"
    begun = time.monotonic()
    why = send_to_command(["sh", "-c", script], "text", timeout=1.0)
    assert why == "did not end within 1 seconds: waiting"
    assert time.monotonic() - begun < 30
    child = (tmp_path / "child").read_text().strip()
    state = subprocess.run(["ps", "-o", "stat=", "-p", child], capture_output=True, text=True)
    assert state.stdout.strip()[:1] in ("", "Z")


def test_a_child_that_lives_on_holds_nobody_up() -> None:
    begun = time.monotonic()
    assert send_to_command(["sh", "-c", "sleep 5 & exit 0"], "text") is None
    assert time.monotonic() - begun < 4


def test_a_run_that_is_interrupted_leaves_no_command_behind(tmp_path: Path) -> None:
    code = (
        "import signal\n"
        "signal.signal(signal.SIGTERM, signal.default_int_handler)\n"
        "from logan.audit.commands import send_to_command\n"
        f"send_to_command(['sh', '-c', 'echo $$ > {tmp_path}/pid; exec sleep 600'], '')\n"
    )
    run = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    while not (pid := tmp_path / "pid").exists() or not pid.read_text().strip():
        time.sleep(0.05)
    run.send_signal(signal.SIGTERM)
    run.wait(30)
    state = subprocess.run(["ps", "-p", pid.read_text().strip()], capture_output=True, text=True)
    assert "sleep" not in state.stdout
