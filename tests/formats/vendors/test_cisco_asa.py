"""Cisco ASA: who asked for what, where addresses and names are written to mislead."""

import pytest

from logan.formats.engine.line_pattern import TWO_READINGS
from logan.formats.vendors.cisco_asa import CISCO_ASA
from tests.formats.proof import layout_of, read, read_one

HEAD = "<165>Jan 10 2024 13:55:36 asa1 : %ASA-5-"


@pytest.mark.parametrize(
    "message",
    [
        (
            "304002: Access denied URL http://www.example.com/? SRC 10.9.9.9(FORCE\\other) "
            "DEST 192.0.2.1 on interface x SRC 10.1.2.3 DEST 203.0.113.9 on interface inside"
        ),
        (
            "304001: 10.1.2.3 Accessed URL 203.0.113.9:http://www.example.com/?"
            " x@10.9.9.9 Accessed URL 192.0.2.1:http://other.example/"
        ),
        (
            "304001: 10.1.2.3(jdoe) Accessed URL 203.0.113.9:http://other.example/)"
            " Accessed URL 203.0.113.9:http://www.example.com/"
        ),
    ],
)
def test_the_words_of_a_message_in_an_address_or_a_name_make_two_readings(message: str) -> None:
    """Which of both the firewall wrote cannot be told: neither names anybody."""
    (row,) = read(CISCO_ASA, f"{HEAD}{message}", layout=layout_of(CISCO_ASA, CISCO_ASA.texts[0]))
    assert row["reason"] == TWO_READINGS


@pytest.mark.parametrize(
    ("written", "user"),
    [
        ("j@force.example@10.1.2.3", "j@force.example"),
        ("jdoe 10.1.2.3", "jdoe"),
        ("10.1.2.3 (FORCE\\jdoe, 16)", "FORCE\\jdoe"),
        ("(FORCE\\jdoe)10.1.2.3", "FORCE\\jdoe"),
        ("10.1.2.3()", None),
    ],
)
def test_users_in_front_of_addresses_and_behind_them(written: str, user: str | None) -> None:
    line = f"{HEAD}304001: {written} Accessed URL 203.0.113.9:http://www.example.com/"
    record = read_one(CISCO_ASA, line)
    assert (record["user"], record["client_ip"]) == (user, "10.1.2.3")


CONNECTION = "302013: Built outbound TCP connection 7 for outside:203.0.113.9/443 (203.0.113.9/443)"


@pytest.mark.parametrize(
    "message",
    [
        "304005: URL Server 192.0.2.1 request pending URL https://www.example.com/",
        "338002: Dynamic filter permitted black listed TCP traffic (www.example.com)",
        "716003: Group g User jdoe IP 10.1.2.3 WebVPN access GRANTED: https://www.example.com/",
        "746016: user-identity: DNS lookup for www.example.com failed",
        f"{CONNECTION}(www.example.com) to inside:10.1.2.3/50000 (192.0.2.1/50000)",
    ],
)
def test_messages_that_may_name_a_host_are_not_put_aside_as_events(message: str) -> None:
    """What is no record and names a service is kept as rejected; an event is a repeat."""
    check, layout = CISCO_ASA.reader.check, layout_of(CISCO_ASA, CISCO_ASA.texts[0])
    assert check(f"%ASA-6-{message}", layout) is not None
    plain = f"{CONNECTION}(FORCE\\jdoe) to inside:10.1.2.3/50000 (192.0.2.1/50000)"
    assert check(f"%ASA-6-{plain}", layout) is None
