"""A force's gateway, its configuration and its ledger on a real disk, for whole runs of the audit."""

import stat
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from logan.audit.ledger_opening import open_ledger
from logan.audit.ledger_rows import CountRow
from logan.audit.log_rows import SegmentRow, StoredRowsRow
from logan.audit.stored_findings import FINDINGS, unpack_rows
from tests.audit.model import NUMBER

MONDAY = datetime(2026, 3, 2, 4, tzinfo=UTC)
DAY = timedelta(days=1)


#: As few rules as there can be: compiling them takes longer than reading a few lines.
RULES = """
pack: mine
title: Mine
version: 1
checked: 2026-01-01
sources:
  ME: {what: Me.}
services:
  - id: pimeyes
    name: PimEyes
    category: consumer_face_search
    confidence: vendor
    sources: [ME]
    domains: [pimeyes.com]
"""


def write_rules(folder: Path) -> Path:
    """`RULES` as a file."""
    path = folder / "rules.yaml"
    if not path.exists():
        path.write_text(RULES)
    return path


def write_configuration(
    folder: Path,
    *,
    gateway: str = "",
    rest: str = "",
    keep: str = "100y",
    names: bool = False,
    rules: Path | None = None,
) -> Path:
    """A configuration for `folder/logs/access.log*` whose readers get mails in `folder/mails`.

    `rules` are those that it names; None: none, so that those of logan are used.
    """
    if rules is not None:
        rest += f'[rules]\nfiles = ["{rules}"]\n'
    post = folder / "post"
    post.write_text(
        f"#!{sys.executable}\n"
        "import pathlib, sys\n"
        f"folder = pathlib.Path({str(folder / 'mails')!r})\n"
        "folder.mkdir(exist_ok=True)\n"
        "number = len(list(folder.iterdir()))\n"
        "(folder / f'{number:03} {sys.argv[1]}').write_text(sys.stdin.read())\n"
    )
    post.chmod(stat.S_IRWXU)
    path = folder / "audit.toml"
    path.write_text(
        f"""ledger = "{folder}/ledger.sqlite"
name = "METRO"
tz = "Europe/London"
{rest}
[[gateway]]
name = "hq-squid"
paths = ["{folder}/logs/access.log*"]
{gateway}
[[tell]]
about = ["hits", "new_service", "late", "rescan"]
run = ["{post}", "findings"]
names = {str(names).lower()}
[[tell]]
about = [
    "incomplete", "rejected", "silence", "hole", "overlap", "format", "rules", "locked", "disk",
    "purge", "empty_folder",
]
run = ["{post}", "operations"]
[keep]
hits = "{keep}"
counts = "100y"
"""
    )
    return path


def squid_line(time: datetime, number: int, user: str, host: str) -> str:
    """A line of Squid's native log with a number of its own, and its end."""
    return (
        f"{time.timestamp():.3f} 5 10.1.2.3 TCP_MISS/200 512 GET http://{host}/n{number} {user} "
        "HIER_DIRECT/192.0.2.1 text/html\n"
    )


class SquidLog:
    """`logs/access.log` of a folder, written line by line; `now` is the time of the next one."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "logs" / "access.log"
        self.path.parent.mkdir(mode=0o700)
        self.now = MONDAY
        self.hits: list[int] = []
        self.lines = 0

    def write(self, lines: int, *, hits: int = 0, user: str = "jdoe") -> None:
        """Write lines, some minutes apart; the first ones are hits."""
        with self.path.open("a") as file:
            for at in range(lines):
                self.lines += 1
                self.now += timedelta(minutes=2)
                host = "pimeyes.com" if at < hits else "www.example.com"
                file.write(squid_line(self.now, self.lines, user, host))
                self.hits += [self.lines] if at < hits else []

    def next_night(self) -> None:
        """Go on a day later."""
        self.now += DAY


def mails(folder: Path) -> Mapping[str, str]:
    """What was sent, by number and reader."""
    sent = folder / "mails"
    return {path.name: path.read_text() for path in sorted(sent.iterdir())} if sent.exists() else {}


def counted_hits(path: Path) -> Counter[int]:
    """How often each watched line is in a ledger, by its number."""
    with open_ledger(path) as ledger:
        rows = ledger.select(
            StoredRowsRow,
            "WHERE kind = ? AND segment IN (SELECT id FROM segment WHERE superseded_by IS NULL)",
            FINDINGS,
        )
    paths = (path for one in rows for path in unpack_rows(one)["path"].to_list())
    return Counter(int(found[1]) for path in paths if (found := NUMBER.search(path)))


def counted_records(path: Path) -> int:
    """How many lines a ledger has that are neither blank nor headers."""
    with open_ledger(path) as ledger:
        segments = ledger.select(SegmentRow, "WHERE superseded_by IS NULL")
    return sum(
        one.to_line - one.from_line - one.bins.get("blank", 0) - one.bins.get("directive", 0)
        for one in segments
    )


def settled_hits(path: Path) -> int:
    """How many hits a ledger counts, of all days and services."""
    with open_ledger(path) as ledger:
        return sum(row.value for row in ledger.select(CountRow, "WHERE measure = 'hits'"))
