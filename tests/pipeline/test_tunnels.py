"""A tunnel and the requests inside it are one visit, whichever gateway logs both."""

from pathlib import Path

import pytest

from logan.formats import FORMATS
from logan.formats.custom.mapping import load_text
from logan.pipeline.scan import Settings, scan
from logan.rules.packs import load_rules

RULES = load_rules()
MAPPING = """
format: norvik
title: Norvik gateway
lines: csv
separator: '|'
tunnels: with-inner-requests
columns:
  time: {from: stamp, form: '%Y-%m-%d %H:%M:%S', zone: Europe/London}
  user: officer
  client_ip: workstation
  method: verb
  url: address
samples:
  - line: "stamp|officer|workstation|verb|address\\n2024-01-10 13:55:36|jdoe|10.1.2.3|GET|\\
      https://www.example.com/a"
    record: {user: jdoe, host: www.example.com}
"""
MAPPED = """stamp|officer|workstation|verb|address
2024-01-10 13:55:36|jdoe|10.1.2.3|CONNECT|pimeyes.com:443
2024-01-10 13:55:37|jdoe|10.1.2.3|GET|https://pimeyes.com/en
"""
WHEN, WHERE = "2024.1.8 9:46:1", "10.1.2.3 https://pimeyes.com"
GUARDED = f"""{WHEN}0 jdoe {WHERE}:443  CONNECT 0 0  1 200 -   Staff -
{WHEN}1 jdoe {WHERE}/en  GET 512 0  1 200 text/html   Staff -
"""
CHALLENGED = f"{WHEN}0 - {WHERE}:443  CONNECT 0 0  1 407 -   Staff -\n"


@pytest.mark.parametrize(
    ("log", "formats"),
    [(MAPPED, (load_text(MAPPING), *FORMATS)), (GUARDED, FORMATS)],
    ids=["mapping file", "e2guardian"],
)
def test_a_connect_and_the_request_inside_are_one_hit(
    tmp_path: Path, log: str, formats: tuple[object, ...]
) -> None:
    path = tmp_path / "access.log"
    path.write_text(log)
    (source,) = scan(Settings((str(path),), RULES, formats=formats)).sources  # type: ignore[arg-type]
    assert (source.bins["hit"], source.bins["repeat"]) == (1, 1)


@pytest.mark.parametrize("log", [MAPPED, GUARDED], ids=["mapping file", "e2guardian"])
def test_a_connect_alone_is_a_hit(tmp_path: Path, log: str) -> None:
    path = tmp_path / "access.log"
    path.write_text("\n".join(one for one in log.split("\n") if "GET" not in one))
    formats = (load_text(MAPPING), *FORMATS)
    (source,) = scan(Settings((str(path),), RULES, formats=formats)).sources
    assert (source.bins["hit"], source.bins["repeat"]) == (1, 0)


def test_the_challenge_of_e2guardian_is_no_hit(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.write_text(CHALLENGED + GUARDED)
    (source,) = scan(Settings((str(path),), RULES)).sources
    assert (source.bins["hit"], source.bins["repeat"]) == (1, 2)
