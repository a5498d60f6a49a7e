"""However findings are cut up, the same lines of several gateways tell of one request."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logan.evidence import gateway_comparison, limits
from logan.pipeline.scan import Settings, scan
from logan.rules import seen_pairs
from logan.rules.gateway_lines import clients_apart
from logan.rules.packs import load_rules
from logan.schema import REPEATED
from logan.tables.summary import summarise
from tests.rules.repeats import check_hits_repeated

RULES = load_rules()
SQUID = "{:.3f} {} {} {}/{} 9 {} {} HIER_DIRECT/1 -"
ZEEK = "#separator \\x09\n#path\tssl\n#fields\tts\tid.orig_h\tid.resp_p\tserver_name\tresumed\testablished"
START = 1_704_067_200.0


@st.composite
def estates(draw: st.DrawFn) -> dict[str, list[str]]:
    """Visits as a branch, its headquarters, a sensor and a name server log them, or some of them."""
    logs: dict[str, list[tuple[float, str]]] = {"branch": [], "head": [], "ssl": [], "dns": []}
    at, ahead = START, draw(st.sampled_from((0, 0, 0, 63)))
    hides = draw(st.booleans())  # headquarters know the branch alone
    for _ in range(draw(st.integers(1, 12))):
        at += draw(st.sampled_from((0, 0.4, 4, 6, 300, 3590)))
        host = draw(st.sampled_from(("pimeyes.com", "facecheck.id")))
        client, user = f"10.1.2.{draw(st.integers(1, 2))}", draw(st.sampled_from(("-", "u1", "u2")))
        asked = draw(st.sampled_from((f"CONNECT {host}:443", f"GET https://{host}/en")))
        seen = draw(st.sets(st.sampled_from(("branch", "head", "ssl", "dns")), min_size=1))
        if hides and "head" in seen:
            seen = seen | {"branch"}
        late = draw(st.sampled_from((0, 0.2, 3)))
        for name in seen & {"branch", "head"}:
            account = user if name == "branch" or user == "-" else f"FORCE\\{user.upper()}"
            address = client if name == "branch" else draw(st.sampled_from((client, "192.0.2.1")))
            account = draw(st.sampled_from((account, account, "-")))
            if hides and name == "head":
                account, address = "-", "192.0.2.1"
            code = draw(st.sampled_from(("TCP_TUNNEL", "TCP_DENIED")))
            fast = ahead if name == "head" else 0
            line = SQUID.format(at + late + fast, 5, address, code, 200, asked, account)
            logs[name].append((at + late, line))
        if "ssl" in seen:
            logs["ssl"].append((at, f"{at:.6f}\t{client}\t443\t{host}\tF\tT"))
        if "dns" in seen:
            line = f"[{int(at)}] unbound[812:0] info: {client} {host}. A IN"
            logs["dns"].append((int(at), line))
    return {name: [line for _, line in sorted(lines)] for name, lines in logs.items()}


FIRST = {
    "branch": SQUID.format(
        START - 9000, 1, "10.9.9.9", "TCP_MISS", 200, "GET http://a.example/", "-"
    ),
    "head": SQUID.format(
        START - 9001, 1, "10.9.9.9", "TCP_MISS", 200, "GET http://a.example/", "-"
    ),
    "ssl": ZEEK,
    "dns": f"[{int(START) - 9000}] unbound[812:0] info: 10.9.9.9 a.example. A IN",
}


def written(tmp_path_factory: pytest.TempPathFactory, logs: dict[str, list[str]]) -> Path:
    """A folder with the logs, each below the first line of its gateway."""
    folder = tmp_path_factory.mktemp("logs")
    for name, lines in logs.items():
        (folder / f"{name}.log").write_text("\n".join((FIRST[name], *lines)) + "\n")
    return folder


def told(folder: Path) -> tuple[Any, ...]:
    """What each line comes to, and who it was."""
    result = scan(Settings((str(folder),), RULES))
    columns = ("source", "line", "bin", "action", "activity", "user", "client_ip", *REPEATED)
    rows = result.found.sort("source", "line").collect()
    check_hits_repeated(rows)
    found = rows.select(columns).rows()
    users = sorted(pl.concat(summarise(result).users).collect().rows(), key=str)
    return found, users, [source.bins for source in result.sources], result.notes, result.undecided


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(logs=estates(), held=st.sampled_from((1, 3, 10)), part=st.sampled_from((1, 4, 1000)))
def test_no_threshold_changes_what_is_told(
    tmp_path_factory: pytest.TempPathFactory, logs: dict[str, list[str]], held: int, part: int
) -> None:
    folder = written(tmp_path_factory, logs)
    whole = told(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "ROWS_HELD", held)
        patch.setattr(limits, "PART_ROWS", part)
        assert told(folder) == whole


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(logs=estates())
def test_hits_that_none_of_another_gateway_lies_near_show_nothing(
    tmp_path_factory: pytest.TempPathFactory, logs: dict[str, list[str]]
) -> None:
    """They are left out before hits are compared, which is most of the work."""
    folder = written(tmp_path_factory, logs)
    whole = told(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seen_pairs, "_beside_others", lambda hits, _: hits)
        assert told(folder) == whole


def test_where_all_are_named_no_hour_is_looked_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None is a gateway's own then, and whose each is its name says."""
    monkeypatch.setattr(limits, "ROWS_HELD", 3)
    monkeypatch.setattr(gateway_comparison, "in_hours", None)
    for name, user in (("branch", "u1"), ("head", "FORCE\\U1")):
        asked = [(at, f"GET https://pimeyes.com/{at}") for at in range(0, 6000, 600)]
        lines = [
            SQUID.format(START + at, 5, "10.1.2.3", "TCP_MISS", 200, w, user) for at, w in asked
        ]
        (tmp_path / f"{name}.log").write_text("\n".join(lines) + "\n")
    repeats = [row for row in told(tmp_path)[0] if row[2] == "repeat"]
    assert len(repeats) == 10


def test_hits_on_one_page_are_not_all_held_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most lines of a force may ask for one host. Nothing is learnt from what is asked so often."""
    held: list[int] = []

    def noted(hits: pl.DataFrame) -> pl.DataFrame:
        held.append(hits.height)
        return clients_apart(hits)

    monkeypatch.setattr(gateway_comparison, "clients_apart", noted)
    monkeypatch.setattr(limits, "ROWS_HELD", 100)
    monkeypatch.setattr(limits, "PART_ROWS", 100)
    for name, client in (("branch", "10.1.2.3"), ("head", "192.0.2.1")):
        asked = [(600 * at, "CONNECT pimeyes.com:443") for at in range(500)]
        asked += [(600 * at + 60, f"GET https://pimeyes.com/{at % 4}") for at in range(500)]
        asked += [(600 * at + 120, f"GET https://pimeyes.com/seldom/{at}") for at in range(20)]
        lines = [FIRST[name]]
        lines += [SQUID.format(START + at, 5, client, "TCP_MISS", 200, w, "-") for at, w in asked]
        (tmp_path / name).mkdir()
        (tmp_path / name / "access.log").write_text("\n".join(lines) + "\n")
    told(tmp_path)
    assert sum(held) == 40
