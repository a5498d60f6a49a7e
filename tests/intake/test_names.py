"""What names a source: its file, a folder above it, both, or a glob of these."""

import pytest

from logan.intake.names import fits, named_like_log, never_log

FILE, OBJECT = "/var/log/squid/old/access.log", "s3://bucket/logs/old/access.log"


@pytest.mark.parametrize(
    "glob",
    [
        *("access*", "squid", "squid/old", "/var/log/squid", "/var/log", "/var/log/squid/old/*"),
        *("**/access.log", "/var/log/squid/**/access.log", "/var/log/squid/old/**/access.log"),
        *("/**/squid/**/**//access.*", "squid/**", "**"),
    ],
)
def test_a_glob_names_a_file_or_a_folder_above_it(glob: str) -> None:
    assert fits(FILE, glob)


@pytest.mark.parametrize(
    "glob", ["s3://bucket", "s3://bucket/logs", "logs/old", "s3://bucket/**/old/**/access.log"]
)
def test_a_glob_names_an_object_likewise(glob: str) -> None:
    assert fits(OBJECT, glob)


@pytest.mark.parametrize(
    "glob",
    [
        "access",
        "/var/log/squi",
        "log/old",
        "squid/**/squid",
        "**/d/access.log",
        "squid/**/old/**/x",
    ],
)
def test_a_glob_names_nothing_else(glob: str) -> None:
    assert not fits(FILE, glob)


def test_a_glob_may_have_any_number_of_deep_parts() -> None:
    """Each way to leave some of them out is not tried by itself: there are 2^50."""
    assert fits(FILE, "/**/*r/**/squid/**/**/old/**/access.log")
    assert not fits(FILE, "**/x*/" * 50 + "access.log")


@pytest.mark.parametrize(
    "name", ["a.log", "A.LOG", "a.log.1", "a.log-20240101", "x.gz", "s3://b/2024/x.json", "a.tgz.2"]
)
def test_a_name_that_ends_as_those_of_logs_do(name: str) -> None:
    assert named_like_log(name)


@pytest.mark.parametrize(
    "name", ["2024", "2024.01.05", "logs", "gw.example.org", "a.login", "a.log/x", "a.log.d", "log"]
)
def test_a_name_that_a_folder_may_have(name: str) -> None:
    assert not named_like_log(name)


@pytest.mark.parametrize("name", ["Screenshot 1.PNG", "face.jpg", "Thumbs.db", "desktop.ini"])
def test_pictures_and_what_windows_leaves_beside_them_are_no_logs(name: str) -> None:
    assert never_log(name) is not None


@pytest.mark.parametrize("name", ["access.log", "png", "access.png.log", "desktop.log"])
def test_what_may_be_a_log_is_read(name: str) -> None:
    assert never_log(name) is None
