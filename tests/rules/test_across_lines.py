"""What several requests mean together: each case is a time line of one or more people."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logan.rules.across_lines import POSSIBLE_UPLOAD_BYTES, settle
from logan.rules.model import Rules
from logan.rules.packs import load_rules
from logan.rules.per_line import tag
from logan.rules.request import requests_as_records
from logan.schema import ACTION

START = datetime(2024, 3, 4, 9, tzinfo=UTC)
UPLOAD = "POST https://facecheck.id/api/upload_pic"
SEARCH = "POST https://facecheck.id/api/search"


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load_rules()


def timeline(rules: Rules, events: list[tuple[float, str, str]], **columns: object) -> pl.DataFrame:
    """Tagged records of (seconds after the start, user, request), line by line of one log."""
    records = requests_as_records([request for _, _, request in events]).with_columns(
        time=pl.Series([START + timedelta(seconds=at) for at, _, _ in events]).cast(
            pl.Datetime("us", "UTC")
        ),
        user=pl.Series([user for _, user, _ in events]),
        source=pl.lit(0, dtype=pl.UInt32),
        **{name: pl.Series(values, strict=False) for name, values in columns.items()},
    )
    return tag(records, rules)


def activities(rules: Rules, events: list[tuple[float, str, str]]) -> list[str]:
    return settle(timeline(rules, events), rules)["activity"].to_list()


def mine(request: str, *seconds: float) -> list[tuple[float, str, str]]:
    return [(at, "pc1", request) for at in seconds]


def test_a_search_that_is_polled_counts_once(rules: Rules) -> None:
    events = mine(UPLOAD, 0) + mine(SEARCH, 5, 8, 11, 14, 899)
    assert activities(rules, events) == ["upload", "search", "poll", "poll", "poll", "poll"]


def test_one_upload_makes_one_search_however_long_it_is_polled(rules: Rules) -> None:
    events = mine(UPLOAD, 0) + mine(SEARCH, 5, 1000, 1500)
    assert activities(rules, events) == ["upload", "search", "results", "poll"]


def test_each_upload_begins_a_search_of_its_own(rules: Rules) -> None:
    events = mine(UPLOAD, 0) + mine(SEARCH, 5, 8) + mine(UPLOAD, 200) + mine(SEARCH, 205, 208)
    assert activities(rules, events) == ["upload", "search", "poll", "upload", "search", "poll"]


def test_a_search_without_a_recent_upload_is_an_old_result(rules: Rules) -> None:
    assert activities(rules, mine(SEARCH, 0, 3, 1000)) == ["results", "poll", "results"]
    late = mine(UPLOAD, 0) + mine(SEARCH, 1801)
    assert activities(rules, late) == ["upload", "results"]
    just = mine(UPLOAD, 0) + mine(SEARCH, 1800)
    assert activities(rules, just) == ["upload", "search"]


def test_an_upload_by_somebody_else_makes_no_search(rules: Rules) -> None:
    events = [(0.0, "pc1", UPLOAD), (5.0, "pc2", SEARCH)]
    assert activities(rules, events) == ["upload", "results"]


def test_photos_of_one_search_are_one_upload(rules: Rules) -> None:
    events = mine(UPLOAD, 0, 3, 120) + mine(UPLOAD, 121)
    assert activities(rules, events) == ["upload", "api", "api", "upload"]


def test_an_upload_and_its_search_in_the_same_second(rules: Rules) -> None:
    """Gateways stamp whole seconds, and the file of the upload may be read second."""
    events = mine(SEARCH, 0) + mine(UPLOAD, 0)
    assert activities(rules, events) == ["search", "upload"]


def test_requests_of_one_results_page_count_once(rules: Rules) -> None:
    page = "GET https://pimeyes.com/en/results/a_240304?query=x"
    collector = "POST https://jsc7.pimeyes.com/get_results"
    events = mine(page, 0) + mine(collector, 1, 2, 900, 2700)
    assert activities(rules, events) == ["results", "poll", "poll", "poll", "poll"]
    later = mine(page, 0) + mine(collector, 1, 1802)
    assert activities(rules, later) == ["results", "poll", "results"]
    assert activities(rules, mine(collector, 0, 1)) == ["results", "poll"]


def test_tunnels_to_a_collector_are_one_look_at_results(rules: Rules) -> None:
    tunnel = "CONNECT jsc7.pimeyes.com:443"
    events = mine(tunnel, 0, 600, 901, 1000)
    assert activities(rules, events) == ["results", "contact", "results", "contact"]


def test_lenso_asks_once_per_kind_and_page(rules: Rules) -> None:
    upload, search = "POST https://lenso.ai/api/upload", "POST https://lenso.ai/api/search"
    events = mine(upload, 0) + mine(search, 1, 2, 60) + mine(upload, 90) + mine(search, 91)
    expected = ["upload", "search", "poll", "poll", "upload", "search"]
    assert activities(rules, events) == expected


def test_after_an_upload_only_the_next_call_is_a_lenso_search(rules: Rules) -> None:
    """Not the next day's either: without another upload it shows the same results again."""
    upload, search = "POST https://lenso.ai/api/upload", "POST https://lenso.ai/api/search"
    events = mine(upload, 0) + mine(search, 1, 700, 1500, 90_000)
    assert activities(rules, events) == ["upload", "search", "poll", "poll", "poll"]
    unseen = mine(search, 0, 1700, 3400, 5201)
    assert activities(rules, unseen) == ["search", "poll", "poll", "search"], "no upload was seen"


def test_lenso_search_by_address_is_the_search(rules: Rules) -> None:
    by_url = "GET https://lenso.ai/en/search-by-url?url=https%3A%2F%2Fa.example%2Fb.jpg"
    events = mine(by_url, 0) + mine("POST https://lenso.ai/api/search", 3)
    assert activities(rules, events) == ["search", "poll"]


def test_findclone_uploads_and_searches_in_one_request(rules: Rules) -> None:
    upload, pick = "POST https://findclone.ru/upload2", "GET https://findclone.ru/upload3?id=1"
    events = mine(upload, 0) + mine(pick, 20) + mine(pick, 400)
    found = settle(timeline(rules, events), rules)
    assert found["activity"].to_list() == ["search", "api", "api"]
    assert found["also_upload"].to_list() == [True, False, False]


def test_every_further_face_that_findclone_is_asked_for_is_a_search(rules: Rules) -> None:
    upload = mine("POST https://findclone.ru/upload2", 0)
    first, second = (f"GET https://findclone.ru/upload3?id={face}" for face in (7, 8))
    events = upload + mine(first, 5) + mine(second, 60) + mine(first, 70) + mine(second, 4000)
    assert activities(rules, events) == ["search", "api", "search", "api", "api"]
    again = events + mine("POST https://findclone.ru/upload2", 5000) + mine(first, 5005)
    assert activities(rules, again)[-2:] == ["search", "api"], "the first face is the upload's own"


def test_a_retry_is_no_further_search(rules: Rules) -> None:
    upload = "POST https://search4faces.com/assets/php/upload.php"
    detect = "POST https://search4faces.com/assets/php/detect.php"
    events = mine(upload, 0) + mine(detect, 2, 9) + mine(upload, 60) + mine(detect, 62)
    assert activities(rules, events) == ["upload", "search", "api", "upload", "search"]


def test_further_pages_carry_no_further_photo(rules: Rules) -> None:
    found = settle(timeline(rules, mine("POST https://api.eyematch.ai/search", 0, 2, 4, 70)), rules)
    assert found["activity"].to_list() == ["search", "api", "api", "search"]
    assert found["also_upload"].to_list() == [True, False, False, True]


def test_a_queue_however_long_is_one_search(rules: Rules) -> None:
    events = mine(UPLOAD, 0) + mine(SEARCH, *range(5, 3000, 30))
    assert activities(rules, events) == ["upload", "search"] + ["poll"] * (len(events) - 2)


PIMEYES_UPLOAD = "POST https://pimeyes.com/api/face"
NEW, OLD = (f"GET https://pimeyes.com/en/results/ab_{day}cd" for day in ("240304", "240303"))


@pytest.mark.parametrize(
    ("events", "searches"),
    [
        (mine(PIMEYES_UPLOAD, 0) + mine(NEW, 40), [False, True]),
        (mine(PIMEYES_UPLOAD, 0) + mine(NEW, 40, 45), [False, True, False]),
        (mine(NEW, 40), [False]),
        (mine(PIMEYES_UPLOAD, 0) + mine(NEW, 1801), [False, False]),
        (mine(PIMEYES_UPLOAD, 0) + mine(f"{OLD} 200", 40), [False, False]),
        (mine(PIMEYES_UPLOAD, 0) + mine(f"{NEW} 302", 40), [False, False]),
        (mine(f"{PIMEYES_UPLOAD} 502", 0) + mine(NEW, 40), [False, False]),
        (
            mine(PIMEYES_UPLOAD, 0)
            + mine("POST https://pimeyes.com/api/search/new", 20)
            + mine(NEW, 40),
            [False, False, False],
        ),
        (
            mine(PIMEYES_UPLOAD, 0)
            + mine("POST https://pimeyes.com/api/search/new 422", 20)
            + mine(NEW, 40),
            [False, False, True],
        ),
        (mine(NEW, 0) + mine(PIMEYES_UPLOAD, 4000) + mine(NEW, 4040), [False, False, False]),
        ([(0.0, "pc1", PIMEYES_UPLOAD), (40.0, "pc2", NEW)], [False, False]),
    ],
    ids=[
        *("new", "loaded twice", "without an upload", "too late", "of another day", "not shown"),
        *("refused upload", "known search", "refused search", "seen before", "somebody else"),
    ],
)
def test_new_results_after_an_upload_show_a_search(
    rules: Rules, events: list[tuple[float, str, str]], searches: list[bool]
) -> None:
    found = settle(timeline(rules, events), rules)
    assert found["also_search"].to_list() == searches
    assert "search" not in found.filter("also_search")["activity"].to_list(), "they stay results"


def test_a_refused_search_is_an_attempt_and_keeps_none_from_counting(rules: Rules) -> None:
    upload = mine("POST https://lenso.ai/api/upload", 0)
    search = "POST https://lenso.ai/api/search"
    events = upload + mine(f"{search} 429", 1) + mine(f"{search} 200", 3) + mine(search, 5)
    found = settle(timeline(rules, events), rules)
    assert found["activity"].to_list() == ["upload", "api", "search", "poll"]
    assert found["attempt"].to_list() == [False, True, False, False]


def test_a_refused_upload_has_left_and_renews_nothing(rules: Rules) -> None:
    upload, search = "POST https://lenso.ai/api/upload", "POST https://lenso.ai/api/search"
    events = mine(upload, 0) + mine(search, 1) + mine(f"{upload} 413", 9) + mine(search, 11)
    assert activities(rules, events) == ["upload", "search", "upload", "poll"]
    both = settle(timeline(rules, mine("POST https://findclone.ru/upload2 500", 0)), rules)
    assert both.select("activity", "also_upload", "attempt").row(0) == ("api", True, True)


def test_a_search_that_was_blocked_keeps_none_from_counting(rules: Rules) -> None:
    upload, search = "POST https://lenso.ai/api/upload", "POST https://lenso.ai/api/search"
    events = mine(upload, 0) + mine(search, 1, 3, 8)
    tagged = timeline(rules, events).with_columns(
        action=pl.Series(["allowed", "blocked", "blocked", "allowed"]).cast(ACTION)
    )
    found = settle(tagged, rules)
    assert found["activity"].to_list() == ["upload", "search", "poll", "search"]


def test_a_photo_for_a_removal_is_part_of_it(rules: Rules) -> None:
    form = "https://pimeyes.com/en/opt-out-request-form"
    photo = f"{PIMEYES_UPLOAD} < {form}"
    assert activities(rules, mine(photo, 0, 5)) == ["opt_out", "api"]
    whole = mine(f"GET {form}", 0) + mine(photo, 60) + mine(f"POST {form}", 90)
    assert activities(rules, whole) == ["opt_out", "api", "opt_out"]
    searched = mine(f"GET {form}", 0) + mine(f"{PIMEYES_UPLOAD} < https://pimeyes.com/en", 60)
    assert activities(rules, searched) == ["opt_out", "upload"]


def test_clearview_results_are_asked_for_again_and_again(rules: Rules) -> None:
    results = "GET https://app.clearview.ai/api/v1/search_results?search_history_id=1"
    assert activities(rules, mine(results, 0, 60, 899, 901)) == [
        "results",
        "poll",
        "poll",
        "results",
    ]


def test_spans_begin_with_the_last_counted_request(rules: Rules) -> None:
    """Not with the last request: an afternoon of results is more than one look."""
    results = "GET https://app.clearview.ai/api/v1/search_results?search_history_id=1"
    found = activities(rules, mine(results, *range(0, 3600, 60)))
    assert [index for index, one in enumerate(found) if one == "results"] == [0, 16, 32, 48]


def test_a_tunnel_with_inner_requests_is_their_repeat(rules: Rules) -> None:
    events = [
        (0.0, "pc1", "CONNECT pimeyes.com:443"),
        (1.0, "pc1", "GET https://pimeyes.com/en"),
        (62.0, "pc1", "CONNECT pimeyes.com:443"),
        (70.0, "pc2", "GET https://pimeyes.com/en"),
        (90.0, "pc1", "GET https://jsc1.pimeyes.com/proxy/7b"),
    ]
    setup = [True, False, True, False, False]
    found = settle(timeline(rules, events, setup=setup), rules)
    assert found["bin"].to_list() == ["repeat", "hit", "hit", "hit", "hit"]
    unsaid = settle(timeline(rules, events), rules)
    assert unsaid["bin"].to_list() == found["bin"].to_list(), "any CONNECT may be a set-up"
    plain = settle(timeline(rules, events, setup=[False] * 5), rules)
    assert plain["bin"].to_list() == ["hit"] * 5, "no tunnel of a gateway that opens none"


def test_a_nameless_tunnel_belongs_to_its_address(rules: Rules) -> None:
    events = [(0.0, "", "CONNECT pimeyes.com:443"), (60.0, "pc1", "GET https://pimeyes.com/en")]
    tagged = timeline(rules, events, setup=[True, False]).with_columns(
        user=pl.Series([None, "pc1"]), client_ip=pl.lit("192.0.2.7")
    )
    assert settle(tagged, rules)["bin"].to_list() == ["repeat", "hit"]
    elsewhere = tagged.with_columns(client_ip=pl.Series(["192.0.2.7", "192.0.2.8"]))
    assert settle(elsewhere, rules)["bin"].to_list() == ["hit", "hit"]


@pytest.mark.parametrize(
    ("request_", "sent", "possible"),
    [
        ("CONNECT pimeyes.com:443", POSSIBLE_UPLOAD_BYTES, True),
        ("CONNECT pimeyes.com:443", POSSIBLE_UPLOAD_BYTES - 1, False),
        ("CONNECT pimeyes.com:443", None, False),
        ("POST https://pimeyes.com/api/upload/file", 2_000_000, False),
        ("CONNECT example.org:443", 2_000_000, False),
    ],
)
def test_size_alone_is_a_possible_upload(
    rules: Rules, request_: str, sent: int | None, possible: bool
) -> None:
    found = settle(timeline(rules, mine(request_, 0), bytes_sent=[sent]), rules)
    assert found["possible_upload"].to_list() == [possible]


def test_searches_beside_a_removal_request_are_marked(rules: Rules) -> None:
    search, removal = "POST https://pimeyes.com/api/search/new", "GET https://pimeyes.com/en/optout"
    events = mine(search, 0) + mine(removal, 1799) + mine(search, 6000)
    found = settle(timeline(rules, events), rules)
    assert found["activity"].to_list() == ["search", "opt_out", "search"], "still counted"
    assert found["beside_opt_out"].to_list() == [True, False, False]


def test_nothing_found_settles_to_nothing(rules: Rules) -> None:
    empty = timeline(rules, [])
    settled = settle(empty, rules)
    assert settled.height == 0
    assert {"also_upload", "possible_upload", "beside_opt_out"} <= set(settled.columns)


REQUESTS = [
    UPLOAD,
    SEARCH,
    "POST https://jsc7.pimeyes.com/get_results",
    "GET https://pimeyes.com/en/results/a",
    "CONNECT jsc7.pimeyes.com:443",
    "CONNECT facecheck.id:443",
    "POST https://lenso.ai/api/search",
    "GET https://pimeyes.com/en/optout",
    "GET https://www.google.com/search?q=pimeyes.com",
]


@settings(max_examples=25, deadline=None)
@given(
    events=st.lists(
        st.tuples(st.integers(0, 4000), st.sampled_from(["pc1", "pc2"]), st.sampled_from(REQUESTS)),
        max_size=30,
    ),
    random=st.randoms(use_true_random=False),
)
def test_the_order_of_input_changes_nothing(
    rules: Rules, events: list[tuple[int, str, str]], random: object
) -> None:
    tagged = timeline(rules, [(float(at), who, what) for at, who, what in events])
    tagged = tagged.with_columns(setup=pl.col("evidence") == "connect")
    order = list(range(len(events)))
    random.shuffle(order)  # type: ignore[attr-defined]
    straight = settle(tagged, rules).sort("line")
    shuffled = settle(tagged[order], rules).sort("line")
    assert straight.equals(shuffled)
    assert straight["rule"].equals(tagged["rule"]), "the deciding rule stays on record"


def greedy(times: list[int], length: int) -> list[bool]:
    """The definition of a span, one request after the other."""
    starts, last = [], None
    for time in times:
        starts.append(last is None or time > last + length)
        last = time if starts[-1] else last
    return starts


@settings(max_examples=30, deadline=None)
@given(times=st.lists(st.integers(0, 10_000), min_size=1, max_size=60))
def test_spans_are_those_of_the_plain_definition(rules: Rules, times: list[int]) -> None:
    times = sorted(times)
    request = "GET https://app.clearview.ai/api/v1/search_results"
    found = activities(rules, mine(request, *times))
    assert [one == "results" for one in found] == greedy(times, 900)


def test_where_nothing_is_found_the_columns_are_the_same(rules: Rules) -> None:
    found = timeline(rules, mine("GET https://pimeyes.com/en", 0))
    assert len(found) == 1
    assert settle(found.clear(), rules).schema == settle(found, rules).schema
