"""Every trait changes the lines it is put into, and names no service."""

import importlib

import pytest

from logan.intake.line_index import LineIndex
from logan.rules.packs import load_rules
from logan.rules.prefilter import Prefilter
from logan.rules.triggers import watch

LINE = (
    "1704067200.008 16963 10.0.53.125 TCP_MISS/200 9 GET https://www.a.example/b?c=1 user700 HIER"
)


@pytest.fixture(scope="module")
def prefilter() -> Prefilter:
    return Prefilter(watch(load_rules()))


def test_traits_stand_in_lines_and_name_no_service(prefilter: Prefilter) -> None:
    traits = importlib.import_module("slow_bytes").TRAITS
    lines = [trait(LINE) for trait in traits.values()]
    assert all(line != LINE for line in lines)
    rows = prefilter.search(LineIndex("".join(line + "\n" for line in lines).encode()))
    assert rows is not None
    assert rows.tolist() == []
