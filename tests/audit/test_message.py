"""What a reader gets to read."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from logan.audit.message import write_message
from logan.audit.subjects import ADVICE, SUBJECTS
from tests.audit.builders import NIGHT, configuration, notice

TOLD = replace(configuration(Path("/etc")), path=Path("/etc/a b.toml"))


def test_a_message_says_what_is_new_what_to_do_and_which_notice_it_is() -> None:
    text = "hq-squid: 5 new hits on PimEyes (2 searches) by 1 account, 4 Mar 08:10-08:31."
    times = {"first_time": NIGHT - timedelta(hours=6), "last_time": NIGHT}
    made = notice("hits:7", text=text, names=("METRO\\jdoe",), **times)
    assert write_message([made], TOLD, named={"hits"}) == (
        f"{text}\n"
        "  Of: METRO\\jdoe\n"
        "  Package: logan audit export '/etc/a b.toml' --since 2026-03-03 --until 2026-03-04 -o DIR\n"
        "  Make the package, read it, then mark them as seen (logan audit status CONFIG --seen).\n"
        "  [hits:7]\n"
        "\n"
        "-- \n"
        "logan audit: 1 notice about METRO. Each is told once.\n"
    )
    assert "jdoe" not in write_message([made], TOLD, named=())


def test_a_crowd_is_counted_not_listed() -> None:
    crowd = tuple(f"user{number}" for number in range(1_060))
    text = write_message([notice("a", names=crowd)], TOLD, named={"hits"})
    assert "user49 and 1,010 more\n" in text


def test_no_line_is_longer_than_mail_servers_take() -> None:
    """RFC 5322, 2.1.1: 998 octets. Nothing is lost by that, and what is shorter stays in one line."""
    crowd = tuple(f"\N{SNOWMAN}.a.long.name.{number}@metro.test" for number in range(50))
    path = "/var/log/" + "x" * 3_000
    made = [notice("a", names=crowd), notice("b", text=f"{path}: cut"), notice("c", text="y" * 990)]
    text = write_message(made, TOLD, named={"hits"})
    assert max(len(line.encode()) for line in text.split("\n")) == 990
    assert all(name in text for name in crowd)
    assert f"{path}: cut" in text.replace("\n    ", "")


def test_every_subject_has_its_advice() -> None:
    assert list(ADVICE) == list(SUBJECTS)


def test_notices_about_the_same_hits_share_a_paragraph() -> None:
    times = {"first_time": NIGHT - timedelta(days=2), "last_time": NIGHT}
    told = [
        notice("hits:7:hq:pimeyes", text="hq: 5 new hits.", names=("a", "b"), **times),
        notice("hits:7:hq:facecheck", text="hq: 1 new hit."),
        notice("searches:7:hq:pimeyes", "searches", text="hq: 2 new searches.", names=("b",)),
        notice("hole:7", "hole", text="hq: a hole."),
        notice("rules:7", "rules", text="other rules."),
    ]
    first, second, *others, end = write_message(told, TOLD, named={"hits", "searches"}).split(
        "\n\n"
    )
    assert first.splitlines()[:5] == [
        "hq: 5 new hits.",
        "  Of: a, b",
        "hq: 2 new searches.",
        "  Of: b",
        "  Package: logan audit export '/etc/a b.toml' --since 2026-03-02 --until 2026-03-04 -o DIR",
    ]
    assert first.endswith("  [hits:7:hq:pimeyes] [searches:7:hq:pimeyes]")
    assert second.startswith("hq: 1 new hit.\n")
    assert [other.splitlines()[0] for other in others] == ["hq: a hole.", "other rules."]
    assert "5 notices about METRO" in end
    assert "Of: a, b\n" in write_message(told, TOLD, named={"hits"})
