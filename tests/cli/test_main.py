"""The command as a process: start-up, errors in words, signals, pipes."""

import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import polars as pl
import pytest

from logan.__main__ import start
from logan.cli import main as entry
from logan.cli.main import COMMANDS, cli
from logan.errors import ExitStatus, LoganError, OutputError
from tests.conftest import Run

LINE = "1704103200.100 5 10.1.2.3 TCP_TUNNEL/200 9 CONNECT pimeyes.com:443 jdoe HIER_DIRECT/1 -\n"


def logan(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "logan", *arguments],
        capture_output=True,
        text=True,
        check=False,
        **options,  # type: ignore[call-overload]
    )


def loaded(*arguments: object) -> set[str]:
    """The modules that a run of the command line has loaded, with those of the package by name."""
    code = (
        "import sys; from logan.cli.main import main\n"
        f"sys.argv = {['logan', *map(str, arguments)]!r}\n"
        "try: main()\n"
        "except SystemExit as stop: assert not stop.code, stop.code\n"
        "print('\\n'.join(sys.modules), file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return set(ran.stderr.split())


def below(packages: set[str], modules: set[str]) -> set[str]:
    return {
        one for one in modules if any(f"{one}.".startswith(f"{package}.") for package in packages)
    }


HEAVY = {"polars", "numpy", "pyarrow", "hyperscan", "rich", "yaml", "tldextract", "idna"}
#: Of logan itself, what a scan needs only where it is asked for more than its exit status.
FOR_MORE = {
    *(
        "logan.formats.custom.mapping",
        "logan.formats.custom.squid_logformat",
        "logan.outputs.console",
    ),
    *(
        "logan.outputs.csv_tables",
        "logan.package",
        "logan.outputs.json_summary",
        "logan.pipeline.parse",
    ),
    *(
        "logan.pipeline.inspect",
        "logan.rules.explain",
        "logan.rules.export",
        "logan.rules.stix.indicators",
    ),
    *("logan.rules.suffixes", "logan.rules.sigma.load", "logan.rules.sigma.match"),
    *("logan.tables.summary", "logan.tables.headline", "logan.evidence.partwise"),
    *("logan.rules.gateway_repeats", "logan.rules.clocks", "logan.rules.gateway_lines"),
    *("logan.intake.object_search", "logan.intake.object_storage", "logan.intake.storage_faults"),
}


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_loads_nothing_heavy(option: str) -> None:
    ours = {"logan.formats", "logan.rules", "logan.intake", "logan.tables", "logan.pipeline.scan"}
    assert not below(HEAVY | ours, loaded(option))


def test_the_rules_are_loaded_and_compiled_without_what_takes_long_to_import() -> None:
    """So the patterns are compiled beside those imports."""
    code = (
        "import sys; from logan.rules.compilation import begin_compiling\n"
        "from logan.rules.packs import bundled_packs, load_rules\n"
        "begin_compiling(load_rules(packs=[one for one in bundled_packs() if one != 'trackers']))()\n"
        "print('\\n'.join(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    unwanted = {
        "polars",
        "numpy",
        "pyarrow",
        "rich",
        "tldextract",
        "logan.formats",
        "logan.pipeline.scan",
    }
    assert not below(unwanted | FOR_MORE, set(ran.stdout.split()))


def test_a_quiet_scan_loads_what_it_needs(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_text(LINE.replace("pimeyes.com", "a.example") * 100)
    unwanted = {"pyarrow", "pandas", "rich", "tldextract", "requests", "xlsxwriter", "fastexcel"}
    assert not below(unwanted | FOR_MORE, loaded("scan", "-q", log))
    log.write_text(LINE)
    assert not below(unwanted | FOR_MORE, loaded("scan", "-q", log))


def test_a_scan_without_lists_of_people_loads_nothing_for_them(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_text(LINE)
    for_lists = {"logan.people", "logan.tables.people_counts", "logan.outputs.people_page"}
    assert not below(for_lists, loaded("scan", log))


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="counts threads as Linux does")
def test_importing_numpy_starts_no_threads() -> None:
    code = (
        "import os, sys, logan.cli.main, numpy\n"
        "print(len(os.listdir('/proc/self/task')), file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.stderr.strip() == "1"


def test_garbage_is_looked_for_again_when_work_begins(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_text(LINE)
    begun = (
        "import gc, logan.pipeline.scan\n"
        "scan = logan.pipeline.scan.scan\n"
        "def noted(*given, **named):\n"
        "    assert gc.isenabled() and gc.get_freeze_count()\n"
        "    return scan(*given, **named)\n"
        "logan.pipeline.scan.scan = noted\n"
    )
    code = begun + f"import sys; sys.argv = ['logan', 'scan', '-q', {str(log)!r}]\n"
    code += "from logan.cli.main import main; main()"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_the_end_of_a_process_does_what_is_owed() -> None:
    code = (
        "import atexit, sys; from logan.cli.main import process\n"
        "atexit.register(print, 'and out')\n"
        "sys.argv = ['logan', '--version']\n"
        "process()"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[1:] == ["and out"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_an_output_that_cannot_be_written_at_the_end_is_no_success() -> None:
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "logan", "--version"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert ran.returncode == ExitStatus.INCOMPLETE


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, run: Run) -> None:
    ran = run(name, "--help")
    assert ran.status == 0
    assert len(ran.out.splitlines()) > 5
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.help


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_stands_in_the_readme(name: str) -> None:
    assert f"logan {name}" in (Path(__file__).parents[2] / "README.md").read_text()


def test_a_command_that_does_not_exist_is_a_mistake_of_usage(run: Run) -> None:
    ran = run("scann")
    assert ran.status == ExitStatus.USAGE
    assert "scann" in ran.err


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (LoganError("x"), 2),
        (OutputError("x"), 3),
        (KeyboardInterrupt(), 3),
        (ZeroDivisionError("x"), 3),
        (MemoryError("x"), 3),
        (pl.exceptions.PanicException("x"), 3),
    ],
)
def test_errors_are_words_and_a_status(
    error: BaseException, status: int, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(entry.cli, "main", fail)
    ran = run("scan", "x")
    assert ran.status == status
    assert ran.err.startswith("logan: ")
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("asked", [("-vv",), ()])
def test_a_traceback_that_was_asked_for_changes_no_status(
    asked: tuple[str, ...], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("x")

    monkeypatch.setattr(entry.cli, "main", fail)
    if not asked:
        monkeypatch.setenv("LOGAN_TRACEBACK", "1")
    ran = run("scan", "x", *asked)
    assert ran.status == ExitStatus.INCOMPLETE
    assert "Traceback" in ran.err
    assert "a fault in logan itself" in ran.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("scan", "nowhere"), ExitStatus.USAGE),
        (("scan", "--no-such-option"), ExitStatus.USAGE),
        (("scan", "LOG", "/dev/null", "-q"), ExitStatus.INCOMPLETE),
        (("scan", "LOG", "--json"), ExitStatus.COMPLETE),
    ],
)
def test_a_full_disk_under_stderr_changes_no_status(
    tmp_path: Path, arguments: tuple[str, ...], status: ExitStatus
) -> None:
    log = tmp_path / "access.log"
    log.write_text(LINE)
    given = [str(log) if part == "LOG" else part for part in arguments]
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "logan", *given]
        ran = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=full, check=False)
    assert ran.returncode == status


def test_an_error_that_quotes_a_file_moves_no_cursor(tmp_path: Path, run: Run) -> None:
    rules = tmp_path / "bad.yaml"
    rules.write_text('"\\e[2Jpack": x\ntitle: "y"\n')
    ran = run("scan", tmp_path, "--rules", rules)
    assert ran.status == ExitStatus.USAGE
    assert "\x1b" not in ran.err
    assert "bad.yaml:1" in ran.err


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_text(LINE * 20_000)
    command = f"{sys.executable} -m logan parse {log} | head -1"
    ran = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)  # noqa: S602
    assert ran.stdout.count("\n") == 1
    assert "Traceback" not in ran.stderr
    assert "Error" not in ran.stderr


@pytest.mark.skipif(os.name != "posix", reason="needs a pipe whose reader can leave")
@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("scan", "LOG"), 0),
        (("scan", "LOG", "--json"), 0),
        (("scan", "LOG", "--fail-on", "hits>=0"), 1),
        (("scan", "LOG", "/dev/null"), 3),
        (("rules", "list"), 0),
        (("formats",), 0),
    ],
)
def test_the_status_is_the_same_without_a_reader(
    tmp_path: Path, arguments: tuple[str, ...], status: int
) -> None:
    log = tmp_path / "access.log"
    log.write_text(LINE)
    reader, writer = os.pipe()
    os.close(reader)
    given = [str(log) if part == "LOG" else part for part in arguments]
    command = [sys.executable, "-m", "logan", *given]
    ran = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert (ran.returncode, "Error" in ran.stderr) == (status, False)


@pytest.mark.skipif(os.name != "posix", reason="signals are sent differently on Windows")
def test_an_interrupt_says_so_and_leaves_the_old_export(tmp_path: Path) -> None:
    pipe = tmp_path / "out"
    log = tmp_path / "access.log"
    log.write_text(LINE)
    assert logan("scan", str(log), "--quiet", "--export", str(pipe)).returncode == 0
    before = {path: path.read_bytes() for path in pipe.rglob("*") if path.is_file()}
    process = subprocess.Popen(
        [sys.executable, "-m", "logan", "scan", "-", "--export", str(pipe)],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(LINE.encode() * 20_000)  # more than a pipe holds: it is being read by now
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == ExitStatus.INCOMPLETE
    assert b"interrupted" in errors
    assert {path: path.read_bytes() for path in pipe.rglob("*") if path.is_file()} == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_an_interrupt_while_the_command_line_is_imported_says_so_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Interrupted:
        @staticmethod
        def find_spec(name: str, *_: object) -> None:
            if name == "logan.cli.main":
                raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "logan.cli.main")
    monkeypatch.setattr(sys, "meta_path", [Interrupted, *sys.meta_path])
    with pytest.raises(SystemExit) as stop:
        start()
    assert stop.value.code == ExitStatus.INCOMPLETE
    assert capsys.readouterr().err == "logan: interrupted; no file was written\n"


def test_the_command_begins_where_an_interrupt_is_looked_out_for() -> None:
    pyproject = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
    assert pyproject["project"]["scripts"] == {"logan": f"{start.__module__}:{start.__name__}"}


def test_version(run: Run) -> None:
    assert run("--version").out.startswith("logan, version ")


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["scna"], "Did you mean 'scan'?"),
        (["rules", "chek"], "Did you mean 'check'?"),
        (["audit", "stats"], "Did you mean 'status'?"),
        (["/var/log/squid"], "To look through logs:  logan scan /var/log/squid"),
        (["s3://bucket/a\x1b[2J"], "To look through logs:  logan scan s3://bucket/a\\x1b[2J"),
        (["qqq"], "No such command 'qqq'."),
        ([""], "No such command ''."),
    ],
)
def test_a_word_that_is_no_command_is_answered_with_what_it_may_mean(
    words: list[str], hint: str, run: Run
) -> None:
    ran = run(*words)
    assert ran.status == ExitStatus.USAGE
    assert ran.err.endswith(f"{hint}\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("words", [["formats"], ["rules", "list"], ["--help"]])
def test_a_full_disk_is_no_fault_of_logans(words: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        code = [sys.executable, "-m", "logan", *words]
        ran = subprocess.run(code, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ran.returncode == ExitStatus.INCOMPLETE
    assert "could not be written" in ran.stderr
    assert "fault in logan" not in ran.stderr
