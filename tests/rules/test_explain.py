"""Why a request is called what it is called."""

from datetime import UTC, datetime

import pytest

from logan.rules.explain import PROVES, explain
from logan.rules.load import load_packs, load_text
from logan.rules.model import Rules
from logan.rules.packs import bundled_packs
from logan.vocabulary import ACTIVITIES
from tests.rules.packs_for_tests import SOUND


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load_packs(list(bundled_packs().values()))


def test_a_search_names_its_rule_and_sources(rules: Rules) -> None:
    one = explain("POST https://pimeyes.com/api/search/new", rules)
    assert (one.bin, one.activity, one.inferred) == ("hit", "search", False)
    assert one.signature is not None
    assert one.signature.id == "pimeyes.search.new"
    assert one.confidence == "client"
    assert [source.id for source in one.sources] == list(one.signature.sources)
    assert all(source.what for source in one.sources)


def test_what_came_close_says_why_not(rules: Rules) -> None:
    one = explain("GET https://facecheck.id/api/search", rules)
    assert (one.activity, one.signature) == ("api", None)
    assert "judged by its kind alone" in one.grounds
    nearest = one.near[0]
    assert nearest.signature.id == "facecheck.search"
    assert nearest.failed == ("the method is GET, not POST",)


def test_a_rule_that_matches_but_comes_second(rules: Rules) -> None:
    one = explain("GET https://app.clearview.ai/app/login", rules)
    assert one.signature is not None
    assert one.signature.id == "clearview.open"
    both = SOUND.replace("path: '/about.*'", "path: '/.*'")
    second = explain("POST https://alpha.example/api/search", load_text(both)).near
    assert [(miss.signature.id, miss.failed) for miss in second] == []
    near = both.replace("GET https://alpha.example/about", "GET https://alpha.example/api/searc")
    second = explain("POST https://alpha.example/api/search", load_text(near)).near
    assert [(miss.signature.id, miss.failed) for miss in second] == [("alpha.page", ())]


def test_what_other_requests_change_is_said(rules: Rules) -> None:
    one = explain("POST https://facecheck.id/api/search", rules)
    assert one.counting == (
        "Without facecheck.upload within 30 minutes before, it counts as results.",
        "Within 15 minutes after facecheck.search, it counts as poll.",
        "Every further request makes that span last as long again.",
        "facecheck.upload ends that span.",
    )
    also = explain("POST https://findclone.ru/upload2", rules)
    assert also.counting == ("The same request carries the photo: it counts as an upload too.",)


@pytest.mark.parametrize(
    ("request_", "bin_", "words"),
    [
        ("CONNECT pimeyes.com:443", "hit", "a tunnel was opened"),
        ("DNS pimeyes.com", "hit", "a name was looked up"),
        ("GET https://notpimeyes.com/", "cleared", "a look-alike"),
        ("GET http://pimeyes.com@evil.example/", "cleared", "a look-alike"),
        ("GET https://example.org/?q=pimeyes.com", "mention", "Listed, never counted as a hit"),
        ("GET https://pimeyes-com.translate.goog/", "mention", "translating proxy"),
        ("GET https://x.example/ < https://pimeyes.com/", "mention", "its referrer is a page"),
        ("GET https://example.org/", "unrelated", "no watched service"),
        ("GET https://yandex.com/images/search?rpt=imageview&url=x", "hit", "among other things"),
    ],
)
def test_every_bin_has_its_grounds(rules: Rules, request_: str, bin_: str, words: str) -> None:
    one = explain(request_, rules)
    assert one.bin == bin_
    assert words in one.grounds
    assert bool(one.sources) is (bin_ in ("hit", "mention"))


def test_a_guess_about_the_host_is_shown_and_not_relied_on(rules: Rules) -> None:
    one = explain("GET https://api.pimeyes.com/v1/search", rules)
    assert one.host is not None
    assert one.host.confidence == "guess"
    assert (one.activity, one.confidence) == ("api", "client")


def test_a_pack_that_a_scan_does_not_use_by_itself(rules: Rules) -> None:
    one = explain("GET https://www.hertasecurity.com/", rules)
    assert one.pack == "vendors"


def test_a_request_outside_the_days_of_a_service() -> None:
    rules = load_text(SOUND + "    valid_to: 2020-03-31\n")
    late = explain("GET https://beta.example/", rules, when=datetime(2021, 1, 1, tzinfo=UTC))
    assert late.bin == "cleared"
    assert "at that time" in late.grounds
    then = explain("GET https://beta.example/", rules, when=datetime(2019, 1, 1, tzinfo=UTC))
    assert then.bin == "hit"


def test_every_activity_has_a_meaning() -> None:
    assert tuple(PROVES) == ACTIVITIES


def test_what_other_requests_change_is_said_of_every_kind(rules: Rules) -> None:
    results = explain(
        "GET https://pimeyes.com/en/results/ab_240603cd",
        rules,
        when=datetime(2024, 6, 3, tzinfo=UTC),
    )
    assert results.signature is not None
    assert results.signature.id == "pimeyes.results.new"
    assert results.counting == (
        "Within 30 minutes after pimeyes.results.new, it counts as poll.",
        "Every further request makes that span last as long again.",
        "A request with another path has a span of its own.",
        (
            "Within 30 minutes after pimeyes.upload.face or pimeyes.upload.file, unless "
            "pimeyes.search.new came since, it shows that a search went before: counted as one, "
            "and called inferred."
        ),
    )
    pick = explain("GET https://findclone.ru/upload3?id=1", rules).counting
    assert "A request with another parameter id has a span of its own." in pick
    assert pick[0] == "Within 24 hours after findclone.pick or findclone.upload, it counts as api."


def test_a_word_of_a_path_is_said_to_be_a_general_rule(rules: Rules) -> None:
    """No source says it of the service; where one does, its signature decides."""
    general = explain("GET https://facecheck.id/pricing", rules)
    assert (general.activity, general.signature) == ("payment", None)
    assert "general rule for words of paths" in general.grounds
    own = explain("GET https://lenso.ai/en/pricing", rules)
    assert (own.activity, own.signature is None) == ("payment", False)
    assert "general rule" not in own.grounds
