"""Errors carry their exit status and their place."""

from pathlib import Path

from logan.errors import ConfigurationError, ExitStatus, OutputError, Problem, UsageError


def test_a_problem_names_its_place_and_what_to_write_instead() -> None:
    problem = Problem(Path("rules/a.yaml"), 7, "no key `titel`", "write `title`")
    assert str(problem) == "rules/a.yaml:7: no key `titel`\n    write `title`"
    assert str(Problem("a.yaml", None, "is empty")) == "a.yaml: is empty"


def test_all_problems_are_said_at_once() -> None:
    error = ConfigurationError([Problem("a", 1, "x"), Problem("a", 2, "y")])
    assert str(error) == "a:1: x\na:2: y"


def test_the_status_goes_with_the_kind_of_error() -> None:
    assert ConfigurationError([]).exit_status == UsageError().exit_status == ExitStatus.USAGE == 2
    assert OutputError().exit_status == ExitStatus.INCOMPLETE == 3
    assert (ExitStatus.COMPLETE, ExitStatus.CONDITION_HOLDS, ExitStatus.LOCKED) == (0, 1, 4)
