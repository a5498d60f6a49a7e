"""What holds for every format: its definition, its own detection, check and table at one."""

import pytest
from hypothesis import HealthCheck, given, settings

from logan.formats import FORMATS
from logan.formats.engine.format import Format, Sample
from tests.formats.proof import (
    assert_agreement,
    assert_definition,
    assert_sample,
    batches,
    framed,
    layout_of,
    lines_of,
    reading_of,
)

EVERY = pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)


def test_names_are_unique() -> None:
    names = [form.name for form in FORMATS]
    assert len(set(names)) == len(names)


@EVERY
def test_samples_are_read_and_near_misses_refused(form: Format) -> None:
    assert_definition(form)


SAMPLES = [
    pytest.param(form, sample, id=f"{form.name}-{at}")
    for form in FORMATS
    for at, sample in enumerate(form.samples)
    if isinstance(sample, Sample)
]


@pytest.mark.parametrize(("form", "sample"), SAMPLES)
def test_samples_give_their_records(form: Format, sample: Sample) -> None:
    assert_sample(form, sample)


@EVERY
def test_samples_are_taken_for_no_other_format(form: Format) -> None:
    for sample in form.texts:
        reading = reading_of(sample, FORMATS)
        assert reading is not None
        assert reading.format.name == form.name, sample


@EVERY
def test_check_and_table_agree_on_damaged_lines(form: Format) -> None:
    sample = form.texts[0]
    layout = layout_of(form, sample)

    @settings(max_examples=4, suppress_health_check=[HealthCheck.too_slow])
    @given(batches(lines_of(framed(form, sample, layout))))
    def agree(lines: list[str]) -> None:
        assert_agreement(form, lines, layout)

    agree()
