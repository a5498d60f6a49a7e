"""Microsoft Defender: streamed and exported events, inspections, connections from outside."""

import pytest

from logan.formats.vendors import defender
from tests.formats.proof import read_one

CONNECTION, HTTP, STOPPED = defender.JSON.texts


def test_a_connection() -> None:
    row = read_one(defender.JSON, CONNECTION)
    assert row["time"].isoformat() == "2024-01-01T10:00:00.123456+00:00"
    assert (row["user"], row["client_ip"]) == ("force\\jdoe", "10.1.2.3")
    assert (row["host"], row["port"], row["evidence"]) == ("www.example.com", 443, "connect")
    assert (row["action"], row["repeat"]) == ("unknown", None)


def test_what_an_inspection_saw() -> None:
    row = read_one(defender.JSON, HTTP)
    assert (row["method"], row["host"], row["path"]) == ("GET", "www.example.com", "/a")
    assert (row["query"], row["status"], row["evidence"]) == ("b=c", 200, "url")
    assert (row["bytes_sent"], row["bytes_received"]) == (0, 512)
    assert (row["client_ip"], row["user"]) == ("10.1.2.3", None)


def tls(line: str) -> str:
    return line.replace("HttpConnection", "SslConnection").replace(
        '\\"method\\":\\"GET\\"', '\\"server_name\\":\\"www.example.com\\"'
    )


def test_an_inspection_goes_with_the_connection_that_names_the_host() -> None:
    assert read_one(defender.JSON, CONNECTION)["companion"] is None
    seen = read_one(defender.JSON, tls(HTTP))
    assert (seen["companion"], seen["host"]) == ("answer", "www.example.com")
    assert read_one(defender.JSON, HTTP)["companion"] is None, "a request that was seen"


def test_what_a_proxy_is_asked_for_is_no_path() -> None:
    whole = HTTP.replace("/a?b=c", "http://www.example.com/a?b=c").replace(":80", ":8080")
    row = read_one(defender.JSON, whole)
    assert (row["scheme"], row["host"], row["port"]) == ("http", "www.example.com", None)
    assert (row["path"], row["query"], row["evidence"]) == ("/a", "b=c", "url")


def test_a_tunnel_through_a_proxy_is_a_connection_to_its_target() -> None:
    tunnel = HTTP.replace("GET", "CONNECT").replace("/a?b=c", "www.example.com:443")
    row = read_one(defender.JSON, tunnel)
    assert (row["host"], row["port"], row["path"]) == ("www.example.com", 443, None)
    assert (row["evidence"], row["setup"]) == ("connect", True)


def test_what_others_ask_of_a_device_is_theirs() -> None:
    """Of a proxy or a name server with a sensor on it: not the server is the client."""
    served = HTTP.replace('\\"Out\\"', '\\"In\\"').replace("192.0.2.1", "10.9.9.9")
    row = read_one(
        defender.JSON, served.replace('AccountUpn":""', 'AccountUpn":"svc@force.example"')
    )
    assert (row["client_ip"], row["user"], row["host"]) == ("10.9.9.9", None, "www.example.com")
    assert read_one(defender.JSON, HTTP)["client_ip"] == "10.1.2.3"


@pytest.mark.parametrize(
    ("kind", "action"),
    [
        ("ExploitGuardNetworkProtectionBlocked", "blocked"),
        ("ExploitGuardNetworkProtectionAudited", "unknown"),
        ("SmartScreenUrlWarning", "blocked"),
        ("SmartScreenUserOverride", "allowed"),
        ("NetworkProtectionUserBypassEvent", "allowed"),
        ("BrowserLaunchedToOpenUrl", "unknown"),
    ],
)
def test_what_the_device_made_of_an_address(kind: str, action: str) -> None:
    row = read_one(defender.JSON, STOPPED.replace("ExploitGuardNetworkProtectionBlocked", kind))
    assert (row["action"], row["companion"], row["host"]) == (action, "remark", "www.example.com")


def test_a_look_up_that_a_process_made() -> None:
    line = STOPPED.replace("ExploitGuardNetworkProtectionBlocked", "DnsQueryResponse")
    line = line.replace("www.example.com", "").replace(
        '\\"IsAudit\\":false', '\\"DnsQueryString\\":\\"www.example.org\\"'
    )
    row = read_one(defender.JSON, line)
    assert (row["evidence"], row["host"], row["companion"]) == ("dns", "www.example.org", "answer")


@pytest.mark.parametrize("kind", ["InboundConnectionAccepted", "ListeningConnectionCreated"])
def test_connections_from_outside_are_no_requests(kind: str) -> None:
    row = read_one(defender.JSON, CONNECTION.replace("ConnectionSuccess", kind))
    assert row["repeat"] == f"no request of the device: {kind}"


@pytest.mark.parametrize(
    ("stamp", "time"),
    [
        ('"13/03/2024, 3:40:13.988 pm"', "2024-03-13T06:40:13.988000+00:00"),
        ('"Mar 13, 2024 3:40:13.988 PM"', "2024-03-13T06:40:13.988000+00:00"),
        ("2024-03-13T06:40:13.9880000Z", "2024-03-13T06:40:13.988000+00:00"),
    ],
)
def test_the_portal_writes_its_readers_clock(stamp: str, time: str) -> None:
    text = defender.CSV.texts[0].replace("2024-01-01T10:00:00.1234567Z", stamp)
    assert read_one(defender.CSV, text, zone="Asia/Tokyo")["time"].isoformat() == time


def test_a_header_that_says_utc_is_believed() -> None:
    text = defender.CSV.texts[1].replace("Timestamp,", "Timestamp [UTC],")
    assert read_one(defender.CSV, text, zone="Asia/Tokyo")["time"].hour == 10


def test_an_export() -> None:
    for at, sample in enumerate(defender.CSV.texts):
        row = read_one(defender.CSV, sample)
        day = "2024-01-31" if at == 2 else "2024-01-01"
        assert row["time"].isoformat().startswith(f"{day}T10:00:00")
        assert (row["user"], row["client_ip"]) == ("jane.doe@force.example", "10.1.2.3")
        assert (row["host"], row["path"], row["query"]) == ("www.example.com", "/a", "b=c,d")
        assert (row["evidence"], row["port"]) == ("url", None)
