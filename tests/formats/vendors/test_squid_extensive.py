from logan.formats.vendors.squid_extensive import EXTENSIVE
from tests.formats.proof import assert_record, counted, read, read_one

LINE = EXTENSIVE.texts[0]


def test_every_column() -> None:
    assert_record(
        read_one(EXTENSIVE, LINE),
        time="2024-01-01T10:00:00.391000+00:00",
        user="FORCE\\jdoe",
        client_ip="10.1.2.3",
        method="GET",
        scheme="http",
        host="www.example.com",
        path="/a",
        query="b=c",
        status=200,
        action="allowed",
        bytes_sent=123,
        bytes_received=904,
        referrer="http://ref.example/",
        user_agent="curl/8.14.1",
        evidence="url",
    )


def test_a_tunnel() -> None:
    line = LINE.replace("TCP_MISS", "TCP_TUNNEL").replace("123 528", "123 -")
    line = line.replace("GET http://www.example.com/a?b=c", "CONNECT b.example:443")
    row = read_one(EXTENSIVE, line.replace(" 53 -", ' "b.example" 42 -'))
    seen = ("host", "port", "evidence", "setup")
    assert tuple(row[name] for name in seen) == ("b.example", 443, "connect", False)


def test_action() -> None:
    assert read_one(EXTENSIVE, LINE.replace("TCP_MISS/200", "TCP_DENIED/407"))["action"] == "auth"
    assert (
        read_one(EXTENSIVE, LINE.replace("TCP_MISS/200", "TCP_DENIED/403"))["action"] == "blocked"
    )


def test_a_native_line_is_refused() -> None:
    assert counted(read(EXTENSIVE, LINE.replace(" 58938", ""))) == (0, 1)
    assert counted(read(EXTENSIVE, LINE.replace(" 904 123 364 123 528", " 904"))) == (0, 1)
