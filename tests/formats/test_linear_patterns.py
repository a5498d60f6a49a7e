"""Patterns that Python's own engine holds against lines of logs take time in line with the line.

That engine goes back and tries again: a repetition within a repetition may be cut in more ways than
there are letters. (Polars' and Hyperscan's engines never go back.)
"""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import logan

#: Nothing in logs is as long; a repetition up to here costs no more than its number.
_FEW = 64
#: Repetitions within repetitions of which each round begins with a sign that ends the one before:
#: there is one way to cut a text.
REVIEWED = {
    "logan.formats.engine.json_flat._SURELY_FLAT": "a comma and a quote, which no string holds",
    "logan.formats.engine.json_lines._STEP": "brackets around digits",
    "logan.formats.engine.pattern._BLANKLESS": "a bracket, which no text between two holds",
    "logan.formats.vendors.haproxy._CAPTURED_HOST": "a dot, which no label holds",
    "logan.formats.vendors.haproxy._TCP_SNI": "a dot, which no label holds",
    "logan.formats.vendors.meraki._REQUEST": "a blank, which no pair holds",
    "logan.formats.vendors.weblog_lines._FULL": "a comma, which no address holds",
    "logan.formats.vendors.weblog_lines._HOST_BEHIND": "a comma, which no address holds",
}
_SUB = {"MAX_REPEAT": 2, "MIN_REPEAT": 2, "SUBPATTERN": 3}


def repeats_within(parsed: Iterable[Any], *, within: bool = False) -> bool:
    """True where a repetition of any length stands within another one."""
    for operation, value in parsed:
        name = str(operation)
        if name == "BRANCH":
            if any(repeats_within(branch, within=within) for branch in value[1]):
                return True
        elif name in ("ASSERT", "ASSERT_NOT"):
            if repeats_within(value[1], within=within):
                return True
        elif name in _SUB:
            many = name != "SUBPATTERN" and int(value[1]) > _FEW
            if (many and within) or repeats_within(value[_SUB[name]], within=within or many):
                return True
    return False


@cache
def patterns_by_name(package: str) -> dict[str, re.Pattern[Any]]:
    return dict(patterns_of(package))


def patterns_of(package: str) -> Iterator[tuple[str, re.Pattern[Any]]]:
    """The patterns that stand in the modules of a package, by their names: compiled ones, and texts
    that are compiled when they are first held against something."""
    root = importlib.import_module(f"{logan.__name__}.{package}")
    for found in pkgutil.walk_packages(root.__path__, root.__name__ + "."):
        module = importlib.import_module(found.name)
        late = names_compiled_late(Path(str(module.__file__)).read_text(encoding="utf-8"))
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern):
                yield f"{found.name}.{name}", value
            elif name in late and isinstance(value, (str, bytes)):
                yield f"{found.name}.{name}", re.compile(value)


def names_compiled_late(source: str) -> set[str]:
    """The names that are given to functions of `re` as patterns."""
    return {
        node.args[0].id
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
        and node.args
        and isinstance(node.args[0], ast.Name)
    }


def test_a_pattern_that_is_compiled_late_is_found() -> None:
    assert names_compiled_late("def f(x): return re.fullmatch(_ONE, x) or re.sub(_TWO, '', x)") == {
        "_ONE",
        "_TWO",
    }


def is_nested(pattern: str | bytes, flags: int = 0) -> bool:
    return repeats_within(re._parser.parse(pattern, flags))  # type: ignore[attr-defined]


def test_a_repetition_within_a_repetition_is_seen() -> None:
    assert is_nested(r"(?:a+)+b")
    assert is_nested(rb"x(?:(?P<y>[a-z]*)|c)*")
    assert not is_nested(r"a+(?:b{1,3})*[c]+")


def test_no_pattern_for_lines_goes_back_for_more_than_the_line_is_long() -> None:
    patterns = [one for part in ("formats", "records", "rules") for one in patterns_of(part)]
    assert len(patterns) > 40
    nested = {name for name, one in patterns if is_nested(one.pattern, one.flags)}
    assert {name for name in nested if name not in REVIEWED} == set()


@pytest.mark.parametrize(
    ("name", "run"),
    [("engine.joined_records._MARK", "\r"), ("engine.xml_events._BREAK", " ")],
)
def test_a_long_run_is_not_read_again_from_each_of_its_signs(name: str, run: str) -> None:
    """Sought within a line: as many steps as its square would not end while anybody waits."""
    pattern = patterns_by_name("formats")[f"logan.formats.{name}"]
    line = "x" + run * 300_000
    assert pattern.search(line.encode() if isinstance(pattern.pattern, bytes) else line) is None


@given(st.text("ab \t\r\n", max_size=12))
def test_breaks_are_taken_out_with_all_blanks_around_them(text: str) -> None:
    pattern = patterns_by_name("formats")["logan.formats.engine.xml_events._BREAK"]
    data = text.encode()
    assert pattern.sub(b"|", data) == re.sub(rb"[ \t]*\r?\n[ \t]*", b"|", data)


def test_those_reviewed_are_done_with_hostile_lines() -> None:
    """One that went back would not end while anybody waits."""
    patterns = patterns_by_name("formats")
    pieces = [
        '"a":"b", ',
        '"a":"b",',
        "1.1.1.1, ",
        "a.b.",
        " a=b",
        "(?:",
        "[a]",
        "fe80::1, ",
        "a[1]",
        "\\",
        "::",
        "1.",
        ", ",
        '"',
    ]
    for name in REVIEWED:
        for before in ("", '{"a":"', "{", "1.1.1.1, ", " ", "src=a dst=b"):
            for piece in pieces:
                assert patterns[name].fullmatch(before + piece * 2_000 + "[") is None
