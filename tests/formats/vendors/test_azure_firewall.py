"""Azure Firewall: sentences that name no site, and what an address may say."""

import pytest

from logan.formats.vendors.azure_firewall import AZURE_FIREWALL
from tests.formats.proof import read_one

RULE, HTTP, *_ = AZURE_FIREWALL.texts
SENTENCE = (
    "HTTPS request from 10.1.2.3:56029 to www.example.com:443. Action: Deny. No rule matched."
)


def said(sentence: str) -> str:
    front, _, rest = RULE.partition('"msg":"')
    return f'{front}"msg":"{sentence}"{rest[rest.index("}") :]}'


@pytest.mark.parametrize(
    ("sentence", "host", "action"),
    [
        (SENTENCE, "www.example.com", "blocked"),
        (
            (
                "HTTPS request from 10.1.2.3:5 to a.example:443. Action: Deny. Failed to resolve "
                "address a.example:443: lookup a.example on 10.0.0.53:53: no such host"
            ),
            "a.example",
            "blocked",
        ),
        (
            (
                "HTTPS request from 10.1.2.3:5 to a.example:443. Action: Allow. Rule Collection: c. "
                "Rule: r. Web Category: ComputersAndTechnology"
            ),
            "a.example",
            "allowed",
        ),
    ],
)
def test_sentences(sentence: str, host: str, action: str) -> None:
    row = read_one(AZURE_FIREWALL, said(sentence))
    assert (row["client_ip"], row["host"], row["action"]) == ("10.1.2.3", host, action)
    assert row["repeat"] is None


@pytest.mark.parametrize(
    "sentence",
    [
        "HTTPS request from 10.1.2.3:6065. Action: Deny. Reason: SNI TLS extension was missing.",
        "TCP request from 10.1.2.3:6065 to 203.0.113.9:443. Action: Allow",
    ],
)
def test_what_names_no_site_is_no_request(sentence: str) -> None:
    category = "Network" if sentence.startswith("TCP") else "Application"
    line = said(sentence).replace("AzureFirewallApplication", f"AzureFirewall{category}")
    assert read_one(AZURE_FIREWALL, line)["repeat"] is not None


def test_the_last_words_decide_and_not_an_address() -> None:
    row = read_one(AZURE_FIREWALL, HTTP.replace("/a?b=c", "/a. Action: Deny. x"))
    assert (row["host"], row["action"]) == ("www.example.com", "allowed")
