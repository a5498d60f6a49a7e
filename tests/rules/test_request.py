"""Requests as people write them."""

from datetime import UTC, datetime

from logan.rules.request import requests_as_records


def test_each_kind_of_request() -> None:
    found = requests_as_records(
        [
            "POST https://A.example:8443/b?c=d < https://e.example/",
            "CONNECT a.example:443",
            "DNS a.example.",
            "- http://a.example/b",
        ]
    )
    columns = ("method", "host", "port", "path", "query", "referrer", "evidence")
    assert found.select(columns).rows() == [
        ("POST", "a.example", 8443, "/b", "c=d", "https://e.example/", "url"),
        ("CONNECT", "a.example", 443, None, None, None, "connect"),
        (None, "a.example", None, None, None, None, "dns"),
        (None, "a.example", None, "/b", None, None, "url"),
    ]
    assert found["reason"].null_count() == 4
    assert found["line"].to_list() == [1, 2, 3, 4]


def test_the_time_is_given() -> None:
    when = datetime(2020, 2, 29, tzinfo=UTC)
    assert requests_as_records(["DNS a.example"], when=when)["time"].to_list() == [when]


def test_status_and_size_of_a_request() -> None:
    requests = [
        "POST https://a.example/b 422 sent=150000 < https://e.example/",
        "GET https://a.example/b 304",
        "CONNECT a.example:443 200",
        "POST https://a.example/b sent=0",
        "GET https://a.example/404",
    ]
    found = requests_as_records(requests)
    assert found.select("path", "status", "bytes_sent", "referrer").rows() == [
        ("/b", 422, 150_000, "https://e.example/"),
        ("/b", 304, None, None),
        (None, 200, None, None),
        ("/b", None, 0, None),
        ("/404", None, None, None),
    ]
