"""The `logan` command: finds the sub-command, runs it, turns errors into words and exit status.

Sub-commands are imported when they are called, so that `--help` costs no more than click itself.
"""

import atexit
import errno
import gc
import importlib
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import click

from logan import __version__
from logan.cli.guided_group import GuidedGroup
from logan.cli.options import abandon_stdout
from logan.errors import INTERRUPTED, ExitStatus, LoganError
from logan.outputs.text import printable

# The allocator in Polars (jemalloc) keeps freed memory for ten seconds unless told otherwise, in
# pools for each thread. Told before it is loaded, logs full of hits take 30 to 80 MB less. Only
# small pieces stay with the thread that freed them: without those, parsing takes a tenth longer.
os.environ.setdefault(
    "_RJEM_MALLOC_CONF", "dirty_decay_ms:50,muzzy_decay_ms:0,narenas:1,lg_tcache_max:12"
)
# No matrix is multiplied here: else numpy starts a thread a core as it is imported, for nothing.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

#: What a system says where there is no room for more: the disk, a quota, the largest file allowed.
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

#: Command -> (module below logan.cli, what it does). The order is that of `logan --help`.
COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "scan": ("scan", "Find use of facial-search sites in web-access logs."),
    "parse": ("parse", "Write the canonical records of any log, to check how it is read."),
    "formats": ("formats", "List, detect and explain log formats."),
    "rules": ("rules", "List, check, test and explain the rules."),
    "verify": ("verify", "Check that a package is as it was made, and by whom."),
    "replay": ("replay", "Make a package again from its logs, and compare byte for byte."),
    "show": ("show", "Take a hit of a package to its rule, its source and its line."),
    "compare": ("compare", "Say what changed between two packages, and why."),
    "people": ("people", "Join hits to persons, units and authorisations; check the lists first."),
    "report": ("report", "Make the report of a package again, as a page or a workbook."),
    "audit": ("audit", "Read new lines every night, and tell what is new once."),
    "samples": ("samples", "Copy the sample logs to a folder, to try logan on."),
}


class _Commands(GuidedGroup):
    """A group that knows its commands by name and imports one only when it is used."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the sub-command; click would end with 1 where the reader of our output left."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            abandon_stdout()
            return ExitStatus.COMPLETE

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"logan.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, short) for name, (_, short) in COMMANDS.items()])


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit status of a scan: 0 complete; 1 complete, and a --fail-on condition holds; 2 "
    "usage or rules; 3 incomplete: something could not be read; 4 another run holds the lock. "
    "Other commands say theirs in their --help.",
)
@click.version_option(__version__, prog_name="logan")
def cli() -> None:
    """Find use of facial-search sites in a police force's web-access logs.

    Start with:  logan scan /var/log/squid
    """


def process() -> None:
    """The command line as a process of its own: `main`, and an end that takes nothing apart.

    Python would free every module and object one by one, which takes longer than reading 50 MB of
    log. What is owed at an end is done: private folders go, outputs are flushed.
    """
    try:
        main()
    except SystemExit as stop:
        if not isinstance(stop.code, int):
            raise
        atexit._run_exitfuncs()
        os._exit(_flush(int(stop.code)))


def _flush(status: int) -> int:
    """Write out what is still held, and give the status of the end.

    Standard output that cannot be written whole makes the run incomplete, whatever came before.
    """
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        pass  # the reader has what it wanted
    except (OSError, ValueError) as error:
        _complain(f"standard output could not be written: {error}")
        status = ExitStatus.INCOMPLETE
    with suppress(OSError, ValueError):
        sys.stderr.flush()
    return status


def main() -> None:
    """Run the command line; every error leaves here as words on stderr and an exit status."""
    # What is made while starting stays: looking for garbage among it took a tenth of a second.
    # Commands that work for long enable it again.
    gc.disable()
    try:
        status = _run()
    finally:
        gc.enable()
    sys.exit(status)


def _run() -> int:
    try:
        # A polite kill ends a run as Ctrl-C does: nothing half-written stays, no private file
        # either. So does a terminal that is closed.
        for one in ("SIGTERM", "SIGHUP"):
            if hasattr(signal, one):
                signal.signal(getattr(signal, one), signal.default_int_handler)
        _open_streams()
        status = cli.main(standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as stop:
        status = stop.exit_code
    except click.ClickException as error:
        with suppress(OSError):
            error.show()
        status = ExitStatus.USAGE
    except LoganError as error:
        _complain(_harmless(str(error)))
        status = error.exit_status
    except (KeyboardInterrupt, click.Abort):
        _complain(INTERRUPTED)
        status = ExitStatus.INCOMPLETE
    except BrokenPipeError:
        abandon_stdout()
        status = ExitStatus.COMPLETE
    except (GeneratorExit, SystemExit):
        raise
    except OSError as error:
        status = _no_room(error) if error.errno in _NO_ROOM else _unexpected(error)
    except BaseException as error:  # noqa: BLE001 - the one place: no traceback unless asked for
        # Polars panics with what is no Exception; left alone, Python would end with 1: "hits".
        status = _unexpected(error)
    return int(status or 0)


def _no_room(error: OSError) -> ExitStatus:
    """A disk that is full is no fault of logan's; what it was writing to is not always known."""
    _complain(
        f"an output could not be written whole: {error.strerror}\n"
        "    Make room there, or write elsewhere, and run it again."
    )
    return ExitStatus.INCOMPLETE


def _complain(words: str) -> None:
    """Say it on stderr, if stderr takes it: on a full disk the status says it alone."""
    with suppress(OSError):
        click.echo(f"logan: {words}", err=True)


def _harmless(words: str) -> str:
    """An error's words without control characters: they may quote a file or its name."""
    return "\n".join(printable(line) for line in words.split("\n"))


def _open_streams() -> None:
    """Put the null device where a standard stream is closed: the next file would be taken for it.

    `sys.stdin` stays None, so that `-` can say that there is none.
    """
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            handle = os.open(os.devnull, os.O_RDWR)
            if name != "stdin":
                setattr(sys, name, os.fdopen(handle, "w"))


def _unexpected(error: BaseException) -> ExitStatus:
    """A fault of logan's own: said plainly, never taken for a clean result.

    What the error says is left out, for it may quote a line of the log (Polars does).
    """
    import traceback

    if "-vv" in sys.argv or os.environ.get("LOGAN_TRACEBACK"):
        with suppress(OSError):
            traceback.print_exception(error)
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "logan" in Path(frame.filename).parts] or frames
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}"
    says = f": {error}" if isinstance(error, ImportError) else ""
    _complain(
        f"a fault in logan itself: {type(error).__name__} at {place}{says}\n"
        "    The run is incomplete. Run it again with -vv and report what that prints,\n"
        "    without names from your logs."
    )
    return ExitStatus.INCOMPLETE


if __name__ == "__main__":
    process()
