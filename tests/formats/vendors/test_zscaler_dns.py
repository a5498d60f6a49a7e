import pytest

from logan.formats.engine.format import Format
from logan.formats.vendors.zscaler_dns import JSON, PAIRS
from tests.formats.proof import assert_record, read_one


@pytest.mark.parametrize(
    ("form", "sample"),
    [(PAIRS, PAIRS.texts[0]), (JSON, JSON.texts[0]), (JSON, JSON.texts[1])],
)
def test_every_column(form: Format, sample: str) -> None:
    assert_record(
        read_one(form, sample, zone="UTC"),
        time="2024-01-10T13:55:36+00:00",
        user="jdoe@force.example",
        client_ip="10.1.2.3",
        host="www.example.com",
        action="allowed",
        evidence="dns",
    )


@pytest.mark.parametrize(
    ("word", "action"),
    [("Block", "blocked"), ("REQ_ALLOW", "allowed"), ("Redirect Request", "unknown")],
)
def test_action(word: str, action: str) -> None:
    line = JSON.texts[0].replace('"reqaction":"Allow"', f'"reqaction":"{word}"')
    assert read_one(JSON, line, zone="UTC")["action"] == action


def test_a_location_is_nobody() -> None:
    line = PAIRS.texts[0].replace("user=jdoe@force.example", "user=HQ")
    assert read_one(PAIRS, line, zone="UTC")["user"] is None
