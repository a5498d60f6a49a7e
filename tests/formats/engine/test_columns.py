"""What columns are declared by gives, over cells that hold something or nothing."""

from datetime import UTC, datetime

import polars as pl
import pytest

from logan.formats.engine.columns import EvidenceColumn, connects, looks_up, unopened
from logan.formats.engine.delimited import Delimited
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.keyvalue import KeyValue
from logan.formats.engine.layout import Head, Layout
from logan.formats.engine.reader import CELL
from logan.formats.engine.stamps import Stamp, epoch, first, iso, local
from logan.formats.engine.values import Cells, Derivation, words

WALL = datetime(2024, 1, 10, 13, 55, 36)  # noqa: DTZ001 - a wall clock
INSTANT = datetime(2024, 1, 10, 12, 55, 36, tzinfo=UTC)
ROWS = {"epoch": ["1704891336", None, "-"], "wall": ["2024-01-10 13:55:36"] * 2 + [None]}


def over(rows: dict[str, list[str | None]]) -> tuple[pl.DataFrame, Cells]:
    frame = pl.DataFrame({CELL + name: values for name, values in rows.items()})
    return frame, Cells(Layout(), lambda _, name: name in rows)


def found(given: Derivation, rows: dict[str, list[str | None]]) -> list[object]:
    frame, cell = over(rows)
    return frame.select(x=given(cell))["x"].to_list()


def test_an_instant_wins_over_a_wall_clock_whichever_is_named_first() -> None:
    frame, cell = over(ROWS)
    stamps = epoch("epoch"), local("wall", "%Y-%m-%d %H:%M:%S")
    for both in (first(*stamps), first(*reversed(stamps))):
        times = frame.select(**both.columns(cell))
        assert times["time"].to_list() == [INSTANT, None, None]
        assert times["local_time"].to_list() == [None, WALL, None]


@pytest.mark.parametrize(
    ("stamps", "clock"),
    [
        ((epoch("a"), epoch("b")), "utc"),
        ((epoch("a"), iso("b")), "offset"),
        ((iso("a"), local("b", "%H")), "local"),
    ],
)
def test_the_clock_of_several_stamps_is_the_one_that_says_least(
    stamps: tuple[Stamp, ...], clock: str
) -> None:
    assert first(*stamps).clock == clock


def test_a_challenge_is_told_by_the_status_whatever_the_word() -> None:
    decide = words("word", allowed=("ok",), blocked=("no",), status="code")
    rows: dict[str, list[str | None]] = {
        "word": ["OK", "no", "?", "no", None, "ok"],
        "code": ["200", "403", "200", "407", "407", None],
    }
    assert found(decide, rows) == ["allowed", "blocked", "unknown", "auth", "auth", "allowed"]


def proof(made: EvidenceColumn) -> list[object]:
    return found(made.of_line, {"shut": ["y", "n", None, "y"], "kind": ["", "", None, "dns"]})


def test_a_line_proves_a_look_up_before_a_connection_and_an_address_last() -> None:
    def shut(cell: Cells) -> pl.Expr:
        return cell["shut"] == "y"

    def asked(cell: Cells) -> pl.Expr:
        return cell["kind"] == "dns"

    assert proof(connects(shut)) == ["connect", "url", "url", "connect"]
    assert proof(connects(shut, look_up=asked)) == ["connect", "url", "url", "dns"]
    assert proof(looks_up(asked)) == ["url", "url", "url", "dns"]
    hosts: dict[str, list[str | None]] = {
        "m": [None, "connect", "GET", None],
        "u": ["a.example:443", "a.example", "https://a.example/", "https://a.example/b"],
    }
    assert found(connects(unopened("m", "u")).of_line, hosts) == [
        "connect",
        "connect",
        "url",
        "url",
    ]
    assert connects(shut, look_up=asked).kinds == ("url", "connect", "dns")


def test_a_text_where_several_may_stand_is_one_word_and_not_its_letters() -> None:
    rows: dict[str, list[str | None]] = {"word": ["OK", "O", "K", "STOP"]}
    decided = found(words("word", allowed="OK", blocked="STOP"), rows)
    assert decided == ["allowed", "unknown", "unknown", "blocked"]


READERS = {
    "cells": (Delimited(needs=("at",), aliases={"who": "officer"}), "at,officer", "1,jdoe"),
    "pairs": (KeyValue(aliases={"who": "officer"}), "", "at=1 officer=jdoe"),
    "JSON": (
        JsonObject((need("at"),), aliases={"who": "officer"}),
        "",
        '{"at":1,"officer":"jdoe"}',
    ),
}


@pytest.mark.parametrize("kind", READERS)
def test_one_other_name_needs_no_tuple(kind: str) -> None:
    reader, header, line = READERS[kind]
    layout = reader.layout(Head((header, line), (1, 2)))
    assert layout is not None
    frame = pl.DataFrame({"text": [line]})
    for step in reader.steps(layout, frozenset(("who",))):
        frame = frame.with_columns(**step)
    assert frame[f"{CELL}who"].to_list() == ["jdoe"]
