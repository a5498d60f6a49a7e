"""Olfeo: day and month decided by the file or asked for; Livelog's requests and look-ups."""

import pytest

from logan.formats.engine.dates import question
from logan.formats.vendors.olfeo import GATEWAY
from logan.formats.vendors.olfeo_livelog import LIVELOG
from tests.formats.proof import layout_of, read, read_one


def test_the_gateway() -> None:
    row = read_one(GATEWAY, GATEWAY.texts[0], zone="Europe/Paris")
    assert row["time"].isoformat() == "2024-04-15T10:50:04+00:00"
    assert (row["user"], row["client_ip"], row["method"]) == ("jdoe", "10.1.2.3", "GET")
    assert (row["host"], row["path"], row["query"]) == ("www.example.com", "/a", "b=c")
    assert (row["status"], row["bytes_received"], row["evidence"]) == (200, 512, "url")
    assert row["action"] == "unknown"


def test_the_other_order_a_tunnel_and_nobody() -> None:
    row = read_one(GATEWAY, GATEWAY.texts[1], zone="UTC")
    assert row["time"].isoformat() == "2024-02-17T07:51:20+00:00"
    assert (row["user"], row["evidence"], row["port"]) == (None, "connect", 443)


def test_an_order_that_nothing_decides_is_asked_for() -> None:
    line = GATEWAY.texts[0].replace("15/04/2024", "05/04/2024")
    layout = layout_of(GATEWAY, line)
    assert question(layout) is not None
    (row,) = read(GATEWAY, line, zone="UTC", answers={"date-order": "dmy"})
    assert row["time"].isoformat() == "2024-04-05T12:50:04+00:00"


def test_livelog() -> None:
    row, look_up = (read_one(LIVELOG, line) for line in LIVELOG.texts)
    assert row["time"].isoformat() == "2024-01-01T10:00:00.852000+00:00"
    assert (row["user"], row["client_ip"], row["method"]) == ("Jane Doe", "10.1.2.3", "GET")
    assert (row["scheme"], row["host"], row["path"]) == ("https", "www.example.com", "/a")
    assert (row["status"], row["action"], row["evidence"]) == (200, "allowed", "url")
    assert (row["bytes_sent"], row["bytes_received"]) == (836, 4664)
    assert (look_up["host"], look_up["evidence"]) == ("www.example.com", "dns")


@pytest.mark.parametrize(
    ("word", "action"), [("allow", "allowed"), ("block", "blocked"), ("coaching", "unknown")]
)
def test_what_was_coached_was_not_surely_let_through(word: str, action: str) -> None:
    line = LIVELOG.texts[0].replace('"action":"allow"', f'"action":"{word}"')
    assert read_one(LIVELOG, line)["action"] == action
