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
        "  Make the package, read it, then mark the hits as seen (logan audit status --seen).\n"
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


def test_every_subject_has_its_advice() -> None:
    assert list(ADVICE) == list(SUBJECTS)
