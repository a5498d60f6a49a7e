"""What a scan promises whatever the input: nothing lost, nothing twice, order and cutting no matter."""

import gzip
from collections import defaultdict
from itertools import permutations, product
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from logan.evidence import limits
from logan.formats import FORMATS
from logan.formats.detect.detection import detect
from logan.formats.detect.head import head_of
from logan.formats.engine.format import Format
from logan.formats.engine.layout import Layout
from logan.intake import opening
from logan.intake.line_index import LineIndex
from logan.pipeline import batches, matcher, read, scan
from logan.pipeline.matcher import ParsingKey, numbered
from logan.pipeline.scan import Settings
from logan.result import ScanResult
from logan.rules.packs import load_rules
from logan.rules.per_line import tag
from logan.rules.prefilter import Prefilter
from logan.rules.triggers import watch
from logan.vocabulary import BINS

RULES = load_rules()
TRIGGERS = Prefilter(watch(RULES))


def passes(line: str) -> bool:
    """Whether the prefilter lets a line through."""
    return TRIGGERS.search(LineIndex((line + "\n").encode())).tolist() == [0]  # type: ignore[union-attr]


QUICK = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
HOSTS = st.sampled_from(
    [
        "pimeyes.com",
        "jsc3.pimeyes.com",
        "app.clearview.ai",
        "notpimeyes.com",
        "a.example",
        "b.example",
    ]
)


@st.composite
def squid_lines(draw: st.DrawFn) -> list[str]:
    """A Squid log in order, with challenges, set-ups, junk and blank lines."""
    lines = []
    stamp = 1_704_067_200.0
    for _ in range(draw(st.integers(0, 40))):
        stamp += draw(st.integers(0, 5000))
        kind = draw(st.sampled_from(["get", "connect", "denied", "setup", "junk", "blank", "cut"]))
        host, user = draw(HOSTS), draw(st.sampled_from(["-", "jdoe", "jroe"]))
        start = f"{stamp:.3f} 5 10.1.2.3"
        lines.append(
            {
                "get": f"{start} TCP_MISS/200 9 GET https://{host}/api/search/new {user} HIER_DIRECT/1 -",
                "connect": f"{start} TCP_TUNNEL/200 9 CONNECT {host}:443 {user} HIER_DIRECT/1 -",
                "denied": f"{start} TCP_DENIED/407 9 CONNECT {host}:443 - HIER_NONE/- -",
                "setup": f"{start} NONE_NONE/200 0 CONNECT {host}:443 {user} HIER_NONE/- -",
                "junk": f"{host} \x00 and so on",
                "blank": " \r",
                "cut": f"{start} TCP_MISS/200 9 GET https://{host}/",
            }[kind]
        )
    return lines


def scanned(*paths: Path, **options: Any) -> ScanResult:
    return scan.scan(Settings(tuple(map(str, paths)), RULES, **options))


def found(result: ScanResult) -> list[tuple[Any, ...]]:
    """Everything found, without where it was found, or what it repeats."""
    frame = result.found.drop("source", "line", "hit_source", "hit_line").collect()
    return sorted(frame.rows(), key=repr)


def bins(result: ScanResult) -> dict[str, int]:
    return {name: sum(source.bins[name] for source in result.sources) for name in BINS}


@QUICK
@given(st.binary(max_size=3000) | squid_lines().map(lambda lines: "\n".join(lines).encode()))
def test_the_bins_of_any_bytes_sum_to_their_lines(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "any.log"
    path.write_bytes(data)
    lines = data.count(b"\n") + (not data.endswith(b"\n") and bool(data))
    (source,) = scanned(path).sources
    if source.failure is None or "not recognised" in source.failure:
        assert source.lines == lines
    assert sum(source.bins.values()) == source.lines
    assert min(source.bins.values()) >= 0


@QUICK
@given(squid_lines().filter(bool), st.integers(1, 5))
def test_cutting_a_log_into_files_changes_nothing(
    tmp_path: Path, lines: list[str], parts: int
) -> None:
    for old in tmp_path.iterdir():
        old.unlink()
    whole = tmp_path / "whole.log"
    whole.write_text("".join(f"{line}\n" for line in lines))
    size = -(-len(lines) // parts) or 1
    pieces = [lines[at : at + size] for at in range(0, len(lines), size)]
    alike = (one[: len(other)] == other for one, other in permutations(pieces, 2))
    assume(not any(alike))  # it would be taken for a copy
    files = []
    for at in range(0, len(lines), size):
        files.append(tmp_path / f"part{at:03}.log.gz")
        text = "".join(f"{line}\n" for line in lines[at : at + size])
        files[-1].write_bytes(gzip.compress(text.encode(), mtime=0))
    one, many = scanned(whole, formats=FORMATS[:1]), scanned(*files, formats=FORMATS[:1])
    recognised = all(source.complete for source in many.sources) and one.complete
    if recognised:
        assert found(many) == found(one)
        assert bins(many) == bins(one)


@QUICK
@given(squid_lines(), st.randoms())
def test_the_order_of_inputs_changes_nothing(tmp_path: Path, lines: list[str], order: Any) -> None:
    files = []
    for at in range(3):
        files.append(tmp_path / f"{at}.log")
        files[-1].write_text("".join(f"{line}\n" for line in lines[at::3]))
    shuffled = list(files)
    order.shuffle(shuffled)
    first, second = scanned(*files), scanned(*shuffled)
    columns = ["source", "line", "bin", "activity"]
    assert (
        first.found.select(columns).sort(columns).collect().rows()
        == second.found.select(columns).sort(columns).collect().rows()
    )


@QUICK
@given(squid_lines(), st.integers(200, 2000))
def test_the_size_of_blocks_changes_nothing(
    tmp_path: Path, lines: list[str], block_size: int
) -> None:
    path = tmp_path / "a.log"
    path.write_text("".join(f"{line}\n" for line in lines))
    large = scanned(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "SMALL", 0)
        patch.setattr(
            read,
            "open_source",
            lambda source, *, hashing: opening.open_source(
                source, hashing=hashing, block_size=block_size
            ),
        )
        small = scanned(path)
    columns = ["line", "bin", "service", "activity"]
    assert (
        small.found.select(columns).collect().rows() == large.found.select(columns).collect().rows()
    )
    assert small.sources[0].bins == large.sources[0].bins
    assert small.sources[0].hours == large.sources[0].hours


def test_small_batches_change_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    line = "{} 5 10.1.2.3 TCP_TUNNEL/200 9 CONNECT pimeyes.com:443 u{} HIER_DIRECT/1 -\n"
    path.write_text("".join(line.format(1_704_067_200 + n, n % 7) for n in range(500)))
    large = scanned(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(read, "BATCH_LINES", 7)
        small = scanned(path)
    assert found(small) == found(large)


@QUICK
@given(squid_lines(), st.integers(1, 9))
def test_findings_on_disk_are_those_in_memory(tmp_path: Path, lines: list[str], held: int) -> None:
    path = tmp_path / "a.log"
    path.write_text("".join(f"{line}\n" for line in [*lines, *lines]))
    memory = scanned(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(read, "BATCH_LINES", 5)
        patch.setattr(limits, "ROWS_HELD", held)
        patch.setattr(limits, "PART_ROWS", held)
        patch.setattr(limits, "REJECT_BYTES_HELD", 1)
        disk = scanned(path)
    assert found(disk) == found(memory)
    assert bins(disk) == bins(memory)
    assert disk.notes == memory.notes
    order = ["line", "reason", "text"]
    assert (
        disk.rejects.select(order).sort(order).collect().rows()
        == memory.rejects.select(order).sort(order).collect().rows()
    )
    people = [set(person(part)) for part in disk.parts]
    assert sum(map(len, people)) == len(set().union(*people))


def person(rows: pl.LazyFrame) -> list[str | None]:
    return rows.select(pl.coalesce("user", "client_ip")).collect().to_series().to_list()


SPELLINGS = (
    "pimeyes.com",
    "PIMEYES.com.",
    "jsc12.pimeyes.com",
    "p%69meyes.com",
    "pimeyes%2Ecom",
    "ｐｉｍｅｙｅｓ．ｃｏｍ",
    "pimeyes-com.translate.goog",
    "notpimeyes.com",
    "pimeyes.com.evil.example",
    "pimeyes.com@evil.example",
    "www.example.org",
)


def lines_by_layout(form: Format) -> dict[Layout, set[str]]:
    """The lines of a format's samples with each of the hosts in them, by how they are laid out."""
    found = defaultdict(set)
    for sample, host in product(form.texts, SPELLINGS):
        text = sample.replace("www.example.com", host)
        if best := detect(head_of(text.encode(), whole=True), [form]).best:
            found[best.layout] |= set(text.split("\n"))
    return found


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_prefilter_then_parse_equals_parse_then_match(form: Format) -> None:
    """Lines are read by themselves, so all of one layout are read at once: that is much faster."""
    for layout, lines in lines_by_layout(form).items():
        numbers = pl.Series(range(1, len(lines) + 1), dtype=pl.Int64)
        every = numbered(0, numbers, pl.Series(sorted(lines)))
        matched = tag(matcher.read(every, ParsingKey(form, layout, None)), RULES)
        named = matched.filter(pl.col("bin") != "unrelated")["text"].to_list()
        assert [line for line in named if not passes(line)] == []


def test_hits_by_user_equal_what_awk_counts(tmp_path: Path) -> None:
    """An independent program on the same log: field 7 is the URL, field 8 the user."""
    import random
    import shutil
    import subprocess

    awk = shutil.which("awk") or shutil.which("gawk")
    if awk is None:
        pytest.skip("no awk on this machine: apt-get install gawk")
    chance = random.Random(2337)
    hosts = [
        "pimeyes.com",
        "www.pimeyes.com",
        "notpimeyes.com",
        "a.example",
        "pimeyes.com.evil.example",
    ]
    path = tmp_path / "access.log"
    with path.open("w") as log:
        for second in range(5000):
            code = chance.choice(["TCP_TUNNEL/200", "TCP_DENIED/403"])
            log.write(
                f"{1_704_067_200 + second}.000 5 10.1.2.3 {code} 9 CONNECT {chance.choice(hosts)}:443 "
                f"user{chance.randrange(50)} HIER_DIRECT/203.0.113.9 -\n"
            )
    program = r"$7 ~ /^([a-z0-9-]+\.)*pimeyes\.com:443$/ {n[$8]++} END {for (u in n) print u, n[u]}"
    counted = subprocess.run(
        [awk, program, path], capture_output=True, text=True, check=True
    ).stdout
    expected = {user: int(hits) for user, hits in (line.split() for line in counted.splitlines())}
    hits = scanned(path).found.filter(pl.col("bin") == "hit").group_by("user").len().collect()
    assert dict(hits.iter_rows()) == expected


# --- What cannot be read is incomplete, never clean


REQUEST = "1704067200.{:03} 5 10.1.2.3 TCP_MISS/200 9 GET http://{}/ jdoe HIER_NONE/- -\n"


def requests(host: str, count: int) -> bytes:
    return "".join(REQUEST.format(at, host) for at in range(count)).encode()


@pytest.mark.parametrize("size", [0, 70, 300_000, 3 << 20])
def test_a_log_that_begins_with_a_hole_is_read(tmp_path: Path, size: int) -> None:
    (tmp_path / "a.log").write_bytes(bytes(size) + requests("pimeyes.com", 5))
    result = scanned(tmp_path / "a.log")
    assert (result.complete, bins(result)["hit"]) == (True, 5)


def test_a_lost_log_is_incomplete(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(bytes(3000))
    assert not scanned(tmp_path / "a.log").complete


@pytest.mark.parametrize("count", [5, 30_000])
def test_packed_data_between_plain_lines_is_incomplete(tmp_path: Path, count: int) -> None:
    """As `cat access.log access.log.1.gz` gives it."""
    packed = gzip.compress(requests("b.example", count))
    (tmp_path / "a.log").write_bytes(requests("a.example", count) + packed)
    (source,) = scanned(tmp_path / "a.log").sources
    assert source.failure == (
        f"line {count + 1:,} is no text: packed data, or damage, between the lines"
    )
    assert sum(source.bins.values()) == source.lines


def test_among_small_files_only_the_one_with_packed_data_is_incomplete(tmp_path: Path) -> None:
    for name in range(20):
        (tmp_path / f"{name}.log").write_bytes(requests(f"{name}.example", 5))
    with (tmp_path / "7.log").open("ab") as file:
        file.write(gzip.compress(b"lines"))
    result = scanned(tmp_path)
    assert [Path(one.name).name for one in result.sources if one.failure] == ["7.log"]


def test_lines_behind_blank_ones_are_not_taken_for_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"\n" * 300_000 + requests("pimeyes.com", 5))
    (source,) = scanned(tmp_path / "a.log").sources
    assert "behind blank ones" in (source.failure or "")
    (tmp_path / "a.log").write_bytes(b"\n" * 300_000)
    assert scanned(tmp_path / "a.log").complete
