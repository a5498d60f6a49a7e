"""Names of sources below one folder, whatever was typed."""

from pathlib import Path

import pytest

from logan.errors import UsageError
from logan.tables.source_names import rename_sources
from logan.tables.source_paths import name_below
from logan.tables.summary import summarise
from tests.builders import hit, result, source


def test_the_deepest_common_folder_is_left_out(tmp_path: Path) -> None:
    names = [f"{tmp_path}/a/x/1.log", f"{tmp_path}/a/y/../x/2.log", f"{tmp_path}/a/y/3.log"]
    assert list(name_below(names).values()) == ["x/1.log", "x/2.log", "y/3.log"]
    assert name_below([names[0]]) == {names[0]: "1.log"}
    assert name_below(["-", names[0]])["-"] == "-"
    assert name_below([]) == {}


def test_links_to_folders_are_followed_and_files_keep_their_name(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "real" / "now.log").symlink_to(tmp_path / "real" / "1.log")
    names = [f"{tmp_path}/link/now.log", f"{tmp_path}/real/1.log"]
    assert list(name_below(names).values()) == ["now.log", "1.log"]


def test_a_base_must_hold_every_source(tmp_path: Path) -> None:
    name = f"{tmp_path}/a/1.log"
    assert name_below([name], tmp_path) == {name: "a/1.log"}
    with pytest.raises(UsageError, match="does not lie in it"):
        name_below([name], tmp_path / "b")
    with pytest.raises(UsageError, match="does not lie in it"):
        name_below([f"{tmp_path}/ab/1.log"], tmp_path / "a")


def test_addresses_lose_what_they_have_in_common() -> None:
    names = ["s3://logs/proxy/hq/a.log", "s3://logs/proxy/b.log", "s3://logs/proxy/hq//c?.log"]
    assert list(name_below(names).values()) == ["hq/a.log", "b.log", "hq//c?.log"]
    assert name_below(names[:1]) == {names[0]: "a.log"}
    assert name_below(names[:1], "s3://logs") == {names[0]: "proxy/hq/a.log"}
    assert name_below(names[:1], "s3://logs/proxy/") == {names[0]: "hq/a.log"}
    for base in ("s3://other", "gs://logs", "s3://logs/prox", "/logs"):
        with pytest.raises(UsageError, match="does not lie in it"):
            name_below(names, base)


def test_names_from_several_places_begin_at_the_top(tmp_path: Path) -> None:
    names = ["s3://logs/a.log", "gs://logs/a.log", f"{tmp_path}/a.log", "-"]
    local = f"{tmp_path}/a.log".removeprefix("/")
    assert list(name_below(names).values()) == ["s3/logs/a.log", "gs/logs/a.log", local, "-"]
    other = "abfs://logs@acct.dfs.core.windows.net/a.log"
    below = name_below([*names, other])
    assert below[other] == "abfs/logs@acct.dfs.core.windows.net/a.log"
    assert len({*below.values()}) == 5


def test_two_logs_never_get_one_name() -> None:
    with pytest.raises(UsageError, match="one name"):
        name_below(["s3://logs/a.log", "gs://logs/a.log", "/s3/logs/a.log"])


def test_everything_is_renamed() -> None:
    rows = [hit("2024-01-01 09:00", source="/srv/hq/a.log")]
    fitted = result(rows).sources[0]
    sources = [
        source("/srv/hq/a.log", gateway="/srv/hq", bins=fitted.bins),
        source("/srv/hq/b.log", gateway="/srv/hq"),
        source("/srv/copy/a.log", gateway="/srv/hq", copy_of="/srv/hq/a.log"),
        source("/srv/one.log", gateway="/srv/one.log"),
    ]
    notes = ("/srv/hq/c.log is the same file as /srv/hq/a.log: read once",)
    summary = summarise(result(rows, sources=sources, notes=notes))
    names = {one.name: one.name.removeprefix("/srv/") for one in sources}
    renamed = rename_sources(summary, names)
    assert renamed.result.found.collect()["source"].to_list() == ["hq/a.log"]
    assert {one.name: (one.gateway, one.copy_of) for one in renamed.result.sources} == {
        "hq/a.log": ("hq", None),
        "hq/b.log": ("hq", None),
        "copy/a.log": ("hq", "hq/a.log"),
        "one.log": ("one.log", None),
    }
    assert renamed.result.notes == ("hq/c.log is the same file as hq/a.log: read once",)
    assert list(renamed.gateways) == ["hq", "one.log"]
    assert renamed.totals == summary.totals
