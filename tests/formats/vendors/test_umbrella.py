"""Cisco Umbrella: columns of every generation, identities that are no people, odd quoting."""

from logan.formats.vendors.umbrella_dns import DNS_LOG
from logan.formats.vendors.umbrella_ip import IP_LOG
from logan.formats.vendors.umbrella_web import WEB_LOG
from tests.formats.proof import counted, layout_of, read, read_one

DNS, WEB = DNS_LOG.texts, WEB_LOG.texts


def test_dns() -> None:
    row = read_one(DNS_LOG, DNS[0])
    assert row["time"].isoformat() == "2024-01-16T17:48:41+00:00"
    assert row["user"] == "Doe, Jane (HQ) (Jane.Doe@force.example)"
    assert row["client_ip"] == "10.10.1.100"
    assert row["host"] == "www.example.com"
    assert row["action"] == "allowed"
    assert row["evidence"] == "dns"
    assert row["method"] is row["status"] is row["path"] is None


def test_lines_of_every_generation_in_one_file() -> None:
    rows = read(DNS_LOG, "\n".join(DNS))
    assert counted(rows) == (3, 0)
    assert [row["user"] is None for row in rows] == [False, False, True], "a network is nobody"


def test_a_blocked_look_up() -> None:
    row = read_one(DNS_LOG, DNS[1].replace("Allowed", "Blocked"))
    assert row["action"] == "blocked"


def test_web() -> None:
    row = read_one(WEB_LOG, WEB[1])
    assert row["time"].isoformat() == "2024-01-16T17:48:41+00:00"
    assert row["user"] == "Doe, Jane (Jane.Doe@force.example)"
    assert row["client_ip"] == "10.10.1.100", "the inner address, not the egress"
    assert (row["method"], row["scheme"], row["host"]) == ("POST", "https", "www.example.com")
    assert (row["path"], row["query"]) == ("/a", 'b="c",d')
    assert (row["status"], row["action"], row["evidence"]) == (200, "allowed", "url")
    assert (row["bytes_sent"], row["bytes_received"]) == (562, 1489)
    assert row["referrer"] == "https://example.org/"
    assert row["user_agent"] == "Mozilla/5.0 (X11, Linux)"


def test_what_came_of_a_warning_is_not_said() -> None:
    assert read_one(WEB_LOG, WEB[1].replace("ALLOWED", "WARNED"))["action"] == "unknown"


def test_web_without_the_later_columns() -> None:
    row = read_one(WEB_LOG, WEB[0])
    assert row["method"] is None
    assert row["user"] == "Doe, Jane (Jane.Doe@force.example)"


def test_spaces_after_commas_newlines_in_quotes_and_a_leading_space() -> None:
    text = " " + WEB[1].replace('","', '", "').replace("Search Engines", "Search\r\nEngines")
    rows = read(WEB_LOG, f"{text}\r\n{WEB[0]}\r\n")
    assert counted(rows) == (2, 0)
    assert rows[0]["query"] == 'b="c",d'


HEADER = (
    '"Timestamp","Policy Identity Label","Internal Client IP","External Client IP",'
    '"Destination IP","Content Type","Action","URL","Referer","User Agent","Status Code",'
    '"Request Size","Response Size","Response Body Size"\n'
)


def test_an_optional_header_is_no_record() -> None:
    line = WEB[0].rsplit(',"","Search Engines"', 1)[0]
    text = HEADER + line + "\n" + HEADER
    assert layout_of(WEB_LOG, text).cells.header is not None
    row = read_one(WEB_LOG, text)
    assert row["host"] == "www.example.com"


def test_the_ip_log_shows_no_visits() -> None:
    layout = layout_of(IP_LOG, IP_LOG.texts[0])
    assert layout.names_no_host is not None
    row = read_one(IP_LOG, IP_LOG.texts[1])
    assert (row["client_ip"], row["host"], row["port"]) == ("10.10.1.100", "203.0.113.9", 443)
    assert (row["user"], row["evidence"], row["action"]) == (None, "connect", "unknown")


def test_of_https_that_was_not_opened_older_lines_show_the_host_alone() -> None:
    url, bare = 'https://www.example.com/a?b=""c"",d', "https://www.example.com/"
    assert url in WEB[0]
    assert read_one(WEB_LOG, WEB[0].replace(url, bare))["evidence"] == "connect"
    assert read_one(WEB_LOG, WEB[1].replace(url, bare))["evidence"] == "url", "it has a method"
