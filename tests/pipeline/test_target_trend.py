"""A log that names hosts at first and none later on shows no absence, however it is cut."""

from itertools import accumulate
from pathlib import Path

import pytest

from logan.evidence.target_trend import TargetTrend, join_trends
from logan.pipeline import target_probe
from logan.pipeline.settings import Settings
from logan.pipeline.source import SourceReading
from logan.pipeline.target_probe import TrendProbe
from tests.evidence.readings import RULES, scan
from tests.pipeline.test_parts_of_formats import described, read_in_parts, written
from tests.pipeline.test_target_probe import COMBINED, CONNECTS, TCPLOG, TLS


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (CONNECTS, TCPLOG),
        (COMBINED.format("http://pimeyes.com"), COMBINED.format("")),
        (TLS.replace("x25519\t-", "x25519\ta.example"), TLS),
    ],
    ids=["HAProxy", "web server with hits", "Zeek"],
)
def test_a_log_that_goes_on_without_hosts_is_incomplete_also_in_parts(
    tmp_path: Path, before: str, after: str
) -> None:
    path = tmp_path / "a.log"
    text = before * 600 + after * 1_500
    whole = written(path, text)
    (source,) = whole.sources
    assert "on, or somewhat before, its requests name no host: none of" in str(source.failure)
    ends = [0, *accumulate(map(len, text.encode().splitlines(keepends=True)))]
    for bounds in (
        [0, ends[1_400], ends[-1]],
        [0, *ends[7:-1:400], ends[-1]],
        [0, ends[3], ends[-1]],
    ):
        assert described(read_in_parts(path, bounds)) == described(whole)


#: What a scanner of ports sends to a proxy: no request, so none that names a host.
SCANNED = (
    '198.51.100.7 - - [01/Jan/2024:10:05:00 +0000] "\\x16\\x03\\x01\\x02\\x00" 400 226 "-" "-"\n'
    '198.51.100.7 - - [01/Jan/2024:10:05:00 +0000] "-" 408 226 "-" "-"\n'
)


@pytest.mark.parametrize(
    ("text", "noted"),
    [
        (COMBINED.format("http://pimeyes.com") * 600 + SCANNED * 800, False),
        ((CONNECTS * 6 + TCPLOG * 5) * 200, True),
        ((CONNECTS * 300 + TCPLOG) * 8, False),
        (CONNECTS * 2_000 + TCPLOG * 60, False),
    ],
    ids=["scanned", "all along", "now and then", "a few at the end"],
)
def test_one_that_names_some_hosts_all_along_is_complete(
    tmp_path: Path, text: str, noted: bool
) -> None:
    (source,) = written(tmp_path / "a.log", text).sources
    assert source.complete
    assert any("name no host" in note for note in source.notes) is noted


def test_parts_of_a_trend_add_up_to_the_whole() -> None:
    requests = [(line, line in (2, 3, 5)) for line in range(1, 40)]
    whole = TargetTrend.of(requests)
    assert whole == TargetTrend(named=3, nameless=2, at_end=34, end_begins=6)
    for cut in (0, 1, 4, 5, 6, 20, 39):
        after = [(line - cut, names) for line, names in requests[cut:]]
        parts = [TargetTrend.of(requests[:cut]), TargetTrend.of(after).behind(cut)]
        assert join_trends(parts) == whole
    assert whole.failure() is not None
    assert "none of 34 that were looked at" in str(whole.failure())


def test_more_than_the_first_requests_are_told_of_where_more_were_looked_at() -> None:
    few = TargetTrend(named=15, nameless=5, first_requests=120, first_nameless=30)
    assert str(few.note()).startswith("30 of its first 120 requests name no host")
    many = few._replace(named=300)
    assert str(many.note()).startswith("5 of 305 requests from all over it name no host")


def test_many_files_keep_no_lines_until_the_last_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What their samples show is the same whenever it is asked."""
    for at, text in enumerate((CONNECTS * 600 + TCPLOG * 1_500, TLS * 900, CONNECTS * 900) * 2):
        (tmp_path / f"{at}.log").write_text(text)
    asked_last = scan(Settings((str(tmp_path),), RULES))
    waiting = []
    keep = TrendProbe.add

    def kept(probe: TrendProbe, reading: SourceReading) -> None:
        keep(probe, reading)
        waiting.append(len(reading.samples))

    monkeypatch.setattr(target_probe, "_MOST_SAMPLES", 1)
    monkeypatch.setattr(TrendProbe, "add", kept)
    assert described(scan(Settings((str(tmp_path),), RULES))) == described(asked_last)
    assert waiting
    assert not any(waiting)
    assert sum(source.failure is not None for source in asked_last.sources) > 1
