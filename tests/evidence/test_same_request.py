"""However findings are cut up, the same lines tell of one request."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logan.evidence import limits
from logan.pipeline.scan import Settings, scan
from logan.rules.packs import load_rules

RULES = load_rules()
HOSTS = ("pimeyes.com", "facecheck.id", "www.example.com")
SQUID = "{:.3f} {} 10.1.2.{} {} 9 {} {} HIER_DIRECT/1 -"


@st.composite
def proxied(draw: st.DrawFn) -> list[str]:
    """Spliced, bumped and refused tunnels, one after the other and at once, named or not."""
    lines, at = [], 1_704_067_200.0
    for _ in range(draw(st.integers(1, 14))):
        at += draw(st.sampled_from((0, 0.3, 3, 59, 7000)))
        client, host = draw(st.integers(1, 2)), draw(st.sampled_from(HOSTS))
        user = draw(st.sampled_from(("-", "u1", "U1", "u2")))
        connect = f"CONNECT {host}:443"
        code = draw(st.sampled_from(("NONE_NONE/200", "TCP_DENIED/200", "")))
        if code:
            opener = draw(st.sampled_from((user, "-")))
            lines.append((at, SQUID.format(at, 1, client, code, connect, opener)))
        for _ in range(draw(st.integers(0, 2))):
            lasted = draw(st.sampled_from((50, 900, 90_000)))
            end, spliced = at + lasted / 1000, draw(st.booleans())
            what = ("TCP_TUNNEL/200", connect) if spliced else ("NONE/403", f"GET https://{host}/")
            lines.append((end, SQUID.format(end, lasted, client, *what, user)))
    return [line for _, line in sorted(lines)]


@st.composite
def looked_up(draw: st.DrawFn) -> list[str]:
    """Look-ups and what became of them: most lines name no client. Some stand about an hour."""
    lines, at = [], 3590
    for _ in range(draw(st.integers(1, 16))):
        at += draw(st.sampled_from((0, 1, 2, 5, 11, 3600)))
        clock = f"Jan 10 {10 + at // 3600 % 12:02}:{at // 60 % 60:02}:{at % 60:02} dnsmasq[812]:"
        host, client = draw(st.sampled_from(HOSTS)), draw(st.integers(1, 2))
        said = draw(
            st.sampled_from(
                (
                    f"query[A] {host} from 10.1.2.{client}",
                    f"query[A] {host} from 10.1.2.{client}",
                    f"forwarded {host} to 192.0.2.53",
                    f"reply www.{host} is 203.0.113.9",
                    f"gravity blocked {host} is 0.0.0.0",
                    f"7 10.1.2.{client}/53 cached {host} is 203.0.113.9",
                )
            )
        )
        lines.append((at, f"{clock} {said}"))
    return [line for _, line in sorted(lines, key=lambda one: one[0])]


@st.composite
def sensed(draw: st.DrawFn) -> list[str]:
    """Requests, handshakes and look-ups as a sensor logs them, with and without alerts."""
    lines, at = [], 0.0
    for _ in range(draw(st.integers(1, 16))):
        at += draw(st.sampled_from((0, 0.5, 1.9, 9, 12)))
        host, kind = draw(st.sampled_from(HOSTS)), draw(st.sampled_from(("http", "tls", "dns")))
        what: dict[str, Any] = {
            "http": {"hostname": host, "url": draw(st.sampled_from(("/", "/a")))},
            "tls": {"sni": host},
            "dns": {"type": draw(st.sampled_from(("query", "answer"))), "rrname": host},
        }
        event = {
            "timestamp": f"2024-01-01T10:{int(at) // 60:02}:{at % 60:09.6f}+0000",
            "event_type": draw(st.sampled_from((kind, "alert"))),
            "src_ip": f"10.1.2.{draw(st.integers(1, 2))}",
            "src_port": 50000,
            "dest_ip": "203.0.113.9",
            "dest_port": 53 if kind == "dns" else 443,
            kind: what[kind],
            "alert": {"action": draw(st.sampled_from(("allowed", "blocked")))},
        }
        lines.append(json.dumps(event))
    return lines


STAMP = re.compile(r"[0-9]{10}[.][0-9]{3}|[A-Z][a-z]{2} [0-9]{2} [0-9:]{8}|[0-9-]{10}T[0-9:.]+")


def stamp_of(line: str) -> str:
    found = STAMP.search(line)
    assert found is not None
    return found[0]


def settled(folder: Path, files: Sequence[Sequence[str]], first: str) -> list[tuple[Any, ...]]:
    """What each line comes to, line after line, with its bin and action; and the accounts."""
    folder.mkdir(exist_ok=True)
    for at, lines in enumerate(files):
        own = first.replace("10.1.2.9", f"10.1.2.9{at}")  # or one would be a copy of the other
        if at and files[at - 1]:  # files of one gateway follow each other
            own = own.replace(stamp_of(own), stamp_of(files[at - 1][-1]))
        (folder / f"a{at}.log").write_text("\n".join((own, *lines)) + "\n")
    answers = (("*", "year", "2024"),)
    result = scan(Settings((str(folder),), RULES, answers=answers))
    before = [sum(map(len, files[:at])) for at in range(len(files))]
    names = [str(folder / f"a{at}.log") for at in range(len(files))]
    columns = ("source", "line", "hit_source", "hit_line", "repeat_reason", "bin", "action")
    rows = result.found.select(*columns, "activity", "user").collect()

    def place(source: str | None, line: int) -> int | None:
        return None if source is None else before[names.index(source)] + line

    places = [
        (place(source, line), place(hit_source, hit_line), *rest)
        for source, line, hit_source, hit_line, *rest in rows.rows()
    ]
    bins = {
        name: sum(source.bins[name] for source in result.sources)  # type: ignore[index]
        for name in ("hit", "repeat")
    }
    return [*sorted(places, key=str), tuple(bins.values())]


LOGS = [
    (proxied(), SQUID.format(1_704_060_000, 1, 9, "TCP_MISS/200", "GET http://a.example/", "-")),
    (looked_up(), "Jan 10 09:00:00 dnsmasq[812]: query[A] a.example from 10.1.2.9"),
    (
        sensed(),
        (
            '{"timestamp":"2024-01-01T09:00:00.000000+0000","event_type":"dns","src_ip":"10.1.2.9",'
            '"src_port":5000,"dest_ip":"192.0.2.53","dest_port":53,"dns":{"type":"query",'
            '"rrname":"a.example"}}'
        ),
    ),
]


@pytest.mark.parametrize(("logs", "first"), LOGS, ids=["proxy", "resolver", "sensor"])
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_threshold_and_no_cut_changes_what_a_line_comes_to(
    tmp_path_factory: pytest.TempPathFactory,
    logs: st.SearchStrategy[list[str]],
    first: str,
    data: st.DataObject,
) -> None:
    folder = tmp_path_factory.mktemp("logs")
    lines = data.draw(logs)
    whole = settled(folder / "whole", [lines], first)
    at = data.draw(st.integers(0, len(lines)))
    held, part = data.draw(st.sampled_from((1, 3, 10))), data.draw(st.sampled_from((1, 4, 1000)))
    assert settled(folder / "two", [lines[:at], lines[at:]], first) == whole
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "ROWS_HELD", held)
        patch.setattr(limits, "PART_ROWS", part)
        assert settled(folder / "whole", [lines], first) == whole
        assert settled(folder / "two", [lines[:at], lines[at:]], first) == whole
