"""Lines in which no name stands are told from others: what is said of them is what all rules say."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from logan.rules import mentions
from logan.rules.model import Rules
from logan.rules.packs import bundled_packs, load_rules
from logan.rules.written_names import one_label, watched_names
from logan.schema import RECORD

RULES = load_rules(packs=[one for one in bundled_packs() if one != "trackers"])
COLUMNS = ("host", "method", "path", "referrer", "evidence")
NAMES = [*watched_names(RULES)]
#: Where a name may stand in a line, and in its columns; "" is none.
PLACES = (
    *("GET {}", "x {}:443 y", "u=http%3A%2F%2F{}%2Fa", "{}@a.example", "(7){}(0)", "x{}y"),
    "https://{label}.translate.goog/",
)
OF_HOST = (
    *("{}", "www.{}", "not{}", "{}.police.uk", "{}.evil.example", "{}.mcas.ms", "_dmarc.{}"),
    *("{label}.translate.goog", "{}.edgekey.net"),
)
OF_REFERRER = ("https://{}/", "HTTPS://WWW.{upper}./a", "https://a.example/?u={}")


def row(text: str = "x", **columns: str) -> dict[str, str | None]:
    given = {"host": "a.example", "evidence": "url", **columns}
    return {"text": text, "reason": None} | {name: given.get(name) for name in COLUMNS}


def filled(place: str, name: str) -> str:
    return place.format(name, label=one_label(name), upper=name.upper())


def rows_of(name: str) -> list[dict[str, str | None]]:
    """Lines that name it, in each place, and such that hold it by chance."""
    texts = [row(filled(place, name)) for place in PLACES]
    kinds = ("url", "dns", "connect")
    hosts = [row(host=filled(one, name), evidence=kind) for one in OF_HOST for kind in kinds]
    return texts + hosts + [row(referrer=filled(one, name)) for one in OF_REFERRER]


def frame(rows: list[dict[str, str | None]]) -> pl.DataFrame:
    types = {name: RECORD[name] for name in COLUMNS}
    return pl.DataFrame(rows, schema={"text": pl.String, "reason": pl.String, **types})


def said(rows: pl.DataFrame, rules: Rules = RULES) -> pl.DataFrame:
    return mentions.find_mentions(rows, rules)


@pytest.mark.parametrize("name", ["", "a.example", *NAMES[::6]])
def test_a_line_alone_is_told_as_among_others(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = frame(rows_of(name))
    alone = pl.concat([said(one) for one in rows.iter_slices(1)])
    monkeypatch.setattr(mentions, "_FEW", -1)
    assert_frame_equal(alone, said(rows))


def test_lines_that_hold_no_name_are_unrelated(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = frame(rows_of("a.example"))
    monkeypatch.setattr(mentions, "_namings", None)  # not asked
    found = said(rows)
    assert found["bin"].unique().to_list() == ["unrelated"]
    assert found.drop("bin", "inferred").null_count().row(0) == (rows.height,) * 4
