"""Ids of rows, made again by the means of a shell."""

import hashlib

import polars as pl

from logan.schema import SESSIONS_CSV
from logan.tables.row_ids import identify_hit, identify_hits, identify_sessions
from tests.builders import at


def test_an_id_is_made_as_the_guide_says() -> None:
    content, line = hashlib.sha256(b"log").hexdigest(), hashlib.sha256(b"text").hexdigest()
    text = f"{content}\n7\n{line}\n"
    assert identify_hit(content, 7, line) == hashlib.sha256(text.encode()).hexdigest()[:16]


def test_ids_differ_by_content_line_and_text_and_by_nothing_else() -> None:
    digests = [hashlib.sha256(text).digest() for text in (b"a", b"a", b"b", b"a")]
    rows = pl.DataFrame(
        {"source": ["x", "x", "x", "y"], "line": [1, 2, 1, 1], "line_sha256": digests}
    )
    ids = identify_hits(rows, {"x": "1" * 64, "y": "2" * 64}).to_list()
    assert len(set(ids)) == 4
    moved = identify_hits(
        rows.with_columns(pl.col("source") + "/elsewhere"),
        {"x/elsewhere": "1" * 64, "y/elsewhere": "2" * 64},
    )
    assert moved.to_list() == ids


def test_the_ids_of_many_rows_are_those_of_each() -> None:
    contents = {"x": "1" * 64, "y": None}
    listed = [("x", 1, b"a" * 32), ("y", 10_000_000_000, b"\x00" * 32), ("x", 3, None)]
    rows = pl.DataFrame(listed, schema=["source", "line", "line_sha256"], orient="row")
    ids = [
        identify_hit(contents[source] or "", line, hashed.hex() if hashed else "")
        for source, line, hashed in listed
    ]
    assert identify_hits(rows, contents).to_list() == ids
    assert identify_hits(rows.clear(), contents).to_list() == []


def test_a_source_or_line_of_unknown_hash_has_an_id_all_the_same() -> None:
    rows = pl.DataFrame(
        {"source": ["x", "z"], "line": [1, 1], "line_sha256": [None, None]},
        schema_overrides={"line_sha256": pl.Binary},
    )
    assert identify_hits(rows, {"x": None}).to_list() == [identify_hit("", 1, "")] * 2


def test_sessions_have_ids_that_do_not_depend_on_their_order() -> None:
    rows = pl.DataFrame(
        {
            "user": ["ann", None],
            "address": [None, "192.0.2.1"],
            "service": ["pimeyes"] * 2,
            "start": [at("2024-01-01 09:00"), None],
            "end": [at("2024-01-01 09:00"), None],
            **{name: [1, 1] for name in ("hits", "searches", "uploads")},
        }
    )
    found = identify_sessions(rows)
    assert found.columns == list(SESSIONS_CSV)
    turned = identify_sessions(rows.reverse())
    assert found["session"].to_list() == turned["session"].to_list()[::-1]
    assert found["session"].n_unique() == 2
