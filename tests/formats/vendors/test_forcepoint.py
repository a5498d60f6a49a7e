"""Forcepoint Web Security and Websense."""

from logan.formats.vendors import forcepoint, forcepoint_cloud, forcepoint_pairs
from tests.formats import proof


def test_cef_s_in_is_what_the_user_sent() -> None:
    row = proof.read_one(forcepoint.CEF, forcepoint.CEF.texts[0])
    proof.assert_record(
        row,
        time="2024-01-01T10:00:00+00:00",
        user="FORCE\\jdoe",
        client_ip="10.1.2.3",
        method="GET",
        scheme="https",
        host="www.example.com",
        path="/a",
        query="b=c",
        action="allowed",
        bytes_sent=640,
        bytes_received=5120,
        user_agent="Mozilla/5.0 (X11)",
        evidence="url",
    )


def test_a_person_keeps_the_directory_but_not_the_server_that_answered() -> None:
    sample = forcepoint.CEF.texts[0].replace("loginID=FORCE\\\\jdoe", "loginID=-")
    one = proof.read_one(forcepoint.CEF, sample)["user"]
    other = proof.read_one(forcepoint.CEF, sample.replace("10.0.0.5", "dc2.force.example"))["user"]
    assert one == other == "OU=cid,DC=force/DOE"


def test_cef_of_relays_and_of_iso_stamps() -> None:
    line = forcepoint.CEF.texts[0].removeprefix("CEF:")
    line = line.replace("rt=1704103200000", "rt=2024-01-01T10:00:00Z").replace(
        "=permitted", "=blocked"
    )
    row = proof.read_one(forcepoint.CEF, line)
    assert (row["time"].isoformat(), row["action"]) == ("2024-01-01T10:00:00+00:00", "blocked")


def test_leef_takes_its_time_from_the_envelope() -> None:
    row = proof.read_one(forcepoint.LEEF, forcepoint.LEEF.texts[0])
    proof.assert_record(
        row,
        time="2024-01-01T10:00:00+00:00",
        user="jdoe",
        client_ip="10.1.2.3",
        method="POST",
        scheme="https",
        host="www.example.com",
        path="/a",
        query="b=c",
        status=403,
        action="blocked",
        bytes_sent=640,
        bytes_received=0,
        user_agent="Mozilla/5.0 (X11)",
        evidence="url",
    )


def test_key_value_with_spaces_in_values() -> None:
    row = proof.read_one(forcepoint_pairs.KEY_VALUE, forcepoint_pairs.KEY_VALUE.texts[0])
    proof.assert_record(
        row,
        time="2024-01-01T10:00:00+00:00",
        user="OU=cid,DC=force/DOE, Jane",
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
        user_agent="Mozilla/5.0 (X11; rv:1.7)",
        evidence="url",
    )


def test_the_cloud_s_dates_are_british_where_the_file_says_so() -> None:
    row = proof.read_one(forcepoint_cloud.CSV, forcepoint_cloud.CSV.texts[0], zone="Europe/London")
    proof.assert_record(
        row,
        time="2023-12-16T07:05:25+00:00",
        user="jane.doe@force.example",
        client_ip="10.1.2.3",
        method="CONNECT",
        host="www.example.com",
        port=443,
        path="/",
        status=200,
        action="allowed",
        user_agent="Mozilla/5.0 (X11)",
        evidence="connect",
    )


def test_the_cloud_s_words_for_nothing() -> None:
    line = forcepoint_cloud.CSV.texts[0].replace("jane.doe@force.example", "anonymous")
    row = proof.read_one(forcepoint_cloud.CSV, line.replace('"10.1.2.3"', '"Not available"'))
    assert (row["user"], row["client_ip"]) == (None, "203.0.113.5")


def test_corpus() -> None:
    proof.assert_corpus(
        forcepoint_pairs.KEY_VALUE,
        "forcepoint/sc4s/samples.log",
        records=2,
        rejects=0,
        answers=proof.ANSWERS,
    )
