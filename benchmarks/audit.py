"""What a night of the audit costs beyond the lines that it reads.

Many files that did not change, and a ledger with many findings:
`python benchmarks/audit.py --files 600 --findings 10000000`. The ledger is not filled by runs,
which would take an hour: the findings of a night are put into it again and again, each time a
little earlier, by other accounts.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
from commands import LOGAN, WORK, run

from logan.audit.ledger_opening import open_ledger
from logan.audit.log_rows import SegmentRow, StoredRowsRow, StreamRow
from logan.audit.stored_findings import FINDINGS, pack_rows, unpack_rows

_GATEWAYS = 10
#: Findings of a segment, and the hours to the next of a gateway: ten million of them, 400 nights.
_A_SEGMENT, _APART = 1_250, timedelta(hours=12)
#: So many times as many people as the logs of a night name.
_PEOPLE = 50
_NIGHT = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=40)


def line(minute: float, host: str) -> str:
    """A line of Squid's, so many minutes after the first night."""
    time = (_NIGHT + timedelta(minutes=minute)).timestamp()
    return (
        f"{time:.3f} 5 10.1.{minute % 200:.0f}.3 TCP_MISS/200 512 GET http://{host}/ "
        f"u{minute % 97:.0f} HIER_DIRECT/192.0.2.1 text/html\n"
    )


def prepare(folder: Path, files: int) -> None:
    """Logs of ten gateways, and a configuration."""
    gateways = []
    for gateway in range(_GATEWAYS):
        logs = folder / f"g{gateway}"
        logs.mkdir()
        gateways.append(f'[[gateway]]\nname = "g{gateway}"\npaths = ["g{gateway}/*"]\n')
        for age in range(files // _GATEWAYS):
            first = -1_440.0 * age - gateway / 100
            lines = (line(first + at / 10, "www.example.com") for at in range(500))
            (logs / f"access.log.{age}").write_text("".join(lines))
    lines = (line(at / 10, "pimeyes.com") for at in range(_A_SEGMENT))
    (folder / "g0" / "access.log.0").write_text("".join(lines))
    text = 'ledger = "ledger.sqlite"\n[keep]\nhits = "40y"\ncounts = "40y"\n'
    (folder / "audit.toml").write_text(text + "".join(gateways))


def fill(path: Path, findings: int) -> None:
    """Put findings into a ledger."""
    with open_ledger(path) as ledger, ledger.transaction():
        rows = ledger.select(StoredRowsRow, "WHERE kind = ? LIMIT 1", FINDINGS)[0]
        segment = ledger.select(SegmentRow, "WHERE id = ?", rows.segment)[0]
        stream = ledger.select(StreamRow, "WHERE id = ?", segment.stream)[0]
        one = unpack_rows(rows)
        for number in range(findings // _A_SEGMENT):
            turn, gateway = divmod(number, _GATEWAYS)
            people = (3 * turn + 7 * gateway) % _PEOPLE
            earlier = one.with_columns(
                pl.col("time", "began") - (turn + 1) * _APART,
                user=pl.col("user") + f"-{people}",
                client_ip=pl.col("client_ip").str.replace(
                    "10.1.", f"10.{people + 2}.", literal=True
                ),
            )
            name = f"g{gateway}/access.log-{turn:06}"
            old = replace(
                stream, id=0, gateway=f"g{gateway}", path=name, first_path=name,
                length=stream.length + number + 1,
            )  # fmt: skip
            times = {
                each: getattr(segment, each) - (turn + 1) * _APART
                for each in ("first_time", "last_time")
            }
            copied = replace(segment, id=0, stream=ledger.insert(old), **times)
            ledger.insert(pack_rows(ledger.insert(copied), FINDINGS, earlier))


#: The command as on the night that counts all kept findings anew.
_SCRIPT = (
    "import sys; from logan.audit import recount_book; recount_book.RECOUNT_RUNS = 0; "
    "from logan.cli.main import main; sys.exit(main())"
)
_ANEW = (sys.executable, "-c", _SCRIPT)


def measure(folder: Path, what: str, command: Sequence[str] = LOGAN) -> None:
    """One run of the command."""
    done = run((*command, "audit", "run", folder / "audit.toml"), expect=(0, 1))
    print(f"{what:<40} {done.seconds:6.2f} s, {done.cpu:.2f} s of processor, {done.peak_mb:.0f} MB")


def main() -> None:
    """Print what three nights took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=600)
    parser.add_argument("--findings", type=int, default=1_000_000)
    asked = parser.parse_args()
    WORK.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, asked.files)
        run((*LOGAN, "audit", "init", folder / "audit.toml"))
        fill(folder / "ledger.sqlite", asked.findings)
        print(f"{asked.files:,} files, {asked.findings:,} findings in the ledger")
        measure(folder, "a night without a new line")
        with (folder / "g1" / "access.log.0").open("a") as log:
            log.write("".join(line(300 + at, "www.example.com") for at in range(100)))
        measure(folder, "100 new lines, none of them a finding")
        with (folder / "g0" / "access.log.0").open("a") as log:
            log.write("".join(line(300 + at, "pimeyes.com") for at in range(100)))
        measure(folder, "100 new lines, all of them hits")
        measure(folder, "no new line, all findings counted anew", _ANEW)


if __name__ == "__main__":
    main()
