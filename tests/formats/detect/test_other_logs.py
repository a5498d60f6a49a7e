"""Logs that gateways keep beside their access logs are known, and nothing else is taken for one."""

import pytest

from logan.formats import FORMATS
from logan.formats.detect.detection import detect
from logan.formats.detect.head import head_of
from logan.formats.detect.other_logs import OTHER_LOGS, recognise_other

SAMPLES = {
    "squid-cache-log": """\
2024/01/01 10:00:00 kid1| Set Current Directory to /var/spool/squid
2024/01/01 10:00:00 kid1| Starting Squid Cache version 5.7 for x86_64-pc-linux-gnu...
2024/01/01 10:00:00| WARNING: empty ACL: acl blocked dstdomain "/etc/squid/blocked"
2024/01/01 10:00:01.512 kid1| Max Mem  size: 262144 KB
    Listing of ports follows
2024/01/01 10:00:02 kid1| Shutdown: NTLM authentication.
2024/01/01 10:00:03 kid1| storeDirWriteCleanLogs: Starting...
2024/01/01 10:00:03 kid1|   Finished.  Wrote 0 entries.
2024/01/01 10:00:03 kid1| ERROR: negotiating TLS on FD 21: error:00000000:lib(0) (1/-1/0)
2024/01/01 10:00:04 kid1| Squid Cache (Version 5.7): Exiting normally.
""",
    "squid-store-log": """\
1704103200.123 RELEASE -1 FFFFFFFF B1946AC92492D2347C6235B4D2611184  200 1704103200        -1        -1 text/html -1/512 GET http://www.example.com/
1704103201.123 SWAPOUT 00 00000001 C1946AC92492D2347C6235B4D2611184  200 1704103200        -1        -1 text/html -1/512 GET http://pimeyes.com/
""",
    "squid-netdb": """\
192.0.2.0 12 12    9.00000  132.50000 1704103800 1704103200 www.example.com
198.51.100.0 3 3   11.50000   85.00000 1704103800 1704103200 pimeyes.com cdn.example.com
""",
    "nginx-error": """\
2024/01/01 10:00:00 [notice] 812#812: using the "epoll" event method
2024/01/01 10:00:01 [error] 813#813: *7 upstream timed out (110: Connection timed out) while connecting, client: 192.0.2.7, server: _, request: "GET / HTTP/1.1", host: "www.example.com"
""",
    "apache-error": """\
[Mon Jan 01 10:00:00.123456 2024] [mpm_event:notice] [pid 812:tid 140] AH00489: Apache/2.4.57 configured
[Mon Jan 01 10:00:01.123456 2024] [proxy:error] [pid 813:tid 141] (111)Connection refused: AH00957: HTTP: attempt to connect to 192.0.2.9:80 (*) failed
[Mon Jan  1 10:00:02 2024] [error] [client 192.0.2.7] File does not exist: /var/www/favicon.ico
""",
    "c-icap-server": """\
Mon Jan  1 10:00:00 2024, 812/139, general, Starting service on port 1344
Mon Jan  1 10:00:01 2024, 813/140, Recomputing istag ...
""",
    "trafficserver-diags": """\
[Jan  1 10:00:00.123] {0x1} STATUS: opened /var/log/trafficserver/diags.log
[Jan  1 10:00:00.124] traffic_server NOTE: logging initialized[3], logging_mode = 3
[Jan  1 10:00:00.125] Server {0x2ae95ff5ce80} DIAG: (header_freq.init) initializing plugin
[Jan  1 10:00:00.126] [ET_NET 0] WARNING: disk header different for disk /var/cache
""",
    "trafficserver-error": """\
20240101.10h00m00s RESPONSE: sent 192.0.2.7 status 502 (Connection refused) for 'http://www.example.com/'
20240101.10h00m01s CONNECT: could not connect to 192.0.2.9 for 'http://www.example.com/'
""",
    "envoy-application": """\
[2024-01-01 10:00:00.123][1][info][main] [source/server/server.cc:412] initializing epoch 0
[2024-01-01 10:00:00.124][12][warning][config] [source/extensions/config.cc:1] gRPC config stream closed
""",
    "suricata-engine": """\
1/1/2024 -- 10:00:00 - <Notice> - This is Suricata version 6.0.10 RELEASE running in SYSTEM mode
[812] 1/1/2024 -- 10:00:01 - (util-runmodes.c:1) <Notice> (main) -- all 4 packet threads started
[812 - Suricata-Main] 2024-01-01 10:00:02 Notice: suricata: This is Suricata version 7.0.3
""",
    "suricata-stats": """\
------------------------------------------------------------------------------------
Date: 1/1/2024 -- 10:00:00 (uptime: 0d, 00h 00m 08s)
------------------------------------------------------------------------------------
Counter                                       | TM Name                   | Value
------------------------------------------------------------------------------------
capture.kernel_packets                        | Total                     | 4711
decoder.pkts                                  | Total                     | 4711
decoder.bytes                                 | Total                     | 815000
decoder.ipv4                                  | Total                     | 4700
decoder.tcp                                   | Total                     | 4600
flow.tcp                                      | Total                     | 60
""",
    "suricata-fast": """\
01/01/2024-10:00:00.123456  [**] [1:2027865:4] ET INFO Observed DNS Query to .cloud TLD [**] [Classification: Potentially Bad Traffic] [Priority: 2] {UDP} 192.0.2.7:50000 -> 192.0.2.53:53
""",
    "pihole-ftl": """\
[2024-01-01 10:00:00.123 812M] ########## FTL started on dns1! ##########
[2024-01-01 10:00:00.124 812/T815] Compiled 0 whitelist and 1 blacklist regex filters
[2024-01-01 10:00:00.125 UTC 812M] INFO: PID of FTL process: 812
""",
    "umbrella-intrusion": """\
"timestamp","identities","identity types","generator id","signature id","signature message","signature list id","severity","attach classification","CVEs","IP protocol","session ID","source IP","source port","destination IP","destination port","action"
"2024-01-01 10:00:00","Yard 7","Network Tunnels","1","16606","SERVER-ORACLE Plug-ins, ""Certificate"" overflow attempt","1323","HIGH","Attempted User Privilege Gain","cve-2009-1016","TCP","12345","10.1.2.3","33010","192.0.2.9","443","Would Block"
"2024-01-01 10:00:01","Yard 7","Network Tunnels","1","16606","Plug-ins attempt","1323","VERY LOW","Attempted User Privilege Gain","","TCP","12345","10.1.2.3","33010","192.0.2.9","443","Blocked","IDS","3658","S2C","245","PROFILE","us-west-2"
""",
    "umbrella-audit": """\
"1234567890","2024-01-01 10:00:00","chief@force.example","chief", "logexportconfigurations","update","192.0.2.7","version: 4","version: 5"
"1234567891","2024-01-01 10:00:01","null","null","destinationlists","create","192.0.2.7","","id: 33\\nname: pimeyes.com\\n"
""",
    "umbrella-dlp": """\
"2024-01-01 10:00:00","Real Time","f64dcc3f-50fa-410a-b8e1-589894276cee","CRITICAL","Yard 7","","first.jpg","Web","https://pimeyes.com/en","BLOCK","rule-1","classification-2","classifier-2.1","image/jpeg","48","abbd2352c3cfea88", "Confidential"
"2024-01-01 10:00:01","SaaS API","f64dcc3f-50fa-410a-b8e1-589894276cee","LOW","Yard 7","jdoe","first.xlsx","Dropbox","","MONITOR","rule-1","classification-2","classifier-2.1","text/html","48","abbd2352c3cfea88", "Confidential","","","own","","https","192.0.2.1","443","8247177"
""",
    "umbrella-zta": """\
"2024-01-01 10:00:00","Network. AD Computer","Networks","ws11","ALLOWED","Mac OS 10.9.5","Chrome 9.9","Canada","10.10.10.10","56","12","25","129","200","756","SAML_SSO","SUCCESS","6000","256","1.2.3.4","1.1.1.1","45","CLAP","234","enabled[1000]","SYS","THIRDPARTY","[""agent1, agent2""]"
"2024-01-01 10:00:01","jdoe@force.example","Network. AD Computer","Networks","ws11","ALLOW","Mac OS 10.9.5","Chrome 9.9","Canada","10.10.10.10","56","12","25","129","200","756","SAML_SSO","SUCCESS","6000","256","own.force.example","10.1.1.1","45","CLAP","","921c9ab4","enabled[1000]","SYS","THIRDPARTY","[]"
""",
    "umbrella-zta-flow": """\
"2024-01-01 10:00:00","jdoe@force.example","jdoe@force.example, Network","Networks","ws11","1234567","1254367","Gd2o4Dr9PBERUpCv","45937","45873","147","56","TERMINATED","App did not respond","CLAP","129","CONN_FAILURE","453","7756","192.0.2.7","3000","256","4001"
"2024-01-01 10:00:01","jdoe@force.example","jdoe@force.example, Network","Networks","1234567","1254367","ws11","Gd2o4Dr9PBERUpCv","45937","45873","147","56","12","13","TERMINATED","App did not respond","CLAP","CONN_FAILURE","453","7756","192.0.2.7","3000","256","4001","cloud","",""
""",
}


def lines_of(text: str) -> list[str]:
    return text.splitlines()


def test_every_kind_has_a_sample() -> None:
    assert set(SAMPLES) == {kind.name for kind in OTHER_LOGS}
    assert all(kind.definition and kind.title for kind in OTHER_LOGS)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_known_as_what_it_is(name: str) -> None:
    found = recognise_other(lines_of(SAMPLES[name]))
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("name", SAMPLES)
def test_no_access_log_claims_it(name: str) -> None:
    assert detect(head_of(SAMPLES[name].encode(), whole=True), FORMATS, named=False).best is None


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_no_access_log_is_taken_for_one(form: object) -> None:
    for text in form.texts:  # type: ignore[attr-defined]
        assert recognise_other(lines_of(text)) is None
        assert not any(kind.fits(line) for kind in OTHER_LOGS for line in lines_of(text))


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["what nobody knows"],
        ["2024-01-01 10:00:00 10.1.2.3 GET pimeyes.com"] * 10,
        # a cache.log that somebody put something else into
        [*lines_of(SAMPLES["squid-cache-log"]), *["10.1.2.3 pimeyes.com jdoe"] * 2],
        # messages over syslog stand among access lines
        [f"Jan  1 10:00:00 gw1 {line}" for line in lines_of(SAMPLES["squid-cache-log"])],
        [" indented"] * 20,
    ],
)
def test_what_is_not_known_stays_unknown(lines: list[str]) -> None:
    assert recognise_other(lines) is None
