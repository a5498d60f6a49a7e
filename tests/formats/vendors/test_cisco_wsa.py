import pytest
from hypothesis import given

from logan.formats import FORMATS
from logan.formats.detect.head import head_of
from logan.formats.engine.format import Format
from logan.formats.vendors.cisco_wsa import ACCESS
from logan.formats.vendors.cisco_wsa_bare import BARE
from logan.formats.vendors.cisco_wsa_w3c import W3C
from tests.formats.proof import (
    Row,
    assert_agreement,
    assert_corpus,
    assert_definition,
    assert_record,
    batches,
    corpus,
    few,
    lines_of,
    read,
    read_one,
    reading_of,
)

TAG = "DEFAULT_CASE_12-DefaultGroup-DefaultGroup-NONE-NONE-NONE-DefaultGroup-NONE"
LINE = (
    '1704103200.123 35 10.1.2.3 TCP_MISS/200 3004 GET http://www.example.com:81/a?b=c "FORCE\\jdoe" '
    f'DIRECT/www.example.com text/html {TAG} <"IW_srch",6.9,1,"-",-,-> - "Mozilla/5.0 (X11)" - -'
)
FIELDS = (
    "#Fields: timestamp x-elapsed-time c-ip x-resultcode-httpstatus sc-bytes cs-bytes cs-method "
    "cs-url cs-username x-hierarchy-origin x-acltag cs(User-Agent) cs(Referer)\n"
)
W3C_LINE = (
    "1704103200.123 35 10.1.2.3 TCP_MISS/200 3004 640 GET http://www.example.com:81/a?b=c "
    f'"FORCE\\jdoe@realm" DIRECT/www.example.com {TAG} "Mozilla/5.0 (X11)" "http://ref.example/"'
)


@pytest.mark.parametrize("form", [ACCESS, BARE, W3C], ids=lambda form: form.name)
def test_definition(form: Format) -> None:
    assert_definition(form)


def test_every_column() -> None:
    wanted: Row = {
        "time": "2024-01-01T10:00:00.123000+00:00",
        "user": "FORCE\\jdoe",
        "client_ip": "10.1.2.3",
        "method": "GET",
        "scheme": "http",
        "host": "www.example.com",
        "port": 81,
        "path": "/a",
        "query": "b=c",
        "status": 200,
        "action": "allowed",
        "bytes_received": 3004,
        "user_agent": "Mozilla/5.0 (X11)",
        "evidence": "url",
    }
    assert_record(read_one(ACCESS, LINE), **wanted)
    more = {"bytes_sent": 640, "referrer": "http://ref.example/"}
    assert_record(read_one(W3C, FIELDS + W3C_LINE), **wanted, **more)


@pytest.mark.parametrize(
    ("tag", "result", "action"),
    [
        (TAG, "TCP_MISS/200", "allowed"),
        ("ALLOW_WBRS_12-DefaultGroup", "TCP_HIT/304", "allowed"),
        ("PASSTHRU_CUSTOMCAT_7-DP_site", "TCP_MISS/200", "allowed"),
        ("DECRYPT_WEBCAT_7-DefaultGroup", "TCP_MISS_SSL/200", "allowed"),
        ("MONITOR_AMW_RESP_7-DefaultGroup", "TCP_MISS/200", "allowed"),
        ("BLOCK_WEBCAT_12-DefaultGroup", "TCP_DENIED/403", "blocked"),
        ("BLOCK_AMW_RESP_URL_258-DefaultGroup", "TCP_MISS/200", "blocked"),
        ("BLOCK_CONTINUE_WEBCAT_12-DefaultGroup", "TCP_DENIED/403", "blocked"),
        ("DROP_WBRS_7-DefaultGroup", "TCP_DENIED/403", "blocked"),
        (TAG, "TCP_DENIED/403", "blocked"),
        ("OTHER-NONE-Auth", "TCP_DENIED/407", "auth"),
        ("OTHER-NONE-Auth", "TCP_DENIED/401", "auth"),
        ("NO_PASSWORD-NONE-Auth", "TCP_DENIED/403", "auth"),
        ("NO_AUTHORIZATION-NONE-Auth", "TCP_DENIED/403", "auth"),
        ("OTHER-NONE-Auth", "NONE/504", "unknown"),
        ("REDIRECT_CUSTOMCAT_7-DefaultGroup", "TCP_MISS/302", "unknown"),
    ],
)
def test_action(tag: str, result: str, action: str) -> None:
    line = LINE.replace(TAG, tag).replace("TCP_MISS/200", result)
    assert read_one(ACCESS, line)["action"] == action
    line = W3C_LINE.replace(TAG, tag).replace("TCP_MISS/200", result)
    assert read_one(W3C, FIELDS + line)["action"] == action


@pytest.mark.parametrize(
    ("logged", "user"),
    [
        ('"FORCE\\jdoe"', "FORCE\\jdoe"),
        ('"FORCE\\jdoe@WCCPrealm"', "FORCE\\jdoe"),
        ('"FORCE\\\\jdoe@WCCPrealm"', "FORCE\\jdoe"),
        ('"jdoe@force.example"', "jdoe@force.example"),
        ("jdoe", "jdoe"),
        ("Jane Doe", "Jane Doe"),
        ("-", None),
    ],
)
def test_user(logged: str, user: str | None) -> None:
    assert read_one(ACCESS, LINE.replace('"FORCE\\jdoe"', logged))["user"] == user


@pytest.mark.parametrize(
    ("request_", "server", "host", "port", "setup"),
    [
        ("CONNECT tunnel://b.example:443/", "DIRECT/b.example", "b.example", 443, False),
        ("TCP_CONNECT 203.0.113.9:443", "DIRECT/b.example", "b.example", 443, False),
        ("TCP_CONNECT tunnel://203.0.113.9:443/", "DIRECT/b.example", "b.example", 443, False),
        ("TCP_CONNECT 203.0.113.9:443", "DIRECT/203.0.113.9", "203.0.113.9", 443, False),
        ("TCP_CONNECT 203.0.113.9:443", "NONE/-", "203.0.113.9", 443, False),
        ("CONNECT tunnel://[2001:db8::9]:443/", "DIRECT/b.example", "b.example", 443, False),
    ],
)
def test_a_tunnel_is_named_by_the_server(
    request_: str, server: str, host: str, port: int, setup: bool
) -> None:
    line = LINE.replace("GET http://www.example.com:81/a?b=c", request_)
    row = read_one(ACCESS, line.replace("DIRECT/www.example.com", server))
    seen = ("method", "evidence", "host", "port", "setup")
    assert tuple(row[name] for name in seen) == ("CONNECT", "connect", host, port, setup)
    decrypted = read_one(ACCESS, line.replace("DEFAULT_CASE", "DECRYPT_WEBCAT"))
    assert decrypted["setup"]


def test_an_address_asked_for_is_not_renamed() -> None:
    line = LINE.replace("http://www.example.com:81/a?b=c", "http://203.0.113.9/a")
    assert read_one(ACCESS, line)["host"] == "203.0.113.9"


@pytest.mark.parametrize(
    "inserted", ["", "CMF:44 DCF:200020 ERR:15 ", "CMF:44   "], ids=["none", "three", "spaces"]
)
def test_extras_before_the_tag(inserted: str) -> None:
    assert read_one(ACCESS, LINE.replace(TAG, inserted + TAG))["action"] == "allowed"


def test_the_header_line_of_another_product_is_refused() -> None:
    head = head_of(b"#Fields: date time c-ip cs-method cs-url\n", whole=True)
    assert W3C.layout(head) is None


@few
@given(batches([LINE, *ACCESS.texts, *BARE.texts]))
def test_check_and_columns_agree(lines: list[str]) -> None:
    for form in (ACCESS, BARE):
        assert_agreement(form, lines)


def test_corpus() -> None:
    name = "cisco_wsa/sc4s/samples.log"
    assert_corpus(ACCESS, name, records=14, rejects=7)
    text = corpus(name)
    bare = "\n".join(line for line in lines_of(text) if " - 10.160.40.169 TCP" in line)
    reading = reading_of(bare, FORMATS)
    assert reading is not None
    assert reading.format is BARE
    rows = read(BARE, bare)
    assert [row["host"] for row in rows] == ["fls-na.amazon.com", "www.google.com"]
    assert [row["action"] for row in rows] == ["blocked", "allowed"]
    assert [row["bytes_received"] for row in rows] == [298, 873]
    rows = read(ACCESS, text)
    agents = [row["user_agent"] for row in rows if row["user_agent"]]
    assert agents[0].startswith("Opera/9.80")
    assert [row["client_ip"] for row in rows if ":" in (row["client_ip"] or "")] == [
        "2001:b8f9:c5c2:f730::2",
        "2001:44c4:cf35:1b78::6",
    ]


def test_a_tunnel_that_was_redirected_is_one_that_was_asked_for() -> None:
    row = read_one(
        ACCESS, LINE.replace(" GET http://www.example.com:81/a?b=c", " TUNNEL 203.0.113.9:443")
    )
    assert (row["method"], row["host"], row["evidence"]) == (
        "CONNECT",
        "www.example.com",
        "connect",
    )


@pytest.mark.parametrize(
    ("tag", "action"),
    [
        ("DECRYPT_WEBCAT_7-Auth", "allowed"),
        ("DECRYPT_ADMIN_7-Auth", "allowed"),
        ("DECRYPT_EUN_WEBCAT_7-Auth", "unknown"),
    ],
)
def test_what_is_opened_to_show_a_notification_is_not_let_through(tag: str, action: str) -> None:
    assert read_one(ACCESS, LINE.replace(TAG, tag))["action"] == action
