"""Sysmon as other forwarders write it."""

import json

from logan.formats.vendors.sysmon import SYSMON
from logan.formats.vendors.sysmon_xml import XML as SYSMON_XML
from tests.formats.proof import read_one

DATA = {"utcTime": "2024-01-10 13:55:36.123", "queryName": "www.example.com", "user": "FORCE\\jdoe"}


def test_wazuh_writes_small_letters() -> None:
    system = {"channel": "Microsoft-Windows-Sysmon/Operational", "computer": "ws12.force.example"}
    line = json.dumps(
        {"agent": {"id": "7"}, "data": {"win": {"system": system, "eventdata": DATA}}}
    )
    row = read_one(SYSMON, line)
    assert (row["user"], row["client_ip"]) == ("FORCE\\jdoe", "ws12.force.example")
    assert (row["host"], row["evidence"]) == ("www.example.com", "dns")


def test_older_sysmon_names_no_user() -> None:
    before, _, _ = SYSMON_XML.texts[0].partition("<Data Name='User'>")
    row = read_one(SYSMON_XML, f"{before.strip()}</EventData></Event>")
    assert (row["user"], row["host"]) == (None, "www.example.com")


def test_double_quotes_are_as_good() -> None:
    row = read_one(SYSMON_XML, SYSMON_XML.texts[0].replace("'", '"'))
    assert row["user"] == "FORCE\\jdoe"


def test_other_events_of_sysmon_are_no_requests() -> None:
    other = SYSMON_XML.texts[0].replace("QueryName", "TargetFilename")
    assert read_one(SYSMON_XML, other)["repeat"] is not None
    assert read_one(SYSMON, SYSMON.texts[0].replace("QueryName", "Hash"))["repeat"] is not None
