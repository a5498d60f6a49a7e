"""IIS's own format: byte directions, the order of dates, and that it shows no visits."""

from hypothesis import given

from logan.formats.engine.dates import question
from logan.formats.vendors.iis_native import IIS_NATIVE
from tests.formats.proof import (
    assert_agreement,
    assert_definition,
    assert_record,
    damaged,
    layout_of,
    read_one,
)

(LINE,) = IIS_NATIVE.texts


def test_the_definition_holds() -> None:
    assert_definition(IIS_NATIVE)


def test_every_column() -> None:
    assert_record(
        read_one(IIS_NATIVE, LINE, zone="Europe/London"),
        time="2024-01-25T13:55:36+00:00",
        user="FORCE\\jdoe",
        client_ip="10.1.2.3",
        method="GET",
        path="/a",
        query="b=c",
        status=200,
        action="unknown",
        bytes_sent=640,
        bytes_received=2326,
        evidence="url",
    )


def test_missing_values_are_null() -> None:
    row = read_one(IIS_NATIVE, LINE.replace("FORCE\\jdoe", "-").replace("b=c", "-"))
    assert (row["user"], row["query"]) == (None, None)


def test_it_names_no_host_and_may_leave_the_date_open() -> None:
    assert "no host" in (layout_of(IIS_NATIVE, LINE).names_no_host or "")
    assert (
        layout_of(IIS_NATIVE, LINE.replace(" /a,", " http://www.example.com/a,")).names_no_host
        is None
    )
    assert question(layout_of(IIS_NATIVE, LINE.replace("1/25/2024", "1/5/2024"))) is not None


@given(damaged([LINE]))
def test_check_and_columns_agree(line: str) -> None:
    assert_agreement(IIS_NATIVE, [line])
