import pytest
from hypothesis import given

from logan.formats import FORMATS
from logan.formats.vendors.meraki import SYSLOG
from tests.formats.proof import (
    assert_agreement,
    assert_corpus,
    assert_record,
    batches,
    corpus,
    few,
    lines_of,
    read,
    read_one,
    reading_of,
)

LINE = (
    "<134>1 1563249630.774247467 MX84 urls src=10.1.2.3:63735 dst=203.0.113.9:80 "
    "mac=00:00:5E:00:53:01 agent='Mozilla/5.0 (X11)' request: GET http://www.example.com/a?b=c"
)
CLOSED = (
    "1 1563249630.774247467 MX84 urls src=10.1.2.3:63735 dst=203.0.113.9:443 "
    "mac=00:00:5E:00:53:01 request: UNKNOWN https://www.example.com/..."
)
BLOCK = (
    "<134>1 1563249631.5 MX84 events content_filtering_block url='https://www.example.com/a' "
    "category0='News' server='203.0.113.9:443'"
)


def test_every_column() -> None:
    assert_record(
        read_one(SYSLOG, LINE),
        time="2019-07-16T04:00:30.774248+00:00",
        client_ip="10.1.2.3",
        method="GET",
        scheme="http",
        host="www.example.com",
        path="/a",
        query="b=c",
        action="unknown",
        user_agent="Mozilla/5.0 (X11)",
        evidence="url",
    )


def test_of_https_only_the_host_is_known() -> None:
    row = read_one(SYSLOG, CLOSED)
    assert (row["evidence"], row["method"], row["path"]) == ("connect", None, "/")


def test_blocks() -> None:
    row = read_one(SYSLOG, BLOCK)
    assert (row["action"], row["host"], row["repeat"]) == ("blocked", "www.example.com", None)
    assert (row["client_ip"], row["evidence"]) == (None, "url")


@pytest.mark.parametrize(
    ("logged", "address"),
    [
        ("10.1.2.3:63735", "10.1.2.3"),
        ("2001:db8::7:63735", "2001:db8::7"),
        ("2001:db8:0:0:0:0:0:7:63735", "2001:db8::7"),
        ("[2001:db8::7]:63735", "2001:db8::7"),
        ("10.1.2.3", "10.1.2.3"),
    ],
)
def test_addresses_with_ports(logged: str, address: str) -> None:
    assert read_one(SYSLOG, LINE.replace("10.1.2.3:63735", logged))["client_ip"] == address


@pytest.mark.parametrize(
    ("stamp", "time"),
    [
        ("1563249630", "2019-07-16T04:00:30+00:00"),
        ("1563249630123", "2019-07-16T04:00:30.123000+00:00"),
    ],
)
def test_stamps(stamp: str, time: str) -> None:
    line = LINE.replace("1563249630.774247467", stamp)
    assert read_one(SYSLOG, line)["time"].isoformat() == time
    assert read_one(SYSLOG, "Jul 16 04:00:30 10.9.9.9 " + line)["time"].isoformat() == time


def test_a_user_agent_that_holds_a_request_is_none() -> None:
    written = LINE.replace("(X11)", "(X11)' request: GET http://other.example/")
    (row,) = read(SYSLOG, written)
    assert row["reason"] == "request: not as this format writes it"


def test_corpus() -> None:
    # Rejected: a remark about where the samples are from.
    assert_corpus(SYSLOG, "cisco_meraki/sc4s/samples.log", records=11, rejects=1)
    lines = lines_of(corpus("cisco_meraki/sc4s/samples.log"))
    flows = reading_of("\n".join(line for line in lines if " flows " in line), FORMATS)
    assert flows is not None
    assert "cannot show visits" in (flows.layout.names_no_host or "")


@few
@given(batches([LINE, CLOSED, BLOCK]))
def test_check_and_table_agree(lines: list[str]) -> None:
    assert_agreement(SYSLOG, lines)
