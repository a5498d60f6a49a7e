"""A tunnel and the requests inside it are one visit, whichever gateway logs both."""

from pathlib import Path

import polars as pl
import pytest

from logan.formats import FORMATS
from logan.formats.custom.mapping import load_text
from logan.formats.custom.squid_logformat import from_logformat
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
  action: null
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


#: What Squid 5.7 wrote of one request each, as `%ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %un
#: %Sh/%<a %mt`, with `ssl_bump` and the word for it.
SPLICED = """\
1795946249.373      1 127.0.0.1 NONE_NONE/200 0 CONNECT pimeyes.com:443 - HIER_NONE/- -
1795946249.379      6 127.0.0.1 TCP_TUNNEL/500 3043 CONNECT pimeyes.com:443 - HIER_DIRECT/127.0.0.1 -
"""
CHALLENGED_FIRST = """\
1795946211.833      0 127.0.0.1 TCP_DENIED/407 1647 CONNECT pimeyes.com:443 - HIER_NONE/- text/html
1795946211.988    150 127.0.0.1 NONE_NONE/200 0 CONNECT pimeyes.com:443 jdoe HIER_NONE/- -
1795946212.002     14 127.0.0.1 TCP_TUNNEL/500 3043 CONNECT pimeyes.com:443 jdoe HIER_DIRECT/127.0.0.1 -
"""
TERMINATED = """\
1795946252.172     13 127.0.0.1 NONE_NONE/200 0 CONNECT pimeyes.com:443 - HIER_NONE/- -
"""
REFUSED = """\
1795946203.446     88 127.0.0.1 TCP_DENIED/200 0 CONNECT pimeyes.com:443 - HIER_NONE/- -
"""
BUMPED = """\
1795946255.055     40 127.0.0.1 NONE_NONE/200 0 CONNECT pimeyes.com:443 - HIER_DIRECT/127.0.0.1 -
1795946255.074     18 127.0.0.1 TCP_MISS/200 1248 GET https://pimeyes.com/ - HIER_DIRECT/127.0.0.1 -
"""
#: Interception: the set-up has the address alone, and the name by `%ssl::>sni` where that is logged.
INTERCEPTED_AND_REFUSED = """\
1795979527.824      0 10.1.1.5 NONE_NONE/000 0 CONNECT 203.0.113.9:443 - HIER_NONE/- - lenso.ai
1795979527.824      0 10.1.1.5 TCP_DENIED/403 3399 CONNECT lenso.ai:443 - HIER_NONE/- text/html lenso.ai
"""
WITHOUT_CODES = """\
1795979526.150 127.0.0.15 - CONNECT pimeyes.com:443 200 0
1795979526.220 127.0.0.15 - CONNECT pimeyes.com:443 200 7135
"""
SQUID = "%ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %un %Sh/%<a %mt %ssl::bump_mode"


@pytest.mark.parametrize(
    ("log", "mode", "repeats", "action"),
    [
        (SPLICED, "splice", 1, "allowed"),
        (CHALLENGED_FIRST, "splice", 2, "allowed"),
        (TERMINATED, "terminate", 0, "unknown"),
        (REFUSED, "splice", 0, "blocked"),
        (BUMPED, "bump", 1, "allowed"),
    ],
    ids=["spliced", "challenged", "terminated", "refused", "bumped"],
)
def test_whatever_squid_does_with_a_tunnel_is_one_hit(
    tmp_path: Path, log: str, mode: str, repeats: int, action: str
) -> None:
    path = tmp_path / "access.log"
    path.write_text(log)
    result = scan(Settings((str(path),), RULES))
    assert result.sources[0].bins["repeat"] == repeats
    (hit,) = result.found.filter(pl.col("bin") == "hit").collect()["action"]
    assert hit == action
    path.write_text("".join(f"{line} {mode}\n" for line in log.splitlines()))
    result = scan(Settings((str(path),), RULES, formats=(from_logformat(SQUID), *FORMATS)))
    (source,) = result.sources
    assert source.format == from_logformat(SQUID).name
    assert (source.bins["hit"], source.bins["repeat"]) == (1, repeats)
    if mode == "terminate":  # where the log has the word for it
        assert result.found.collect()["action"].to_list() == ["blocked"]


@pytest.mark.parametrize(
    ("log", "logformat", "action"),
    [
        (
            INTERCEPTED_AND_REFUSED,
            "%ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %un %Sh/%<a %mt %ssl::>sni",
            "blocked",
        ),
        (WITHOUT_CODES, "%ts.%03tu %>a %un %rm %ru %>Hs %<st", "unknown"),
    ],
    ids=["intercepted and refused", "spliced, without result codes"],
)
def test_whatever_a_logformat_shows_of_a_tunnel_it_is_one_hit(
    tmp_path: Path, log: str, logformat: str, action: str
) -> None:
    path = tmp_path / "access.log"
    path.write_text(log)
    result = scan(Settings((str(path),), RULES, formats=(from_logformat(logformat), *FORMATS)))
    (source,) = result.sources
    assert (source.bins["hit"], source.bins["repeat"]) == (1, 1)
    (hit,) = result.found.filter(pl.col("bin") == "hit").collect()["action"]
    assert hit == action
