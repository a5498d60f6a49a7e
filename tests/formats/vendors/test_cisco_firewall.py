"""Cisco Secure Firewall: one connection in several lines, and what a user agent may say."""

from pathlib import Path

import pytest

from logan.formats.vendors.cisco_firewall import CISCO_FIREWALL
from logan.pipeline.scan import Settings, scan
from logan.rules.packs import load_rules
from tests.formats.proof import read_one

TLS, HTTP, *_ = CISCO_FIREWALL.texts
RULES = load_rules()


def bins(path: Path, *lines: str) -> list[tuple[str, str | None]]:
    log = path / "ftd.log"
    log.write_text("".join(f"{line.replace('www.example.com', 'pimeyes.com')}\n" for line in lines))
    found = scan(Settings((str(log),), RULES)).found.collect()
    return found.select("bin", "user").rows()


def test_begin_and_end_of_a_connection_are_one_visit(tmp_path: Path) -> None:
    begin = TLS.replace("430003", "430002")
    assert sorted(bins(tmp_path, begin, TLS)) == [("hit", "FORCE\\jdoe"), ("repeat", "FORCE\\jdoe")]
    assert bins(tmp_path, begin) == [("hit", "FORCE\\jdoe")]
    assert bins(tmp_path, TLS, TLS.replace("SrcIP: 10.1.2.3", "SrcIP: 10.1.2.4")) == [
        ("hit", "FORCE\\jdoe"),
        ("hit", "FORCE\\jdoe"),
    ]


def test_a_user_agent_names_no_user_where_the_firewall_names_none() -> None:
    agent = "UserAgent: Mozilla/5.0, User: chief"
    forged = HTTP.replace("User: FORCE\\jdoe, ", "").replace("UserAgent: Mozilla/5.0", agent)
    row = read_one(CISCO_FIREWALL, forged)
    assert row["user"] is None
    assert row["host"] == "www.example.com"


def test_a_user_agent_makes_no_look_up() -> None:
    forged = HTTP.replace("Mozilla/5.0", "x, DNSQuery: pimeyes.com")
    row = read_one(CISCO_FIREWALL, forged)
    assert (row["host"], row["evidence"]) == ("www.example.com", "url")


@pytest.mark.parametrize(
    ("word", "action"),
    [
        ("Allow", "allowed"),
        ("Trust", "allowed"),
        ("Block with reset", "blocked"),
        ("Interactive Block", "blocked"),
        ("Something new", "unknown"),
    ],
)
def test_what_rules_did(word: str, action: str) -> None:
    line = TLS.replace("AccessControlRuleAction: Allow", f"AccessControlRuleAction: {word}")
    assert read_one(CISCO_FIREWALL, line)["action"] == action


def test_versions_that_write_a_stamp_and_those_that_do_not(tmp_path: Path) -> None:
    older = CISCO_FIREWALL.texts[-1].replace("SrcIP: 10.1.2.3", "SrcIP: 10.1.2.9")
    assert bins(tmp_path, TLS, older) == [("hit", "FORCE\\jdoe"), ("hit", "FORCE\\jdoe")]


def test_a_connection_without_a_name_is_no_request() -> None:
    bare = TLS.replace("SSLServerName: www.example.com, ", "")
    line = bare.replace("URL: https://www.example.com, ", "")
    assert read_one(CISCO_FIREWALL, line)["repeat"] is not None
