"""Hosts, users, addresses and times in one form."""

from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from logan.records import addresses, canonical, hosts, urls, users
from logan.records.addresses import address_expression
from logan.records.canonical import records
from logan.records.hosts import host_expression, punycode
from logan.records.users import user_expression
from logan.runtime.fast_path import normalised
from logan.schema import LINE


def one(expression: pl.Expr, value: str | None) -> str | None:
    frame = pl.DataFrame({"x": [value]}, schema={"x": pl.String})
    result: str | None = frame.select(y=expression)["y"][0]
    return result


@pytest.mark.parametrize(
    ("logged", "host"),
    [
        ("PimEyes.COM", "pimeyes.com"),
        ("pimeyes.com.", "pimeyes.com"),
        ("pimeyes.com:443", "pimeyes.com"),
        ("jsc12.pimeyes.com:443", "jsc12.pimeyes.com"),
        ("p%69meyes%2Ecom", "pimeyes.com"),
        ("ｐｉｍｅｙｅｓ．ｃｏｍ", "pimeyes.com"),
        ("user@evil.example", "evil.example"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("192.0.2.7:8080", "192.0.2.7"),
        ("under_score.example", "under_score.example"),
        ("-", None),
        ("", None),
        (None, None),
    ],
)
def test_host(logged: str | None, host: str | None) -> None:
    assert one(host_expression(pl.col("x")), logged) == host


def test_hosts_beyond_ascii_become_punycode_and_odd_ones_stay() -> None:
    hosts = pl.Series(["bücher.example", "plain.example", None, "a..ü"])
    assert punycode(hosts).to_list() == ["xn--bcher-kva.example", "plain.example", None, "a..ü"]


@pytest.mark.parametrize(
    ("logged", "user"),
    [
        ("FORCE\\jdoe", "FORCE\\jdoe"),
        ("FORCE\\\\jdoe", "FORCE\\jdoe"),
        ("jdoe@force.example", "jdoe@force.example"),
        ('"Doe, Jane (jane.doe@force.example)"', "Doe, Jane (jane.doe@force.example)"),
        ("CN=Jane Doe,OU=cid,DC=force", "CN=Jane Doe,OU=cid,DC=force"),
        ("-", None),
        ("None", None),
        ("NA", None),
        ("", None),
        ("anonymous", None),
        ("10.1.2.3", None),
        ("2001:db8::7", None),
        ("x-fwd-for: 192.0.2.1", None),
        ("na.smith", "na.smith"),
        ("1234", "1234"),
    ],
)
def test_user(logged: str, user: str | None) -> None:
    assert one(user_expression(pl.col("x")), logged) == user


@pytest.mark.parametrize(
    ("logged", "address"),
    [
        ("10.1.2.3", "10.1.2.3"),
        ("10.1.2.3:51234", "10.1.2.3"),
        ("[2001:DB8::7]:51234", "2001:db8::7"),
        ("::1%0", "::1"),
        ("::ffff:10.1.2.3", "10.1.2.3"),
        ("::FFFF:10.1.2.3", "10.1.2.3"),
        ("[::ffff:10.1.2.3]:51234", "10.1.2.3"),
        ("::fffe:a01:203", "::fffe:a01:203"),
        ("10.1.2.3, 10.9.9.9", "10.1.2.3"),
        ("10.1.2.3,%2010.9.9.9", "10.1.2.3"),
        ("10.1.2.3%2C10.9.9.9", "10.1.2.3"),
        ("unknown", None),
        ("unknown, 10.9.9.9", None),
        ("2001:0DB8:0:0:0:0:0:7", "2001:db8::7"),
        ("2001:db8:0:0:1:0:0:7", "2001:db8::1:0:0:7"),
        ("::ffff:a01:203", "10.1.2.3"),
        ("2001:db8::7:51234", "2001:db8::7"),
        ("2001:db8::7:443", "2001:db8::7:443"),
        ("00:50:56:13:60:56", "00:50:56:13:60:56"),
        ("pc-17.force.example", "pc-17.force.example"),
        ("-", None),
    ],
)
def test_address(logged: str, address: str | None) -> None:
    assert one(address_expression(pl.col("x")), logged) == address


def record(zone: str | None = None, **raw: object) -> dict[str, object]:
    lines = pl.DataFrame({"source": [0], "line": [1], "text": ["x"]}, schema=LINE)
    return records(lines.with_columns(**{k: pl.lit(v) for k, v in raw.items()}), zone=zone).row(
        0, named=True
    )


@pytest.mark.parametrize(
    ("status", "action", "setup"),
    [(200, "allowed", True), (None, None, True), (501, "allowed", False), (403, "blocked", True)],
)
def test_a_tunnel_that_failed_is_no_set_up(
    status: int | None, action: str | None, setup: bool
) -> None:
    found = record(method="connect", url="example.org:443", status=status, action=action)
    assert found["setup"] is setup


NOW = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://Example.org/a?b=c#d", ("https", "example.org", None, "/a", "b=c")),
        ("example.org:443", (None, "example.org", 443, None, None)),
        ("8.8.8.8:443/", (None, "8.8.8.8", 443, "/", None)),
        ("www.example.org/p?q", (None, "www.example.org", None, "/p", "q")),
        ("http://pimeyes.com@evil.example/", ("http", "evil.example", None, "/", None)),
        ("http://pimeyes.com:80@evil.example:8080/x", ("http", "evil.example", 8080, "/x", None)),
        (
            "http://evil.example\\@pimeyes.com/",
            ("http", "evil.example", None, "\\@pimeyes.com/", None),
        ),
        ("http://[2001:db8::1]:81/x", ("http", "2001:db8::1", 81, "/x", None)),
        ("/favicon.ico", (None, None, None, "/favicon.ico", None)),
        ("*", (None, None, None, None, None)),
        ("error:transaction-end-before-headers", (None, None, None, None, None)),
        ("tunnel://example.org:443/", ("tunnel", "example.org", 443, "/", None)),
        ("http://", ("http", None, None, None, None)),
    ],
)
def test_url(url: str, expected: tuple[object, ...]) -> None:
    row = record(url=url, time=NOW)
    assert tuple(row[name] for name in ("scheme", "host", "port", "path", "query")) == expected


def test_a_part_that_is_given_wins_over_the_url() -> None:
    row = record(url="/a?b", host="www.example.org", port=8443, time=NOW)
    assert (row["host"], row["port"], row["path"], row["query"]) == (
        "www.example.org",
        8443,
        "/a",
        "b",
    )


@pytest.mark.parametrize(
    ("local", "zone", "utc", "ambiguous"),
    [
        ("2024-01-15T12:00", "Europe/London", "2024-01-15T12:00", False),
        ("2024-07-15T12:00", "Europe/London", "2024-07-15T11:00", False),
        ("2024-10-27T01:30", "Europe/London", "2024-10-27T00:30", True),
        ("2024-03-31T01:30", "Europe/London", "2024-03-31T01:30", False),
        ("2024-07-15T12:00", "Australia/Lord_Howe", "2024-07-15T01:30", False),
        ("2024-07-15T12:00", "-05:00", "2024-07-15T17:00", False),
        ("2024-07-15T12:00", "+0530", "2024-07-15T06:30", False),
        ("2024-07-15T12:00", None, "2024-07-15T12:00", False),
    ],
)
def test_a_time_without_a_zone_is_read_in_the_zone_named(
    local: str, zone: str | None, utc: str, ambiguous: bool
) -> None:
    row = record(zone=zone, local_time=datetime.fromisoformat(local))
    assert row["time"] == datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert row["ambiguous"] is ambiguous


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("client_ip", "<174>10.1.2.3", "client: no address and no name"),
        ("client_ip", "squid[7]:10.1.2.3", "client: no address and no name"),
        ("client_ip", "src=10.1.2.3", "client: no address and no name"),
        ("client_ip", "ws-12 7", "client: no address and no name"),
        ("client_ip", "fe80::1%eth0", None),
        ("client_ip", "WS_12.force.example", None),
        ("client_ip", "[2001:db8::7]:443", None),
        ("user", "22:36:24 vm squid: 10.1.2.3 - jdoe", "user: more than a name"),
        ("user", "vm squid 10.1.2.3 - jdoe", "user: more than a name"),
        ("user", "2026-11-28T22:36:24 vm", "user: more than a name"),
        ("user", "jdoe\t7", "user: more than a name"),
        ("user", "- jdoe", "user: more than a name"),
        ("user", "jdoe -", "user: more than a name"),
        ("user", "example.org jdoe", "user: more than a name"),
        ("user", "Jane Doe Example.org", "user: more than a name"),
        ("user", "Jane Doe - Intelligence", None),
        ("user", "jdoe@example.org", None),
        ("user", "10.1.2.3", None),
        ("user", "CN=Doe\\, Jane,OU=x", None),
        ("user", "Doe, Jane (HQ) [external] <jane@force.example>", None),
        ("user", "svc-10.1.2.3", None),
        ("user", "jane v1.2.3.4.5", None),
    ],
)
def test_a_client_or_user_that_cannot_be_one_is_a_reason(
    column: str, value: str, reason: str | None
) -> None:
    given = {"url": "http://example.org/", "time": datetime(2024, 1, 1, tzinfo=UTC), column: value}
    assert record(**given)["reason"] == reason


def test_a_time_that_cannot_be_read_is_a_reason() -> None:
    assert record(url="http://example.org/")["reason"] == "time: cannot be read"
    assert record(url="http://example.org/", reason="user: odd")["reason"] == "user: odd"


def cells(*words: str) -> st.SearchStrategy[list[str | None]]:
    """Cells made of what hosts, users, addresses and URLs are made of, and of anything."""
    parts = st.sampled_from(
        [*words, "", "-", "a", "B", "7", ".", ":", "@", "/", " ", "%", "\u212a"]
    )
    made = st.lists(parts, max_size=7).map("".join)
    return st.lists(st.none() | made | st.text(max_size=6), max_size=12)


def both(
    values: list[str | None], short: pl.Expr, long: pl.Expr
) -> tuple[list[str | None], list[str | None]]:
    frame = pl.DataFrame({"x": values}, schema={"x": pl.String})
    found = frame.select(short=short, long=long)
    return found["short"].to_list(), found["long"].to_list()


@given(cells("example", "[", "]", "%2e", "ü", "\uff0e", "_", ":80"))
def test_fast_path_and_fallback_agree_on_hosts(values: list[str | None]) -> None:
    short, long = both(values, host_expression(pl.col("x")), hosts._host(pl.col("x")))
    assert short == long


@given(cells("none", "NONE", "n/a", "Not Available", "10.1.2.3", "::1", "x-fwd-for:", "\\", '"'))
def test_fast_path_and_fallback_agree_on_users(values: list[str | None]) -> None:
    short, long = both(values, user_expression(pl.col("x")), users._user(pl.col("x")))
    assert short == long


@given(cells("10.1.2.3", "2001:db8::7", "[", "]", ":80", "%eth0", "pc"))
def test_fast_path_and_fallback_agree_on_addresses(values: list[str | None]) -> None:
    short, long = both(values, address_expression(pl.col("x")), addresses._address(pl.col("x")))
    assert short == long


@given(cells("GET", "get", "-", "ß", "ı", "X-", ""))
def test_fast_path_and_fallback_agree_on_methods(values: list[str | None]) -> None:
    fast = normalised(pl.col("x"), canonical._METHOD_EXCEPTION, canonical._method)
    short, long = both(values, fast, canonical._method(pl.col("x")))
    assert short == long


@given(cells("http", "HTTP", "İ", "+", ""))
def test_fast_path_and_fallback_agree_on_schemes(values: list[str | None]) -> None:
    fast = normalised(pl.col("x"), canonical._SCHEME_EXCEPTION, canonical._scheme)
    short, long = both(values, fast, canonical._scheme(pl.col("x")))
    assert short == long


@pytest.mark.parametrize(
    ("url", "host", "read_as"),
    [("*", None, None), ("*", "a.example", "a.example"), ("*", "-", "*"), ("*x", "", "*x")],
)
def test_the_server_as_a_whole_is_no_host(url: str, host: str | None, read_as: str | None) -> None:
    assert record(url=url, host=host, time=NOW)["host"] == read_as


@given(cells("http", "://", ":80", "?", "#", "\\", "[::1]", "\n", "a.example", "+", "//"))
@example(
    ["http://a.example", "a://b:7/c?d", "a:7", "a", "/a?b", "?a", "", ":", "a:/b", "1.2.3.4:5"]
)
@example(["1://a", "a:b@c", "a:7@c", "a://b:7@c", "a?b@c", "a/b@c", "a://b?c:d@e", "A+b://c", "#a"])
def test_fast_path_and_fallback_agree_on_urls(values: list[str | None]) -> None:
    series = pl.Series(values, dtype=pl.String)
    short = urls.url_parts(series).struct.unnest()
    long = urls._any_url_parts(series).struct.unnest()
    for name in ("=scheme", "=path", "=query"):
        assert short[name].to_list() == long[name].to_list()
    for name in ("=host", "=port"):  # empty or null: neither is a host or a port
        assert short[name].fill_null("").to_list() == long[name].fill_null("").to_list()


def test_no_url_has_no_parts() -> None:
    parts = urls.url_parts(pl.Series([None, None], dtype=pl.String)).struct.unnest()
    assert parts.rows() == [(None,) * 5] * 2
