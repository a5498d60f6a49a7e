"""McAfee Web Gateway and Skyhigh Secure Web Gateway."""

import pytest

from logan.formats import FORMATS
from logan.formats.vendors import skyhigh, skyhigh_appliance
from tests.formats import proof

BY_NAME = {form.name: form for form in FORMATS if form.name.startswith("skyhigh")}


def sample(name: str, at: int = 0) -> str:
    return BY_NAME[name].texts[at]


def test_json_reads_every_column() -> None:
    row = proof.read_one(skyhigh.JSON, sample("skyhigh-json"))
    proof.assert_record(
        row,
        time="2024-01-01T10:00:00+00:00",
        user="jdoe",
        client_ip="10.1.2.3",
        method="GET",
        scheme="https",
        host="www.example.com",
        port=443,
        path="/a",
        query="b=c",
        status=200,
        action="allowed",
        bytes_sent=640,
        bytes_received=5120,
        evidence="url",
    )


def test_a_certificate_check_is_no_request_of_its_own() -> None:
    row = proof.read_one(skyhigh.JSON, sample("skyhigh-json", 1))
    assert (row["companion"], row["evidence"]) == ("remark", "connect")
    assert row["host"] == "www.example.com"


def test_csv_reads_every_column_with_and_without_its_header() -> None:
    row = proof.read_one(skyhigh.CSV, sample("skyhigh-csv"))
    proof.assert_record(
        row,
        time="2024-01-01T10:00:00+00:00",
        user="jdoe",
        client_ip="10.1.2.3",
        method="GET",
        scheme="https",
        host="www.example.com",
        port=443,
        path="/a",
        query="b=c",
        status=200,
        action="allowed",
        bytes_sent=640,
        bytes_received=5120,
        user_agent="Mozilla/5.0 (X11)",
        evidence="url",
    )
    headed = proof.read_one(skyhigh.CSV, sample("skyhigh-csv", 1))
    assert (headed["action"], headed["status"], headed["client_ip"]) == ("blocked", 403, "10.1.2.3")


def test_bare_values_with_spaces_end_before_the_next_known_key() -> None:
    row = proof.read_one(skyhigh.KEY_VALUE, sample("skyhigh-kv"))
    assert (row["user"], row["host"], row["status"]) == ("force\\j doe", "www.example.com", 200)
    assert (row["bytes_sent"], row["bytes_received"]) == (640, 5120)


def test_the_appliance_s_four_counters_and_block_id() -> None:
    row = proof.read_one(skyhigh_appliance.SYSLOG, sample("skyhigh-mwg-syslog"))
    proof.assert_record(
        row,
        time="2024-01-01T10:00:00+00:00",
        user="jdoe",
        client_ip="10.1.2.3",
        method="GET",
        scheme="https",
        host="www.example.com",
        path="/a",
        query="b=c",
        status=200,
        action="allowed",
        bytes_sent=640,
        bytes_received=5120,
        user_agent="Chrome",
        evidence="url",
    )
    blocked = sample("skyhigh-mwg-syslog").replace('"200/0"', '"403/80"')
    assert proof.read_one(skyhigh_appliance.SYSLOG, blocked)["action"] == "blocked"
    challenge = sample("skyhigh-mwg-syslog").replace('"200/0"', '"407/81"')
    assert proof.read_one(skyhigh_appliance.SYSLOG, challenge)["action"] == "auth"


def test_the_request_line_of_a_connect_without_a_host() -> None:
    line = sample("skyhigh-mwg-kv").replace("GET https://www.example.com/a?b=c", "CONNECT :80")
    row = proof.read_one(skyhigh_appliance.FIRST_LINE, line)
    assert (row["host"], row["evidence"], row["setup"]) == ("www.example.com", "connect", True)


def test_the_default_access_log() -> None:
    row = proof.read_one(skyhigh_appliance.ACCESS, sample("skyhigh-mwg-access"))
    assert (row["user"], row["host"], row["bytes_received"]) == ("jdoe", "www.example.com", 5120)


HEADER = (
    '#time_stamp "auth_user" src_ip status_code "req_line" "categories" "rep_level" "media_type" '
    'bytes_to_client bytes_from_client "user_agent" "virus_name" "block_res" "application_name"\n'
)
ACCESS_LINE = (
    '[01/Jan/2024:10:00:00 +0000] "jdoe" 10.1.2.3 403 "GET https://www.example.com/a HTTP/1.1" '
    '"News" "Minimal Risk" "text/html" 5120 640 "Mozilla/5.0" "" "10" "App"\n'
)
#: The user agent writes the cells behind it, so that the block would not have been one.
FORGED = ACCESS_LINE.replace("Mozilla/5.0", 'Mozilla/5.0" "" "0" "')


@pytest.mark.parametrize("header", [HEADER, ""])
def test_a_user_agent_writes_no_cell_of_the_access_log(header: str) -> None:
    first, forged, last = proof.read(
        skyhigh_appliance.ACCESS, header + ACCESS_LINE + FORGED + ACCESS_LINE
    )
    assert first["reason"] is None
    assert (first["action"], first["bytes_sent"]) == ("blocked", 640)
    assert forged["reason"] == "end of line: more than this format writes"
    assert last == first | {"line": 3}


def test_a_site_may_append_fields_and_order_them() -> None:
    own = '#"auth_user" time_stamp src_ip "mine" status_code "req_line" "block_res" "more"\n'
    line = '"jdoe" [01/Jan/2024:10:00:00 +0000] 10.1.2.3 "x" 200 "GET http://a.example/ HTTP/1.1" "0" "y"'
    row = proof.read_one(skyhigh_appliance.ACCESS, own + line)
    assert (row["user"], row["host"], row["action"]) == ("jdoe", "a.example", "allowed")


def test_the_columns_change_below_another_header() -> None:
    rows = proof.read(
        skyhigh_appliance.ACCESS,
        HEADER + ACCESS_LINE + HEADER.replace(' "application_name"', "") + ACCESS_LINE,
    )
    assert [row["reason"] is None for row in rows] == [True, False]


def test_oracles() -> None:
    """But for the client: the oracle takes the public address for the computer's own."""
    for oracle in proof.oracles("skyhigh_mcafee", "secops"):
        line, wanted = oracle["line"], oracle["expected"]
        if "\r\n" in line:
            continue  # pasted with line breaks in the midst of values: not as it was written
        form = skyhigh.JSON if line.startswith("{") else skyhigh.CSV
        row = proof.read_one(form, line)
        assert row["time"].isoformat().replace("+00:00", "Z") == wanted["ts"]
        assert row["user"] == wanted["user"]
        assert row["host"] == wanted["host"]
        assert row["method"] == wanted["method"]
        assert row["status"] == wanted["status"]
        assert row["bytes_sent"] == int(wanted["bytes_out"])
        assert row["bytes_received"] == int(wanted["bytes_in"])
        assert row["action"] == {"ALLOW": "allowed", "BLOCK": "blocked"}[wanted["action"]]


def test_corpus() -> None:
    proof.assert_corpus(
        skyhigh_appliance.SYSLOG,
        "skyhigh_mcafee/sc4s/samples.log",
        records=2,
        rejects=0,
        answers=proof.ANSWERS,
    )
