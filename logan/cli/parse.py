"""`logan parse`: the canonical records of any log, to check how it is read."""

import io
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import click

from logan.cli.cluster import refuse_cluster
from logan.cli.options import ReadingOptions, begin_to_work, read_zones, reading_options
from logan.errors import ExitStatus, OutputError, UsageError

if TYPE_CHECKING:
    from logan.pipeline.parse import ParsedBatch, ParsedInputs

_KINDS = ("ndjson", "csv", "parquet")
#: What the name of a file says of its kind; one without an ending is of NDJSON.
_ENDINGS = {
    **dict.fromkeys(("", ".ndjson", ".jsonl", ".json"), "ndjson"),
    ".csv": "csv",
    ".parquet": "parquet",
}
#: Rejected lines shown on stderr; the rest is only counted there.
_SHOWN = 20


@click.command(name="parse")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@reading_options
@click.option(
    "--to",
    "kind",
    type=click.Choice(_KINDS),
    help="Kind of output.  [default: by the ending of --output, ndjson without one]",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the records there instead of stdout. Needed for csv and parquet.",
)
@click.option(
    "--rejects",
    "rejects_path",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the lines that are no records there as NDJSON (source, line, reason, text).",
)
@click.option("--cluster", hidden=True, expose_value=False, callback=refuse_cluster)
@click.option("--quiet", "-q", is_flag=True, help="Do not report rejects and counts on stderr.")
@click.option("-v", "--verbose", count=True, help="-vv for tracebacks.")
def command(
    *,
    paths: tuple[str, ...],
    reading: ReadingOptions,
    kind: str | None,
    output: Path | None,
    rejects_path: Path | None,
    quiet: bool,
    verbose: int,
) -> None:
    """Write the canonical records of any log: all lines, not only those that name a service.

    \b
    Examples:
      logan parse access.log | head -3
      logan parse proxy.log.gz --rejects rejects.ndjson -o records.parquet
    """
    del verbose
    from logan.pipeline.parse import ParsedInputs

    kind = kind or _kind_by_name(output)
    if output is None and kind != "ndjson":
        raise UsageError(f"--to {kind} needs a file: add --output FILE")
    parsing = ParsedInputs(
        paths,
        read_zones(reading.zones)[0],
        reading.formats(),
        reading.answers(),
        reading.exclude,
    )
    try:
        records, rejects = _write(parsing, kind, output, rejects_path, quiet=quiet)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        place = error.filename or output or "standard output"
        raise OutputError(f"{place}: cannot be written: {error.strerror}") from error
    if not quiet:
        click.echo(f"logan: {records:,} records, {rejects:,} lines rejected", err=True)
    sys.exit(_report_failures(parsing))


def _kind_by_name(output: Path | None) -> str:
    """The kind that the ending of a file's name tells. Raises UsageError."""
    ending = output.suffix.lower() if output else ""
    if ending not in _ENDINGS:
        known = ", ".join(filter(None, _ENDINGS))
        raise UsageError(
            f"--output {output}: {ending} tells no kind of output. Add --to {'|'.join(_KINDS)}, or "
            f"use one of {known}"
        )
    return _ENDINGS[ending]


def _write(
    parsing: "ParsedInputs",
    kind: str,
    output: Path | None,
    rejects_path: Path | None,
    *,
    quiet: bool,
) -> tuple[int, int]:
    """Write everything; tell how many records and rejects there were."""
    from logan.outputs.record_files import writer

    begin_to_work()
    records = rejects = 0
    with ExitStack() as stack:
        out = writer(kind, stack.enter_context(_opened(output)))  # type: ignore[arg-type]
        aside = stack.enter_context(_opened(rejects_path)) if rejects_path else None
        for block in parsing.blocks():
            out.write(block.records)
            if aside is not None:
                aside.write(_ndjson(block.rejects))
            elif not quiet:
                _show_rejects(block, shown=rejects)
            records += len(block.records)
            rejects += len(block.rejects)
        out.close()
    return records, rejects


@contextmanager
def _opened(path: Path | None) -> Iterator[BinaryIO]:
    from logan.outputs.record_files import WholeFile

    if path is None:
        out = sys.stdout.buffer
        yield cast("BinaryIO", _TerminalSafe(out)) if sys.stdout.isatty() else out
    else:
        with WholeFile(path) as stream:
            yield stream


class _TerminalSafe(io.RawIOBase):
    """Standard output where it is a terminal: nothing out of a log moves its cursor.

    JSON escapes only the controls of ASCII; a file or a pipe gets the records as they are.
    """

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream

    def write(self, data: Any) -> int:
        from logan.outputs.text import printable

        lines = bytes(data).decode("utf-8", "backslashreplace").split("\n")
        self._stream.write("\n".join(map(printable, lines)).encode())
        return len(data)

    def flush(self) -> None:
        self._stream.flush()


def _ndjson(frame: Any) -> bytes:
    buffer = io.BytesIO()
    frame.write_ndjson(buffer)
    return buffer.getvalue()


def _show_rejects(block: "ParsedBatch", *, shown: int) -> None:
    from logan.outputs.text import printable

    room = max(0, _SHOWN - shown)
    for source, line, reason, text in block.rejects.head(room).iter_rows():
        click.echo(
            f"{printable(source)}:{line}: {printable(reason)}: {printable(text[:160])}", err=True
        )
    if shown < _SHOWN <= shown + len(block.rejects):
        click.echo(
            "... more rejects are only counted here; --rejects FILE writes them all", err=True
        )


def _report_failures(parsing: "ParsedInputs") -> ExitStatus:
    from logan.outputs.text import printable

    for name, what in parsing.left_out:
        click.echo(f"logan: left out: {printable(name)} is {what}: no access log", err=True)
    for name, failure, advice in parsing.failures:
        text = f"logan: incomplete: {printable(name)}: {printable(failure)}"
        click.echo(text + (f"\n    {advice}" if advice else ""), err=True)
    return ExitStatus.INCOMPLETE if parsing.failures else ExitStatus.COMPLETE
