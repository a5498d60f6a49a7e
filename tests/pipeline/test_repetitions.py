"""A line that says how often a message came stands for requests that have no line of their own."""

from pathlib import Path

import pytest

from logan.pipeline.scan import Settings, scan
from logan.rules.packs import load_rules

RULES = load_rules()
QUERY = "query[A] pimeyes.com from 10.1.1.5"
OTHER = "query[A] www.example.com from 10.1.1.5"
FORTIGATE = (
    'date=2024-01-10 time=13:55:36 devname="fw" devid="FG1" logid="0317013312" type="utm" '
    'subtype="webfilter" level="notice" tz="+0000" user="jdoe" srcip=10.1.1.5 '
    'hostname="pimeyes.com" action="passthrough" url="/en"'
)
ALLOWED = FORTIGATE.replace("pimeyes.com", "www.example.com")


def bins(path: Path, *lines: str) -> dict[str, int]:
    """The bins of syslog lines of one host, a second apart."""
    stamps = (f"2024-01-10T13:{55 + at // 60}:{at % 60:02}Z" for at in range(len(lines)))
    path.write_text(
        "".join(f"{stamp} gw {line}\n" for stamp, line in zip(stamps, lines, strict=True))
    )
    (source,) = scan(Settings((str(path),), RULES)).sources
    return {name: count for name, count in source.bins.items() if count}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            (f"dnsmasq[1]: {QUERY}", "last message repeated 4 times", f"dnsmasq[1]: {OTHER}"),
            {"hit": 1, "rejected": 1, "unrelated": 1},
        ),
        (
            (f"dnsmasq[1]: {OTHER}", "last message repeated 4 times", f"dnsmasq[1]: {QUERY}"),
            {"hit": 1, "unrelated": 2},
        ),
        (
            (f"dnsmasq[1]: {QUERY}", f"dnsmasq[1]: message repeated 2 times: [ {QUERY}]"),
            {"hit": 1, "rejected": 1},
        ),
        (
            (f"fw: {FORTIGATE}", f"fw: message repeated 2 times: [ {FORTIGATE}]", f"fw: {ALLOWED}"),
            {"hit": 1, "rejected": 1, "unrelated": 1},
        ),
        (
            (f'fw: {FORTIGATE} msg="message repeated 2 times: ["', f"fw: {ALLOWED}"),
            {"hit": 1, "unrelated": 1},
        ),
    ],
    ids=["syslogd", "of another", "rsyslog", "pairs", "a value"],
)
def test_what_stands_for_several_requests_is_a_reject(
    tmp_path: Path, lines: tuple[str, ...], expected: dict[str, int]
) -> None:
    assert bins(tmp_path / "syslog.log", *lines) == expected


def test_also_among_many_lines(tmp_path: Path) -> None:
    queries = [f"dnsmasq[1]: {QUERY}"] * 70
    found = bins(tmp_path / "syslog.log", *queries, "last message repeated 4 times", *queries[:4])
    assert found == {"hit": 74, "rejected": 1}
