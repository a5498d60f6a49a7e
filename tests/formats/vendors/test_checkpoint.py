import pytest
from hypothesis import given

from logan.formats import FORMATS
from logan.formats.engine.format import Format
from logan.formats.vendors.checkpoint import PAIRS, STRUCTURED
from logan.formats.vendors.checkpoint_events import CEF, JSON, LEEF
from tests.formats.proof import (
    assert_agreement,
    assert_record,
    batches,
    corpus,
    counted,
    few,
    lines_of,
    read,
    read_one,
    reading_of,
)

BARRED = (
    "time=1709993106|hostname=gw1|product=URL Filtering|action=Block|loguid={0x5d9cdcc9,0x8d159f}|"
    "origin=192.0.2.1|2.2.2.2|__policy_id_tag=product=VPN-1 & FireWall-1[mgmt=m]|src=192.0.2.9|"
    "proxy_src_ip=10.1.2.3|dst=203.0.113.9|service=443|method=GET|user=Doe, John (jdoe)|"
    "resource=https://www.example.com:8443/a?b\\=c|sent_bytes=700|received_bytes=9000|"
    "user_agent=Mozilla/5.0 (X11)|http_status=403|referrer=https://example.org/|"
)
COLON = (
    '<134>1 2024-03-09T14:05:06Z gw1 CheckPoint 26203 - [action:"Accept"; loguid:"{0x1,0x2}"; '
    'origin:"192.0.2.1"; time:"1709993106"; '
    '__policy_id_tag:"product=VPN-1 & FireWall-1[mgmt=m1;policy_name=Std\\]"; '
    'product:"URL Filtering"; resource:"https://www.example.com"; service:"443"; src:"10.1.2.3"; '
    'src_user_name:"jdoe(+)"]'
)
DATA = (
    '<134>1 2024-03-09T14:05:06Z gw1 CheckPoint 26203 - [sc4s@2620 action="Redirect" '
    'loguid="{0x1,0x2}" origin="192.0.2.1" time="1709993106" product="URL Filtering" '
    'resource="http://www.example.com/a" src="10.1.2.3" user="FORCE\\jdoe"]'
)
EVENT = (
    "CEF:0|Check Point|URL Filtering|Check Point|Log|https|Unknown|act=Accept rt=1709993106000 "
    "src=10.1.2.3 dpt=443 suser=DOE JOHN (jdoe) request=https://www.example.com:443 "
    "requestMethod=CONNECT in=10 out=20"
)
LEEF_LINE = (
    "LEEF:2.0|Check Point|URL Filtering|1.0|Accept|devTime=1709993106\tsrc=10.1.2.3\tdstPort=443\t"
    "usrName=jdoe\tresource=https://www.example.com/a"
)
OBJECT = (
    '{"action":"Drop","loguid":"{0x1,0x2}","origin":"192.0.2.1","time":"2024-03-09T14:05:06Z",'
    '"product":"Application Control","appi_name":"www.example.com","src":"10.1.2.3"}'
)
SAME = {"time": "2024-03-09T14:05:06+00:00", "client_ip": "10.1.2.3", "host": "www.example.com"}


def test_every_column() -> None:
    assert_record(
        read_one(PAIRS, BARRED),
        **SAME,
        user="Doe, John (jdoe)",
        method="GET",
        scheme="https",
        port=8443,
        path="/a",
        query="b=c",
        status=403,
        action="blocked",
        bytes_sent=700,
        bytes_received=9000,
        referrer="https://example.org/",
        user_agent="Mozilla/5.0 (X11)",
        evidence="url",
    )


def test_every_other_form() -> None:
    closed = {"scheme": "https", "action": "allowed", "evidence": "connect"}
    assert_record(read_one(STRUCTURED, COLON), **SAME, **closed, user="jdoe")
    page = {"scheme": "http", "path": "/a", "action": "unknown", "evidence": "url"}
    assert_record(read_one(STRUCTURED, DATA), **SAME, **page, user="FORCE\\jdoe")
    tunnel = {**closed, "method": "CONNECT", "port": 443, "bytes_sent": 20, "bytes_received": 10}
    row = read_one(CEF, EVENT)
    assert_record(row, **SAME, **tunnel, user="DOE JOHN (jdoe)")
    assert row["setup"]
    page = {"scheme": "https", "path": "/a", "action": "allowed", "evidence": "url"}
    assert_record(read_one(LEEF, LEEF_LINE), **SAME, **page, user="jdoe")
    assert_record(read_one(JSON, OBJECT), **SAME, action="blocked", evidence="connect")


def test_lea_exports_have_the_log_servers_time() -> None:
    line = BARRED.replace("time=1709993106|", "loc=7|time=09Mar2024 14:05:06|")
    row = read_one(PAIRS, line, zone="Europe/Paris")
    assert row["time"].isoformat() == "2024-03-09T13:05:06+00:00"


@pytest.mark.parametrize(
    ("logged", "action"),
    [
        ("Accept", "allowed"),
        ("allow", "allowed"),
        ("Bypass", "allowed"),
        ("HTTPS Bypass", "allowed"),
        ("HTTPS Inspect", "allowed"),
        ("Inform User", "allowed"),
        ("Drop", "blocked"),
        ("Reject", "blocked"),
        ("Prevent", "blocked"),
        ("Redirect", "unknown"),
        ("Ask User", "unknown"),
    ],
)
def test_action(logged: str, action: str) -> None:
    line = BARRED.replace("action=Block", f"action={logged}")
    assert read_one(PAIRS, line)["action"] == action


def test_only_the_web_blades_log_requests() -> None:
    for product in ("Firewall", "Anti Malware", "HTTPS Inspection"):
        line = BARRED.replace("product=URL Filtering", f"product={product}")
        assert read_one(PAIRS, line)["companion"] == "session"
    assert read_one(PAIRS, BARRED)["companion"] is None
    update = COLON.replace('resource:"https://www.example.com"; ', "")
    assert read_one(STRUCTURED, update)["repeat"] is not None


def test_an_application_that_is_a_host_names_it() -> None:
    plain = OBJECT.replace("www.example.com", "Some App")
    assert (read_one(JSON, plain)["host"], read_one(JSON, OBJECT)["host"]) == (
        None,
        "www.example.com",
    )
    assert read_one(JSON, plain)["repeat"] is not None


@pytest.mark.parametrize("form", [PAIRS, STRUCTURED])
def test_corpus(form: Format) -> None:
    lines = lines_of(corpus("checkpoint/sc4s/samples.log"))
    wanted = {PAIRS: (43, 19), STRUCTURED: (19, 43)}[form]
    rows = read(form, "\n".join(lines))
    assert counted(rows) == wanted
    # No line of the public corpus is of a visit: other blades, log-ons, updates.
    read_rows = [row for row in rows if row["reason"] is None]
    assert all(row["repeat"] or row["companion"] == "session" for row in read_rows)
    own = "\n".join(row["text"] for row in rows if row["reason"] is None)
    reading = reading_of(own, FORMATS)
    assert reading is not None
    assert reading.format is form
    assert "cannot show visits" in (reading.layout.names_no_host or "")


@few
@given(batches([BARRED, COLON, DATA, EVENT, LEEF_LINE]))
def test_check_and_table_agree(lines: list[str]) -> None:
    for form in (PAIRS, STRUCTURED, CEF, LEEF):
        assert_agreement(form, lines)
