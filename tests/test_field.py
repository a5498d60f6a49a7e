"""Situations from the field with the right answers, in ../shared/field: what a scan makes of each."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run

FIELD = Path(__file__).parents[2] / "shared" / "field"
#: The cases that are held here, by what they are about.
REPEATS = (
    "logs/009-panos-dns-sinkhole",
    "logs/028-aws-network-firewall",
    "logs/043-infoblox-answers-with-colon",
    "servers/001-squid-splice-two-lines-a-tunnel",
    "servers/004-squid-bump-denied-https",
    "servers/018-unbound-local-actions-only",
    "servers/020-bind-rpz-verdict-lost",
    "servers/035-squid-splice-tunnel-of-75-seconds",
)
#: Logs that cannot be read whole, name no host or are no logs; of the hits some are named.
INPUTS = (
    "logs/016-umbrella-web-v13-with-header",
    "logs/056-var-log-squid-as-it-is",
    "servers/009-web-servers-own-log-over-syslog",
    "servers/012-haproxy-tcplog-names-no-host",
    "servers/023-journald-json-message-as-bytes",
    "servers/025-log-that-begins-with-nul-bytes",
    "servers/026-plain-and-gzip-in-one-stream",
    "servers/027-squid-folder-with-cache-log",
)
#: What stands in front of lines, whose clock a stamp is, what a field means, what cannot be parsed.
FIELDS = (
    "logs/005-zscaler-csv-without-header",
    "logs/025-squid-splunk-recommended-detected",
    "logs/040-defender-csv-local-time-zone",
    "logs/044-pihole-extra-url-and-new-year",
    "logs/059-proxysg-localtime-field",
    "logs/064-panos9-london-clock-change",
    "logs/068-websense-header-with-zone-name",
    "logs/070-pihole-extra-link-local-client",
    "logs/082-cut-json-with-escaped-tabs",
    "servers/006-squid-combined-over-syslog-without-pid",
    "servers/010-rsyslog-rfc5424-template",
    "servers/015-envoy-istio-braces-in-details",
    "servers/021-squid-logformat-un-with-blank",
)
DRAFTS = ("servers/032-draft-takes-the-referrer-for-the-url",)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def is_as_said(hit: dict[str, str], said: dict[str, Any]) -> bool:
    return all(hit[name] == str("" if value is None else value) for name, value in said.items())


#: What a case says otherwise than ../shared/field/vectors.tsv, which gives the reason: `http://pimeyes.com/`
#: answered with a redirect is an `asset`, for it showed no page; the page comes as the next line. 019, which
#: is about what stands in front of lines, has a `page` for the answer 302, and no reason.
CORRECTED = {
    "logs/019-squid-behind-odd-syslog-headers": ({"activity": "page"}, {"activity": "asset"})
}


def said_of(name: str, hit: dict[str, Any]) -> dict[str, Any]:
    said, right = CORRECTED.get(name, ({}, {}))
    return hit | right if said and said.items() <= hit.items() else hit


@pytest.mark.parametrize("name", [*REPEATS, *FIELDS, *CORRECTED])
def test_what_a_scan_makes_of_it(name: str, tmp_path: Path, run: Run) -> None:
    case = FIELD / name
    if not case.is_dir():
        pytest.skip("no situations from the field beside this checkout (../shared/field)")
    expected = json.loads((case / "expect.json").read_text())
    inputs = sorted(path for path in case.iterdir() if path.name != "expect.json")
    ran = run("scan", *inputs, *expected["args"], "--export", tmp_path / "out")
    assert ran.status == expected["exit"], ran.err
    hits = rows_of(tmp_path / "out" / "hits.csv")
    assert len(hits) == len(expected["hits"])
    for said in (said_of(name, hit) for hit in expected["hits"]):
        fitting = [hit for hit in hits if is_as_said(hit, said)]
        assert fitting, said
        hits.remove(fitting[0])
    sources = rows_of(tmp_path / "out" / "sources.csv")
    for kind, lines in expected.get("bins", {}).items():
        assert sum(int(source[kind]) for source in sources) == lines, kind


def case_of(name: str) -> tuple[dict[str, Any], list[object]]:
    """What is expected of a case, and the arguments for it: inputs and options."""
    case = FIELD / name
    if not case.is_dir():
        pytest.skip("no situations from the field beside this checkout (../shared/field)")
    expected = json.loads((case / "expect.json").read_text())
    given = [argument.replace("{case}", str(case)) for argument in expected["args"]]
    named = any(str(case) in argument for argument in given)
    inputs = sorted(path for path in case.iterdir() if path.name != "expect.json")
    return expected, given if named else [*inputs, *given]


@pytest.mark.parametrize("name", INPUTS)
def test_what_cannot_be_read_is_never_clean(name: str, tmp_path: Path, run: Run) -> None:
    expected, given = case_of(name)
    ran = run("scan", *given, "--export", tmp_path / "out")
    assert ran.status == expected["exit"], ran.err
    hits = rows_of(tmp_path / "out" / "hits.csv")
    wanted = [
        (sum(is_as_said(hit, said) for hit in hits), said) for said in expected.get("hits", [])
    ]
    for _, said in sorted(wanted, key=lambda pair: pair[0]):
        fitting = [hit for hit in hits if is_as_said(hit, said)]
        assert fitting, said
        hits.remove(fitting[0])
    sources = rows_of(tmp_path / "out" / "sources.csv")
    for kind, lines in expected.get("bins", {}).items():
        assert sum(int(source[kind]) for source in sources) == lines, kind


@pytest.mark.parametrize("name", DRAFTS)
def test_a_draft_takes_the_right_fields(name: str, run: Run) -> None:
    expected, given = case_of(name)
    ran = run("formats", "draft", *given)
    assert ran.status == expected["exit"], ran.err
    assert all(text in ran.out for text in expected["output_has"])
    assert not any(text in ran.out for text in expected["output_lacks"])
