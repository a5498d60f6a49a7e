"""What a terminal shows of lists of people: it fits, adds up, and cannot be harmed by names."""

import re
from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console

from logan.outputs.console import print_people
from logan.outputs.people_words import write_permitted, write_persons
from logan.people.decisions import PeopleMatcher
from logan.tables.people_counts import PeopleCounts
from logan.tables.summary import summarise
from tests.builders import hit, result
from tests.outputs.stories import HOSTILE, STORIES
from tests.people.builders import account, grant, registers, span

ACCOUNTS = [f"metro\\pc{number}" for number in range(1001, 1042)]


def counts(*, register: bool = True) -> PeopleCounts:
    """A quarter whose accounts, but for one, stand on a list; their units have hostile names."""
    people = [
        account(name, f"PERSON-{name}", HOSTILE[place % len(HOSTILE)])
        for place, name in enumerate(ACCOUNTS[1:])
    ]
    addresses = [{"address": "192.0.2.10", "account": ACCOUNTS[1]} | span()]
    events = [
        {"event": "blocked", "service": "pimeyes"} | span("2024-03-18"),
        {"event": "maintenance"} | span("2024-02-12 02:00", "2024-02-12 07:00"),
    ]
    grants = [grant(f"unit:{HOSTILE[0]}")] if register else None
    lists = registers(people, addresses=addresses, authorisations=grants, events=events)
    summary = summarise(STORIES["quarter"](), people=PeopleMatcher(lists))
    assert summary.by_list is not None
    return summary.by_list


def page(counted: PeopleCounts, width: int, *, top: int | None = 10) -> str:
    file = StringIO()
    print_people(counted, console=Console(file=file, width=width, color_system=None), top=top)
    return file.getvalue()


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_it_fits_and_no_name_can_harm_it(width: int) -> None:
    text = page(counts(), width)
    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert all(letter.isprintable() or letter == "\n" for letter in text)
    assert "PERSON-" not in text
    assert "and 3 more units: --top 0 shows all" in text
    assert "more units" not in page(counts(), width, top=None)


def test_every_sentence_adds_up_to_all_hits() -> None:
    totals = counts().totals
    for sentence in (write_persons(totals), write_permitted(totals)):
        assert sentence is not None
        numbers = [int(one.replace(",", "")) for one in re.findall(r"(?:^|; )([\d,]+)", sentence)]
        assert (sum(numbers), len(numbers)) == (2608, 3 if "listed" in sentence else 4)


def test_an_event_is_shown_by_what_it_is() -> None:
    text = page(counts(), 120)
    assert "Blocked: PimEyes  18 Mar 2024 00:00" in text
    assert "Maintenance:" not in text
    assert "all gateways, 12 Feb 2024 02:00 to 07:00: 5 of 15 gateway hours without a line" in text


def test_without_a_register_nothing_is_said_of_one() -> None:
    text = page(counts(register=False), 120)
    for words in ("on register", "What stands on the register", "the register names"):
        assert words in page(counts(), 120)
        assert words not in text


def test_what_is_nothing_is_not_listed() -> None:
    rows = [hit("2024-01-01 09:30", "ann")]
    lists = registers([account("ann", "1")])
    summary = summarise(result(rows), people=PeopleMatcher(lists))
    assert summary.by_list is not None
    text = page(summary.by_list, 80)
    assert "1 of 1 hit is of 1 listed person; 0 belong to no listed person" in text
    assert "shared" not in text
