"""A small log is read without patterns: the same is found in it as with them."""

from itertools import chain
from pathlib import Path

import numpy as np
import pytest

from logan.formats import FORMATS
from logan.formats.engine.format import Format
from logan.intake.line_index import LineIndex
from logan.pipeline.scan import Settings, scan
from logan.rules import late_prefilter
from logan.rules.compilation import CompiledPatterns, LateCompilation, compilation_for
from logan.rules.late_prefilter import LatePrefilter
from tests.evidence.readings import RULES, watched

#: What lines may hold: a service, what looks like one, names in other writings, and none of them.
HOSTS = (
    *("pimeyes.com", "www.pimeyes.com", "notpimeyes.com", "pimeyez.com", "xn--pimees-exa.com"),
    *("pim%65yes.com", "a.example", "docs.google.com", "p\u0456meyes.com", "pimeyes%2Ecom"),
)
LINE = b"1704067200.000 5 10.1.2.3 TCP_MISS/200 9 GET http://a.example/ - HIER_NONE/- -\n"


def never() -> CompiledPatterns:
    raise AssertionError("compiled")


def test_the_first_lines_are_passed_on_and_nothing_is_compiled() -> None:
    prefilter = LatePrefilter(never, most=2 * len(LINE))
    assert prefilter.search(LineIndex(LINE)) is None
    assert prefilter.search(LineIndex(LINE)) is None
    with pytest.raises(AssertionError, match="compiled"):
        prefilter.search(LineIndex(LINE))


def test_what_comes_behind_them_is_searched() -> None:
    named = LINE.replace(b"a.example", b"pimeyes.com")
    prefilter = LatePrefilter(watched, most=len(named))
    assert prefilter.search(LineIndex(named)) is None
    rows = prefilter.search(LineIndex(LINE + named))
    assert rows is not None
    assert np.array_equal(rows, [1])
    assert prefilter.excerpt(named) is not None


def log_of(form: Format) -> str:
    """The samples of a format with each of the hosts in them, and lines that are no records."""
    texts = chain(
        (text.replace("www.example.com", host) for text in form.texts for host in HOSTS),
        (f"junk that names {host}, and is no record" for host in HOSTS),
        ("more junk", "", *form.near_misses),
    )
    return "\n".join(texts) + "\n"


def test_logs_read_without_patterns_give_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of some formats; that the rules find nothing in lines that the patterns leave out, holds
    `tests/pipeline/test_scan.py` for all."""
    monkeypatch.setattr(late_prefilter, "LITTLE", 1 << 30)
    for form in FORMATS[::8]:
        (tmp_path / f"{form.name}.log").write_text(log_of(form), encoding="utf-8", newline="")
    settings = Settings((str(tmp_path),), RULES)
    late, sooner = (scan(settings, watched=one) for one in (LateCompilation(RULES), watched))
    assert late.sources == sooner.sources
    assert late.found.collect().equals(sooner.found.collect())
    rejects = [one.rejects.sort("source", "line").collect() for one in (late, sooner)]
    assert rejects[0].equals(rejects[1])


def test_patterns_are_compiled_later_for_files_that_hold_little(tmp_path: Path) -> None:
    log, large = tmp_path / "a.log", tmp_path / "b.log"
    log.write_bytes(LINE)
    large.write_bytes(LINE * 10_000)
    for paths in ((log,), (log, log)):
        assert isinstance(compilation_for(map(str, paths), RULES), LateCompilation)
    for others in ((large,), (log, large), (tmp_path,), ("-",), ("s3://logs/a.log",), ("a\0b",)):
        begun = compilation_for(map(str, others), RULES)
        assert not isinstance(begun, LateCompilation)
        begun()
