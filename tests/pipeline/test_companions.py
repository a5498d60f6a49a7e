"""An alert, a remark, an answer: a hit where it is alone, a repeat beside the line of its request."""

from pathlib import Path

import pytest

from logan.formats.vendors import (
    bind,
    checkpoint,
    defender,
    ecs,
    fortinet,
    iboss,
    meraki,
    ocsf,
    paloalto,
    paloalto_events,
    sangfor,
    skyhigh,
    sophos,
    stormshield,
    suricata,
    watchguard,
    web_isolation,
    windows_dns,
    zyxel,
)
from logan.pipeline.scan import Settings, scan
from logan.rules.packs import load_rules

RULES = load_rules()
SURICATA = suricata.EVE.texts[0].split("\n")[0]
FORTI, PAN, SOPHOS = fortinet.PAIRS.texts[0], paloalto.CSV.texts[0], sophos.FIREWALL.texts[0]
CHECK, SNS, ZYXEL = checkpoint.PAIRS.texts[0], stormshield.AUDIT.texts[0], zyxel.PAIRS.texts[0]
WATCH = next(text for text in watchguard.SYSLOG.texts if "1AFF" in text)
ISOLATION, IBOSS = web_isolation.WEB_ISOLATION.texts[0], iboss.IBOSS.texts[0]
ECS = next(text for text in ecs.JSON.texts if '"dns"' in text)
ASKED = "[1704894936] unbound[812:0] info: 10.1.2.3 www.example.com. A IN"
NAMED = bind.BIND.texts[0]
QUERIED = "Jan 10 13:55:36 dnsmasq[812]: query[A] www.example.com from 10.1.2.3"
PACKET = windows_dns.WINDOWS_DNS.texts[0].split("\n")[-2]
SANGFOR = sangfor.SANGFOR.texts[0]
MERAKI = meraki.SYSLOG.texts[0]
OCSF = next(text for text in ocsf.OCSF.texts if "4003" in text)
CERTIFICATE = skyhigh.JSON.texts[1]
CEF = paloalto_events.CEF.texts[0]
SEEN = (
    defender.JSON.texts[1]
    .replace("HttpConnection", "SslConnection")
    .replace('\\"method\\":\\"GET\\"', '\\"server_name\\":\\"www.example.com\\"')
)

HANDSHAKE = (
    '{"ts":1704894936.1,"uid":"C1","id.orig_h":"10.1.2.3","id.resp_h":"203.0.113.9",'
    '"id.resp_p":443,"version":"TLSv13","server_name":"www.example.com","resumed":false,'
    '"established":true}'
)
QUIC = HANDSHAKE.replace('"TLSv13"', '"1","client_initial_dcid":"7b","server_scid":"c7"').replace(
    ',"resumed":false,"established":true', ',"client_protocol":"h3"'
)

#: By name: the line of a request, and one that tells of it.
LINES = {
    "zeek quic": (HANDSHAKE, QUIC),
    "suricata alert": (SURICATA, SURICATA.replace('type":"http"', 'type":"alert"')),
    "suricata file": (SURICATA, SURICATA.replace('type":"http"', 'type":"fileinfo"')),
    "fortigate application": (FORTI, FORTI.replace('"webfilter"', '"app-ctrl"')),
    "fortigate session": (
        FORTI,
        FORTI.replace('type="utm" subtype="webfilter"', 'type="traffic" subtype="forward"'),
    ),
    "pan-os threat": (PAN, PAN.replace("THREAT,url", "THREAT,vulnerability")),
    "pan-os threat, cef": (CEF, CEF.replace("|url|", "|vulnerability|")),
    "check point blade": (CHECK, CHECK.replace("URL Filtering", "Anti-Bot")),
    "sophos virus": (SOPHOS, SOPHOS.replace("Content Filtering", "Anti-Virus")),
    "stormshield connection": (SNS, SNS.replace('"web"', '"connection"')),
    "zyxel": (ZYXEL, ZYXEL.replace("WEB FORWARD", "APP PATROL")),
    "watchguard": (
        WATCH,
        WATCH.replace("1AFF-0024", "1AFF-0021").replace("HTTP request", "ProxyAllow: HTTP match"),
    ),
    "isolation": (ISOLATION, ISOLATION.replace("Network Request", "Clipboard Paste")),
    "iboss": (IBOSS, IBOSS.replace("WEB_LOG", "DLP_LOG")),
    "ecs answer": (ECS, ECS.replace('"query"', '"answer"')),
    "ocsf answer": (
        OCSF.replace('"activity_id":2', '"activity_id":1'),
        OCSF.replace('"activity_id":1', '"activity_id":2'),
    ),
    "unbound reply": (ASKED, ASKED + " NOERROR 0.000000 1 50"),
    "unbound local zone": (
        ASKED,
        ASKED.replace("10.1.2.3 www", "www.example.com. static 10.1.2.3@4000 www"),
    ),
    "bind rpz": (
        NAMED,
        NAMED.split("query:")[0] + "rpz QNAME NXDOMAIN rewrite www.example.com/A/IN via x",
    ),
    "dnsmasq reply": (QUERIED, QUERIED.split("query")[0] + "reply www.example.com is 203.0.113.9"),
    "windows dns": (PACKET, PACKET.replace("Rcv", "Snd").replace("   Q ", " R Q ")),
    "sangfor": (SANGFOR, SANGFOR.replace("log_type:url", "log_type:app_audit")),
    "meraki": (
        MERAKI,
        MERAKI.split(" urls ")[0]
        + " security_event security_filtering_file_scanned"
        + " url='http://www.example.com/a?b=c' src='10.1.2.3:63735' dst='203.0.113.9:80'",
    ),
    "skyhigh certificate": (CERTIFICATE.replace("CERTVERIFY", "CONNECT"), CERTIFICATE),
    "defender inspection": (SEEN.replace("SslConnectionInspected", "ConnectionSuccess"), SEEN),
}


def counted(path: Path, *lines: str) -> tuple[int, int]:
    """Hits and repeats in a log of these lines."""
    text = "\n".join(lines).replace("www.example.com", "pimeyes.com")
    path.write_text(text.replace("(3)www(7)example", "(7)pimeyes") + "\n")
    answers = (("*", "year", "2024"), ("*", "date-order", "MDY"))
    zones = (("*", "Europe/London"),)
    (source,) = scan(Settings((str(path),), RULES, zones=zones, answers=answers)).sources
    assert source.lines == len(lines)
    return source.bins["hit"], source.bins["repeat"]


@pytest.mark.parametrize("name", LINES)
def test_it_counts_where_its_request_has_no_line(name: str, tmp_path: Path) -> None:
    request, told = LINES[name]
    assert told != request, "the sample has changed"
    path = tmp_path / "gateway.log"
    assert counted(path, request) == (1, 0)
    assert counted(path, told) == (1, 0)
    assert counted(path, request, told) == (1, 1)
    assert counted(path, told, request) == (1, 1)


@pytest.mark.parametrize("name", [name for name in LINES if name != "dnsmasq reply"])
def test_it_repeats_no_request_of_somebody_else(name: str, tmp_path: Path) -> None:
    request, told = LINES[name]
    other = told.replace("10.1.2.3", "10.1.2.4").replace("jdoe", "asmith")
    assert other != told
    assert counted(tmp_path / "gateway.log", request, other) == (2, 0)
