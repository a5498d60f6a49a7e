"""The words that vendors write for what was decided: no format misses one, and none is untried."""

import re
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import polars as pl
import pytest
import yaml

from logan.formats import FORMATS
from logan.formats.engine import verdicts
from logan.formats.engine.envelope import strip
from logan.formats.engine.format import Format
from logan.formats.engine.reader import CELL
from logan.formats.engine.values import Cells
from tests.formats.proof import ANSWERS, layout_of

#: Of a format, of its cells: the words that may stand there, by what the record says then.
Words = Mapping[str, Mapping[str, list[str]]]
WORDS: Final[Mapping[str, Words]] = yaml.safe_load(
    (Path(__file__).parent / "vendor_words.yaml").read_text("utf-8")
)
DOCUMENTED: Final = (Path(__file__).parents[2] / "docs" / "formats.md").read_text("utf-8")
BY_NAME: Final = {form.name: form for form in FORMATS}
DECIDED: Final = verdicts.decided
MODULES: Final = [
    module
    for name, module in sys.modules.items()
    if name.startswith("logan.formats.") and getattr(module, "decided", None) is DECIDED
]
CASES: Final = [
    pytest.param(BY_NAME[name], cell, said, words, id=f"{name}-{cell}-{said}")
    for name, cells in WORDS.items()
    for cell, meanings in cells.items()
    for said, words in meanings.items()
]


@pytest.mark.parametrize(("form", "cell", "said", "words"), CASES)
def test_a_word_means_what_the_vendor_says(
    form: Format, cell: str, said: str, words: list[str]
) -> None:
    column, _, meaning = said.partition("=")
    wanted = None if meaning == "null" else meaning
    assert dict(zip(words, found(form, cell, words, column), strict=True)) == dict.fromkeys(
        words, wanted
    )


def found(form: Format, cell: str, words: list[str], column: str) -> list[str | None]:
    """What the first record of a format's samples says of a column with other words in a cell."""
    text = form.texts[0]
    layout = layout_of(form, text, ANSWERS)
    line = next(
        inside
        for line in text.split("\n")
        if form.reader.check(inside := strip(line, layout.envelope), layout) is None
    )
    lines = pl.LazyFrame({"text": [line] * len(words)})
    for step in form.steps(layout):
        lines = lines.with_columns(**step)
    cell, *beside = cell.split(", ")
    read = {name.removeprefix(CELL) for name in lines.collect_schema()}
    assert {cell, *(one.partition("=")[0] for one in beside)} <= read, f"{form.name}: {cell}"
    fixed = {
        CELL + name: pl.lit(value) for name, _, value in (one.partition("=") for one in beside)
    }
    other = lines.with_columns(pl.Series(CELL + cell, words), **fixed)
    said = other.select(form.expressions(layout)[column].cast(pl.String))
    return said.collect().to_series().to_list()


def test_no_word_of_a_declaration_is_untried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a gateway that stands in the documents: before that, a new one is one file."""
    lists = {form.name: lists_of(form, monkeypatch) for form in FORMATS}
    tried: dict[tuple[str, str], str] = defaultdict(str)
    for name, patterns in lists.items():
        for meaning, pattern in patterns:
            tried[meaning, pattern] += tried_as(meaning, BY_NAME[name]).lower()
    untried = [
        f"{name}: {word} is {meaning}"
        for name, patterns in lists.items()
        for meaning, pattern in patterns
        for word in words_of(pattern)
        if word not in tried[meaning, pattern] and f"`{name}`" in DOCUMENTED
    ]
    assert untried == []


def tried_as(meaning: str, form: Format) -> str:
    """What of a format is tried as this decision: words of the table, and samples."""
    said = f"action={meaning}"
    words = [meanings.get(said, []) for meanings in WORDS.get(form.name, {}).values()]
    samples = [one.texts[0] for one in form.samples if f" {said} " in " ".join(one.records)]
    return f"{words} {samples}"


def lists_of(form: Format, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The lists by which a format reads words for what was decided, each with its meaning."""
    lists: list[tuple[str, str]] = []

    def noted(word: pl.Expr, *, challenged: str = "", **known: str) -> pl.Expr:
        lists.extend({**known, "auth": challenged}.items())
        return DECIDED(word, challenged=challenged, **known)

    layout = layout_of(form, form.texts[0], ANSWERS)
    with monkeypatch.context() as patch:
        for module in MODULES:
            patch.setattr(module, "decided", noted)
        form.columns.expressions(Cells(layout, form.reader.has))
    return [(meaning, pattern) for meaning, pattern in lists if pattern]


def words_of(pattern: str) -> list[str]:
    """The words and numbers in a list; single letters are endings."""
    bare = re.sub(r"\[[^]]*\]|\\[a-z]", " ", pattern.lower())
    return re.findall(r"[a-z_]{2,}|[0-9]+", bare)
