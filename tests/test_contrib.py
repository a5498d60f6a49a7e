"""What contrib/ holds for other programs: each file is checked by the tool that reads it."""

import os
import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from logan.audit.configuration import read_configuration, unheard
from logan.audit.configuration_values import Purpose

CONTRIB: Final = Path(__file__).parents[1] / "contrib"
UNITS: Final = tuple(path.name for path in sorted((CONTRIB / "systemd").iterdir()))
PROGRAM: Final = "/opt/logan/bin/logan"


def tool(name: str, package: str) -> str:
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        pytest.skip(f"no `{name}`: install {package}")
    return found


def said(*words: str | Path, **named: object) -> tuple[int, str]:
    ran = subprocess.run(words, capture_output=True, text=True, **named)  # type: ignore[call-overload]
    return ran.returncode, ran.stdout + ran.stderr


def test_the_configuration_is_sound_and_leaves_nothing_unheard() -> None:
    found = read_configuration(CONTRIB / "audit.toml", Purpose.RUN)
    assert unheard(found) == ()
    assert [reader.names for reader in found.tell] == [False, False]
    assert str(found.ledger).startswith("/var/lib/logan/")


def units(place: Path) -> list[Path]:
    """The units with a program that is there in place of ours."""
    made = [place / name for name in UNITS]
    for path in made:
        text = (CONTRIB / "systemd" / path.name).read_text()
        path.write_text(text.replace(PROGRAM, shutil.which("true") or "/bin/true"))
    return made


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    verify = tool("systemd-analyze", "systemd"), "verify", "--man=no"
    made = units(tmp_path)
    assert said(*verify, *made, cwd=tmp_path) == (0, "")
    made[UNITS.index("logan-audit.service")].write_text("[Service]\nTipe=oneshot\n")
    assert "Unknown key" in said(*verify, *made, cwd=tmp_path)[1]


def test_the_service_is_what_the_audit_needs() -> None:
    text = (CONTRIB / "systemd" / "logan-audit.service").read_text()
    for line in (
        f"ExecStart={PROGRAM} audit run /etc/logan/audit.toml --wait 10m",
        *("Type=oneshot", "SuccessExitStatus=0 1", "PrivateNetwork=yes", "ProtectSystem=strict"),
        *("StateDirectory=logan", "OnFailure=logan-audit-failed.service"),
    ):
        assert f"\n{line}\n" in text


@pytest.mark.parametrize("before", ["2026-03-28 12:00", "2026-10-24 12:00"])
def test_the_timer_knows_no_clock_change(before: str) -> None:
    analyze = tool("systemd-analyze", "systemd")
    text = (CONTRIB / "systemd" / "logan-audit.timer").read_text()
    (when,) = re.findall(r"^OnCalendar=(.+)$", text, re.MULTILINE)
    assert "\nPersistent=true\n" in text
    london = {**os.environ, "TZ": "Europe/London"}
    status, out = said(
        analyze, "calendar", f"--base-time={before}", "--iterations=3", when, env=london
    )
    stamps = re.findall(r"\(in UTC\): \S+ (\S+ 04:40:00) UTC|: \S+ (\S+ 04:40:00) UTC", out)
    days = sorted({stamp for pair in stamps for stamp in pair if stamp})
    assert (status, len(days)) == (0, 3)


def test_cron_takes_the_line(tmp_path: Path) -> None:
    text = (CONTRIB / "cron" / "logan-audit").read_text()
    (line,) = [line for line in text.splitlines() if line and line[0] not in "#M"]
    assert "%" not in line
    when, user, command = re.fullmatch(r"((?:\S+ +){5})(\S+) +(.+)", line).groups()  # type: ignore[union-attr]
    assert (user, command) == ("logan", f"{PROGRAM} audit run /etc/logan/audit.toml --wait 10m")
    crontab = tool("crontab", "cron")
    if "-n" not in said(crontab, "-h")[1]:
        pytest.skip("this crontab cannot check without installing: install Debian's cron")
    table = tmp_path / "table"
    table.write_text(f"MAILTO=root\n{when}{command}\n")
    assert said(crontab, "-n", table)[0] == 0
    table.write_text(f"{when.replace('40', '61')}{command}\n")
    assert said(crontab, "-n", table)[0] != 0


def test_icinga_takes_the_command_and_sudo_lets_it_through(tmp_path: Path) -> None:
    icinga = tool("icinga2", "icinga2-bin")
    if os.geteuid() != 0:
        pytest.skip("icinga2 checks a configuration as root or as its own user only")
    place = CONTRIB / "icinga2" / "logan-audit.conf"
    config = tmp_path / "icinga2.conf"
    host = 'object Host "x" {\n  check_command = "dummy"\n  vars.logan_audit = true\n}\n'
    config.write_text(f'{host}include <itl>\ninclude "{place}"\n')
    for path in (tmp_path, *tmp_path.parents):  # icinga2 reads as a user of its own
        if path == tmp_path or path.name.startswith(("pytest-", "popen-")):
            path.chmod(0o755)
    config.chmod(0o644)
    status, out = said(icinga, "daemon", "-C", "-c", config)
    assert status == 0, out
    assert "Instantiated 1 Service." in out


def test_sudo_lets_through_what_icinga_asks_and_no_more() -> None:
    text = (CONTRIB / "icinga2" / "logan-audit.conf").read_text()
    defaults = dict(re.findall(r'vars\.logan_(\w+) = "([^"]+)"', text))
    command = f"{PROGRAM} audit check {defaults['config']} --age {defaults['age']} --critical"
    rule = (CONTRIB / "icinga2" / "sudoers").read_text()
    assert f"NOPASSWD: {command} {defaults['critical']}\n" in rule
    assert "*" not in rule


def test_visudo_takes_the_rule(tmp_path: Path) -> None:
    rule = tmp_path / "logan-audit"
    rule.write_text((CONTRIB / "icinga2" / "sudoers").read_text())
    rule.chmod(0o440)
    assert said(tool("visudo", "sudo"), "-c", "-f", rule)[0] == 0


RULES_TEST: Final = """\
rule_files: [{rules}]
evaluation_interval: 15m
tests:
  - interval: 15m
    input_series:
      - {{series: logan_last_complete_run_timestamp_seconds, values: '0x400'}}
      - {{series: logan_run_incomplete, values: '0x200 1x200'}}
      - {{series: 'logan_newest_line_timestamp_seconds{{gateway="hq"}}', values: '-93000x200 -94000x200'}}
      - {{series: logan_unseen_hits, values: '0 5x400'}}
    alert_rule_test:
{cases}
  - interval: 15m
    input_series: []
    alert_rule_test:
      - {{eval_time: 20m, alertname: LoganAuditMissing, exp_alerts: [{{exp_labels: {{severity: critical}}}}]}}
"""
CRITICAL, WARNING = "severity: critical", "severity: warning"
#: When an alert is, and with which labels; None: it is not.
ALERTS: Final = [
    ("LoganAuditLate", "26h", None),
    ("LoganAuditLate", "27h", WARNING),
    ("LoganAuditMissing", "50h", None),
    ("LoganAuditMissing", "51h", CRITICAL),
    ("LoganAuditIncomplete", "49h", None),
    ("LoganAuditIncomplete", "52h", WARNING),
    ("LoganGatewaySilent", "49h", None),
    ("LoganGatewaySilent", "52h", f"{CRITICAL}, gateway: hq"),
    ("LoganHitsUnseen", "71h", None),
    ("LoganHitsUnseen", "73h", WARNING),
]


def test_prometheus_takes_the_rules_and_alerts_when_it_should(tmp_path: Path) -> None:
    promtool = tool("promtool", "prometheus")
    rules = tmp_path / "rules.yml"
    text = (CONTRIB / "prometheus" / "logan-audit.rules.yml").read_text()
    assert (
        "SUCCESS: 5 rules found"
        in said(promtool, "check", "rules", CONTRIB / "prometheus" / "logan-audit.rules.yml")[1]
    )
    # What an alert says in words is not compared, only when it is and what it is about.
    rules.write_text(re.sub(r" +annotations:\n +summary: .+\n", "", text))
    cases = "\n".join(
        f"      - {{eval_time: {when}, alertname: {name}, exp_alerts: "
        f"[{f'{{exp_labels: {{{labels}}}}}' if labels else ''}]}}"
        for name, when, labels in ALERTS
    )
    test = tmp_path / "test.yml"
    test.write_text(RULES_TEST.format(rules=rules, cases=cases))
    status, out = said(promtool, "test", "rules", test)
    assert (status, "SUCCESS" in out) == (0, True), out


def test_every_file_is_in_the_table() -> None:
    table = (CONTRIB / "README.md").read_text()
    files = [path for path in CONTRIB.rglob("*") if path.is_file() and path.name != "README.md"]
    assert len(files) > 6
    for path in files:
        name = str(path.relative_to(CONTRIB))
        assert f"]({name})" in table or f"]({path.parent.name})" in table, name


def test_a_night_is_shorter_than_the_age_that_warns() -> None:
    """A run that is late by less than two hours alarms nobody."""
    text = (CONTRIB / "icinga2" / "logan-audit.conf").read_text()
    age, critical = (
        int(re.findall(rf'logan_{one} = "(\d+)h"', text)[0]) for one in ("age", "critical")
    )
    assert timedelta(days=1) < timedelta(hours=age) < timedelta(days=2) < timedelta(hours=critical)
