"""What method, address and answer leave of what was asked for."""

from typing import Any

import polars as pl
import pytest

from logan.rules.load import load_text
from logan.rules.model import Rules
from logan.rules.packs import load_rules
from logan.rules.per_line import tag
from logan.rules.request import requests_as_records
from tests.rules.packs_for_tests import SOUND

SEARCH = "POST https://pimeyes.com/api/search/new"
UPLOAD = "POST https://pimeyes.com/api/upload/file"
RESULTS = "GET https://pimeyes.com/en/results/ab_240303cd"


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load_rules()


def activity(rules: Rules, request: str, **columns: Any) -> str:
    records = requests_as_records([request])
    changed = records.with_columns(
        pl.lit(value).cast(records.schema[name]).alias(name) for name, value in columns.items()
    )
    found: str = tag(changed, rules)["activity"].item()
    return found


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ("GET https://pimeyes.com/en 200", "page"),
        ("GET https://pimeyes.com/en 206", "page"),
        ("GET https://pimeyes.com/en 304", "page"),
        ("GET https://pimeyes.com/en", "page"),
        ("GET http://pimeyes.com/ 301", "asset"),
        ("- http://pimeyes.com/ 302", "asset"),
        ("GET https://pimeyes.com/en 403", "asset"),
        ("GET https://pimeyes.com/en 503", "asset"),
        ("HEAD https://pimeyes.com/en 200", "poll"),
        ("HEAD https://pimeyes.com/en", "poll"),
        (f"{RESULTS} 200", "results"),
        (f"{RESULTS} 304", "results"),
        (f"{RESULTS} 307", "asset"),
        (f"{RESULTS} 404", "asset"),
        (SEARCH, "search"),
        (f"{SEARCH} 200", "search"),
        (f"{SEARCH} 303", "search"),
        (f"{SEARCH} 308", "asset"),
        (f"{SEARCH} 400", "api"),
        (f"{SEARCH} 504", "api"),
        (f"{UPLOAD} 200", "upload"),
        (f"{UPLOAD} 301", "upload"),
        (f"{UPLOAD} 413", "upload"),
        (f"{UPLOAD} 502", "upload"),
        ("GET https://jsc12.pimeyes.com/redirect/abc 302", "click_out"),
        ("GET https://jsc12.pimeyes.com/redirect/abc 404", "asset"),
        ("GET https://email.mg.pimeyes.com/c/abc 302", "email_link"),
        ("POST https://pimeyes.com/api/login/login-form 302", "account"),
        ("POST https://pimeyes.com/api/login/login-form 401", "account"),
        ("POST https://pimeyes.com/en/opt-out-request-form 302", "opt_out"),
        ("GET http://pimeyes.com/en/opt-out-request-form 301", "asset"),
        ("GET https://pimeyes.com/en/premium 302", "asset"),
        ("CONNECT jsc3.pimeyes.com:443 200", "results"),
        ("CONNECT jsc3.pimeyes.com:443 503", "contact"),
        ("GET https://pimeyes.com/cdn-cgi/challenge-platform/h/b/orchestrate/chl 200", "asset"),
        ("POST https://pimeyes.com/cdn-cgi/rum 204", "asset"),
        ("GET https://pimeyes.com/en/cdn-cgi/rum 200", "page"),
        ("GET https://pimeyes.com/api/user 200", "api"),
        ("GET https://pimeyes.com/api", "page"),
        ("GET https://pimeyes.com/en/api/", "page"),
        ("GET https://api.lenso.ai/anything 200", "api"),
        ("GET https://pimeyes.com/robots.txt", "asset"),
    ],
)
def test_what_is_left_of_a_request(rules: Rules, request_: str, expected: str) -> None:
    assert activity(rules, request_) == expected


@pytest.mark.parametrize("status", [302, 403, 451, 503])
def test_the_answer_of_the_gateway_itself_proves_nothing_of_the_service(
    rules: Rules, status: int
) -> None:
    for request, expected in ((SEARCH, "search"), (RESULTS, "results")):
        found = activity(rules, f"{request} {status}", action="blocked")
        assert found == expected, "what was tried; counted as blocked"
    assert activity(rules, f"GET https://pimeyes.com/en {status}", action="blocked") == "page"


def test_the_word_of_a_pack_on_methods_and_statuses_holds() -> None:
    here = "methods: [POST]\n        path: '/api/search'"
    by_status = load_text(SOUND.replace(here, f"{here}\n        status: [2xx, 404]"))
    assert activity(by_status, "POST https://alpha.example/api/search 404") == "search"
    assert activity(by_status, "POST https://alpha.example/api/search 500") == "api"
    by_method = load_text(SOUND.replace("methods: [POST]", "methods: [HEAD, POST]"))
    assert activity(by_method, "HEAD https://alpha.example/api/search") == "search"


def test_size_and_referrer_decide_where_a_pack_says_so() -> None:
    here = "path: '/about.*'"
    sized = load_text(
        SOUND.replace(here, f"{here}\n        bytes_sent: {{min: 1000}}").replace(
            "match: [GET https://alpha.example/about]",
            "match: [GET https://alpha.example/about 200 sent=1000]\n"
            "        no_match: [GET https://alpha.example/about 200 sent=999,"
            " GET https://alpha.example/about]",
        )
    )
    from logan.rules.trial import try_rules

    assert try_rules(sized).failures == ()
    came = load_text(SOUND.replace(here, f"{here}\n        referrer: 'alpha\\.example/(?:form|f)'"))
    rule = [
        tag(requests_as_records([f"GET https://alpha.example/about{rest}"]), came)["rule"].item()
        for rest in (
            " < https://ALPHA.example/form?x=1",
            " < https://alpha.example:443/f#top",
            " < https://alpha.example/%66orm",
            " < https://alpha.example/form/2",
            " < https://alpha.example.evil.example/form",
            " < https://alpha.example@evil.example/form",
            " < -",
            "",
        )
    ]
    assert rule == ["alpha.page"] * 3 + [None] * 5
