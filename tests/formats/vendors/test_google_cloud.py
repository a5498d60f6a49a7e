"""Google Cloud: an export of a project has entries of several logs, one behind the other."""

from pathlib import Path

from logan.formats.vendors.google_cloud import GOOGLE
from logan.pipeline.settings import Settings
from tests.evidence.readings import RULES, scan

PROXIED, CONNECT, BALANCED, LOOKED_UP = (
    next(text for text in GOOGLE.texts if sign in text)
    for sign in ("gateway_requests", '"CONNECT"', "http_load_balancer", "dns_queries")
)
FIREWALL = (
    '{"insertId":"x3","jsonPayload":{"connection":{"src_ip":"10.1.2.3","dest_ip":"203.0.113.9"},'
    '"disposition":"ALLOWED"},"logName":"projects/p/logs/compute.googleapis.com%2Ffirewall",'
    '"resource":{"type":"gce_subnetwork"},"timestamp":"2024-01-10T13:55:36.570534Z"}'
)


def test_all_logs_of_an_export_are_read_whichever_stands_first(tmp_path: Path) -> None:
    hosts = ("pimeyes.com", "facecheck.id", "www.example.com")
    lines = [
        text.replace("www.example.com", host)
        for host in hosts
        for text in (PROXIED, CONNECT, BALANCED, LOOKED_UP, FIREWALL)
    ]
    for first in range(5):
        path = tmp_path / f"{first}.json"
        path.write_text("\n".join((*lines[first:], *lines[:first])) + "\n")
        result = scan(Settings((str(path),), RULES))
        (source,) = result.sources
        assert (source.format, source.failure) == ("google-cloud", None)
        found = result.found.collect()
        hits = found.filter(found["bin"].is_in(["hit", "repeat"]))
        kinds = sorted(zip(hits["service"].to_list(), hits["evidence"].to_list(), strict=True))
        assert kinds == sorted(
            (service, evidence)
            for service in ("facecheck", "pimeyes")
            for evidence in ("connect", "dns", "url", "url")
        )
        assert source.bins["rejected"] == 0
