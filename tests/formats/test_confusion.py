"""The confusion matrix: every file of the corpus goes to its own format, and no other claims it.

A claim is a share of fitting lines that would win the file if its own format were not there.
"""

import gzip
from functools import cache
from pathlib import Path

import pytest

from logan.formats import FORMATS
from logan.formats.detect.detection import LEAST_CONFIDENCE, detect
from logan.formats.detect.head import head_of
from logan.formats.detect.reading import read_head
from logan.formats.engine.envelope import envelopes
from logan.formats.engine.layout import Head
from tests.formats.proof import CORPUS

#: Lines of a head that claims are made on.
FEW = 10
#: File or folder -> the format that has it, and the wider formats that could read it too.
OWNERS: dict[str, tuple[str | None, tuple[str, ...]]] = {
    "apache_nginx/crowdsec/apache2": ("combined", ()),
    "apache_nginx/crowdsec/nginx-http": ("combined", ()),
    "apache_nginx/crowdsec/nginx-proxy-manager-logs": ("nginx-proxy-manager", ()),
    "apache_nginx/crowdsec/nginx_http-logs": ("combined", ()),
    "apache_nginx/crowdsec/pfsense-rfc5424-nginx": (None, ()),  # nginx's error log
    "apache_nginx/crowdsec/traefik_clf": ("traefik-clf", ("combined",)),
    "apache_nginx/crowdsec/traefik_json": ("traefik-json", ()),
    "apache_nginx/gchq_stroom": ("apache-blackbox", ()),
    "apache_nginx/lnav": ("combined", ()),
    "apache_nginx/lnav/logfile_syslog_with_access_log.0": (None, ()),  # a host's whole syslog
    "bind_dns/crowdsec": (None, ()),  # who logged on to AdGuard
    "bind_dns/sc4s": ("bind", ()),
    "bind_dns/secops_bluecat_edge": ("bluecat-edge", ()),
    "bluecoat_proxysg/gchq_stroom": ("w3c", ("bluecoat",)),
    "bluecoat_proxysg/regexp_log_bluecoat": ("bluecoat-squid", ("squid",)),
    "bluecoat_proxysg/sc4s": ("bluecoat-pairs", ()),
    "bluecoat_proxysg/sentinel": ("bluecoat", ()),
    "cef_generic": ("cef", ()),
    "checkpoint": ("checkpoint", ("checkpoint-syslog",)),
    "cisco_meraki": ("meraki", ()),
    "cisco_wsa": ("cisco-wsa", ("cisco-wsa-bare", "cisco-wsa-w3c", "squid")),
    "dope_swg": ("dope-csv", ("dope-json",)),  # rows, and two objects of the next schema
    "edge_encoding": (None, ()),
    "forcepoint": ("forcepoint-kv", ()),
    "fortinet": ("fortinet", ("fortinet-cef", "cef")),
    "haproxy": ("haproxy", ()),
    "iboss": ("iboss", ()),
    "iis_w3c/crowdsec/aws-cloudfront-logs": ("aws-cloudfront", ()),
    "iis_w3c/crowdsec/iis-xml-logs": (None, ()),  # Windows events as XML
    "iis_w3c/lnav": ("w3c", ()),
    "json_misc/crowdsec/aws-alb-http-bad-user-agent": ("aws-alb", ()),
    "json_misc/crowdsec/caddy-logs": ("caddy", ()),
    "json_misc/crowdsec/envoy-http-bad-user-agent": ("envoy-json", ()),
    "json_misc/lnav/logfile_caddy_log.0": (None, ("caddy",)),  # Caddy's own log, without requests
    "json_misc/lnav/logfile_caddy_log.1": ("caddy", ()),
    "json_misc/lnav/logfile_cloudflare.json": (None, ("cloudflare-http",)),
    "json_misc/lnav/logfile_ecs_log.json": ("ecs", ()),
    "netskope": ("netskope-client", ()),
    "other_gateways/ibm_webseal": ("webseal", ("combined",)),
    "other_gateways/kerio": (None, ("kerio-filter", "kerio-web", "kerio-http")),
    "other_gateways/sangfor": ("sangfor", ()),
    "other_gateways/symantec_web_isolation": ("web-isolation", ()),
    "other_gateways/zywall": ("zyxel", ("zyxel-cef", "cef")),
    "paloalto": ("paloalto", ()),
    "sentinel_csl": ("sentinel-csv", ()),
    "skyhigh_mcafee/sc4s": ("skyhigh-mwg-syslog", ()),
    "skyhigh_mcafee/secops": ("skyhigh-csv", ("skyhigh-json", "skyhigh-kv")),
    "sonicwall": (None, ("sonicwall",)),  # one line of a firewall that names no site
    "sophos": ("sophos-firewall", ("sophos-swa",)),
    "squid": ("squid", ("squid-extensive",)),
    "suricata": ("suricata", ()),
    "webmarshal": ("webmarshal", ()),
    "zeek/lnav": ("zeek-tsv", ("zeek-bare",)),
    "zeek/logstash_patterns": ("zeek-bare", ()),
    "zeek/secops": ("zeek-bare", ()),
    "zeek/zed_sample/dns.json.gz": ("zeek-json", ()),
    "zeek/zed_sample/ssl.json.gz": ("zeek-json", ()),
    "zeek/zed_sample": ("zeek-tsv", ("zeek-bare",)),
    "zscaler_nss": ("zscaler", ()),
}
_ABOUT = ("SOURCE.txt", "samples.jsonl", "oracle.jsonl", "oracles.jsonl", "parser.assert",
          "scenario.assert")  # fmt: skip


def logs() -> list[str]:
    """The corpus files that are logs: not those that say what is in them."""
    found = [
        path
        for path in sorted(CORPUS.rglob("*"))
        if path.is_file()
        and path.name not in _ABOUT
        and "expected" not in path.name.lower()
        and path.stat().st_size
    ]
    return [str(path.relative_to(CORPUS)) for path in found]


def owner(name: str) -> tuple[str | None, tuple[str, ...]]:
    """The entry with the longest path that the file lies in."""
    return OWNERS[max((path for path in OWNERS if name.startswith(path)), key=len)]


@cache
def head(name: str) -> Head:
    data = (CORPUS / Path(name)).read_bytes()
    data = gzip.decompress(data) if name.endswith(".gz") else data
    return head_of(data[: 64 << 10], whole=len(data) < 64 << 10)


LOGS = logs() or [pytest.param("", marks=pytest.mark.skip(f"needs the corpus at {CORPUS}"))]


@pytest.mark.parametrize("name", LOGS)
def test_a_file_goes_to_its_own_format(name: str) -> None:
    best = detect(head(name), FORMATS).best
    assert (best.format.name if best else None) == owner(name)[0]


@pytest.mark.parametrize("name", LOGS)
def test_no_other_format_claims_it(name: str) -> None:
    own, wider = owner(name)
    few = Head(head(name).lines[:FEW], head(name).numbers[:FEW], head(name).framing)
    claims = {
        form.name
        for _, inner in envelopes(few)
        for form in FORMATS
        if form.name not in (own, *wider)
        and (reading := read_head(form, inner)) is not None
        and reading.confidence >= LEAST_CONFIDENCE
    }
    assert claims == set()
