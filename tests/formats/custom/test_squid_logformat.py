import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.errors import UsageError
from logan.formats.custom.squid_logformat import from_logformat
from logan.formats.engine.layout import Layout
from logan.formats.vendors import squid, weblog
from tests.formats.proof import assert_agreement, batches, few, read, read_one

# The built-in formats, as squid.conf.documented gives them.
SQUID = "%ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %[un %Sh/%<a %mt"
COMMON = '%>a %[ui %[un [%tl] "%rm %ru HTTP/%rv" %>Hs %<st %Ss:%Sh'
COMBINED = COMMON.replace("%Ss:", '"%{Referer}>h" "%{User-Agent}>h" %Ss:')

AT = datetime(2024, 1, 10, 13, 55, 36, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "form"),
    [("squid", squid.NATIVE), ("common", weblog.SQUID_COMMON), ("combined", weblog.SQUID_COMBINED)],
)
def test_built_in_formats_go_by_their_names(name: str, form: object) -> None:
    assert from_logformat(name) is form


@pytest.mark.parametrize(
    ("logformat", "form"),
    [(SQUID, squid.NATIVE), (COMMON, weblog.SQUID_COMMON), (COMBINED, weblog.SQUID_COMBINED)],
)
def test_built_in_strings_read_what_the_formats_read(logformat: str, form: squid.Format) -> None:
    custom = from_logformat(f"logformat mine {logformat}")
    whole = [re.sub(r" [\"\[](?:http|Host).*", "", s) for s in form.texts if "1704103202 " not in s]
    for sample in whole if form is squid.NATIVE else form.texts:
        assert read(custom, sample) == read(form, sample)


@pytest.mark.parametrize(
    ("logformat", "reason"),
    [
        ("referrer", "Referer"),
        ("%ts.%03tu %>a %{Referer}>h %ru", "Referer"),
        ("logformat referrer   %ts.%03tu %>a %{Referer}>h  %ru", "Referer"),
        ("useragent", "names no address"),
        ('%>a [%tl] "%{User-Agent}>h"', "names no address"),
        ("%>a %ru", "no time in it"),
        ("%ts %>a %rm %>Hs", "no host in it"),
        ("%{%s}tl %ru", "%s"),
        ("combine", "combined"),
    ],
)
def test_what_cannot_show_visits_is_refused_with_the_reason(logformat: str, reason: str) -> None:
    with pytest.raises(UsageError, match="--squid-logformat") as error:
        from_logformat(logformat)
    assert reason in str(error.value)


@pytest.mark.parametrize(
    ("stamp", "written", "time"),
    [
        ("%ts.%03tu", "1704894936.007", AT + timedelta(milliseconds=7)),
        ("%ts.%tu", "1704894936.7", AT + timedelta(milliseconds=7)),
        ("%ts", "1704894936", AT),
        ("%tS", "1704894936.250", AT + timedelta(milliseconds=250)),
        ("[%tl]", "[10/Jan/2024:14:55:36 +0100]", AT),
        ("%tl.%03tu", "10/Jan/2024:14:55:36 +0100.040", AT + timedelta(milliseconds=40)),
        ("[%tg]", "[10/Jan/2024:13:55:36 +0000]", AT),
        ("%tg", "10/Jan/2024:13:55:36", AT),  # as Squid 5 writes it
        ("%{%Y-%m-%dT%H:%M:%S}tg", "2024-01-10T13:55:36", AT),
        ("%{%F %T %z}tl", "2024-01-10 09:25:36 -0430", AT),
        ("%tl{%d.%m.%Y_%H:%M:%S%z}", "10.01.2024_13:55:36+0000", AT),
        ("%{%a %b %e %H:%M:%S %Y}tl", "Wed Jan 10 13:55:36 2024", AT),
        ("%{%d/%m/%y %I:%M:%S %p}tl", "10/01/24 01:55:36 PM", AT),
        ("%{%F %T}tl.%03tu", "2024-01-10 13:55:36.900", AT + timedelta(milliseconds=900)),
    ],
)
def test_time(stamp: str, written: str, time: datetime) -> None:
    form = from_logformat(f"{stamp} %>a %ru")
    assert read_one(form, f"{written} 10.1.2.3 http://www.example.com/", zone="UTC")["time"] == time


def test_of_two_names_with_blanks_nobody_can_tell_where_one_ends() -> None:
    form = from_logformat("%ts %ui %un %ru")
    assert read_one(form, "1 - jdoe http://a.example/")["user"] == "jdoe"
    (row,) = read(form, "1 jane doe jane doe http://a.example/")
    assert row["reason"] is not None


def test_a_local_time_without_offset_says_that_it_needs_a_zone() -> None:
    assert from_logformat("%{%F %T}tl %ru").shows.clock == "local"
    assert from_logformat("%tl %ru").shows.clock == "utc"
    assert from_logformat("%ts %{%F %T}tl %ru").shows.clock == "utc"
    row = read_one(
        from_logformat("%{%F %T}tl %ru"), "2024-07-10 13:55:36 h:443", zone="Europe/London"
    )
    assert row["time"] == datetime(2024, 7, 10, 12, 55, 36, tzinfo=UTC)


@pytest.mark.parametrize(
    ("logformat", "line", "column", "value"),
    [
        ("%ts|%>a|%ru|%un|%>Hs", "1|10.0.0.1|http://a.example/x|y|jdoe|200", "url", "a.example"),
        ("%ts,%>a,%un,%ru", "1,10.0.0.1,jdoe,http://a.example/?q=1,2", "user", "jdoe"),
        ("%ts %>a:%>p %ru", "1 2001:db8::7:51234 http://a.example/", "client_ip", "2001:db8::7"),
        ("%ts %[un %ru", "1 FORCE\\\\Jane Doe http://a.example/", "user", "FORCE\\Jane Doe"),
        ("%ts %un %ru", "1 FORCE%5CJane%20Doe http://a.example/", "user", "FORCE\\Jane Doe"),
        ("%ts %'un %ru", "1 FORCE\\jdoe http://a.example/", "user", "FORCE\\jdoe"),
        ('%ts %"un %ru', "1 jdoe http://a.example/", "user", "jdoe"),
        ('%ts "%un" %ru', r'1 "a\"b c" http://a.example/', "user", 'a"b c'),
        ("%ts %un %ul %ui %ru", "1 - - jdoe http://a.example/", "user", "jdoe"),
        ("%ts %#{User-Agent}>h %ru", "1 M%205 http://a.example/", "user_agent", "M 5"),
        ("%ts %#un %#rp %rd %>rd", "1 jane%20doe /a%2520b x a.example", "path", "/a%20b"),
        ("%ts %#un %ru", "1 jane%20doe http://a.example/", "user", "jane doe"),
        ("%ts %un %rm %ru %>Hs", "1 jane doe GET http://a.example/ 200", "user", "jane doe"),
        ("%ts\t%un\t%rm\t%ru", "1\tjane doe\tGET\thttp://a.example/", "user", "jane doe"),
        ("%ts %un %rm %ru %>Hs", "1 jdoe GET http://a.example/ 200", "user", "jdoe"),
        ("%ts %>a %'ul %ru", "1 10.1.2.3 Jane van Doe http://a.example/", "user", "Jane van Doe"),
        ('%ts "%{User-Agent}>h" %ru', r'1 "M \"5\"" http://a.example/', "user_agent", 'M "5"'),
        ("%ts [%{User-Agent}>h] %ru", "1 [M 5 (X)] http://a.example/", "user_agent", "M 5 (X)"),
        (
            "%ts %{Referer}>ha %ru",
            "1 http://r.example/ http://a.example/",
            "referrer",
            "http://r.example/",
        ),
        ("%ts [%>h] %ru", r"1 [Host: a\r\nX: y\r\n] http://a.example/", "host", "a.example"),
        ("%ts %http::>rd %>rP %>rs %>rp", "1 a.example 8443 https /x?y=z", "path", "/x"),
        ("%ts %>rd %>rP %>rs %>rp", "1 a.example 8443 https /x?y=z", "query", "y=z"),
        ("%ts %>rd %>rP %>rs %>rp", "1 a.example 8443 https /x?y=z", "port", 8443),
        ("%ts %>rd %>rP %>rs %>rp", "1 a.example 8443 https /x?y=z", "scheme", "https"),
        ("%ts %rm %ru %ssl::>sni", "1 CONNECT 203.0.113.9:443 a.example", "host", "a.example"),
        ("%ts %rm %ru %ssl::>sni", "1 CONNECT b.example:443 a.example", "host", "b.example"),
        ("%ts %rm %ru %ssl::>sni", "1 GET https://203.0.113.9/ a.example", "host", "203.0.113.9"),
        ("%ts %rm %ru %tls::>sni", "1 CONNECT 203.0.113.9:443 -", "host", "203.0.113.9"),
        ("%ts %ssl::>sni", "1 a.example", "host", "a.example"),
        ("%ts %rm %ru %Ss %ssl::bump_mode", "1 CONNECT a.example:443 NONE splice", "setup", True),
        ("%ts %rm %ru %Ss %ssl::bump_mode", "1 CONNECT a.example:443 NONE bump", "setup", True),
        (
            "%ts %rm %ru %Ss %Hs %ssl::bump_mode",
            "1 CONNECT a.example:443 NONE_NONE 200 terminate",
            "action",
            "blocked",
        ),
        (
            "%ts %rm %ru %Ss %Hs %ssl::bump_mode",
            "1 CONNECT a.example:443 TCP_TUNNEL 200 splice",
            "action",
            "allowed",
        ),
        ("%ts %rm %ru", "1 CONNECT a.example:443", "evidence", "connect"),
        ("%ts %ru %<st %>st", "1 a.example:443 5120 640", "bytes_received", 5120),
        ("%ts %ru %<st %>st", "1 a.example:443 5120 640", "bytes_sent", 640),
        ("%ts %ru %Ss/%03>Hs", "1 a.example:443 TCP_DENIED/407", "action", "auth"),
        ("%ts %ru %Ss/%03>Hs", "1 a.example:443 TCP_MISS/000", "status", None),
        ("%ts %ru %>Hs %<Hs", "1 a.example:443 200 404", "status", 200),
        ("%ts %ru %>a %>a", "1 a.example:443 10.0.0.1 10.0.0.1", "client_ip", "10.0.0.1"),
        ("%ts %ru %>A", "1 a.example:443 pc7.force.example", "client_ip", "pc7.force.example"),
        ("%ts %-12>a %ru", "1 10.0.0.1     a.example:443", "client_ip", "10.0.0.1"),
        ("%ts %12>a %ru", "1     10.0.0.1 a.example:443", "client_ip", "10.0.0.1"),
        ("%ts %.8>a %ru 100%%", "1 10.0.0.1 a.example:443 100%", "client_ip", "10.0.0.1"),
        (
            "%ts %ru %byte{10} %transport::>connection_id",
            "1 a.example:443 5 x",
            "host",
            "a.example",
        ),
        ("%ts %ru %note{x}%err_code", "1 a.example:443 n-", "host", "a.example"),
    ],
)
def test_codes(logformat: str, line: str, column: str, value: object) -> None:
    form = from_logformat(logformat)
    row = read_one(form, line.replace("1", "1704894936", 1), zone="UTC")
    assert (row["host"] if column == "url" else row[column]) == value


def test_a_value_that_does_not_fit_its_code_is_refused() -> None:
    form = from_logformat("%ts %>a %Ss/%03>Hs %ru")
    fault = form.reader.check("1704894936 10.0.0.1 58938 TCP_MISS/200 http://a.example/", Layout())
    assert fault is not None
    assert fault.field == "result code"


@few
@given(batches(squid.NATIVE.texts))
def test_check_and_columns_agree(lines: list[str]) -> None:
    assert_agreement(from_logformat(SQUID), lines)


@given(st.text(alphabet="%[\"'#/-0123456789.{}<>aAuntsrmHSl: \\", max_size=30))
def test_any_string_is_a_format_or_a_usage_error(text: str) -> None:
    try:
        form = from_logformat(text + " %ts %ru")
    except UsageError:
        return
    assert_agreement(form, ["1704894936 a.example:443", text])
