"""DansGuardian and e2guardian: the same request in every format; denials, blanks, host names."""

import pytest

from logan.formats import FORMATS
from logan.formats.engine.format import Format
from logan.formats.vendors import dansguardian, e2guardian
from tests.formats.proof import Row, read_one, reading_of

NATIVE, CSV = dansguardian.NATIVE, dansguardian.CSV
TABBED, STAMPED = dansguardian.TABBED, e2guardian.STAMPED


@pytest.mark.parametrize("form", [NATIVE, CSV, TABBED], ids=lambda form: form.name)
def test_one_request_in_three_formats(form: Format) -> None:
    row = read_one(form, form.texts[0], zone="Europe/London")
    assert row["time"].isoformat() == "2024-01-08T09:46:10+00:00"
    assert (row["user"], row["client_ip"], row["method"]) == ("jdoe", "10.1.2.3", "GET")
    assert (row["host"], row["path"], row["query"]) == ("www.example.com", "/a", "b=c")
    assert (row["status"], row["action"], row["evidence"]) == (403, "blocked", "url")
    assert (row["bytes_received"], row["user_agent"]) == (512, "Mozilla/5.0 (X11)")


def tunnel(row: Row) -> tuple[object, ...]:
    return row["user"], row["port"], row["status"], row["action"], row["evidence"]


def test_blanks_and_a_tunnel() -> None:
    row = read_one(NATIVE, NATIVE.texts[1], zone="UTC")
    assert tunnel(row) == (None, 443, 200, "allowed", "connect")
    dashes = NATIVE.texts[1].replace("443  CONNECT 0 0  1", "443 - CONNECT 0 0 - 1")
    assert tunnel(read_one(NATIVE, dashes, zone="UTC")) == tunnel(row)


@pytest.mark.parametrize("user", ["Jane Doe", "Jane Abe", "FORCE\\Ann de Bea", "j.doe cafe"])
def test_a_user_of_several_words(user: str) -> None:
    line = NATIVE.texts[0].replace(" jdoe ", f" {user} ")
    row = read_one(NATIVE, line, zone="Europe/London")
    plain = read_one(NATIVE, NATIVE.texts[0], zone="Europe/London")
    different = {name for name in row if row[name] != plain[name]}
    assert different == {"user", "text"}
    assert row["user"] == user


def test_an_exception_is_let_through() -> None:
    row = read_one(NATIVE, NATIVE.texts[2], zone="UTC")
    assert (row["action"], row["status"]) == ("allowed", None)


def test_the_epoch() -> None:
    for line in STAMPED.texts:
        row = read_one(STAMPED, line)
        assert row["time"].isoformat() == "2024-01-08T09:46:10.123000+00:00"
        assert (row["user"], row["client_ip"], row["method"]) == ("jdoe", "10.1.2.3", "POST")
        assert (row["host"], row["path"], row["query"]) == ("www.example.com", "/a", "b=c")
        assert (row["status"], row["bytes_received"], row["action"]) == (200, 2130, "allowed")
        assert row["user_agent"] == "Mozilla/5.0"


def test_an_address_in_the_place_of_the_user_is_nobody() -> None:
    row = read_one(STAMPED, STAMPED.texts[0].replace("jdoe", "10.1.2.3"))
    assert row["user"] is None


def test_the_third_format_is_squid_s() -> None:
    line = (
        "1544744705.587      0 10.1.2.3 TCP_MISS/200 0 GET http://a.example/ jdoe DEFAULT_PARENT/ -"
    )
    reading = reading_of(line, FORMATS)
    assert reading is not None
    assert reading.format.name == "squid"
