"""docs/audit.md: its commands run, from nothing to a running audit; its tables are the program's.

After a change of the keys, renew their table and read the difference:

    LOGAN_RENEW_GUIDE=1 pytest tests/audit/test_guide.py
"""

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from logan.audit.configuration_language import language
from logan.audit.configuration_values import Checked, Purpose, Surroundings
from logan.audit.subjects import SUBJECTS
from logan.config.shape import ListOf, MappingShape, Shape
from tests.test_docs import commands

ROOT: Final = Path(__file__).parents[2]
GUIDE: Final = ROOT / "docs" / "audit.md"
KEYS: Final = re.compile(r"(<!-- keys: begin[^>]*-->\n)(.*?)(<!-- keys: end -->)", re.DOTALL)
#: Commands that change a machine: their arguments are noted, and nothing is done.
NOTED: Final = ("useradd", "usermod", "apt-get", "dnf", "systemctl", "python3", "logger")
LINE: Final = (
    "{stamp}.123 95 10.1.2.3 TCP_MISS/200 900 GET http://{host}/ jdoe HIER_DIRECT/- text/html\n"
)


class Machine:
    """A folder that stands for a machine; whoever runs the tests is all of its users."""

    def __init__(self, place: Path) -> None:
        self.root, self.bin = place / "root", place / "bin"
        for folder in (
            "opt/logan/bin",
            "usr/bin",
            "var/log/squid",
            "etc/systemd/system",
            "etc/cron.d",
        ):
            (self.root / folder).mkdir(parents=True)
        self.bin.mkdir()
        for name in NOTED:
            self._write(self.bin / name, f'echo "{name} $*" >> {place}/noted\n')
        # Owners are those who run the tests.
        self._write(self.bin / "runuser", 'shift 3; exec "$@"\n')
        self._write(self.bin / "install", _INSTALL)
        self._write(self.bin / "editor", f'sed -i {shlex.quote(self._edit())} "$1"\n')
        self._write(self.root / "opt/logan/bin/pip", "")
        logan = f'PYTHONPATH={ROOT} exec {sys.executable} -m logan "$@"\n'
        self._write(self.root / "opt/logan/bin/logan", logan)
        self._write(self.bin / "logan", logan)
        self._write(self.root / "usr/bin/mail", f'cat >> "{place}/mail-$3"\n')
        self._write(self.root / "usr/bin/logger", f"cat >> {place}/log\n")
        self.place = place

    def _write(self, path: Path, script: str) -> None:
        path.write_text(f"#!/bin/sh\n{script}")
        path.chmod(0o755)

    def _edit(self) -> str:
        return ";".join(f's#"/{top}/#"{self.root}/{top}/#' for top in ("var", "usr"))

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        """Run commands with the machine's folder in place of the root."""
        path = f"{self.bin}:{os.environ['PATH']}"
        return self._shell(script, {**os.environ, "PATH": path, "COLUMNS": "80"})

    def cron(self) -> str:
        """What cron would mail of a night: all that its line prints, in the little that cron gives."""
        text = (self.root / "etc/cron.d/logan-audit").read_text()
        (line,) = re.findall(r"^40 4 \* \* \*  logan  (.+)$", text, re.MULTILINE)
        ran = self._shell(
            line, {"PATH": "/usr/bin:/bin", "SHELL": "/bin/sh", "HOME": str(self.root)}
        )
        return ran.stdout + ran.stderr

    def _shell(self, script: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
        moved = re.sub(r"(?<![\w.}])/(?=(?:etc|var|opt)/)", f"{self.root}/", script)
        return subprocess.run(
            ["/bin/sh", "-ec", moved], cwd=ROOT, env=env, capture_output=True, text=True
        )

    def log(self, *hosts: str, hour: int) -> None:
        """Lines of Squid of one of the last hours, one a minute."""
        begin = int(time.time()) - (5 - hour) * 3_600
        with (self.root / "var/log/squid/access.log").open("a") as file:
            for minute, host in enumerate(hosts):
                file.write(LINE.format(stamp=begin + minute * 60, host=host))


#: Without the options that ask for another owner.
_INSTALL: Final = """\
for word do
  shift
  case $word in -o|-g) skip=1; continue;; esac
  if [ "$skip" ]; then skip=; continue; fi
  set -- "$@" "$word"
done
PATH=/usr/local/bin:/usr/bin:/bin exec install "$@"
"""


def blocks(text: str) -> list[str]:
    return re.findall(r"```sh\n(.*?)```", text, re.DOTALL)


def test_the_steps_lead_from_nothing_to_an_audit_that_tells(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.log("example.com", "pimeyes.com", hour=0)
    section = GUIDE.read_text().split("## ")[1]
    steps = blocks(section)
    assert len(steps) > 8
    for step in steps:
        ran = machine.run(step)
        assert ran.returncode in (0, 1), f"{step}\n{ran.stdout}{ran.stderr}"
    noted = (tmp_path / "noted").read_text()
    assert "systemctl enable --now logan-audit.timer" in noted
    assert sorted(path.name for path in (machine.root / "etc/systemd/system").iterdir()) == [
        "logan-audit-failed.service",
        "logan-audit.service",
        "logan-audit.timer",
    ]
    assert not list(tmp_path.glob("mail-*"))
    machine.log("pimeyes.com", "example.com", "pimeyes.com", hour=1)
    service = (machine.root / "etc/systemd/system/logan-audit.service").read_text()
    (night,) = re.findall("^ExecStart=(.+)$", service, re.MULTILINE)
    ran = machine.run(night)
    assert (ran.returncode, ran.stdout) == (1, ""), ran.stderr
    (mail,) = tmp_path.glob("mail-*")
    assert mail.name == "mail-psd-audit@metro.test"
    assert "hq-squid: 2 new hits on PimEyes by 1 account" in mail.read_text()
    assert "jdoe" not in mail.read_text()
    assert machine.run(night).returncode == 0
    mail.unlink()
    assert machine.cron() == ""
    machine.log("pimeyes.com", hour=2)
    assert machine.cron() == ""
    assert "hq-squid: 1 new hit on PimEyes" in mail.read_text()


def test_the_commands_of_the_other_sections_run(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.log("example.com", "pimeyes.com", hour=0)
    first, *others = GUIDE.read_text().split("## ")[1:]
    for step in blocks(first):
        machine.run(step)
    listed = [step for section in others for step in blocks(section)] + commands(GUIDE)
    assert len(listed) > 1
    for step in listed:
        ran = machine.run(step)
        assert ran.returncode in (0, 1), f"{step}\n{ran.stdout}{ran.stderr}"


def keys(shape: Shape, prefix: str = "") -> Iterator[str]:
    """The rows of the table of keys."""
    while isinstance(shape, Checked | ListOf):
        inner = shape.shape if isinstance(shape, Checked) else shape.item
        if not isinstance(inner, Checked | ListOf | MappingShape):
            return
        shape = inner
    if not isinstance(shape, MappingShape):
        return
    for name, key in shape.keys.items():
        below = list(keys(key.shape, f"{prefix}{name}."))
        needed = "yes" if key.required else ""
        yield f"| `{prefix}{name}` | {needed} | {key.meaning} |"
        yield from below


def test_the_table_of_keys_is_the_one_that_the_program_reads_by() -> None:
    text = GUIDE.read_text()
    rows = keys(language(Surroundings(GUIDE, Purpose.ASK, [])))
    table = "\n".join(["| key | needed | meaning |", "| --- | --- | --- |", *rows]) + "\n"
    found = KEYS.search(text)
    assert found is not None
    if os.environ.get("LOGAN_RENEW_GUIDE"):
        GUIDE.write_text(text[: found.start(2)] + table + text[found.end(2) :])
        return
    assert found[2] == table, "run this test with LOGAN_RENEW_GUIDE=1"


def test_every_mail_is_explained() -> None:
    text = GUIDE.read_text()
    assert [one for one in SUBJECTS if f"\n| `{one}` | " not in text] == []


@pytest.mark.parametrize(
    "name", ["logan_lines_total{gateway,bin}", "logan_hits_total{service,action}"]
)
def test_metrics_are_named_as_they_are_written(name: str) -> None:
    assert f"`{name}`" in GUIDE.read_text()
