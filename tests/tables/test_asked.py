"""Users asked for by name: a name in another form must not clear anybody."""

import pytest

from logan.result import Selection
from logan.tables.asked import AskedUser, check_users
from tests.builders import hit, result

ROWS = [
    hit("2024-01-01 09:00", "FORCE\\jdoe"),
    hit("2024-01-01 09:00", "jdoe@force.example"),
    hit("2024-01-01 09:00", "ann", bin="mention"),
    hit("2024-01-01 09:00", "jdoe2"),
    hit("2024-01-01 09:00", None),
]


@pytest.mark.parametrize(
    ("users", "expected"),
    [
        ((), ()),
        (("jdoe",), (AskedUser("jdoe", False, ("FORCE\\jdoe", "jdoe@force.example")),)),
        (("force\\JDOE",), (AskedUser("force\\JDOE", True, ("jdoe@force.example",)),)),
        (("ANN",), (AskedUser("ANN", True, ()),)),
        (("doe",), (AskedUser("doe", False, ()),)),
        (
            ("FORCE\\jdoe", "jdoe@force.example"),
            (AskedUser("FORCE\\jdoe", True, ()), AskedUser("jdoe@force.example", True, ())),
        ),
    ],
)
def test_names_asked_for_are_held_against_the_findings(
    users: tuple[str, ...], expected: tuple[AskedUser, ...]
) -> None:
    assert check_users(result(ROWS, selection=Selection(users=users))) == expected


def test_a_long_list_of_similar_names_is_cut() -> None:
    rows = [hit("2024-01-01 09:00", f"D{number}\\jdoe") for number in range(9)]
    (asked,) = check_users(result(rows, selection=Selection(users=("jdoe",))))
    assert asked.similar == tuple(f"D{number}\\jdoe" for number in range(5))
