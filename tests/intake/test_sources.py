"""Finding: every input once, everything else named with its reason, never a hang."""

import os
import socket
import subprocess
from pathlib import Path

import pytest

from logan.errors import UsageError
from logan.intake import folders
from logan.intake.source_search import find
from logan.intake.sources import DuplicateName, ExcludedPath, SkippedPath, Source


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: str, data: bytes = b"line\n") -> Path:
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return file


def names(*paths: str) -> list[str]:
    return [source.name for source in find(paths).sources]


def unread(*paths: str) -> dict[str, str]:
    return {one.name: one.reason for one in find(paths).unread}


def test_a_file_keeps_the_name_it_was_given(here: Path) -> None:
    write("logs/access.log")
    given = "./logs/../logs/access.log"
    (source,) = find([given]).sources
    assert source[:3] == (given, Path(given), 5)
    assert names(str(here / "logs/access.log")) == [str(here / "logs/access.log")]


def test_a_folder_is_read_recursively_and_sorted() -> None:
    for path in ("logs/b/2.log", "logs/b/1.log", "logs/a/deep/er/x", "logs/z.log", "logs/c.log"):
        write(path)
    expected = ["logs/c.log", "logs/z.log", "logs/a/deep/er/x", "logs/b/1.log", "logs/b/2.log"]
    assert names("logs") == names("logs/") == expected


def test_arguments_keep_their_order() -> None:
    write("b")
    write("a")
    assert names("b", "-", "a") == ["b", "-", "a"]


def test_standard_input_has_neither_path_nor_size() -> None:
    found = find(["-", "-"])
    assert found.sources == (Source("-", None, None),)
    assert found.duplicates == (DuplicateName("-", "-"),)


def test_a_glob_that_no_shell_expanded() -> None:
    for path in ("gw2.log", "gw1.log", "other.txt", ".gw.log"):
        write(path)
    assert names("gw*.log") == ["gw1.log", "gw2.log"]
    assert names("gw[1].lo?") == ["gw1.log"]


DEEP = ("logs/a.log", "logs/x/b.log", "logs/x/y/c.log", "logs/x/y/c.gz", "logs/.old/d.log")


@pytest.mark.parametrize(
    ("glob", "expected"),
    [
        ("logs/**/*.log", ["logs/a.log", "logs/x/b.log", "logs/x/y/c.log"]),
        ("**/*.log", ["logs/a.log", "logs/x/b.log", "logs/x/y/c.log"]),
        ("./**//**/y/*.log", ["./logs/x/y/c.log"]),
        ("logs/**/x/**/c.*", ["logs/x/y/c.gz", "logs/x/y/c.log"]),
        ("logs/**/.old/*", ["logs/.old/d.log"]),
        ("logs/x**/*.log", ["logs/x/b.log"]),
        ("logs/**/y", ["logs/x/y/c.gz", "logs/x/y/c.log"]),
    ],
)
def test_a_part_of_two_stars_is_any_number_of_folders(glob: str, expected: list[str]) -> None:
    for path in DEEP:
        write(path)
    assert names(glob) == expected
    assert not find([glob]).duplicates


@pytest.mark.parametrize("glob", ["logs/**", "logs/**/", "logs/**/*", "**", "**/**/*"])
def test_what_fits_a_deep_glob_as_a_whole_is_a_folder_as_any_other(glob: str) -> None:
    for path in DEEP:
        write(path)
    found, expected = find([glob]), find(["logs"])
    assert sorted(found.sources) == sorted(expected.sources)
    assert (found.duplicates, found.unread) == ((), ())


def test_a_deep_glob_follows_links_and_reads_each_folder_once(tmp_path: Path) -> None:
    for path in DEEP:
        write(path)
    for folder in ("logs", "logs/x", "logs/x/y"):
        for name in ("back", "top"):
            Path(folder, name).symlink_to(tmp_path / "logs", target_is_directory=True)
        Path(folder, "loop").symlink_to("loop")
    write("elsewhere/e.log")
    Path("logs/z").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert names("logs/**/*.log") == [*DEEP[:3], "logs/z/e.log"]
    assert names("logs/x/**/?.log") == [
        *("logs/x/b.log", "logs/x/back/a.log", "logs/x/back/z/e.log", "logs/x/y/c.log")
    ]
    again = find(["logs/**/*.log"]).duplicates
    assert DuplicateName("logs/x/y/back", "logs") in again
    assert len(again) == len(set(again)) == 6


@pytest.mark.parametrize("glob", ["logs/**/b/**/*.log", "logs/*/*.log", "logs/shut/*", "**/x"])
def test_a_folder_that_a_glob_cannot_look_into_is_named(
    monkeypatch: pytest.MonkeyPatch, glob: str
) -> None:
    write("logs/a.log")
    write("logs/shut/b/c.log")
    listed = os.scandir

    def scandir(folder: str) -> object:
        if folder == "logs/shut":
            raise PermissionError(13, "Permission denied")
        return listed(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    (unread,) = find([glob]).unread
    assert (unread.name, unread.reason.split(":")[0]) == (
        "logs/shut",
        "is a folder that cannot be listed",
    )
    assert not find(["logs/**/*.log"], exclude=["shut"]).unread


def test_a_path_that_exists_is_no_glob() -> None:
    write("gw[1].log")
    write("gw1.log")
    assert names("gw[1].log") == ["gw[1].log"]


def test_paths_that_all_name_nothing_are_a_usage_error() -> None:
    with pytest.raises(UsageError, match=r"nothing found at b\.log, \*\.gz; check the spelling"):
        find(["b.log", "*.gz"])


def test_a_path_that_names_nothing_beside_one_that_does_is_unread() -> None:
    write("a.log")
    found = find(["b.log", "a.log", "*.gz"])
    assert [source.name for source in found.sources] == ["a.log"]
    assert [(one.name, one.reason) for one in found.unread] == [
        ("b.log", "nothing found there"),
        ("*.gz", "nothing found there"),
    ]


def test_one_file_under_many_names_is_read_once() -> None:
    write("logs/access.log")
    os.link("logs/access.log", "logs/hard")
    Path("logs/soft").symlink_to("access.log")
    found = find(["logs", "./logs/access.log", "logs"])
    assert [source.name for source in found.sources] == ["logs/access.log"]
    assert found.duplicates == (
        DuplicateName("logs/hard", "logs/access.log"),
        DuplicateName("logs/soft", "logs/access.log"),
        DuplicateName("./logs/access.log", "logs/access.log"),
        DuplicateName("logs", "logs"),
    )
    assert found.unread == ()


def test_equal_content_in_two_files_is_two_sources() -> None:
    write("a")
    write("b")
    assert names("a", "b") == ["a", "b"]


def test_names_that_are_never_logs_are_passed_over_in_folders_only() -> None:
    never = [
        "README.md",
        "readme",
        "README.json",
        "generate.py",
        "truth.YAML",
        "SHA256SUMS",
        "a.log.sha256",
    ]
    for name in (*never, "access.log", "conn.json", ".hidden.log", ".git/config", "license.log"):
        write(f"logs/{name}")
    found = find(["logs"])
    assert [source.name for source in found.sources] == [
        "logs/access.log",
        "logs/conn.json",
        "logs/license.log",
    ]
    skipped = {f"logs/{name}" for name in (*never, ".hidden.log", ".git")}
    assert {one.name for one in found.skipped} == skipped
    assert SkippedPath("logs/.git", "hidden") in found.skipped
    assert SkippedPath("logs/README.md", "named like README.*") in found.skipped
    assert names("logs/README.md", "logs/.hidden.log") == ["logs/README.md", "logs/.hidden.log"]


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ([], "holds no log"),
        (["README.md", ".x"], "holds no log; 2 passed over by name"),
    ],
)
def test_a_folder_without_logs_is_unread_and_not_silence(files: list[str], reason: str) -> None:
    Path("logs").mkdir()
    for name in files:
        write(f"logs/{name}")
    assert unread("logs") == {"logs": reason}


def test_symlink_loops_end() -> None:
    write("logs/a.log")
    Path("logs/up").symlink_to("..", target_is_directory=True)
    Path("logs/same").symlink_to(".", target_is_directory=True)
    Path("logs/self").symlink_to("self")
    assert names("logs") == ["logs/a.log"]
    reasons = unread("logs")
    assert reasons["logs/same"] == "is a link to a folder above it, whose files are read there"
    assert reasons["logs/self"].startswith("cannot be looked at: Too many levels")
    assert reasons["logs/up/logs"] == reasons["logs/same"]


def test_a_folder_that_is_linked_twice_is_read_once() -> None:
    write("real/a.log")
    Path("logs").mkdir()
    for name in ("one", "two"):
        Path("logs", name).symlink_to("../real", target_is_directory=True)
    found = find(["logs"])
    assert [source.name for source in found.sources] == ["logs/one/a.log"]
    assert found.duplicates == (DuplicateName("logs/two", "logs/one"),)


def test_broken_links_pipes_sockets_and_devices_are_unread() -> None:
    Path("logs").mkdir()
    Path("logs/gone").symlink_to("nowhere")
    os.mkfifo("logs/pipe")
    Path("logs/null").symlink_to("/dev/null")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("logs/socket")
        assert unread("logs") == {
            "logs/gone": "is a link to nowhere, which does not exist",
            "logs/null": "is a device, which might never end",
            "logs/pipe": "is a named pipe, which might never end",
            "logs/socket": "is a socket, which might never end",
        }
    assert "logan scan -" in (find(["logs/pipe"]).unread[0].advice or "")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list every folder: run as another user")
def test_a_folder_without_permission() -> None:
    write("logs/inner/a.log")
    Path("logs/inner").chmod(0)
    try:
        assert unread("logs") == {
            "logs/inner": "is a folder that cannot be listed: Permission denied"
        }
    finally:
        Path("logs/inner").chmod(0o700)


def test_a_folder_that_cannot_be_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    write("logs/inner/a.log")
    write("logs/b.log")
    listed = os.scandir

    def scandir(path: Path) -> object:
        if path.name == "inner":
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = find(["logs"])
    assert [source.name for source in found.sources] == ["logs/b.log"]
    assert [one.name for one in found.unread] == ["logs/inner"]


def test_names_are_data() -> None:
    for name in ("new\nline", "-rf", "`x`;$(y)", "\x1b[2J"):
        write(f"logs/{name}")
    assert sorted(names("logs")) == sorted(
        ["logs/new\nline", "logs/-rf", "logs/`x`;$(y)", "logs/\x1b[2J"]
    )


def test_a_name_that_is_not_utf8_is_shown_as_valid_unicode() -> None:
    try:
        Path(os.fsdecode(b"caf\xe9.log")).write_bytes(b"line\n")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    (source,) = find(["."]).sources
    assert source.name == "caf\\xe9.log"
    assert source.path is not None
    assert source.path.read_bytes() == b"line\n"


def test_folders_deeper_than_python_calls(here: Path) -> None:
    depth = 1200
    try:
        for _ in range(depth):
            Path("d").mkdir()
            os.chdir("d")
        write("a.log")
        os.chdir(here)
        assert names("d") == ["d/" * depth + "a.log"]
    finally:  # too deep for pytest to clean up
        os.chdir(here)
        subprocess.run(["rm", "-rf", "d"], check=True)


# --- Rotated while they are looked for


def rotate(folder: Path) -> None:
    """As logrotate does: every number one up, the first gets what was the log."""
    numbers = sorted((int(path.suffix[1:]) for path in folder.glob("*.log.[0-9]*")), reverse=True)
    for number in numbers:
        (folder / f"a.log.{number}").rename(folder / f"a.log.{number + 1}")
    (folder / "a.log").rename(folder / "a.log.1")
    write(str(folder / "a.log"), b"new\n")


@pytest.mark.parametrize("after", range(4))
def test_a_log_that_is_renamed_while_its_folder_is_looked_at_is_found(
    monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    old = [write("logs/a.log"), write("logs/a.log.1"), write("logs/a.log.2")]
    numbers = {path.stat().st_ino for path in old}
    looked: list[Path] = []
    real = folders.look_at

    def look(path: Path, name: str) -> object:
        if len(looked) == after:
            rotate(Path("logs"))
        looked.append(path)
        return real(path, name)

    monkeypatch.setattr(folders, "look_at", look)
    found = find(["logs"])
    assert {one.identity.number for one in found.sources if one.identity} >= numbers
    assert not found.unread


def test_a_folder_that_never_holds_still_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    write("logs/a.log")
    real = folders.look_at

    def look(path: Path, name: str) -> object:
        if path.name == "a.log":
            rotate(Path("logs"))
        return real(path, name)

    monkeypatch.setattr(folders, "look_at", look)
    rotate(Path("logs"))
    assert [one.name for one in find(["logs"]).unread] == ["logs"]


def test_a_file_in_use_is_known_by_its_first_bytes() -> None:
    write("old.log", b"old\n")
    os.utime("old.log", (0, 0))
    write("new.log", b"new\n")
    found = [one.identity for one in find(["old.log", "new.log"]).sources]
    assert [one.first_bytes for one in found if one] == [b"", b"new\n"]


# --- Left out as the user asks


@pytest.mark.parametrize(
    ("globs", "left"),
    [
        ([], ["a.log", "cache.log", "cache.log.1.gz", "old/a.log", "old/deep/b.log"]),
        (["cache.log*"], ["a.log", "old/a.log", "old/deep/b.log"]),
        (["*/old", "*.gz"], ["a.log", "cache.log"]),
        (["deep"], ["a.log", "cache.log", "cache.log.1.gz", "old/a.log"]),
        (["logs/**/a.log"], ["cache.log", "cache.log.1.gz", "old/deep/b.log"]),
        (["logs/**/old/**/b.log"], ["a.log", "cache.log", "cache.log.1.gz", "old/a.log"]),
        (["**/deep/**"], ["a.log", "cache.log", "cache.log.1.gz", "old/a.log"]),
        (["old/a.log"], ["a.log", "cache.log", "cache.log.1.gz", "old/deep/b.log"]),
        (
            ["nothing", "CACHE.LOG"],
            ["a.log", "cache.log", "cache.log.1.gz", "old/a.log", "old/deep/b.log"],
        ),
    ],
)
def test_what_fits_a_glob_is_left_out(globs: list[str], left: list[str]) -> None:
    every = ["a.log", "cache.log", "cache.log.1.gz", "old/a.log", "old/deep/b.log"]
    for name in every:
        write(f"logs/{name}")
    found = find(["logs"], exclude=globs)
    assert [source.name for source in found.sources] == [f"logs/{name}" for name in left]
    assert not found.unread
    assert all(glob in globs for _, glob in found.excluded)
    assert bool(found.excluded) == (len(left) < len(every))


def test_a_file_that_is_named_is_left_out_too() -> None:
    write("a.log")
    found = find(["a.log", "-"], exclude=["a.*"])
    assert [source.name for source in found.sources] == ["-"]
    assert found.excluded == (ExcludedPath("a.log", "a.*"),)
