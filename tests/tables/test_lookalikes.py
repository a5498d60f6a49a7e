"""Look-alike hosts, grouped by what somebody registered."""

import socket
import tempfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from logan.result import Run, ScanResult, Selection
from logan.runtime.private_folder import PrivateFolder
from logan.tables import lookalikes, parts
from logan.tables.lookalikes import LOOKALIKES, LOOKALIKES_ORDER, find_lookalikes, name_domains
from logan.vocabulary import LOOKALIKE
from tests.builders import Row, at, hit, result


def alike(
    host: str, time: str = "2024-01-02 09:00", user: str | None = "ann", **others: Any
) -> Row:
    return hit(time, user, host=host, bin="cleared", rule=LOOKALIKE, activity=None) | others


def listed(of: ScanResult) -> pl.DataFrame:
    return pl.concat(find_lookalikes(of)).sort(LOOKALIKES_ORDER).collect()


def test_lines_are_counted_by_registered_domain_and_service() -> None:
    found = listed(
        result(
            [
                alike("a.pimeyes.com.evil.co.uk", "2024-01-03 09:00", "ann"),
                alike("b.pimeyes.com.evil.co.uk", "2024-01-02 09:00", "bob", action="blocked"),
                alike("b.pimeyes.com.evil.co.uk", "2024-01-09 09:00", None),
                alike("clearview.ai.evil.co.uk", service="clearview"),
                alike("notpimeyes.com"),
            ]
        )
    )
    assert dict(found.schema) == LOOKALIKES
    assert found.to_dicts()[0] == {
        "domain": "evil.co.uk",
        "service": "pimeyes",
        "hosts": ["a.pimeyes.com.evil.co.uk", "b.pimeyes.com.evil.co.uk"],
        "lines": 3,
        "users": 2,
        "addresses": 1,
        "blocked": 1,
        "first_seen": at("2024-01-02 09:00"),
        "last_seen": at("2024-01-09 09:00"),
    }
    assert found.select("domain", "service").rows()[1:] == [
        ("evil.co.uk", "clearview"),
        ("notpimeyes.com", "pimeyes"),
    ]


def test_findings_on_disk_give_the_same_table(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rows = [
        alike(
            f"h{number % 7}.pimeyes.example{number % 20}.com",
            f"2024-01-{1 + number % 28:02} 09:00",
            ("ann", "bob", None)[number % 3],
            client_ip=f"10.0.0.{number % 5}",
            service=("pimeyes", "clearview")[number % 11 == 0],
            action=("allowed", "blocked", None)[number % 4 % 3],
        )
        for number in range(300)
    ]
    whole = result([*rows, hit("2024-01-02 09:00")])
    runs = tuple(Run(whole.found.slice(start, 50)) for start in range(0, 350, 50))
    folder = PrivateFolder()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(lookalikes, "PART_ROWS", 40)
    monkeypatch.setattr(parts, "_ROWS_HELD", 10)
    stored = find_lookalikes(whole._replace(runs=runs, folder=folder))
    assert len(list(folder.path.glob("lookalikes-*.parquet"))) > 1
    assert [path for path in folder.path.glob("lookalikes-*") if path.is_dir()] == []
    assert pl.concat(stored).sort(LOOKALIKES_ORDER).collect().equals(listed(whole))


@pytest.mark.parametrize(
    "row",
    [
        alike("notpimeyes.com") | {"bin": "mention"},
        alike("notpimeyes.com") | {"bin": "hit"},
        alike("www.example.com", path="/notpimeyes.com") | {"rule": None},
        hit("2024-01-02 09:00", host="pimeyes.com"),
    ],
)
def test_what_is_no_request_to_a_lookalike_is_not_listed(row: Row) -> None:
    found = listed(result([row]))
    assert found.is_empty()
    assert dict(found.schema) == LOOKALIKES


def test_the_selection_holds() -> None:
    rows = [alike("notpimeyes.com", "2024-01-02 09:00"), alike("notpimeyes.com", user="bob")]
    assert listed(result(rows, selection=Selection(users=("bob",))))["lines"].item() == 1
    assert listed(result(rows, selection=Selection(services=("clearview",)))).is_empty()
    late = Selection(since=at("2024-01-03 00:00"))
    assert listed(result(rows, selection=late)).is_empty()


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("notpimeyes.com", "notpimeyes.com"),
        ("www.pimeyes.com.evil.org.uk", "evil.org.uk"),
        ("pimeyes-com.github.io", "pimeyes-com.github.io"),
        ("pimeyes.com.s3.amazonaws.com", "com.s3.amazonaws.com"),
        ("pimeyes.com.evil.example", "evil.example"),
        ("pimeyes.com.force", "com.force"),
        ("xn--pimeyes-com.xn--p1ai", "xn--pimeyes-com.xn--p1ai"),
        ("github.io", "github.io"),
        ("pimeyes-com", "pimeyes-com"),
    ],
)
def test_the_registered_part_of_a_host(host: str, domain: str) -> None:
    assert name_domains([host]) == {host: domain}


def test_neither_network_nor_cache_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a look at the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    for variable in ("HOME", "XDG_CACHE_HOME", "TLDEXTRACT_CACHE"):
        monkeypatch.setenv(variable, str(tmp_path))
    assert name_domains(["a.b.evil.co.uk"]) == {"a.b.evil.co.uk": "evil.co.uk"}
    assert list(tmp_path.iterdir()) == []
