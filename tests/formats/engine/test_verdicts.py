"""What a gateway decided, from its own words."""

import polars as pl
import pytest

from logan.formats.engine.verdicts import decided, passed_on, tunnelled


@pytest.mark.parametrize(
    ("word", "action"),
    [
        ("Allow", "allowed"),
        ("blocked", "blocked"),
        ("407", "auth"),
        ("odd", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_word_on_no_list_is_unknown(word: str | None, action: str) -> None:
    expression = decided(
        pl.lit(word, dtype=pl.String), allowed="allow(ed)?", blocked="block.*", challenged="407"
    )
    assert pl.select(expression).item() == action


def test_a_list_must_fit_the_whole_word() -> None:
    assert pl.select(decided(pl.lit("disallow"), allowed="allow")).item() == "unknown"


def test_of_a_connect_only_the_tunnel_is_seen() -> None:
    methods = pl.DataFrame({"m": ["CONNECT", "connect", "GET", None]})
    found = methods.select(tunnelled(pl.col("m")).alias("e"))["e"].to_list()
    assert found == ["connect", "connect", "url", "url"]


@pytest.mark.parametrize(
    ("method", "address", "evidence"),
    [
        (None, "https://www.example.com/", "connect"),
        (None, "HTTPS://www.example.com", "connect"),
        (None, "www.example.com:443", "connect"),
        (None, "http://www.example.com/", "url"),
        (None, "https://www.example.com/?q", "url"),
        (None, "www.example.com/a", "url"),
        (None, "/", "url"),
        (None, None, "url"),
        ("GET", "https://www.example.com/", "url"),
    ],
)
def test_a_host_without_a_method_is_no_more_than_a_connection(
    method: str | None, address: str | None, evidence: str
) -> None:
    cells = (pl.lit(cell, dtype=pl.String) for cell in (method, address))
    assert pl.select(tunnelled(*cells)).item() == evidence


def test_a_balancer_lets_through_what_a_service_took() -> None:
    frame = pl.DataFrame({"status": [200, 407, 503], "served": [True, True, False]})
    action = passed_on(pl.col("status"), served=pl.col("served"))
    assert frame.select(action.alias("a"))["a"].to_list() == ["allowed", "auth", "unknown"]
