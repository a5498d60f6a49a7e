"""Windows DNS: the client's packet once, names out of labels, dates in an order never guessed."""

import pytest
from hypothesis import given

from logan.formats.engine.dates import ORDER, question
from logan.formats.vendors.windows_dns import WINDOWS_DNS
from tests.formats.proof import (
    assert_agreement,
    assert_definition,
    assert_record,
    damaged,
    layout_of,
    read,
    read_one,
    reading_of,
)

*KEY, ASKED, ANSWERED = WINDOWS_DNS.texts[0].split("\n")


def test_the_definition_holds() -> None:
    assert_definition(WINDOWS_DNS)


@pytest.mark.parametrize(
    "stamp",
    ["25/01/2024 13:55:36", "2024/1/25 13:55:36", "25.01.2024 13:55:36", "1/25/2024 1:55:36 PM"],
)
def test_every_column(stamp: str) -> None:
    assert_record(
        read_one(WINDOWS_DNS, ASKED.replace("1/25/2024 1:55:36 PM", stamp), zone="Europe/London"),
        time="2024-01-25T13:55:36+00:00",
        client_ip="10.1.2.3",
        host="www.example.com",
        action="unknown",
        evidence="dns",
    )


def test_other_packets_repeat_the_question() -> None:
    onward = ASKED.replace("Rcv 10.1.2.3   ", "Snd 192.0.2.53 ")
    rows = read(WINDOWS_DNS, "\n".join([ASKED, onward, ANSWERED]))
    assert [row["companion"] for row in rows] == [None, "remark", "answer"]
    assert [row["client_ip"] for row in rows] == ["10.1.2.3", None, "10.1.2.3"]


def test_an_order_that_no_date_decides_is_asked_for() -> None:
    early = ASKED.replace("1/25/2024", "05/03/2024")
    assert question(layout_of(WINDOWS_DNS, early)) is not None
    (row,) = read(WINDOWS_DNS, early)
    assert row["reason"] == "time: cannot be read"
    months = [
        read_one(WINDOWS_DNS, early, answers={ORDER: order})["time"].month
        for order in ("dmy", "mdy")
    ]
    assert months == [3, 5]


def test_the_printed_key_is_not_held_against_the_log() -> None:
    reading = reading_of("\n".join([*KEY * 9, ASKED]), [WINDOWS_DNS])
    assert reading is not None
    assert reading.confidence == 1.0


def test_names_of_older_servers_are_dotted() -> None:
    row = read_one(WINDOWS_DNS, ASKED.replace("(3)www(7)example(3)com(0)", ".www.example.com."))
    assert row["host"] == "www.example.com"


@given(damaged([ASKED, ANSWERED]))
def test_check_and_columns_agree(line: str) -> None:
    assert_agreement(WINDOWS_DNS, [line])
