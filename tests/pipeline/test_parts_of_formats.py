"""What is said of a source that was read in parts is what is said of the whole, in every format."""

from itertools import accumulate, pairwise
from pathlib import Path

import pytest

from logan.evidence.evidence import Evidence, merge
from logan.evidence.failures import WITHOUT_REQUESTS
from logan.formats import FORMATS
from logan.formats.engine.format import Format
from logan.intake.source_search import find
from logan.pipeline.parts import parts_to_read_again, propose_parts
from logan.pipeline.settings import PartRequest, Settings
from logan.pipeline.settle import settle
from logan.result import ScanResult, SourceAccount
from tests.evidence.readings import RULES, read, scan
from tests.pipeline.test_target_probe import CONN, TLS

#: Lines that stand in a log now and then: no record, damage, nothing, a name without a record.
STRANGE = ("no such line", "\x00\x01\x00\x00\x02\x00" * 40, "", "pimeyes.com, by a lost line")


def described(result: ScanResult) -> tuple[list[SourceAccount], list[object], list[object]]:
    rows = result.found.drop("text_hash").sort("line").collect().rows()
    return list(result.sources), rows, result.rejects.sort("line").collect().rows()


def read_in_parts(path: Path, bounds: list[int], form: Format | None = None) -> ScanResult:
    """A file read in parts that begin at these bytes, each by itself, again where it must be."""
    forms = (form,) if form else FORMATS
    requests = [PartRequest(str(path), *pair) for pair in pairwise(bounds)]
    parts = {one.first_byte: read_part(path, one, forms) for one in requests}
    while again := parts_to_read_again([one.sources[0] for one in parts.values()]):
        parts |= {one.first_byte: read_part(path, one, forms) for one in again}
    return settle(merge(*parts.values()), RULES)


def read_part(path: Path, part: PartRequest, formats: tuple[Format, ...]) -> Evidence:
    return read(Settings((str(path),), RULES, formats=formats, parts=(part,)))


def written(path: Path, text: str) -> ScanResult:
    path.write_text(text)
    return scan(Settings((str(path),), RULES))


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_parts_of_a_log_of_any_format_say_what_the_log_says(tmp_path: Path, form: Format) -> None:
    path = tmp_path / "a.log"
    lines = [line for odd in STRANGE for line in (*form.texts[0].splitlines(), odd)]
    path.write_text("\n".join(lines) + "\n")
    (source,) = find([str(path)]).sources
    size = max(path.stat().st_size // 3, 1)
    parts = propose_parts(source, part_bytes=size, formats=(form,))
    if len(parts) > 1:
        expected = scan(Settings((str(path),), RULES, formats=(form,)))
        bounds = [0, *(part.stop_byte for part in parts)]
        assert described(read_in_parts(path, bounds, form)) == described(expected)


FLOW = (
    '<185>Jan  1 10:00:00 2024 USG1 src="10.1.2.3:49812" dst="192.0.2.53:53" msg="priority:32, from '
    'LAN to ANY, UDP, service others, ACCEPT" note="ACCESS FORWARD" user="unknown" devID="a1b2c3" '
    'cat="Security Policy Control"\n'
)
HIT = (
    '<189>Jan  1 10:00:00 2024 USG1 src="10.1.2.3:64319" dst="192.0.2.1:443" msg="pimeyes.com: '
    'Search Engines, Rule_name:STAFF, SSI:N" note="WEB FORWARD" user="jdoe" devID="a1b2c3" '
    'cat="Forward web sites"\n'
)


@pytest.mark.parametrize(
    ("text", "other_log", "failure"),
    [
        (CONN, WITHOUT_REQUESTS, None),
        (FLOW * 90, WITHOUT_REQUESTS, None),
        (FLOW * 90 + HIT, None, None),
        (HIT + FLOW * 90, None, None),
        (TLS * 30, None, "none of its first 30 requests names a host"),
        (TLS * 30 + TLS.replace("\t-\tF", "\tpimeyes.com\tF"), None, None),
        (
            TLS * 30 + STRANGE[1] + "\n" + TLS * 9,
            None,
            "line 31 is no text: packed data, or damage, between the lines",
        ),
    ],
    ids=["none", "none, flows", "last", "first", "no host", "a host at last", "damage"],
)
def test_what_the_first_lines_show_counts_where_no_part_names_a_service(
    tmp_path: Path, text: str, other_log: str | None, failure: str | None
) -> None:
    path = tmp_path / "a.log"
    expected = written(path, text)
    assert (expected.sources[0].other_log, expected.sources[0].failure) == (other_log, failure)
    ends = [*accumulate(map(len, text.encode().splitlines(keepends=True)))]
    for count in (2, 5):
        bounds = [0, *ends[len(ends) // count :: len(ends) // count]]
        bounds = sorted({*bounds, ends[-1]})
        assert len(bounds) > count - 1
        assert described(read_in_parts(path, bounds)) == described(expected)
