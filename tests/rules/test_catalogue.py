"""The research catalogue beside the project: every one of its vectors, and every domain in it."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from logan.rules.load import load_packs
from logan.rules.model import Rules
from logan.rules.packs import bundled_packs
from logan.rules.per_line import tag
from logan.rules.request import requests_as_records

CATALOGUE = Path(__file__).parents[2] / ".." / "shared" / "catalogue" / "services.yaml"
ACTIVITIES = {
    "visit": "page",
    "visit_proxied": "page",
    "optout": "opt_out",
    "quota": "poll",
    "results_view": "results",
    "result_clickout": "click_out",
    "api_unknown": "api",
    "mention": None,
    "none": None,
}
#: Where the catalogue was found to say too much: its log-in page is shown to anybody, so neither it
#: nor a tunnel to its host shows an account.
SINCE = {"https://app.clearview.ai/app/login": "page", "app.clearview.ai:443": "contact"}
MENTIONS = ("mention", "visit_proxied")


@pytest.fixture(scope="module")
def catalogue() -> dict[str, Any]:
    if not CATALOGUE.is_file():
        pytest.skip("no ../shared/catalogue: a folder beside the checkout that is not part of it")
    read: dict[str, Any] = yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))
    return read


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load_packs(list(bundled_packs().values()))


def expected(vector: dict[str, Any]) -> tuple[set[str], str | None, str | None]:
    """Bins, activity and service that a vector asks for. A tunnel shows contact, not a page."""
    event = vector["e"]
    activity = SINCE.get(vector["u"], ACTIVITIES.get(event, event))
    if vector["m"] == "CONNECT" and event == "visit":
        activity = "contact"
    if event == "none":
        return {"cleared", "unrelated"}, None, None
    mention = event in MENTIONS or "r" in vector
    return {"mention" if mention else "hit"}, activity, vector["s"]


def test_every_vector_is_taken_for_what_it_is(catalogue: dict[str, Any], rules: Rules) -> None:
    vectors = catalogue["tests"]
    assert len(vectors) == 78
    requests = [
        f"{one['m']} {one['u']}" + (f" < {one['r']}" if "r" in one else "") for one in vectors
    ]
    found = tag(requests_as_records(requests), rules)
    wrong = []
    for vector, row in zip(vectors, found.iter_rows(named=True), strict=True):
        bins, activity, service = expected(vector)
        named = row["service"] if service else None
        if row["bin"] not in bins or (row["activity"], named) != (activity, service):
            wrong.append((vector["u"], row["bin"], row["activity"], row["service"]))
    assert wrong == []


def test_every_domain_is_watched(catalogue: dict[str, Any], rules: Rules) -> None:
    domains = [domain for service in catalogue["services"] for domain in service["domains"]]
    found = tag(requests_as_records([f"GET https://{domain}/" for domain in domains]), rules)
    assert len(domains) >= 50
    assert found.filter(pl.col("bin") != "hit")["host"].to_list() == []


def test_guesses_of_the_catalogue_never_decide(catalogue: dict[str, Any], rules: Rules) -> None:
    """A host known by a guess alone is no hit unless it lies in a domain that is known well."""
    guesses = [
        (host["host"], service["domains"])
        for service in catalogue["services"]
        for host in service.get("hosts", ())
        if host["conf"] == "guess" and "host" in host
    ]
    found = tag(requests_as_records([f"GET https://{host}/" for host, _ in guesses]), rules)
    for (host, domains), bin_ in zip(guesses, found["bin"], strict=True):
        inside = any(host.endswith("." + domain) for domain in domains)
        assert (bin_ == "hit") is inside, host
