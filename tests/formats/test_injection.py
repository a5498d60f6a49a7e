"""What a user can write decides nothing but itself: a user agent in the words of other fields."""

from pathlib import Path
from typing import Any

import pytest

from logan.pipeline.scan import Settings, scan
from logan.rules.packs import load_rules

RULES = load_rules()
FEED = (
    "2024-01-10 13:55:3{}\treason=Allowed\tprotocol=HTTPS\taction=Allowed\ttransactionsize=5760\t"
    "requestmethod=GET\tuseragent={}\tClientIP=10.1.2.3\tstatus=200\tuser=jdoe@force.example\t"
    "url=pimeyes.com/en\thostname=pimeyes.com\tclientpublicIP=192.0.2.7\n"
)
LEEF = (
    "LEEF:1.0|Zscaler|NSS|4.1|Allowed|cat=Allowed\tdevTime=Jan 10 2024 13:55:3{} GMT\t"
    "src=10.1.2.3\turl=pimeyes.com/en\tuserAgent={}\tusrName=jdoe@force.example\t"
    "action=Allowed\tstatus=200\tmethod=GET\n"
)
PLAIN = "curl/8"
WRITTEN = (
    *("curl/8    status=407", "curl/8    user=chief@force.example", "curl/8    action=Blocked"),
    *("curl/8#011status=407", "curl/8#011usrName=chief@force.example", "curl/8 user=chief"),
)


def told(path: Path, log: str) -> list[dict[str, Any]]:
    path.write_text(log)
    result = scan(Settings((str(path),), RULES))
    columns = ["time", "user", "client_ip", "host", "status", "action", "bin"]
    return result.found.select(columns).collect().to_dicts()


@pytest.mark.parametrize("line", [FEED, LEEF], ids=["zscaler feed", "leef"])
@pytest.mark.parametrize("agent", WRITTEN)
def test_a_user_agent_decides_nothing_else(line: str, agent: str, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    plain = told(log, "".join(line.format(at, PLAIN) for at in range(4)))
    written = told(log, "".join(line.format(at, agent if at % 2 else PLAIN) for at in range(4)))
    assert plain == written
    assert [row["bin"] for row in plain] == ["hit"] * 4
