"""What tests of repeats ask of every row: a repeat names a hit, and nothing else names one."""

import polars as pl

from logan.schema import LINE_SHA256


def with_lines(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows numbered as lines of one log, from 1, with what a scan's findings have."""
    return rows.with_columns(
        line=pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
        repeat=pl.lit(None, pl.String),
        line_sha256=pl.lit(None, LINE_SHA256),
    )


def repeated(rows: pl.DataFrame) -> dict[int, tuple[str, int | None]]:
    """Why each repeat is one, and the line of the hit that it repeats, by its own line."""
    repeats = rows.filter(pl.col("bin") == "repeat").select("line", "repeat_reason", "hit_line")
    return {line: (reason, hit) for line, reason, hit in repeats.rows()}


def check_hits_repeated(rows: pl.DataFrame) -> None:
    """Every line that repeats another names a hit; only challenges, and what tells of one, none."""
    places = ["hit_source", "hit_line"]
    named = rows.drop_nulls("hit_line")
    hits = rows.filter(pl.col("bin") == "hit").select(hit_source="source", hit_line="line")
    assert named.join(hits, on=places, how="anti").is_empty()
    assert set(named["bin"]) <= {"repeat"}
    assert rows.filter(pl.col("bin") == "repeat")["repeat_reason"].null_count() == 0
    assert rows.filter(pl.col("bin") != "repeat")["repeat_reason"].drop_nulls().is_empty()
    nowhere = rows.filter((pl.col("bin") == "repeat") & pl.col("hit_line").is_null())
    assert set(nowhere["repeat_reason"]) <= {"log_on_challenge", "answer_or_remark"}
