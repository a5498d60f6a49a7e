"""A line that says how often a message came stands for requests that have no line of their own."""

from pathlib import Path

import pytest

from logan.evidence.evidence import merge
from logan.intake.blocks import BLOCK_SIZE
from logan.pipeline.settings import PartRequest, Settings
from logan.pipeline.settle import settle
from tests.evidence.outputs import every_output
from tests.evidence.readings import RULES, read, scan

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


def of_dnsmasq(*hosts: str) -> str:
    """Queries for hosts, `*` for a line that repeats the one before it."""
    lines = (
        "last message repeated 4 times"
        if host == "*"
        else f"dnsmasq[1]: query[A] {host} from 10.1.1.5"
        for host in hosts
    )
    return "".join(f"2024-01-10T13:55:{at:02}Z gw {line}\n" for at, line in enumerate(lines))


def test_the_same_message_may_come_again_and_again(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text(of_dnsmasq("pimeyes.com", "*", "*", *["a.example"] * 4, "*"))
    (source,) = scan(Settings((str(path),), RULES)).sources
    assert (source.bins["hit"], source.bins["rejected"], source.bins["unrelated"]) == (1, 2, 5)


@pytest.mark.parametrize("shift", [0, 30, 61])
def test_wherever_blocks_are_cut(tmp_path: Path, shift: int) -> None:
    other, visit, again = (of_dnsmasq(host) for host in ("b.example", "pimeyes.com", "*"))
    size = BLOCK_SIZE - len(visit) - shift
    padded = other[:-1] + " " * (size % len(other)) + "\n"
    text = padded + other * (size // len(other) - 1) + visit + again + other
    path = tmp_path / "a.log"
    path.write_text(text)
    (source,) = scan(Settings((str(path),), RULES)).sources
    assert (source.bins["hit"], source.bins["rejected"]) == (1, 1)


def test_the_first_line_of_a_part_repeats_the_one_before_it(tmp_path: Path) -> None:
    text = of_dnsmasq("a.example", "pimeyes.com", "*", "*", *["a.example"] * 4)
    path = tmp_path / "a.log"
    path.write_text(text)
    expected = every_output(scan(Settings((str(path),), RULES)))
    for cut in range(1, 5):
        at = len("".join(text.splitlines(keepends=True)[:cut]))
        parts = [
            read(Settings((str(path),), RULES, parts=(PartRequest(str(path), *part),)))
            for part in ((0, at), (at, len(text)))
        ]
        assert every_output(settle(merge(*parts), RULES)) == expected


def test_what_another_file_holds_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text(of_dnsmasq("*", "a.example", "b.example", "c.example"))
    (source,) = scan(Settings((str(path),), RULES)).sources
    assert source.failure == (
        "its first line says how often the line before it came, which is not in it"
    )
