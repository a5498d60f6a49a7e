"""One block examined: candidates, directives, blanks, stamps."""

from logan.formats.engine.enveloped import EnvelopedFormat
from logan.formats.engine.layout import Layout
from logan.formats.vendors.w3c import W3C
from logan.intake.line_index import LineIndex
from logan.intake.sources import Source
from logan.pipeline.batches import Batch, BatchPart
from logan.pipeline.examine import ExaminedPart, examine, split
from logan.pipeline.recognition import RecognisedSource
from logan.pipeline.search_task import SearchTask
from logan.pipeline.source_options import RequestedSource
from logan.rules.prefilter import Prefilter
from logan.rules.triggers import ScanPatterns

PREFILTER = Prefilter(ScanPatterns((r"pimeyes\.com",)))
DATA = b"#Fields: a\n2024-01-01 10:00:00 x\n\n2024-01-01 11:00:00 pimeyes.com\n#Date: y\n \r\nz\n"


def examined(data: bytes, task: SearchTask) -> ExaminedPart:
    """The one part of a batch of one source."""
    source = RecognisedSource(RequestedSource(Source("a.log", None, None), 0), task=task)
    (part,) = examine(Batch(data, [BatchPart(source, len(data), 0)]), PREFILTER)
    return part


def test_tells_candidates_directives_and_blanks_apart() -> None:
    found = examined(DATA, SearchTask(directive=b"#"))
    assert found.candidates is not None
    assert found.candidates.tolist() == [3]
    assert found.directives.tolist() == [0, 4]
    assert found.blank == 2
    assert list(found.segments()) == [(0, 0, None), (1, 4, 0), (5, 7, 4)][1:]


def test_without_a_directive_prefix_a_hash_is_just_a_line() -> None:
    found = examined(DATA, SearchTask())
    assert found.directives.tolist() == []
    assert list(found.segments()) == [(0, 7, None)]


def test_stamps_are_found_only_where_their_place_is_known() -> None:
    data = b"".join(b"2024-01-01 %02d:00:00 some line of a log\n" % hour for hour in range(24))
    assert examined(data, SearchTask()).runs is None
    runs = examined(data, SearchTask(stamp_span=(0, 14))).runs
    assert runs is not None
    assert runs.rows.tolist() == runs.lowest.tolist() == runs.highest.tolist() == list(range(24))


def test_split_names_every_directive_once_and_covers_every_line() -> None:
    assert list(split([], 3)) == [(0, 3, None)]  # type: ignore[arg-type]
    assert list(split([0, 1, 4], 5)) == [(1, 1, 0), (2, 4, 1), (5, 5, 4)]  # type: ignore[arg-type]


def test_directives_are_found_inside_an_envelope() -> None:
    data = (
        b"<14>Jan  1 10:00:00 sg1 bluecoat[7]: #Fields: date time cs-host\n"
        b"<14>Jan  1 10:00:00 sg1 bluecoat[7]: 2024-01-01 10:00:00 x.example/#top #Date\n"
        b"<14>Jan  1 10:00:00 sg1 bluecoat[12345]: #Date: 2024-01-02\n"
        b'{"log":"#Fields: a b\\n"}\n'
    )
    inside = EnvelopedFormat(W3C, Layout(envelope="syslog tag"))
    wrapped = SearchTask(directive=b"#", enveloped=inside)
    assert examined(data, wrapped).directives.tolist() == [0, 2]
    assert wrapped.directives(LineIndex(b"no directive\n")).tolist() == []
    inside = EnvelopedFormat(W3C, Layout(envelope="json:log"))
    in_json = SearchTask(directive=b"#", enveloped=inside)
    assert in_json.directives(LineIndex(data)).tolist() == [3]


def test_many_blank_lines_are_in_no_run_of_stamps() -> None:
    lines = [b"2024-01-01 00:00:0%d a" % (at % 10) if at % 3 == 0 else b"  " for at in range(999)]
    found = examined(b"\n".join(lines) + b"\n", SearchTask(stamp_span=(0, 13)))
    assert found.blank == 666
    assert found.runs is not None
    assert sorted(found.runs.rows.tolist()) == list(range(0, 999, 3))


def test_a_batch_of_blank_lines_has_a_count_and_nothing_else() -> None:
    found = examined(b"\n \n\t\r\n" * 1_000, SearchTask(directive=b"#", stamp_span=(0, 13)))
    assert found.is_blank
    assert (found.first, found.stop, found.blank) == (0, 3_000, 3_000)
    assert not len(found.index)
