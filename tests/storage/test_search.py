"""What lies at an address is found as what lies in a folder is, by few requests."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logan.errors import UsageError
from logan.intake import object_search, object_storage
from logan.intake.source_search import find
from logan.intake.sources import DuplicateName, FoundSources
from tests.storage.proxy import Proxy, Refusal
from tests.storage.servers import Bucket

FILES = (
    *("z.log", "c.log", "b/2.log", "b/1.log.gz", "a/deep/er/x", "a/deep.log", "sp ace+%20.log"),
    *("€.log", "[1].log", "README.md", ".hidden/x.log", "b/notes.py", "b/.git/config", "q?.log"),
)
PARTS = st.lists(st.sampled_from(["a", "b", "B", "1", "10", "2", "~", "-"]), min_size=1, max_size=3)


def fill(folder: Path, names: tuple[str, ...] = FILES) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return folder


def without(top: str, found: FoundSources) -> list[object]:
    """What was found, by names below a folder, in its order where there is one."""
    sources = [(one.name.removeprefix(top), one.size) for one in found.sources]
    others = (found.skipped, found.excluded, found.unread, found.duplicates)
    return [
        sources,
        *(sorted((one[0].removeprefix(top), *one[1:]) for one in some) for some in others),
    ]


@pytest.mark.parametrize("exclude", [(), ("b/2*", "*/deep"), ("proxy",)])
def test_a_folder_is_found_as_it_is_on_a_disk(
    bucket: Bucket, folder: Path, exclude: tuple[str, ...]
) -> None:
    address = bucket.put_folder(fill(folder))
    there = find([address], exclude=exclude)
    assert without(address, there) == without(str(folder), find([str(folder)], exclude=exclude))
    assert there == find([f"{address}/"], exclude=exclude)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sets(PARTS.map(lambda parts: "/x".join(parts)), min_size=1, max_size=6))
def test_the_order_is_that_of_a_disk(
    s3: Bucket, tmp_path_factory: pytest.TempPathFactory, names: set[str]
) -> None:
    folder = fill(tmp_path_factory.mktemp("order"), tuple(f"{name}.log" for name in names))
    address = s3.put_folder(folder)
    assert without(address, find([address])) == without(str(folder), find([str(folder)]))


GLOBS = (
    *("*.log", "b/*", "*/[12].*", "*/deep*", "a/*/er/x", "a**/x", "*/b", "[1].log", "q?.log", "*"),
    *("b/[!1].log", ".h*/*", "*/nothing", "[z].log", "*/*/*/x"),
    *("**", "**/x", "**/*.log*", "**/*", "**/er/*", "**/er", "a/**", "a/**/x", "*/**/deep/**/x"),
    *("**/**", "**/**/x", "z.log/**", "**/z.log/**", "**/.h*/**", "**/.git/*", "nothing/**/x"),
    *("**/a/**/er/**/x", "**/b/*.gz", "**/nothing", "**/d*"),
)


def test_a_glob_means_what_it_means_on_a_disk(bucket: Bucket, folder: Path) -> None:
    address = bucket.put_folder(fill(folder))
    for pattern in GLOBS:
        found = []
        for top in (address, str(folder)):
            try:
                found.append(without(top, find([f"{top}/{pattern}"])))
            except UsageError as error:
                found.append([str(error).count("nothing found")])
        assert found[0] == found[1], pattern


def test_a_deep_glob_is_one_listing(s3: Bucket, proxy: Proxy) -> None:
    for number in range(60):
        s3.put(f"proxy/{number % 7}/{number % 3}/{number}.log", b"x")
    s3.put("other/1.log", b"x")
    assert len(find([f"{s3.url}/proxy/**/1/*.log"]).sources) == 20
    assert len(proxy.requests) <= 3, "two to see that no object has that very name"


def test_a_folder_is_asked_for_once_and_a_glob_once_a_folder(s3: Bucket, proxy: Proxy) -> None:
    for number in range(60):
        s3.put(f"proxy/{number % 7}/{number}.log", b"x")
    assert len(find([f"{s3.url}/proxy/"]).sources) == 60
    assert len(proxy.requests) == 1
    proxy.requests.clear()
    assert len(find([f"{s3.url}/proxy/3/*.log"]).sources) == 9
    assert len(proxy.requests) <= 3, "two to see that no object has that very name"


def test_an_object_and_a_folder_of_one_name(s3: Bucket) -> None:
    s3.put("logs", b"1\n")
    s3.put("logs/access.log", b"22\n")
    assert [one.size for one in find([f"{s3.url}/logs"]).sources] == [2]
    assert [one.size for one in find([f"{s3.url}/logs/"]).sources] == [3]
    assert [one.size for one in find([s3.url]).sources] == [2, 3]


def test_one_object_by_two_addresses_is_one_source(bucket: Bucket) -> None:
    address = bucket.put("proxy/access.log", b"line\n")
    found = find([address, f"{bucket.url}/proxy", f"{bucket.url}/proxy/*"])
    assert [one.name for one in found.sources] == [address]
    assert set(found.duplicates) == {DuplicateName(address, address)}


def test_a_folder_by_two_addresses_is_read_once(s3: Bucket, folder: Path) -> None:
    address = s3.put_folder(fill(folder))
    for parts in (("", "b", "b"), ("b/", "a/deep", ""), ("a/deep.log", "a", "*", "")):
        there = find([f"{address}/{part}" for part in parts])
        here = find([f"{folder}/{part}" for part in parts])
        assert [one.name.removeprefix(address) for one in there.sources] == [
            one.name.removeprefix(str(folder)) for one in here.sources
        ]
        assert len(there.duplicates) == len(here.duplicates)


def test_what_is_missing_is_told_as_of_a_disk(bucket: Bucket) -> None:
    address = bucket.put("proxy/access.log", b"line\n")
    missing = (f"{bucket.url}/nothing", f"{bucket.url}/proxy/nothing/", f"{bucket.url}/proxy/*.gz")
    for one in missing:
        with pytest.raises(UsageError, match="nothing found there"):
            find([one])
    found = find([address, *missing, "nowhere.log"])
    assert [one.name for one in found.sources] == [address]
    assert [one.name for one in found.unread] == [*missing, "nowhere.log"]
    with pytest.raises(UsageError, match="there is no such bucket"):
        find([f"{bucket.server.scheme}://no-such-bucket/access.log"])


def test_a_folder_without_a_log_is_no_answer(bucket: Bucket) -> None:
    bucket.put("proxy/README.md", b"x")
    (unread,) = find([f"{bucket.url}/proxy"]).unread
    assert unread.reason == "holds no log; 1 passed over by name"


@pytest.mark.parametrize("bucket", ["abfs", "gs"], indirect=True)
def test_an_object_that_is_taken_for_a_folder_is_told(bucket: Bucket) -> None:
    """Its client tells no size of it and opens none; it was passed over without a word."""
    bucket.put("logs/b.log", b"line\n")
    bucket.put_plainly("logs/a.log/", b"line\n")
    bucket.put_plainly("logs/2024/", b"line\n")
    bucket.mark("logs/2023")
    bucket.mark("logs/2025")
    bucket.put("logs/2025/c.log", b"line\n")
    for address in (f"{bucket.url}/logs", f"{bucket.url}/**"):
        found = find([address], exclude=["2023"])
        assert [one.size for one in found.sources] == [5, 5]
        assert found.markers == (f"{bucket.url}/logs/2024",)
        assert [one.name for one in found.unread] == [f"{bucket.url}/logs/a.log"]
        assert found.unread[0].reason.startswith("is an empty folder, or a log in an object")
    unread = find([f"{bucket.url}/logs/*"]).unread
    assert {one.reason for one in unread} == {"holds no log"}
    assert {one.name[-4:] for one in unread} == {"2023", "2024", ".log"}
    with pytest.raises(UsageError, match="nothing found there"):
        find([f"{bucket.url}/logs/a.log/x"])


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        (Refusal(403, "AccessDenied"), "permission denied (ACCESS_DENIED)"),
        (Refusal(403, "InvalidAccessKeyId"), "credentials were not accepted"),
        (Refusal(403, "SignatureDoesNotMatch"), "credentials were not accepted"),
        (Refusal(301, "PermanentRedirect"), "its bucket lies in another region"),
    ],
)
def test_a_folder_that_cannot_be_listed_is_unread_with_its_reason(
    s3: Bucket, proxy: Proxy, refusal: Refusal, reason: str
) -> None:
    address = s3.put("proxy/access.log", b"line\n")
    proxy.plan = lambda _method, path, _number: refusal if "list-type" in path else None
    found = find([address, f"{s3.url}/proxy/", f"{s3.url}/*/x"])
    assert [one.name for one in found.sources] == [address]
    assert [one.name for one in found.unread] == [f"{s3.url}/proxy", f"{s3.url}/*/x"]
    assert found.unread[0].reason.startswith("is a folder that cannot be listed: ")
    assert found.unread[1].reason.startswith("cannot be looked at: ")
    for one in found.unread:
        assert reason in one.reason
        assert one.advice
        assert "SENT-BACK" not in f"{one.reason} {one.advice}"


def test_a_storage_that_cannot_be_reached_is_unread(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    environment.setenv("AWS_ACCESS_KEY_ID", "test")
    environment.setenv("AWS_SECRET_ACCESS_KEY", "test")
    (unread,) = find(["s3://bucket/access.log"]).unread
    assert unread.reason.startswith("cannot be looked at: cannot be reached: nobody answers")
    assert unread.advice
    assert "AWS_ENDPOINT_URL" not in unread.reason


@pytest.mark.parametrize("key", ["/b.log", "a//b.log", "a/../b.log", "./b.log", "../other/b.log"])
def test_what_cannot_be_asked_for_by_its_name_is_no_other_object(
    s3: Bucket, proxy: Proxy, key: str
) -> None:
    """On their way, `a/../b.log` would become `b.log`, and `..` another bucket."""
    for name in ("b.log", "a/b.log"):
        s3.put(name, b"another\n")
    found = find([f"{s3.url}/{key}", f"{s3.url}/b.log"])
    assert [one.name for one in found.sources] == [f"{s3.url}/b.log"]
    (unread,) = found.unread
    assert "has a name that cannot be asked for" in unread.reason
    assert proxy.requests == [f"HEAD /{s3.name}/b.log"]


def test_no_part_of_a_key_is_hidden_for_its_dots(
    s3: Bucket, environment: pytest.MonkeyPatch
) -> None:
    state = object_storage.ObjectState(5, 1)
    names = ("a/../b.log", "./c.log", "a/.d.log")
    listed = [object_storage.Listed(name, state) for name in names]
    environment.setattr(object_search, "list_folder", lambda *_args, **_options: listed)
    environment.setattr(object_search, "look", lambda _address: None)
    found = find([f"{s3.url}/logs"])
    assert {one.name.removeprefix(s3.url) for one in found.sources} == {
        "/logs/a/../b.log",
        "/logs/./c.log",
    }
    assert [one.name for one in found.skipped] == [f"{s3.url}/logs/a/.d.log"]
