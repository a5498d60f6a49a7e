"""ECS: nested and dotted, requests and look-ups, Kibana's CSV; a line as logged comes first."""

import json

import pytest

from logan.formats import FORMATS
from logan.formats.vendors import ecs, ecs_csv, squid
from tests.formats.proof import corpus, counted, layout_of, read, read_one, reading_of

NESTED, DOTTED, DNS, HIT = ecs.JSON.texts


def test_nested() -> None:
    row = read_one(ecs.JSON, NESTED)
    assert row["time"].isoformat() == "2024-01-01T10:00:00.123000+00:00"
    assert (row["user"], row["client_ip"], row["method"]) == ("FORCE\\jdoe", "10.1.2.3", "GET")
    assert (row["scheme"], row["host"], row["path"]) == ("https", "www.example.com", "/a")
    assert (row["query"], row["status"], row["action"]) == ("b=c", 200, "allowed")
    assert (row["bytes_sent"], row["bytes_received"]) == (640, 5120)
    assert (row["referrer"], row["user_agent"]) == ("https://example.org/", "Mozilla/5.0")
    assert row["evidence"] == "url"


def test_dotted() -> None:
    row = read_one(ecs.JSON, DOTTED)
    assert (row["user"], row["host"], row["port"]) == ("jdoe", "www.example.com", 443)
    assert (row["action"], row["evidence"]) == ("blocked", "connect")


def test_a_look_up_and_its_answer() -> None:
    row = read_one(ecs.JSON, DNS)
    assert (row["host"], row["evidence"], row["companion"]) == ("www.example.com", "dns", None)
    answer = read_one(ecs.JSON, DNS.replace('"query"', '"answer"'))
    assert answer["companion"] == "answer"


def test_a_search_hit() -> None:
    assert read_one(ecs.JSON, HIT)["host"] == "www.example.com"


def test_a_line_as_it_was_logged_is_read_by_its_own_format() -> None:
    event = json.loads(NESTED)
    event["event"]["original"] = squid.NATIVE.texts[0]
    reading = reading_of(json.dumps(event), FORMATS)
    assert reading is not None
    assert reading.format.name == "squid"


def test_events_without_hosts_show_no_visits() -> None:
    text = corpus("json_misc/lnav/logfile_ecs_log.json")
    assert layout_of(ecs.JSON, text).names_no_host is not None
    rows = read(ecs.JSON, text)
    assert counted(rows) == (len(rows), 0)
    assert {row["repeat"] for row in rows} == {"no request: an event that names no host"}


def test_a_report() -> None:
    for sample in ecs_csv.REPORT.texts:
        row = read_one(ecs_csv.REPORT, sample, zone="UTC")
        assert row["time"].isoformat() == "2024-01-01T10:00:00.123000+00:00"
        assert (row["user"], row["client_ip"], row["method"]) == ("jdoe", "10.1.2.3", "GET")
        assert (row["host"], row["path"], row["query"]) == ("www.example.com", "/a", "b=c,d")
        assert (row["status"], row["action"]) == (200, "blocked")


def test_squid_by_way_of_a_firewall() -> None:
    """OPNsense puts Squid's status under the body and its result code among the labels."""
    for status, code, action in (
        (407, "TCP_DENIED", "auth"),
        (403, "TCP_DENIED", "blocked"),
        (200, "TCP_TUNNEL", "allowed"),
    ):
        event = {
            "@timestamp": "2024-01-01T10:00:00+0000",
            "ecs": {"version": "1.0.0"},
            "event": {"dataset": "squid.access"},
            "http": {
                "request": {"method": "CONNECT"},
                "response": {"body": {"status_code": status}},
            },
            "source": {"ip": "10.1.2.3"},
            "url": {"original": "www.example.com:443"},
            "labels": {"request_status": code},
        }
        row = read_one(ecs.JSON, json.dumps(event))
        assert (row["status"], row["action"]) == (status, action)


@pytest.mark.parametrize(
    ("user", "name"),
    [
        ('"name":["jdoe"]', "jdoe"),
        ('"email":["j@a.example"]', "j@a.example"),
        ('"name":["FORCE\\\\jdoe"]', "FORCE\\jdoe"),
        ('"name":["jdoe","asmith"]', None),
    ],
)
def test_the_only_value_of_a_list_is_the_value(user: str, name: str | None) -> None:
    line = (
        '{"@timestamp":"2024-01-10T13:55:36Z","event":{"kind":"event"},"user":{%s},'
        '"source":{"ip":["10.1.2.3"]},'
        '"url":{"full":["https://www.example.com/a"]},"http":{"request":{"method":["GET"]}}}'
    )
    row = read_one(ecs.JSON, line % user)
    assert (row["user"], row["client_ip"], row["host"]) == (name, "10.1.2.3", "www.example.com")
    assert (row["method"], row["path"]) == ("GET", "/a")


LETTER = (
    '{"@timestamp":"2024-01-10T13:55:36Z","ecs":{"version":"8.11.0"},"source":{"ip":"192.0.2.25"},'
    '"event":{"category":["email"],"dataset":"proofpoint_tap.message_delivered"},'
    '"email":{"message_id":"7@mail.example","from":{"address":["a@mail.example"]}},'
    '"url":{"full":"https://www.example.com/a","domain":"www.example.com"}}'
)


@pytest.mark.parametrize(
    "line",
    [
        LETTER,
        LETTER.replace('"category":["email"],', ""),
        LETTER.replace('"message_id":"7@mail.example",', "").replace('"category":["email"],', ""),
        LETTER.replace('"email":{', '"other":{'),
    ],
)
def test_a_letter_that_has_a_link_is_no_visit(line: str) -> None:
    row = read_one(ecs.JSON, line)
    assert (row["host"], row["repeat"]) == ("www.example.com", "no visit: an event of mail")
    assert row["client_ip"] is None


@pytest.mark.parametrize(
    "line",
    [
        LETTER.replace("message_delivered", "clicks_blocked"),
        LETTER.replace("proofpoint_tap.message_delivered", "mimecast.ttp_url_logs"),
        LETTER.replace('"url"', '"user_agent":{"original":"Mozilla/5.0"},"url"'),
    ],
)
def test_a_click_in_a_letter_is_a_visit_and_not_by_its_sender(line: str) -> None:
    row = read_one(ecs.JSON, line)
    assert (row["host"], row["repeat"], row["client_ip"]) == ("www.example.com", None, None)


def test_a_visit_may_name_the_letter_that_led_to_it() -> None:
    row = read_one(ecs.JSON, LETTER.replace('["email"]', '["web","email"]'))
    assert (row["repeat"], row["client_ip"]) == (None, "192.0.2.25")


def test_a_report_of_letters_shows_no_visit() -> None:
    text = '"@timestamp","event.category","url.full"\n2024-01-10T13:55:36Z,email,https://a.example/'
    row = read_one(ecs_csv.REPORT, text, zone="UTC")
    assert (row["host"], row["repeat"]) == ("a.example", "no visit: an event of mail")
