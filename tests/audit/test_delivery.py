"""Notices: each to those who read about its subject, until it is delivered, and then no more."""

import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logan.audit.configuration import AuditConfiguration
from logan.audit.delivery import (
    STANDARD_OUTPUT,
    DeliveryFailure,
    DeliveryOutcome,
    deliver,
    tell_directly,
)
from logan.audit.ledger import Ledger
from logan.audit.ledger_rows import DeliveryRow, NoticeRow
from logan.audit.subjects import Subject
from logan.errors import OutputError
from tests.audit.builders import NIGHT, Mailbox, configuration, ledger_with, notice, reader

PSD = reader("hits", "searches", run=("psd",))
IT = reader("silence", "incomplete", run=("it",))


def sent(
    ledger: Ledger, told: AuditConfiguration, box: Mailbox, *notices: NoticeRow
) -> DeliveryOutcome:
    ledger.insert_all(notices)
    return deliver(ledger, told, now=lambda: NIGHT, print_text=box.print, send=box)


def keys(box: Mailbox, who: str | None = None) -> list[str]:
    texts = [text for name, text in box.got if who in (None, name)]
    lines = [line for text in texts for line in text.splitlines() if line.startswith("  [")]
    return [key for line in lines for key in re.findall(r"\[([^\]]+)\]", line)]


def test_each_reader_gets_what_it_reads_about_in_one_message(tmp_path: Path) -> None:
    box, told = Mailbox(), configuration(tmp_path, PSD, IT)
    with ledger_with(tmp_path) as ledger:
        notices = notice("a"), notice("b", "silence"), notice("c", "searches"), notice("d")
        assert sent(ledger, told, box, *notices) == DeliveryOutcome(4, ())
        assert [name for name, _ in box.got] == ["it", "psd"]
        assert (keys(box, "psd"), keys(box, "it")) == (["a", "c", "d"], ["b"])
        assert sent(ledger, told, box) == DeliveryOutcome(0, ())
        assert len(box.got) == 2


def test_what_failed_is_tried_again_and_what_was_delivered_is_not(tmp_path: Path) -> None:
    box = Mailbox("psd")
    told = configuration(tmp_path, PSD, reader("hits", run=("chief",)))
    with ledger_with(tmp_path) as ledger:
        failure = DeliveryFailure("psd", 1, "ended with 75")
        assert sent(ledger, told, box, notice("a")) == DeliveryOutcome(1, (failure,))
        assert ledger.select(DeliveryRow, "ORDER BY recipient") == [
            DeliveryRow(1, "chief", NIGHT, None),
            DeliveryRow(1, "psd", None, "ended with 75"),
        ]
        box.broken.clear()
        assert sent(ledger, told, box, notice("b")) == DeliveryOutcome(2, ())
    assert [(name, keys(box, name)) for name in ("chief", "psd")] == [
        ("chief", ["a", "b"]),
        ("psd", ["a", "b"]),
    ]
    assert len(box.got) == 3


def test_what_nobody_reads_about_is_printed(tmp_path: Path) -> None:
    box = Mailbox()
    with ledger_with(tmp_path) as ledger:
        sent(ledger, configuration(tmp_path, PSD), box, notice("a", "hole"), notice("b"))
        assert keys(box, STANDARD_OUTPUT) == ["a"]
        sent(ledger, configuration(tmp_path), box)
        assert len(box.got) == 2


def test_a_reader_who_is_added_does_not_get_the_past(tmp_path: Path) -> None:
    box = Mailbox()
    with ledger_with(tmp_path) as ledger:
        sent(ledger, configuration(tmp_path, PSD), box, notice("a"))
        both = configuration(tmp_path, PSD, reader("hits", run=("new",)))
        sent(ledger, both, box, notice("b"))
        assert (keys(box, "psd"), keys(box, "new")) == (["a", "b"], ["b"])


def test_what_is_owed_to_a_reader_who_is_gone_goes_to_those_there_are(tmp_path: Path) -> None:
    box = Mailbox("psd")
    with ledger_with(tmp_path) as ledger:
        sent(ledger, configuration(tmp_path, PSD), box, notice("a"))
        corrected = reader("hits", run=("psd-audit",))
        assert sent(ledger, configuration(tmp_path, corrected), box).failures == ()
        assert keys(box) == keys(box, "psd-audit") == ["a"]
        assert [row.recipient for row in ledger.select(DeliveryRow)] == ["psd-audit"]


def test_a_reader_in_two_entries_is_told_once_and_named_only_where_asked(tmp_path: Path) -> None:
    box = Mailbox()
    told = configuration(
        tmp_path, reader("hits", run=("psd",)), reader("searches", run=("psd",), names=True)
    )
    with ledger_with(tmp_path) as ledger:
        notices = notice("a", names=("METRO\\x",)), notice("b", "searches", names=("METRO\\y",))
        sent(ledger, told, box, *notices)
    ((_, text),) = box.got
    assert "METRO\\y" in text
    assert "METRO\\x" not in text


def test_output_that_fails_stays_owed(tmp_path: Path) -> None:
    def refuse(text: str) -> None:
        raise OutputError(f"standard output could not be written ({len(text)})")

    with ledger_with(tmp_path) as ledger:
        ledger.insert(notice("a", "hole"))
        box = Mailbox()
        found = deliver(
            ledger, configuration(tmp_path), now=lambda: NIGHT, print_text=refuse, send=box
        )
        assert (found.delivered, found.failures[0].recipient) == (0, "-")
        sent(ledger, configuration(tmp_path), box)
        assert keys(box, "-") == ["a"]


def test_what_the_ledger_cannot_take_is_told_directly(tmp_path: Path) -> None:
    box = Mailbox("broken")
    disk = reader("disk", run=("it",)), reader("disk", run=("broken",))
    told = configuration(tmp_path, PSD, *disk)
    failures = tell_directly(told, notice("disk:1", "disk"), send=box)
    assert keys(box) == keys(box, "it") == ["disk:1"]
    assert failures == (DeliveryFailure("broken", 1, "ended with 75"),)


SUBJECTS: Sequence[Subject] = ("hits", "silence", "hole")
READERS = st.lists(
    st.builds(
        lambda name, about: reader(*about, run=(name,)),
        st.sampled_from("ABC"),
        st.lists(st.sampled_from(SUBJECTS), min_size=1, unique=True),
    ),
    max_size=3,
)
NIGHTS = st.lists(
    st.tuples(
        READERS,
        st.lists(st.sampled_from(SUBJECTS), max_size=2),
        st.sets(st.sampled_from("ABC")),
        st.none() | st.integers(0, 2),
    ),
    max_size=6,
)


@settings(max_examples=60)
@given(NIGHTS, READERS)
def test_every_notice_is_told_and_twice_only_where_a_run_was_killed(
    nights: list[tuple[list, list, set, int | None]],  # type: ignore[type-arg]
    last: list,  # type: ignore[type-arg]
) -> None:
    told: Counter[tuple[str, str]] = Counter()
    made: list[str] = []
    kills = 0
    with TemporaryDirectory() as folder, ledger_with(Path(folder)) as ledger:
        ledger.connection.execute("PRAGMA synchronous = OFF")  # no power fails here
        for readers, subjects, broken, dies_after in [*nights, (last, [], set(), None)]:
            box = Mailbox(*broken, dies_after=dies_after)
            new = [notice(f"n{len(made) + at}", one) for at, one in enumerate(subjects)]
            made += [one.key for one in new]
            with suppress(KeyboardInterrupt):
                kills += 1
                sent(ledger, configuration(Path(folder), *readers), box, *new)
                kills -= 1
            told.update(
                (name, key) for name, text in box.got for key in re.findall(r"\[(n\d+)\]", text)
            )
        assert {key for _, key in told} == set(made)
        again = sum(count - 1 for count in told.values())
        assert bool(again) <= bool(kills)
        assert ledger.value("SELECT count(*) FROM delivery WHERE delivered IS NULL") == 0


@pytest.mark.parametrize("hostile", ["\x1b[2J", "a\nb [hits:1]\n", "\u202ecod.exe", "\x9b"])
def test_a_name_that_moves_a_cursor_or_forges_a_line_is_escaped(
    tmp_path: Path, hostile: str
) -> None:
    box = Mailbox()
    told = configuration(tmp_path, reader("hits", run=("psd",), names=True))
    with ledger_with(tmp_path) as ledger:
        sent(ledger, told, box, notice("a", text=f"hq: {hostile[:1]}", names=(hostile,)))
    text = box.got[0][1]
    assert keys(box) == ["a"]
    assert all(character.isprintable() for character in text.replace("\n", ""))
