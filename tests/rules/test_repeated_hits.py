"""Each repeat leads to a line that counts."""

import polars as pl

from logan.rules.repeated_hits import find_circles
from logan.rules.repeats import REPEAT_OF, ROW


def pairs(*rows: tuple[int, int, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={ROW: pl.UInt32, **REPEAT_OF}, orient="row")


def test_chains_that_end_in_a_hit_are_no_circles() -> None:
    assert find_circles(pairs()) == []
    assert find_circles(pairs((0, 1, "tunnel_set_up"), (1, 2, "other_gateway"))) == []


def test_one_line_of_a_circle_counts_the_end_of_a_tunnel_if_there_is_one() -> None:
    circle = pairs((4, 5, "tunnel_set_up"), (5, 9, "other_gateway"), (9, 4, "other_gateway"))
    assert find_circles(circle) == [5]
    led = pairs((1, 2, "other_gateway"), (2, 3, "other_gateway"), (3, 2, "answer_or_remark"))
    assert find_circles(led) == [2]
