"""Whether stamps name their zone: asked of many sources together, or of each alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logan.formats import FORMATS
from logan.formats.detect.detection import detect
from logan.formats.detect.head import head_of
from logan.formats.engine.table import names_zones
from logan.pipeline import zone_probe
from logan.pipeline.zone_probe import ZoneProbe, ZoneQuestion, may_name_zones

QUESTIONS = [
    ZoneQuestion(head_of(sample.encode(), whole=True).lines, form, best.layout)
    for form in FORMATS
    for sample in form.texts
    if (best := detect(head_of(sample.encode(), whole=True), (form,), named=True).best) is not None
]
ASKED = [one for one in QUESTIONS if may_name_zones(one.format, one.layout)]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.format.name)
def test_who_need_not_be_asked_names_no_zone_of_its_own(question: ZoneQuestion) -> None:
    if not may_name_zones(question.format, question.layout):
        assert not names_zones(question.lines, question.format, question.layout)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(ASKED), max_size=8), st.sampled_from([1, 5, 2_000]))
def test_asked_together_each_gets_its_own_answer(questions: list[ZoneQuestion], most: int) -> None:
    yes: list[int] = []
    probe = ZoneProbe()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zone_probe, "LINES", most)
        for at, question in enumerate(questions):
            probe.ask(question, lambda at=at: yes.append(at))  # type: ignore[misc]
    probe.flush()
    assert sorted(yes) == [at for at, question in enumerate(questions) if question.is_dated()]


def test_lines_without_a_stamp_answer_nothing() -> None:
    form, layout = ASKED[0].format, ASKED[0].layout
    yes: list[str] = []
    probe = ZoneProbe()
    probe.ask(ZoneQuestion(("junk",), form, layout), lambda: yes.append("junk"))
    probe.flush()
    assert yes == []
