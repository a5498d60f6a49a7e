"""Hosts and the services they belong to."""

import polars as pl
import pytest

from logan.rules.hosts import is_host, service_of
from logan.rules.load import load_packs
from logan.rules.model import Host, Rules
from logan.rules.packs import bundled_packs


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load_packs(list(bundled_packs().values()))


@pytest.mark.parametrize(
    ("host", "service"),
    [
        ("pimeyes.com", "pimeyes"),
        ("a.b.pimeyes.com", "pimeyes"),
        ("xpimeyes.com", None),
        ("facewatch.co.uk", "facewatch"),
        ("www.facewatch.co.uk", "facewatch"),
        ("co.uk", None),
        ("lens.google.com", "google_lens"),
        ("a.lens.google.com", None),
        ("www.google.com", None),
        ("yandex.com", None),
        ("rekognition.eu-west-2.amazonaws.com", "rekognition"),
        ("rekognition.eu-west-2.amazonaws.com.a", None),
        ("x.rekognition.eu-west-2.amazonaws.com", None),
        ("faceagle.ai", None),
        ("pimeyes.com\n", None),
        ("", None),
        (None, None),
    ],
)
def test_the_service_of_a_host(rules: Rules, host: str | None, service: str | None) -> None:
    frame = pl.DataFrame({"host": pl.Series([host], dtype=pl.String)})
    assert frame.select(service_of(pl.col("host"), rules)).item() == service


def test_any_of_several_hosts() -> None:
    wanted = [Host("a.example", None, None, "client", ()), Host(None, "b|c", None, "client", ())]
    frame = pl.DataFrame({"host": ["a.example", "b", "c", "bc", "x.a.example", None]})
    found = frame.select(is_host(pl.col("host"), wanted)).to_series().to_list()
    assert found == [True, True, True, False, False, False]
    assert frame.filter(is_host(pl.col("host"), [])).is_empty()
