"""A log that goes on in another format: never a complete answer, however it is cut."""

from itertools import accumulate
from pathlib import Path

import pytest

from logan.evidence.unread_lines import (
    LEAST_AT_END,
    MOST_ASKED,
    MOST_UNREAD,
    UnreadLines,
    join_unread,
)
from logan.formats import FORMATS
from logan.formats.detect.single_line import format_of_line
from logan.formats.vendors.squid import NATIVE
from logan.pipeline.settings import Settings
from tests.evidence.readings import RULES, scan
from tests.pipeline.test_parts_of_formats import described, read_in_parts, written

NATIVE_LINE = "17041032{:02}.500      5 10.1.2.3 TCP_MISS/200 9 GET http://{}/ jdoe HIER_NONE/- -\n"
COMBINED = (
    '10.1.2.4 - jroe [01/Jan/2024:10:05:{:02} +0000] "GET http://{}/ HTTP/1.1" 200 5120 "-" '
    '"Mozilla/5.0" TCP_MISS:HIER_DIRECT\n'
)
OWN = "2024-01-01 10:05:{:02} | jroe | http://{}/ | 200\n"
ENDS = (
    "line 64 may begin another format: none of the 4 lines that name a watched service from there on "
    "could be read"
)
#: Another program's words in a log, and many lines behind which nothing more is named.
TRACE = "java.net.UnknownHostException: pimeyes.com\n" * LEAST_AT_END
QUIET = NATIVE_LINE.format(9, "www.example.com") * 200
MAY_BEGIN = (
    "line {} may begin another format: none of the 3 lines that name a watched service from there "
    "on could be read"
)
TRACE_BEGINS, TRACE_ENDS = MAY_BEGIN.format(61), MAY_BEGIN.format(261)
SYSLOG = "Jan  1 10:00:{:02} sq1 (squid-1)[77]: "


def log(line: str, named: int, others: int = 3) -> str:
    """So many lines that name a service, each behind others that do not."""
    return "".join(
        line.format(at, "pimeyes.com" if host == others else "www.example.com")
        for at in range(named)
        for host in range(others + 1)
    )


@pytest.mark.parametrize(
    ("text", "failure"),
    [
        (
            log(NATIVE_LINE, 15) + log(COMBINED, 1),
            "line 64 is in another format (looks like squid-combined), and names a watched service",
        ),
        (
            log(NATIVE_LINE, 15) + log(COMBINED, 1) + log(NATIVE_LINE, 5),
            "line 64 is in another format (looks like squid-combined), and names a watched service",
        ),
        (
            log(NATIVE_LINE, 15) + log(SYSLOG + NATIVE_LINE.replace("{:02}", "00"), 1),
            "line 64 is written otherwise than the log began, and names a watched service",
        ),
        (
            log(NATIVE_LINE, 15) + log(OWN, 4),
            ENDS,
        ),
        (log(NATIVE_LINE, 15) + log(OWN, LEAST_AT_END - 1), None),
        (log(NATIVE_LINE, 15) + TRACE + QUIET, None),
        (log(NATIVE_LINE, 15) + QUIET + TRACE, TRACE_ENDS),
        (log(NATIVE_LINE, 15) + TRACE + QUIET.replace("500      5", "500 lost"), TRACE_BEGINS),
        (log(NATIVE_LINE, 15) + log(OWN, 9) + log(NATIVE_LINE, 1), None),
        (
            log(NATIVE_LINE, 15) + log(OWN, MOST_UNREAD, 0) + log(NATIVE_LINE, 1),
            "1,000 lines that name a watched service could not be read as squid",
        ),
    ],
    ids=[
        "after",
        "among",
        "envelope",
        "unknown",
        "damage",
        "read behind",
        "not read behind",
        "no record behind",
        "damage within",
        "many",
    ],
)
def test_it_makes_the_run_incomplete_also_in_parts(
    tmp_path: Path, text: str, failure: str | None
) -> None:
    path = tmp_path / "a.log"
    whole = written(path, text)
    (source,) = whole.sources
    said = failure and (
        failure if failure.startswith("1,000") else f"{failure}: hits may be missing"
    )
    assert source.failure == said
    assert (source.advice is None) is (failure is None)
    ends = [0, *accumulate(map(len, text.encode().splitlines(keepends=True)))]
    for bounds in ([0, ends[10], ends[-1]], [0, *ends[7:-1:29], ends[-1]], [0, ends[-3], ends[-1]]):
        assert described(read_in_parts(path, bounds)) == described(whole)


def test_a_named_format_is_no_answer_to_what_it_does_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text(log(NATIVE_LINE, 15) + log(COMBINED, 1))
    (source,) = scan(Settings((str(path),), RULES, formats=(NATIVE,))).sources
    assert "squid-combined" in (source.failure or "")


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_no_format_takes_damage_for_a_line_of_its_own(form: object) -> None:
    for text in (
        "pimeyes.com, by a lost line",
        "pimeyes.com",
        "kid1| WARNING: could not reach pimeyes.com: 203.0.113.9:443",
        NATIVE_LINE.format(1, "pimeyes.com")[9:],
        '{"host": "pimeyes.com", "n": 1}',
    ):
        assert format_of_line(text, (form,)) is None  # type: ignore[arg-type]


def test_what_batches_and_parts_show_is_one_whole() -> None:
    """Whatever the order, the first foreign line counts, unless too many stand before it."""
    first = UnreadLines.of([3, 4, 9], 5, 0, None)
    assert (first.at_end, first.end_begins, first.last_read) == (1, 9, 5)
    second = UnreadLines.of([1, 2], 0, 2, "squid").behind(10)
    joined = join_unread([first, second])
    assert joined == UnreadLines.of([3, 4, 9, 11, 12], 5, 12, "squid")
    many = UnreadLines.of(range(1, MOST_ASKED), 0, 0, None)
    assert join_unread([many, second.behind(300)]).foreign_format is None
    assert UnreadLines.of(range(1, MOST_ASKED + 2), 0, MOST_ASKED + 1, "a").foreign == 0


def test_a_log_whose_times_cannot_be_read_is_incomplete_beside_another(tmp_path: Path) -> None:
    header = "Time,User,URL,Policy Action,Sent Bytes,Received Bytes\n"
    row = "{},jdoe@force.example,{}/a,Allowed,640,5120\n"
    hosts = ("www.example.com", "pimeyes.com")
    unknown = "".join(row.format("11/29/26 1:55", host) for host in hosts)
    known = "".join(row.format("2026-11-29 13:55:36", host) for host in hosts)
    (tmp_path / "a.csv").write_text(header + unknown)
    (tmp_path / "b.csv").write_text(header + known + unknown)
    first, second = scan(Settings((str(tmp_path),), RULES)).sources
    assert str(first.failure).startswith("the time of none of its lines can be read")
    assert second.failure is None
    assert second.bins["rejected"] == 1


@pytest.mark.parametrize("site", ["www.pimeyes.com/a", "www.pimeyes.com", "PimEyes.com:443"])
@pytest.mark.parametrize("header", ["", "Event Time,Login,Client IP,Policy Action,URL\n"])
def test_columns_that_change_places_are_no_mentions(tmp_path: Path, header: str, site: str) -> None:
    """A header that is written otherwise is not known for one: a site stands where clients did."""
    columns = "Time,User,URL,Policy Action,Client IP,Sent Bytes,Received Bytes\n"
    row = "2024-01-10 10:{:02}:00,jdoe,{},Allowed,{},640,5120\n"
    before = "".join(row.format(at, site, "10.1.2.3") for at in range(5))
    after = "".join(row.format(at, "10.1.2.3", site) for at in range(3))
    result = written(tmp_path / "a.csv", columns + before + header + after)
    (source,) = result.sources
    assert "may begin another format: none of the 3 lines" in (source.failure or "")
    assert (source.bins["hit"], source.bins["mention"], source.bins["rejected"]) == (5, 0, 3)


@pytest.mark.parametrize(
    ("client", "bins"),
    [
        ("pc-17.police.example", (3, 0)),
        ("pimeyes.com.police.example", (3, 0)),
        ("pimeyes.com", (0, 3)),
    ],
)
def test_a_client_with_a_name_is_a_machine_of_the_force(
    tmp_path: Path, client: str, bins: tuple[int, int]
) -> None:
    """Squid's `log_fqdn` writes names where others write addresses: none of them is the site."""
    text = log(NATIVE_LINE, 3, others=0).replace("10.1.2.3", client)
    (source,) = written(tmp_path / "a.log", text).sources
    assert (source.bins["hit"], source.bins["rejected"]) == bins


def test_a_name_of_two_words_makes_no_mention_of_a_hit(tmp_path: Path) -> None:
    """lighttpd writes client, host and user; such a line also reads as relay, client and user."""
    line = '10.1.2.3 pimeyes.com {} [01/Jan/2024:10:05:0{} +0000] "GET / HTTP/1.1" 200 5 "-" "M"\n'
    text = "".join(line.format(user, at) for at, user in enumerate(("jdoe", "jdoe", "jdoe x")))
    (source,) = written(tmp_path / "a.log", text).sources
    assert (source.bins["hit"], source.bins["mention"], source.bins["rejected"]) == (2, 0, 1)
