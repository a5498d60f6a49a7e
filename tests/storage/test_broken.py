"""Connections that break, objects that change, storages that refuse: whole, or told."""

import hashlib
from collections.abc import Callable

import pytest

from logan.intake import object_reader, storage_questions
from logan.intake.opening import open_source
from logan.intake.small import read_small
from logan.intake.source_search import find
from logan.intake.sources import Source
from tests.storage.conftest import Servers
from tests.storage.proxy import Change, Cut, Drip, Fault, Page, Proxy, Refusal, proxy_before
from tests.storage.servers import Bucket
from tests.storage.test_reading import LINES


def read(source: Source) -> tuple[bytes, str | None, str | None]:
    """Text, failure and advice."""
    with open_source(source, hashing=True) as reader:
        text = b"".join(block.data for block in reader.blocks())
        assert reader.failure or reader.content_sha256 == hashlib.sha256(text).hexdigest()
        return text, reader.failure, reader.advice


@pytest.mark.parametrize("after", [0, 1, 1000, 70_000, 300_000, 1_000_000])
def test_a_line_that_breaks_again_and_again_gets_through(
    s3: Bucket, proxy: Proxy, after: int
) -> None:
    """Every connection dies behind so many bytes; those that bring nothing, only now and then."""
    (source,) = find([s3.put("a.log", LINES)]).sources
    rare = after < 64 << 10

    def plan(method: str, path: str, number: int) -> Fault:
        broken = method == "GET" and "a.log" in path and (number % 2 == 0 or not rare)
        return Cut(after) if broken else None

    proxy.plan = plan
    assert read(source) == (LINES, None, None)


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_line_that_stays_broken_ends_the_reading_where_it_broke(
    s3: Bucket, proxy: Proxy, at: int
) -> None:
    (source,) = find([s3.put("a.log", LINES)]).sources
    begun = 0

    def plan(method: str, path: str, _number: int) -> Fault:
        nonlocal begun
        if method != "GET" or "a.log" not in path:
            return None
        begun += 1
        return Cut(0) if begun > at else None

    proxy.plan = plan
    text, failure, advice = read(source)
    assert LINES.startswith(text)
    assert bool(text) == bool(at)
    assert failure is not None
    assert f"reading failed after {len(text):,} stored bytes: the connection broke" in failure
    assert advice
    assert len(proxy.requests) < 100, "bounded"


def test_a_short_answer_that_says_its_own_length_is_no_whole_one(s3: Bucket, proxy: Proxy) -> None:
    """What pyarrow gives then is as long as what was asked for, and ends with anything."""
    (source,) = find([s3.put("a.log", LINES)]).sources
    shares = [0.0, 0.5, 0.99999]

    def plan(method: str, path: str, _number: int) -> Fault:
        if method != "GET" or "a.log" not in path or not shares:
            return None
        share = shares.pop()
        return Change(lambda data: data[: int(len(data) * share)])

    proxy.plan = plan
    assert read(source) == (LINES, None, None)
    assert shares == []
    proxy.plan = lambda method, _path, _number: (
        Change(lambda data: data[:-1]) if method == "GET" else None
    )
    text, failure, _ = read(source)
    assert text == b""
    assert failure == "reading failed after 0 stored bytes: gave fewer bytes than were asked for"


def test_what_ends_with_the_byte_that_marks_memory_is_whole(s3: Bucket) -> None:
    data = LINES[:5000] + b"\xff"
    (source,) = find([s3.put("a.log", data)]).sources
    assert read(source) == (data, None, None)


def test_a_listing_may_tell_milliseconds(s3: Bucket, proxy: Proxy) -> None:
    """As MinIO's and Ceph's do; what an object says of itself has seconds."""
    s3.put("logs/a.log", LINES[:500])
    proxy.plan = lambda _method, path, _number: (
        Change(lambda data: data.replace(b".000Z", b".466Z")) if "list-type" in path else None
    )
    (source,) = find([f"{s3.url}/logs"]).sources
    assert read(source) == (LINES[:500], None, None)
    assert any("list-type" in one for one in proxy.requests)


def test_a_page_in_the_midst_of_reading_ends_nothing_but_that(
    servers: Servers, environment: pytest.MonkeyPatch
) -> None:
    """pyarrow's client for Azure ends its process, which was logan's, without a word."""
    bucket = Bucket(servers("abfs"), "paged")
    addresses = [bucket.put(f"{name}.log", LINES) for name in "abc"]
    reads = 0

    def plan(method: str, path: str, _number: int) -> Fault:
        nonlocal reads
        reads += method == "GET" and "paged/a.log" in path
        return Page() if reads > 1 and "paged/a.log" in path else None

    with proxy_before(bucket.server.port) as proxy:
        for name, value in bucket.server.environment(proxy.port).items():
            environment.setenv(name, value)
        first, second, third = find(addresses).sources
        proxy.plan = plan
        text, failure, advice = read(first)
        assert LINES.startswith(text)
        assert text
        assert failure is not None
        assert f"after {len(text):,} stored bytes: what answers is no storage of Azure's" in failure
        assert advice
        assert read(second) == (LINES, None, None)
        proxy.plan = lambda *_: Page()
        assert "cannot be opened: what answers is no storage" in (read(third)[1] or "")


def test_a_page_without_a_word_is_no_empty_log(s3: Bucket, proxy: Proxy) -> None:
    """An answer of a proxy's to who looked at an object was taken for one of no bytes, and whole."""
    address = s3.put("a.log", LINES[:500])
    other = s3.put("b.log", LINES[:500])
    pages = [b"", b"<html>"]

    def plan(method: str, path: str, _number: int) -> Fault:
        return Page(pages[0]) if method == "HEAD" and "a.log" in path else None

    proxy.plan = plan
    while pages:
        found = find([address, other])
        assert [one.name for one in found.sources] == [other]
        (unread,) = found.unread
        assert unread.name == address
        assert "what answers is no storage" in unread.reason
        pages.pop(0)


def replace_at_second_read(proxy: Proxy, change: Callable[[], object]) -> None:
    """Let something happen between the first and the second range of an object."""
    reads = 0

    def plan(method: str, path: str, _number: int) -> Fault:
        nonlocal reads
        if method == "GET" and "a.log" in path:
            reads += 1
            if reads == 2:
                change()
        return None

    proxy.plan = plan


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (LINES[::-1], "was replaced or written to, while it was read"),
        (LINES + b"more\n", "to 2,2"),
        (LINES[:50], "to 50 bytes, while it was read"),
        (b"", "to 0 bytes, while it was read"),
        (None, "was deleted while it was read"),
    ],
    ids=["other", "longer", "shorter", "empty", "deleted"],
)
def test_an_object_that_is_replaced_in_the_midst_is_incomplete(
    s3: Bucket, proxy: Proxy, data: bytes | None, words: str
) -> None:
    (source,) = find([s3.put("a.log", LINES)]).sources
    replace_at_second_read(
        proxy, lambda: s3.delete("a.log") if data is None else s3.put("a.log", data)
    )
    text, failure, advice = read(source)
    assert text.startswith(LINES[:200_000])
    assert failure is not None
    assert words in failure
    assert advice == "run again when nothing writes to it; until then, what it held is missing"


def test_the_same_bytes_written_again_in_the_midst_are_the_same(s3: Bucket, proxy: Proxy) -> None:
    (source,) = find([s3.put("a.log", LINES)]).sources
    replace_at_second_read(proxy, lambda: None)
    assert read(source) == (LINES, None, None)
    assert len([one for one in proxy.requests if one.startswith("GET")]) > 2


@pytest.mark.parametrize("size", [300, len(LINES)])
def test_another_object_than_was_found_is_not_read(bucket: Bucket, size: int) -> None:
    (source,) = find([bucket.put("a.log", LINES[:size])]).sources
    bucket.put("a.log", LINES[: size - 7])
    text, failure, _ = read(source)
    assert text == b""
    assert failure == (
        f"was replaced or written to, from {size:,} to {size - 7:,} bytes, since it was found: "
        "nothing of it was read"
    )
    bucket.delete("a.log")
    assert read(source)[:2] == (b"", "vanished before it could be read")


def test_a_storage_that_drips_is_not_waited_for(
    s3: Bucket, proxy: Proxy, environment: pytest.MonkeyPatch
) -> None:
    """A few bytes a second are enough for the client; a log would take years."""
    environment.setattr(storage_questions, "ANSWER_SECONDS", 0.5)
    address = s3.put("a.log", LINES)
    (source,) = find([address]).sources
    proxy.plan = lambda method, *_: Drip(2, 0.05) if method == "GET" else None
    data, failure, _ = read(source)
    assert data == b""
    assert failure is not None
    assert "reading failed after 0 stored bytes: the storage did not answer in time" in failure


@pytest.mark.parametrize("bucket", ["s3", "gs"], indirect=True)
def test_of_names_that_the_client_takes_for_one_none_is_lost(bucket: Bucket) -> None:
    """One was left out without a word, or read as the other one."""
    other = {"s3": "a.log/", "gs": "/a.log"}[bucket.server.scheme]
    bucket.put_plainly("a.log", LINES)
    bucket.put_plainly(other, LINES[:-20])
    bucket.put_plainly("b.log", LINES)
    first, second = find([f"{bucket.url}/"]).sources
    _, failure, advice = read(first)
    assert "beside it lies an object whose name differs by a slash" in (failure or "")
    assert advice
    assert read_small(first, hashing=False, most=len(LINES)) is None
    assert read(second) == (LINES, None, None)


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (Refusal(403, "AccessDenied"), "permission denied (ACCESS_DENIED)"),
        # In a process that has done much, pyarrow at times knows the status of an answer alone.
        (Refusal(403, "InvalidObjectState"), "archive tier"),
        (Refusal(503, "SlowDown"), "is asked more than it answers"),
    ],
)
def test_an_object_that_may_be_seen_and_not_read(
    s3: Bucket, proxy: Proxy, refusal: Refusal, words: str
) -> None:
    (source,) = find([s3.put("a.log", LINES)]).sources
    proxy.plan = lambda method, path, _: (
        refusal if (method, "?" in path) == ("GET", False) else None
    )
    text, failure, advice = read(source)
    assert text == b""
    assert failure is not None
    assert failure.startswith("reading failed after 0 stored bytes: ")
    assert words in f"{failure}; {advice}"


@pytest.mark.parametrize("tier", ["GLACIER", "DEEP_ARCHIVE"])
def test_an_object_in_an_archive_tier_is_incomplete_with_what_to_do(s3: Bucket, tier: str) -> None:
    """It may be listed and looked at; as S3 words its refusal, pyarrow does not name its code."""
    s3.put_plainly("a.log", LINES[:1000], storage_class=tier)
    (source,) = find([f"{s3.url}/a.log"]).sources
    text, failure, advice = read(source)
    assert text == b""
    assert "lies in an archive tier" in (failure or "")
    assert advice == "have it restored, then run again"


def test_a_reader_that_is_closed_waits_for_nothing(
    s3: Bucket, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    (source,) = find([s3.put("a.log", LINES)]).sources
    monkeypatch.setattr(object_reader, "PAUSES", (3600.0,))
    with open_source(source) as reader:
        blocks = reader.blocks()
        assert next(blocks).data
        proxy.plan = lambda *_: Cut(0)


def test_a_storage_that_is_gone_is_not_waited_for_with_every_object(
    s3: Bucket, proxy: Proxy
) -> None:
    for number in range(9):
        s3.put(f"logs/{number}.log", LINES[:300])
    sources = find([f"{s3.url}/logs"]).sources
    refusal = Refusal(503, "SlowDown")
    proxy.plan = lambda *_: refusal
    asked = []
    for source in sources:
        before = len(proxy.requests)
        _, failure, _ = read(source)
        assert failure is not None
        asked.append(len(proxy.requests) - before)
    assert asked[0] == asked[2] > asked[4] == asked[-1] > 0
    proxy.plan = lambda *_: None
    assert read(sources[0]) == (LINES[:300], None, None)
    proxy.plan = lambda *_: refusal
    before = len(proxy.requests)
    read(sources[1])
    assert len(proxy.requests) - before == asked[0]


def test_what_tells_of_objects_and_gives_none_is_gone(
    s3: Bucket, proxy: Proxy, environment: pytest.MonkeyPatch
) -> None:
    """Each one would be waited for as long as the first."""
    environment.setattr(object_reader, "_ABANDONED", 6)
    environment.setattr(object_reader, "_VAIN_SECONDS", 0.0)
    for number in range(9):
        s3.put(f"logs/{number}.log", LINES[:300])
    sources = find([f"{s3.url}/logs"]).sources
    proxy.plan = lambda method, *_: Refusal(503, "SlowDown") if method == "GET" else None
    asked, failures = [], []
    for source in sources:
        before = proxy.gets()
        failures.append(read(source)[1] or "")
        asked.append(proxy.gets() - before)
    assert asked[0] == asked[2] > asked[3] == asked[5] > asked[6] == asked[8] == 0
    assert "reading failed after 0 stored bytes" in failures[5]
    assert "was not asked for" in failures[6]
    assert read_small(sources[0], hashing=False, most=1000) is None
    proxy.plan = lambda *_: None
    assert read(sources[0])[1] == failures[6]
    environment.setattr(object_reader, "_REST_SECONDS", 0.0)
    assert read(sources[0]) == (LINES[:300], None, None)
    assert read_small(sources[1], hashing=False, most=1000) is not None
