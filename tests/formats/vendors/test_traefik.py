"""Traefik: JSON with every field, and the common log format, which names no host."""

from hypothesis import given

from logan.formats.vendors.traefik import CLF, JSON
from tests.formats.proof import (
    assert_agreement,
    assert_corpus,
    assert_definition,
    assert_record,
    damaged,
    layout_of,
    oracles,
    read_one,
)

(SAMPLE,) = JSON.texts
(LINE,) = CLF.texts


def test_the_definitions_hold() -> None:
    assert_definition(JSON)
    assert_definition(CLF)


def test_every_column_of_json() -> None:
    assert_record(
        read_one(JSON, SAMPLE),
        time="2024-01-10T13:55:36.123000+00:00",
        user="jdoe",
        client_ip="10.1.2.3",
        method="GET",
        scheme="https",
        host="www.example.com",
        path="/a",
        query="b=c",
        status=200,
        action="allowed",
        bytes_sent=12,
        bytes_received=357,
        referrer="https://example.org/",
        user_agent="Mozilla/5.0",
        evidence="url",
    )


def test_every_column_of_the_common_log_format() -> None:
    assert_record(
        read_one(CLF, LINE),
        time="2024-01-10T13:55:36+00:00",
        user="jdoe",
        client_ip="10.1.2.3",
        method="GET",
        path="/a",
        query="b=c",
        status=200,
        action="allowed",
        bytes_received=414,
        user_agent="Mozilla/5.0",
        evidence="url",
    )
    assert layout_of(CLF, LINE).names_no_host is not None


def test_a_request_that_no_service_took_is_not_called_allowed() -> None:
    alone = SAMPLE.replace('"OriginStatus":200,', "").replace('"ServiceAddr":"192.0.2.9:80",', "")
    assert read_one(JSON, alone)["action"] == "unknown"
    assert read_one(CLF, LINE.replace("http://192.0.2.9:80", "-"))["action"] == "unknown"


def test_a_host_with_a_port_is_split() -> None:
    row = read_one(
        JSON, SAMPLE.replace('"RequestAddr":"www', '"RequestAddr":"x.example:8443","w":"')
    )
    assert (row["host"], row["port"]) == ("x.example", 8443)


def test_the_corpus_is_read() -> None:
    name = "apache_nginx/crowdsec/traefik_json/traefik_json.log"
    assert_corpus(JSON, name, records=6, rejects=1)
    name = "apache_nginx/crowdsec/traefik_clf/traefik_clf.log"
    assert_corpus(CLF, name, records=7, rejects=0)


#: The oracle takes the last address of X-Forwarded-For, a proxy; the user's side comes first.
WRONG = {("192.168.1.100", "10.0.0.50")}


def test_the_oracles_agree() -> None:
    for form, source in ((JSON, "crowdsec/traefik_json"), (CLF, "crowdsec/traefik_clf")):
        for oracle in oracles("apache_nginx", source):
            row, wanted = read_one(form, oracle["line"]), oracle["expected"]
            row["url"] = row["path"] + (f"?{row['query']}" if row["query"] else "")
            row["bytes"] = row["bytes_received"]
            assert (
                row["client_ip"] == wanted["client_ip"]
                or (row["client_ip"], wanted["client_ip"]) in WRONG
            )
            for name in {"method", "status", "bytes", "host", "url", "user"} & set(wanted):
                known = None if wanted[name] == "-" else wanted[name]
                assert str(row[name]) == str(known), (oracle["id"], name)


@given(damaged([SAMPLE]))
def test_check_and_columns_agree_on_json(line: str) -> None:
    assert_agreement(JSON, [line])


@given(damaged([LINE]))
def test_check_and_columns_agree_on_text(line: str) -> None:
    assert_agreement(CLF, [line])
