"""NetScaler Gateway: whose clock a stamp is, and what of a session is a request."""

from logan.formats.vendors.netscaler_gateway import GATEWAY
from tests.formats.proof import read, read_one

REQUEST, OLD, _ = GATEWAY.texts


def test_a_stamp_without_gmt_is_the_units_own_clock() -> None:
    zone = "Europe/London"
    summer = REQUEST.replace("12/19/", "07/19/")
    assert read_one(GATEWAY, summer, zone=zone)["time"].hour == 9
    assert read_one(GATEWAY, summer.replace(" GMT", ""), zone=zone)["time"].hour == 8
    assert read_one(GATEWAY, OLD.replace("19/12/2024", "2024/12/19"))["time"].day == 19


def test_a_request_that_was_denied_is_no_session_without_a_host() -> None:
    """Its event is not read, and must not pass for one that names no site."""
    denied = REQUEST.replace("HTTPREQUEST", "HTTP_RESOURCEACCESS_DENIED")
    first, second = read(GATEWAY, f"{REQUEST}\n{denied}")
    assert (first["reason"], first["repeat"]) == (None, None)
    assert second["reason"] is not None
    other = REQUEST.replace("SSLVPN HTTPREQUEST", "AAA LOGIN_FAILED")
    assert read(GATEWAY, f"{REQUEST}\n{other}")[1]["repeat"] is not None
