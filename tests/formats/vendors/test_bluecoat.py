import re
from datetime import UTC, datetime

import pytest

from logan.formats.engine.format import Format
from logan.formats.engine.layout import Layout
from logan.formats.vendors.bluecoat import BARE, SQUID
from tests.formats.proof import (
    Row,
    assert_corpus,
    assert_definition,
    assert_record,
    corpus,
    counted,
    oracles,
    read,
    read_one,
)

MAIN, MAIN_7, SSL = BARE.texts
WANTED: Row = {
    "time": "2024-01-10T13:55:36+00:00",
    "user": "FORCE\\jdoe",
    "client_ip": "10.1.2.3",
    "method": "GET",
    "scheme": "https",
    "host": "www.example.com",
    "port": 443,
    "path": "/a",
    "query": "b=c",
    "status": 200,
    "action": "allowed",
    "bytes_sent": 640,
    "bytes_received": 5120,
    "user_agent": "Mozilla/5.0 (X11; Linux)",
    "evidence": "url",
}


@pytest.mark.parametrize("form", [BARE, SQUID], ids=lambda form: form.name)
def test_definition(form: Format) -> None:
    assert_definition(form)


def test_every_column() -> None:
    referred = MAIN.replace('"News/Media" - ', '"News/Media" http://ref.example/ ')
    assert_record(read_one(BARE, referred), **WANTED, referrer="http://ref.example/")


def test_the_longer_list_of_sgos_7() -> None:
    changed: Row = {"user": "jdoe", "scheme": "http", "port": 80, "query": None}
    assert_record(read_one(BARE, MAIN_7), **WANTED | changed)


def test_the_ssl_log_shows_connections() -> None:
    row = read_one(BARE, SSL)
    changed: Row = {
        "user": "jdoe",
        "method": "CONNECT",
        "scheme": "ssl",
        "path": None,
        "query": None,
        "user_agent": None,
        "evidence": "connect",
    }
    assert_record(row, **WANTED | changed)
    assert row["setup"]
    got = SSL.replace("TCP_TUNNELED CONNECT", "TCP_NC_MISS GET")
    assert read_one(BARE, got)["evidence"] == "connect"


def test_the_ssl_log_of_sgos_7() -> None:
    line = (
        '2024-01-10 13:55:36 33 10.1.2.3 jdoe - www.example.com 203.0.113.9 "GB" - - OBSERVED '
        '"News/Media" 200 TCP_NC_MISS GET - "https" www.example.com 443 gif "Mozilla/5.0 (X11)" '
        "192.0.2.8 5120 640 - - - - - none - - high *.example.org News 3 4 - -"
    )
    row = read_one(BARE, line)
    seen = ("user", "scheme", "host", "port", "evidence", "action", "bytes_sent", "bytes_received")
    assert tuple(row[name] for name in seen) == (
        *("jdoe", "https", "www.example.com", 443, "connect", "allowed", 640, 5120),
    )
    challenge = line.replace("- OBSERVED", "authentication_success DENIED").replace(
        "200 TCP_NC_MISS", "307 TCP_DENIED"
    )
    assert read_one(BARE, challenge)["action"] == "auth"


@pytest.mark.parametrize(
    ("old", "new", "action"),
    [
        ("- OBSERVED", "policy_denied DENIED", "blocked"),
        ("- OBSERVED", "authentication_failed DENIED", "auth"),
        ("200 TCP_NC_MISS", "407 TCP_DENIED", "auth"),
        ("200 TCP_NC_MISS", "307 TCP_AUTH_REDIRECT", "auth"),
    ],
)
def test_action(old: str, new: str, action: str) -> None:
    line = re.sub(" +", " ", MAIN)
    assert old in line
    assert read_one(BARE, line.replace(old, new))["action"] == action


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2024-01-10", "10/01/2024"),
        ("OBSERVED", "SEEN"),
        (" 5120 640", " lots 640"),
        ("(X11; Linux)", '(X11" x "Linux)'),
    ],
)
def test_what_does_not_come_out_even_is_refused(old: str, new: str) -> None:
    assert old in MAIN
    assert counted(read(BARE, MAIN.replace(old, new))) == (0, 1)


def test_a_user_agent_writes_no_bytes() -> None:
    written = MAIN.replace("(X11; Linux)", '(X11; Linux)" 192.0.2.8 1 1 - "x')
    assert written != MAIN
    first, forged, last = read(BARE, "\n".join((MAIN, written, MAIN)))
    assert forged["reason"] is not None
    assert (first["bytes_received"], last["bytes_received"]) == (5120, 5120)


def test_squid_like() -> None:
    changed: Row = {
        "time": "2024-01-01T10:00:00.024000+00:00",
        "user": "CN=Jane Doe,OU=uk,O=force",
        "scheme": "http",
        "port": 80,
        "path": "/",
        "query": None,
        "bytes_sent": None,
        "bytes_received": 31977,
        "user_agent": "Mozilla/5.0 (X11)",
    }
    assert_record(read_one(SQUID, SQUID.texts[0]), **WANTED | changed)


def test_corpus_main_log_without_header() -> None:
    assert_corpus(BARE, "bluecoat_proxysg/sentinel/samples.log", records=5, rejects=0)
    for oracle in oracles("bluecoat_proxysg", "sentinel"):
        row, expected = read_one(BARE, oracle["line"]), oracle["expected"]
        assert row["time"] == datetime.fromisoformat(expected["ts"])
        assert row["client_ip"] == expected["client_ip"]
        assert row["host"] == expected["host"]
        assert row["method"] == expected["method"]
        assert row["user"] == (expected["user"] if expected["user"] != "-" else None)
        assert row["status"] == (int(expected["status"]) or None)
        assert row["bytes_received"] == int(expected["bytes_in"])
        assert row["bytes_sent"] == int(expected["bytes_out"])
        assert row["action"] == "allowed"


#: Their `host` is the server that the proxy asked, `-` where it asked none; ours is the one that the
#: user asked for, in the URL. Hosts with letters beyond ASCII are in their IDNA form here.
HOSTS = {
    "-": ("voyages-sncf.com", "econf.qsdf.com", "adverts.mp3dancer.com", "bug0bus0.free.fr"),
    "wwwsantéobésité.com": ("xn--wwwsantobsit-hebcd.com",),
}


def test_corpus_squid_like() -> None:
    assert_corpus(SQUID, "bluecoat_proxysg/regexp_log_bluecoat/bc1.log", records=15, rejects=0)
    assert_corpus(SQUID, "bluecoat_proxysg/regexp_log_bluecoat/bc2.log", records=1, rejects=0)
    for oracle in oracles("bluecoat_proxysg", "regexp_log_bluecoat"):
        row = read_one(SQUID, oracle["line"], layout=Layout())
        expected = oracle["expected"]
        assert row["time"] == datetime.fromtimestamp(float(expected["timestamp"]), UTC)
        assert row["client_ip"] == expected["client_ip"]
        assert row["method"] == expected["method"]
        assert row["user"] == (expected["user"] if expected["user"] != "-" else None)
        assert row["host"] in HOSTS.get(expected["host"], (expected["host"],))
        assert row["status"] == int(expected["status"])
        assert row["bytes_received"] == int(expected["bytes"])
        denied = {"407": "auth"}.get(expected["status"], "allowed")
        assert row["action"] == denied
    tunnel = next(
        row
        for row in read(SQUID, corpus("bluecoat_proxysg/regexp_log_bluecoat/bc1.log"))
        if row["method"] == "CONNECT"
    )
    assert (tunnel["host"], tunnel["port"], tunnel["evidence"]) == ("193.116.122.3", 443, "connect")
    assert not tunnel["setup"]
