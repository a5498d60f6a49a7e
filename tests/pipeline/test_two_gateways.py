"""One visit that a branch proxy, its headquarters, a sensor and a name server log is one visit."""

from pathlib import Path

import polars as pl
import pytest

from logan.pipeline.scan import Settings, scan
from logan.result import ScanResult
from logan.rules.packs import load_rules
from logan.tables.headline import Totals
from logan.tables.summary import summarise

RULES = load_rules()
VISIT = (
    (0, "GET https://pimeyes.com/en"),
    (30, "POST https://pimeyes.com/api/upload/file"),
    (36, "POST https://pimeyes.com/api/search/new"),
    (300, "GET https://pimeyes.com/en"),
    (4000, "GET https://pimeyes.com/en"),
)
START = 1_709_542_800
LIZ, BRANCH = ("liz", "10.1.2.3"), ("-", "192.0.2.7")
ZEEK = "#separator \\x09\n#path\tssl\n#fields\tts\tid.orig_h\tid.resp_p\tserver_name\tresumed\testablished"


def proxy(user: str, client: str, *, ahead: float = 0) -> str:
    """Squid's lines of the visit."""
    return "".join(
        f"{START + at + ahead:.3f} 5 {client} TCP_MISS/200 9 {asked} {user} HIER_DIRECT/1 -\n"
        for at, asked in VISIT
    )


def sensor(client: str) -> str:
    """Zeek's lines of the tunnels."""
    rows = (f"{START + at:.6f}\t{client}\t443\tpimeyes.com\tF\tT" for at in (0, 300, 4000))
    return "\n".join((ZEEK, *rows)) + "\n"


def resolver(client: str) -> str:
    """Unbound's lines of the look-ups, of both kinds of address."""
    return "".join(
        f"[{START + at}] unbound[812:0] info: {client} pimeyes.com. {kind} IN\n"
        for at in (0, 4000)
        for kind in ("A", "AAAA")
    )


def scanned(folder: Path, **logs: str) -> ScanResult:
    for name, text in logs.items():
        (folder / f"{name}.log").write_text(text)
    return scan(Settings((str(folder),), RULES))


def totals(result: ScanResult) -> Totals:
    return summarise(result).totals


def test_four_logs_of_one_visit_are_one_visit(tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    one = totals(scanned(alone, branch=proxy("FORCE\\jdoe", "10.1.2.3")))
    together = tmp_path / "together"
    together.mkdir()
    result = scanned(
        together,
        branch=proxy("FORCE\\jdoe", "10.1.2.3"),
        headquarters=proxy("jdoe@force.example", "192.0.2.7"),
        ssl=sensor("10.1.2.3"),
        dns=resolver("10.1.2.3"),
    )
    all_of_it = totals(result)
    assert (all_of_it.hits, all_of_it.searches, all_of_it.uploads) == (5, 1, 1)
    assert (all_of_it.users, all_of_it.addresses) == (one.users, one.addresses) == (1, 0)
    assert sum(source.bins["repeat"] for source in result.sources) == 5 + 3 + 4
    assert any("12 lines tell of a request" in note for note in result.notes)
    assert any("1 address proved to be a user's" in note for note in result.notes)
    assert result.undecided == 0


def test_a_clock_that_is_off_is_named(tmp_path: Path) -> None:
    result = scanned(
        tmp_path,
        branch=proxy("jdoe", "10.1.2.3"),
        headquarters=proxy("jdoe", "10.1.2.3", ahead=-3600),
    )
    assert totals(result).hits == 5
    (note,) = (note for note in result.notes if "clock" in note)
    assert "headquarters.log is 3600 s behind" in note


def test_a_proxy_that_hides_its_clients_is_a_limit(tmp_path: Path) -> None:
    few = ("".join(proxy(*one).splitlines(keepends=True)[:4]) for one in (LIZ, BRANCH))
    result = scanned(tmp_path, **dict(zip(("branch", "headquarters"), few, strict=True)))
    assert (totals(result).hits, result.undecided) == (8, 4)
    (limit,) = (one for one in summarise(result).caveats if one.limit == "seen_twice")
    assert (limit.count, limit.of) == (4, 8)


def test_a_proxy_whose_one_client_is_another_adds_nothing(tmp_path: Path) -> None:
    result = scanned(tmp_path, branch=proxy(*LIZ), headquarters=proxy(*BRANCH))
    counted = totals(result)
    assert (counted.hits, counted.users, counted.addresses, result.undecided) == (5, 1, 0, 0)
    (note,) = (note for note in result.notes if "client" in note)
    assert note.startswith("1 client of a gateway is another gateway")


@pytest.mark.parametrize("names", [("access.log.1", "access.log"), ("px1.log", "px2.log")])
def test_files_of_one_gateway_are_not_compared(tmp_path: Path, names: tuple[str, str]) -> None:
    """A page that is opened again within seconds, after the log was rotated, was opened twice."""
    (tmp_path / names[0]).write_text(proxy("jdoe", "10.1.2.3"))
    (tmp_path / names[1]).write_text(proxy("jdoe", "10.1.2.3", ahead=VISIT[-1][0] + 2))
    assert totals(scanned(tmp_path)).hits == 10


def test_files_that_were_written_at_once_are_of_two_gateways(tmp_path: Path) -> None:
    result = scanned(
        tmp_path, px1=proxy("jdoe", "10.1.2.3"), px2=proxy("jdoe", "10.1.2.3", ahead=1)
    )
    assert totals(result).hits == 5


def test_nodes_of_a_balancer_count_every_request(tmp_path: Path) -> None:
    """A page that is opened again within seconds, by the other node, was opened twice."""
    lines = proxy("jdoe", "10.1.2.3").splitlines(keepends=True)
    again = lines[0].replace(f"{START}.000", f"{START + 2}.000")
    for node, some in (("a", lines[::2]), ("b", [again, *lines[1::2]])):
        (tmp_path / node).mkdir()
        (tmp_path / node / "access.log").write_text("".join(some))
    result = scan(Settings((str(tmp_path),), RULES))
    assert totals(result).hits == len(VISIT) + 1
    (note,) = (note for note in result.notes if "nodes" in note)
    assert f"{tmp_path}/a/access.log, {tmp_path}/b/access.log share out" in note


def test_what_few_lines_join_is_a_limit(tmp_path: Path) -> None:
    one, late = (proxy("jdoe", "10.1.2.3", ahead=by).split("\n")[0] + "\n" for by in (0, 0.3))
    result = scanned(tmp_path, branch=one, headquarters=late)
    (limit,) = (one for one in summarise(result).caveats if one.limit == "seen_once")
    assert (totals(result).hits, limit.count) == (1, 1)


#: What Squid 5.7 wrote of spliced tunnels of one client, and of an upload beside one it refused.
CHANNELLED = """\
1795979526.150     26 127.0.0.15 NONE_NONE/200 0 CONNECT pimeyes.com:443 - HIER_NONE/- -
1795979526.220     69 127.0.0.15 TCP_TUNNEL/200 7135 CONNECT pimeyes.com:443 - HIER_DIRECT/203.0.113.9 -
1795979528.150     26 127.0.0.15 NONE_NONE/200 0 CONNECT pimeyes.com:443 - HIER_NONE/- -
1795979528.220     69 127.0.0.15 TCP_TUNNEL/200 7135 CONNECT pimeyes.com:443 - HIER_DIRECT/203.0.113.9 -
1795979540.280     18 127.0.0.12 TCP_MISS/200 258 POST http://facecheck.id/api/upload_pic bob HIER_DIRECT/203.0.113.9 -
1795979540.619      1 127.0.0.12 NONE_NONE/413 3638 POST http://facecheck.id/api/upload_pic - HIER_NONE/- -
"""
SPOKEN_OF = "Nov 29 19:12:00 proxy1 (squid-1)[5]: "


@pytest.mark.parametrize("shown", ["all", "no durations"])
def test_a_log_that_comes_over_two_channels_counts_once(tmp_path: Path, shown: str) -> None:
    lines = CHANNELLED.splitlines()
    if shown == "no durations":
        lines = [f"{line[:14]}     -1{line[21:]}" for line in lines]
    for channel, prefix in (("disk", ""), ("syslog", SPOKEN_OF)):
        (tmp_path / channel).mkdir()
        text = "".join(f"{prefix}{line}\n" for line in lines)
        (tmp_path / channel / "access.log").write_text(text)
    alone = scan(Settings((str(tmp_path / "disk"),), RULES))
    both = scan(Settings((str(tmp_path),), RULES))
    expected = [("pimeyes.com", "allowed")] * 2 + [
        ("facecheck.id", "allowed"),
        ("facecheck.id", "blocked"),
    ]
    for result in (alone, both):
        hits = result.found.filter(pl.col("bin") == "hit").sort("time").collect()
        assert hits.select("host", "action").rows() == expected
