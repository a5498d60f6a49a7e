"""docs/summary.md explains every number, column and section that a reader meets."""

import re
from pathlib import Path

import pytest

from logan.rules.across_lines import POSSIBLE_UPLOAD_BYTES
from logan.schema import PEOPLE_COLUMNS, PEOPLE_TABLES, TABLES
from logan.tables.rolling import ROLLING_DAYS
from logan.tables.table_fields import field_of
from logan.vocabulary import ACTIONS, BINS, EVIDENCE
from tests.outputs.test_console import GOLDEN

GUIDE = (Path(__file__).parents[2] / "docs" / "summary.md").read_text(encoding="utf-8")
PAGE = (GOLDEN / "quarter-160.txt").read_text(encoding="utf-8")


ALL_TABLES = {**TABLES, **PEOPLE_TABLES}


def first_part(text: str) -> str:
    """What comes before the next table is named."""
    return re.split(r"\n\n(?=`|Where lists of people)", text)[0]


@pytest.mark.parametrize("name", ALL_TABLES)
def test_columns_are_explained_as_the_descriptors_explain_them(name: str) -> None:
    table = "hits.csv" if name == "mentions.csv" else name
    _, _, below = GUIDE.partition(f"\n`{table}`")
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", first_part(below), re.MULTILINE)
    assert dict(rows) == {
        column: field_of(name, column).meaning.removesuffix(".") for column in ALL_TABLES[name]
    }


def test_columns_that_lists_of_people_add_are_explained() -> None:
    _, _, below = GUIDE.partition("\nWhere lists of people were given")
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", first_part(below), re.MULTILINE)
    assert dict(rows) == {
        column: field_of("hits.csv", column).meaning.removesuffix(".") for column in PEOPLE_COLUMNS
    }


@pytest.mark.parametrize("name", ALL_TABLES)
def test_every_file_and_column_is_explained(name: str) -> None:
    columns = set(ALL_TABLES[name]) - set(BINS)
    assert f"`{name}`" in GUIDE
    assert not {column for column in columns if f"`{column}`" not in GUIDE}


def test_every_bin_action_and_kind_of_evidence_is_explained() -> None:
    words = re.findall(r"^\| (\w+) \| ", GUIDE.split("| bin |")[1], re.MULTILINE)
    assert words[: len(BINS)] == list(BINS)
    assert not {word for word in (*ACTIONS, *EVIDENCE) if f"`{word}`" not in GUIDE} - {"auth"}


def test_every_fact_and_title_of_the_page_is_explained() -> None:
    facts = re.findall(r"^  ([a-z][a-z -]+?) +[\d,]+  ", PAGE, re.MULTILINE)
    assert len(facts) > 7
    header = next(line for line in PAGE.splitlines() if line.startswith("service  "))
    known = GUIDE.replace("-", " ").lower()
    for word in (*facts, *re.split(r"  +", header)[1:-2]):
        assert word.replace("-", " ") in known, word
    for title in ("Look-alike hosts", "Every line accounted for"):
        assert title in PAGE
        assert title in GUIDE


def test_its_figures_are_those_of_the_program() -> None:
    assert f"at least {POSSIBLE_UPLOAD_BYTES:,} bytes" in GUIDE
    assert f"busiest {ROLLING_DAYS} days" in GUIDE
