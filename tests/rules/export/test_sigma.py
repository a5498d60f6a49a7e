"""Exported Sigma rules: sound for sigma-cli, convertible for three SIEMs, and saying what logan says.

What they say is judged by another engine: pySigma turns them into SQL, and SQLite runs them on the
requests that the packs carry as tests.
"""

import itertools
import re
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from logan.rules.export.sigma import TITLES, export
from logan.rules.load import load_text
from logan.rules.model import Rules
from logan.rules.per_line import tag
from logan.rules.request import requests_as_records

MISSING = "needs pySigma, sigma-cli and their back ends: pip install 'logan-audit[test]'"

PACK = """
pack: demo
title: Demo
version: 1
checked: 2024-01-02
sources: {A: {what: A source., url: "https://a.example/"}}
services:
  - id: demo
    name: Demo search
    category: consumer_face_search
    confidence: client
    sources: [A]
    domains: [demo.example]
    signatures:
"""

Document = dict[str, Any]


Files = Mapping[str, str]


@pytest.fixture(scope="module")
def files(rules: Rules) -> Files:
    return export(rules).files


@pytest.fixture(scope="module")
def documents(files: Files) -> dict[str, Document]:
    return {name: yaml.safe_load(text) for name, text in files.items()}


def _exported(signatures: str) -> dict[str, Document]:
    files = export(load_text(PACK + signatures)).files
    return {name.split("/")[1]: yaml.safe_load(text) for name, text in files.items()}


def _signature(name: str, activity: str, priority: int, rest: str) -> str:
    return (
        f"      - {{id: demo.{name}, activity: {activity}, priority: {priority}, "
        f"confidence: client, sources: [A], match: [GET https://demo.example/], {rest}}}\n"
    )


def test_a_service_has_a_rule_for_visits_and_one_for_look_ups(files: Files) -> None:
    assert "proxy/proxy_pimeyes_visit.yml" in files
    assert "dns/net_dns_pimeyes_lookup.yml" in files
    document = yaml.safe_load(files["proxy/proxy_pimeyes_visit.yml"])
    assert document["detection"] == {
        "selection": {"cs-host": ["pimeyes.com", "*.pimeyes.com"]},
        "condition": "selection",
    }


def test_hosts_that_serve_other_things_have_no_rule_for_visits(documents: dict[str, Any]) -> None:
    assert "proxy/proxy_yandex_images_visit.yml" not in documents
    assert "proxy/proxy_yandex_images_upload.yml" in documents
    assert "*" not in str(documents["proxy/proxy_faceonlive_visit.yml"]["detection"]).replace(
        "*.faceonlive.com", ""
    )


def test_every_signature_that_proves_something_has_a_rule_or_a_reason(
    rules: Rules, documents: dict[str, Document]
) -> None:
    names = {document["name"].split("/")[-1] for document in documents.values()}
    left_out = {reason.split(":")[0] for reason in export(rules).left_out}
    wanted = {one.id for one in rules.signatures.values() if one.activity in TITLES}
    others = {name for name in names if name.endswith((".visit", ".lookup"))}
    assert wanted == (names - others) | left_out
    assert left_out == {
        *("clearview.consent.other", "copyseeker.action", "pimeyes.results.new"),
        *(
            "pimeyes.removal.photo",
            "facecheck.removal.photo",
            "lenso.removal.photo",
            "pimeyes.mail",
        ),
    }


def test_what_a_rule_finds_beside_its_own_is_said(documents: dict[str, Document]) -> None:
    upload = documents["proxy/proxy_pimeyes_upload_face.yml"]["description"]
    assert "Found as well: pimeyes.removal.photo (A removal request;" in upload
    account = documents["proxy/proxy_pimeyes_login.yml"]["description"]
    assert "Found as well" not in account
    search = documents["proxy/proxy_pimeyes_search_new.yml"]["description"]
    assert "Answered with a status of 400 or above it is an attempt, and no search." in search


def test_a_priority_becomes_a_filter() -> None:
    found = _exported(
        _signature("opt_out", "opt_out", 100, "path: '/[^/]+/remove'")
        + _signature("search", "search", 90, "methods: [POST], path: '/search/.+'")
    )
    detection = found["proxy_demo_search.yml"]["detection"]
    assert detection["condition"] == "selection and not 1 of filter_main_*"
    assert detection["filter_main_opt_out"]["c-uri|contains"] == "/?*/remove"
    assert found["proxy_demo_opt_out.yml"]["detection"]["condition"] == "selection"


def test_what_only_the_wildcards_would_take_becomes_a_filter() -> None:
    found = _exported(
        _signature("search", "search", 90, "path: /search")
        + _signature("help", "page", 50, "path: /search-help")
    )
    detection = found["proxy_demo_search.yml"]["detection"]
    assert detection["filter_main_help"]["c-uri|contains"] == "/search-help"


def test_other_methods_and_hosts_need_no_filter() -> None:
    found = _exported(
        _signature("one", "results", 90, "methods: [GET], path: /x/search")
        + _signature("two", "search", 80, "methods: [POST], path: /x/search")
        + _signature("three", "search", 70, "host: a.demo.example, path: /x/search")
        + _signature("four", "search", 60, "host: b.demo.example, path: /x/search")
    )
    assert found["proxy_demo_two.yml"]["detection"]["condition"] == "selection"
    four = found["proxy_demo_four.yml"]["detection"]
    assert set(four) == {"selection", "filter_main_one", "filter_main_two", "condition"}


def test_a_request_without_method_or_path_is_no_tunnel() -> None:
    found = _exported(_signature("api", "api", 90, "host: api.demo.example"))
    assert found["proxy_demo_api.yml"]["detection"]["filter_main_tunnel"] == {
        "cs-method": "CONNECT"
    }


@pytest.mark.parametrize(
    ("rest", "reason"),
    [
        ("path: '/.*'", "stands in too many addresses"),
        ("path: /search, valid_to: 2024-01-01", "no dates of validity"),
        ("path: /search, bytes_sent: {min: 10}", "cs-bytes"),
        ("path: /search, status: [2xx]", "class of statuses"),
        ("path: /search, referrer: 'a[.]example/form'", "by different names"),
        ("path: /search, day_in_path: '_[0-9]{6}'", "day of the request"),
    ],
)
def test_what_sigma_cannot_say_is_named(rest: str, reason: str) -> None:
    written = export(load_text(PACK + _signature("search", "search", 90, rest)))
    assert [one.split(":")[0] for one in written.left_out] == ["demo.search"]
    assert reason in written.left_out[0]


def test_a_rule_says_on_whose_word_it_stands() -> None:
    document = _exported(_signature("search", "search", 90, "path: /search, note: A note."))
    rule = document["proxy_demo_search.yml"]
    assert rule["references"] == ["https://a.example/"]
    assert "A note." in rule["description"]
    assert "Confidence: client" in rule["description"]
    assert rule["level"] == "high"
    assert str(rule["date"]) == "2024-01-02"


def test_ids_stay(documents: dict[str, Document]) -> None:
    search = documents["proxy/proxy_pimeyes_search_new.yml"]
    assert search["id"] == "4343c3bc-8aa8-5479-a35c-c89f98439ac1"
    ids = [document["id"] for document in documents.values()]
    assert len(set(ids)) == len(ids)
    assert {uuid.UUID(one).version for one in ids} == {5}


def test_the_spelling_is_that_of_sigmahq(files: Files, documents: dict[str, Document]) -> None:
    for name, text in files.items():
        folder, file = name.split("/")
        assert folder in ("proxy", "dns")
        assert re.fullmatch(r"[a-z0-9_]{10,90}\.yml", file)
        assert not re.search(r"^ {1,3}\S", text, re.MULTILINE)
    titles = [document["title"] for document in documents.values()]
    assert len(set(titles)) == len(titles)
    assert all(len(title) <= 120 for title in titles)


# ---------------------------------------------------------------- with pySigma


def test_sigma_cli_has_nothing_to_say(files: Files, tmp_path: Path) -> None:
    pytest.importorskip("sigma.cli.check", reason=MISSING)
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    sigma = Path(sys.executable).with_name("sigma")
    checked = subprocess.run(
        [sigma, "check", "--fail-on-issues", tmp_path], capture_output=True, text=True, check=False
    )
    assert "Found 0 errors, 0 condition errors and 0 issues." in checked.stdout
    assert checked.returncode == 0


def _backends() -> Iterator[Any]:
    """Back ends as (name, category, factory); factories import when they are called."""

    def splunk(*, model: bool) -> Any:
        from sigma.backends.splunk import SplunkBackend
        from sigma.pipelines.splunk.splunk import splunk_cim_data_model

        return SplunkBackend(splunk_cim_data_model() if model else None)

    def elastic(name: str) -> Any:
        from sigma.backends import elasticsearch
        from sigma.pipelines.elasticsearch.zeek import ecs_zeek_beats

        return getattr(elasticsearch, name)(ecs_zeek_beats())

    def kusto() -> Any:
        from sigma.backends.kusto import KustoBackend
        from sigma.pipelines.sentinelasim import sentinel_asim_pipeline

        return KustoBackend(sentinel_asim_pipeline())

    for category in ("proxy", "dns"):
        yield pytest.param("splunk", category, lambda: splunk(model=False))
        for name in ("LuceneBackend", "EqlBackend", "ESQLBackend"):
            yield pytest.param("elasticsearch", category, lambda name=name: elastic(name))
    yield pytest.param("splunk", "proxy", lambda: splunk(model=True))
    yield pytest.param("kusto", "proxy", kusto)


@pytest.mark.parametrize(("package", "category", "make"), list(_backends()))
def test_rules_convert(files: Files, package: str, category: str, make: Any) -> None:
    pytest.importorskip(f"sigma.backends.{package}", reason=MISSING)
    from sigma.collection import SigmaCollection

    texts = [text for name, text in files.items() if name.startswith(f"{category}/")]
    queries = make().convert(SigmaCollection.from_yaml("---\n".join(texts)))
    assert len(queries) == len(texts)
    assert any("pimeyes.com" in query for query in queries)


def test_the_pipeline_in_the_documents_converts_look_ups_for_sentinel(files: Files) -> None:
    pytest.importorskip("sigma.backends.kusto", reason=MISSING)
    from sigma.backends.kusto import KustoBackend
    from sigma.collection import SigmaCollection
    from sigma.pipelines.sentinelasim import sentinel_asim_pipeline
    from sigma.processing.pipeline import ProcessingPipeline

    document = Path(__file__).parents[3] / "docs" / "rules-export.md"
    (block,) = re.findall(r"```yaml\n(.*?)```", document.read_text(encoding="utf-8"), re.DOTALL)
    backend = KustoBackend(ProcessingPipeline.from_yaml(block) + sentinel_asim_pipeline())
    rule = files["dns/net_dns_pimeyes_lookup.yml"]
    (query,) = backend.convert(SigmaCollection.from_yaml(rule))
    wanted = 'imDns | where DnsQuery in~ ("pimeyes.com") or DnsQuery endswith ".pimeyes.com"'
    assert " ".join(query.split()) == wanted


def _sql(text: str) -> str:
    from sigma.backends.sqlite import sqlite
    from sigma.collection import SigmaCollection

    backend = sqlite.sqliteBackend()
    (query,) = backend.convert(SigmaCollection.from_yaml(text))
    return str(query).replace("<TABLE_NAME>", "logs")


def _requests(rules: Rules) -> list[str]:
    found: list[str] = []
    for service in rules.services.values():
        tests = service.tests
        found += [*tests.hit, *tests.mention, *tests.cleared, *tests.unrelated]
        for signature in service.signatures:
            found += [*signature.match, *signature.no_match]
    return list(dict.fromkeys(found))


@pytest.fixture(scope="module")
def judged(rules: Rules) -> pl.DataFrame:
    """Every request in the packs, as logan judges it by itself.

    Without those whose method is not known: logan then goes by the path, a Sigma rule cannot.
    """
    requests = [request for request in _requests(rules) if not request.startswith("- ")]
    return tag(requests_as_records(requests), rules).with_row_index("row")


@pytest.fixture(scope="module")
def database(judged: pl.DataFrame) -> sqlite3.Connection:
    """The same requests in the fields of Sigma's taxonomy."""
    connection = sqlite3.connect(":memory:")
    connection.execute('CREATE TABLE logs ("row", "cs-host", "cs-method", "c-uri", "c-uri-query")')
    for row in judged.filter(pl.col("evidence") != "dns").iter_rows(named=True):
        address = row["text"].split(" ")[1]
        cells = (row["row"], row["host"], row["method"], address, row["query"])
        connection.execute("INSERT INTO logs VALUES (?, ?, ?, ?, ?)", cells)
    return connection


def _rows(database: sqlite3.Connection, text: str) -> set[int]:
    return {row[0] for row in database.execute(_sql(text))}


def test_another_engine_finds_the_same_visits(
    rules: Rules, files: Files, judged: pl.DataFrame, database: sqlite3.Connection
) -> None:
    pytest.importorskip("sigma.backends.sqlite", reason=MISSING)
    for service in rules.services:
        name = f"proxy/proxy_{service}_visit.yml"
        if name not in files:
            continue
        hits = judged.filter(
            (pl.col("bin") == "hit")
            & (pl.col("service") == service)
            & (pl.col("evidence") != "dns")
        )
        shared = {host.host for host in rules.services[service].own_hosts() if host.shared}
        own = hits.filter(~pl.col("host").is_in(list(shared)))
        assert _rows(database, files[name]) == set(own["row"]), name


def test_another_engine_finds_the_same_acts(
    rules: Rules,
    files: Files,
    documents: dict[str, Document],
    judged: pl.DataFrame,
    database: sqlite3.Connection,
) -> None:
    pytest.importorskip("sigma.backends.sqlite", reason=MISSING)
    loose = 0
    exported = {document["name"].split("/")[2] for document in documents.values()}
    for name, document in documents.items():
        signature = rules.signatures.get(document["name"].split("/")[2])
        if signature is None:
            continue
        found = _rows(database, files[name])
        decided = set(judged.filter(pl.col("rule") == signature.id)["row"])
        assert decided <= found, signature.id
        more = judged.filter(
            pl.col("row").is_in(list(found - decided)) & pl.col("rule").is_in(list(exported))
        )
        # A wildcard finds `/search2` with `/search`; it must never find what another rule decides.
        assert more["rule"].drop_nulls().is_empty(), (signature.id, more["text"].to_list())
        loose += len(found - decided)
    assert loose < len(judged) / 20


def test_every_request_is_found_by_one_rule_at_most(
    rules: Rules,
    files: Files,
    documents: dict[str, Document],
    database: sqlite3.Connection,
) -> None:
    pytest.importorskip("sigma.backends.sqlite", reason=MISSING)
    acts = [
        _rows(database, files[name])
        for name, document in documents.items()
        if document["name"].split("/")[2] in rules.signatures
    ]
    assert all(one.isdisjoint(other) for one, other in itertools.combinations(acts, 2))
