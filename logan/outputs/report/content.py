"""What a report says, as plain data: all numbers and words that its templates only set."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from logan.outputs.report.charts import ColumnChart, CoverageChart


class ReportFigure(NamedTuple):
    """A number with its unit, and the query by which anybody finds it again."""

    value: int
    unit: str
    meaning: str
    query: str


class ReportTable(NamedTuple):
    """A table: `columns` are (title, is a number); every cell is text. `query` says where from.

    `left_out` rows are not shown; they stand in the file that the query names.
    """

    caption: str
    columns: Sequence[tuple[str, bool]]
    rows: Sequence[Sequence[str]]
    query: str
    left_out: int = 0


class PeopleSection(NamedTuple):
    """What a force's own lists say: sentences, tables in order of reading, and one by person.

    `declared` are gaps that were declared, in words.
    """

    sentences: Sequence[str]
    tables: Sequence[ReportTable]
    persons: ReportTable
    declared: Sequence[str]


class HourCalendar(NamedTuple):
    """Hits by hour of the day (rows) and day of the week (columns), each with a shade, 0 to 5."""

    hits: Sequence[Sequence[tuple[int, int]]]
    query: str


@dataclass(frozen=True, slots=True)
class ReportContent:
    """A whole report, in the order of reading. `people` is None where no list of them was given.

    `warnings` are (word, sentence): INCOMPLETE, NARROWED. `answer` is the one sentence, `more` what
    follows it. `made_from` and `words` are (name, value).
    """

    title: str
    reference: str | None
    period: str
    warnings: Sequence[tuple[str, str]]
    answer: str
    more: Sequence[str]
    figures: Sequence[ReportFigure]
    windows_chart: ColumnChart | None
    windows: ReportTable | None
    services: ReportTable
    after_block: ReportTable | None
    block_note: str
    people: PeopleSection | None
    coverage_chart: CoverageChart | None
    coverage: ReportTable
    limits: Sequence[str]
    made_from: Sequence[tuple[str, str]]
    manifest_sha256: str
    users: ReportTable
    calendar: HourCalendar
    gaps: ReportTable
    sources: ReportTable
    rules: ReportTable
    lookalikes: ReportTable
    words: Sequence[tuple[str, str]]
