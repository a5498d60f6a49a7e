"""A folder as a gateway leaves it: other logs beside the access log are named, and hide nothing."""

import io
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from logan.intake import opening
from logan.pipeline.inspect import inspect
from logan.pipeline.parse import ParsedInputs
from logan.pipeline.scan import Settings, scan
from logan.result import ScanResult, SourceAccount
from logan.rules.packs import load_rules
from logan.tables.summary import Summary, summarise
from tests.formats.detect.test_other_logs import SAMPLES

RULES = load_rules()
REQUEST = (
    "17041032{:02}.123 5 10.1.2.3 TCP_MISS/200 9 GET http://pimeyes.com/{} jdoe HIER_NONE/- -\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "access.log").write_text("".join(REQUEST.format(at, at) for at in range(5)))
    for name, sample in SAMPLES.items():
        (tmp_path / f"{name}.log").write_text(sample)
    return tmp_path


def summed(*paths: Path) -> Summary:
    return summarise(scan(Settings(tuple(map(str, paths)), RULES)))


def by_name(result: ScanResult) -> dict[str, SourceAccount]:
    return {Path(source.name).stem: source for source in result.sources}


def limits(summary: Summary) -> dict[str, int]:
    return {caveat.limit: caveat.count for caveat in summary.caveats}


def test_other_logs_are_named_and_make_nothing_incomplete(folder: Path) -> None:
    summary = summed(folder)
    sources = by_name(summary.result)
    assert summary.result.complete
    assert summary.totals.hits == 5
    assert summary.bins["rejected"] == 0
    for name in SAMPLES:
        assert (sources[name].format, sources[name].lines) == (name, SAMPLES[name].count("\n"))
        assert sources[name].other_log
        assert sum(sources[name].bins.values()) == sources[name].lines
    assert sources["access"].other_log is None


def test_their_lines_that_name_a_service_are_no_hits_and_are_said(folder: Path) -> None:
    summary = summed(folder)
    sources = by_name(summary.result)
    naming = ("squid-store-log", "squid-netdb", "umbrella-audit", "umbrella-dlp")
    for name in naming:
        assert (sources[name].bins["repeat"], sources[name].other_named) == (1, 1)
    assert limits(summary)["other_logs"] == len(naming)


def test_they_cover_no_hour_and_are_no_gateway(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "access.log").write_text(REQUEST.format(1, 1))
    (tmp_path / "error.log").write_text(SAMPLES["nginx-error"])
    summary = summed(tmp_path)
    assert [part.gateway for part in summary.coverage if part.gateway] == [
        str(tmp_path / "a" / "access.log")
    ]


def test_alone_they_say_nothing(tmp_path: Path) -> None:
    (tmp_path / "cache.log").write_text(SAMPLES["squid-cache-log"])
    assert summed(tmp_path).period is None


@pytest.mark.parametrize("strange", [1, 50_000])
def test_an_access_line_in_one_of_them_is_not_hidden(tmp_path: Path, strange: int) -> None:
    """A log that turns into something else behind its first lines."""
    text = SAMPLES["squid-cache-log"] * 400 + REQUEST.format(7, 7) * strange
    (tmp_path / "cache.log").write_text(text)
    summary = summed(tmp_path)
    assert summary.bins["rejected"] == strange
    assert limits(summary)["unparsed"] == strange


def test_a_line_too_long_to_hold_is_counted(tmp_path: Path) -> None:
    long = "2024/01/01 10:00:00 kid1| " + "x" * (2 << 20)
    text = SAMPLES["squid-cache-log"] * 2000 + f"{long} pimeyes.com\n{long}\n"
    (tmp_path / "cache.log").write_text(text)
    (source,) = summed(tmp_path).result.sources
    assert source.other_named == source.bins["repeat"] == 1


def test_parse_leaves_them_out_and_says_so(folder: Path) -> None:
    parsing = ParsedInputs((str(folder),))
    parsed = list(parsing.blocks())
    assert sum(len(block.records) for block in parsed) == 5
    assert sum(len(block.rejects) for block in parsed) == 0
    assert {Path(name).stem for name, _ in parsing.left_out} == set(SAMPLES)
    assert not parsing.failures


def test_what_is_left_out_is_said(folder: Path) -> None:
    globs = ("squid-*", "umbrella-*", "nginx-error.log", "typo*")
    left_out = [name for name in SAMPLES if name.startswith(("squid-", "umbrella-", "nginx-error"))]
    summary = summarise(scan(Settings((str(folder),), RULES, exclude=globs)))
    assert limits(summary)["excluded"] == len(left_out)
    assert "other_logs" not in limits(summary)
    assert len(summary.result.excluded) == len(left_out)
    notes = " ".join(summary.result.notes)
    assert "left out by --exclude: " in notes
    assert "nothing is named typo*" in notes


# --- Archives, as people send them


def pack_tar(folder: Path, out: Path) -> Path:
    with tarfile.open(out, "w:gz") as tar:
        tar.add(folder, arcname="var/log/squid")
    return out


def pack_zip(folder: Path, out: Path) -> Path:
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, f"var/log/squid/{path.name}")
    return out


PACKS = pytest.mark.parametrize("pack", [pack_tar, pack_zip])


@PACKS
def test_an_archive_says_what_its_folder_says(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, pack: Callable[[Path, Path], Path]
) -> None:
    archive = pack(folder, tmp_path_factory.mktemp("sent") / "logs.bin")
    plain, packed = summed(folder), summed(archive)
    assert packed.result.complete
    assert packed.totals == plain.totals
    assert packed.bins == plain.bins
    assert limits(packed) == limits(plain)
    names = {Path(source.name).name for source in packed.result.sources}
    assert names == {path.name for path in folder.iterdir()} | {"logs.bin"}
    (found,) = set(packed.result.found.filter(bin="hit").collect()["source"])
    assert found == f"{archive}/var/log/squid/access.log"
    assert [part.gateway for part in packed.coverage if part.gateway] == [
        f"{archive}/var/log/squid"
    ]


@PACKS
def test_an_archive_beside_its_folder_counts_once(
    folder: Path, pack: Callable[[Path, Path], Path]
) -> None:
    pack(folder, folder.parent / "sent.bin").rename(folder / "sent.bin")
    summary = summed(folder)
    assert summary.totals.hits == 5
    assert summary.totals.same_lines == 0
    copies = [source.name for source in summary.result.sources if source.copy_of]
    assert any("sent.bin/" in name for name in copies)


def test_no_archive_is_read_again_for_files_that_equal_others(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second reading of each file would read all of the archive before it."""
    pack_tar(folder, folder.parent / "sent.bin").rename(folder / "sent.bin")
    monkeypatch.setattr(opening, "_open_member", pytest.fail)
    summary = summed(folder)
    assert (summary.totals.hits, summary.totals.same_lines) == (5, 0)


def test_many_files_in_many_archives(tmp_path: Path) -> None:
    """More than threads, with small and large members; numbers of sources stay dense."""
    for number in range(7):
        with tarfile.open(tmp_path / f"{number}.tar", "w") as tar:
            for inner in range(9):
                lines = [REQUEST.format(inner, f"{number}/{inner}/{at}") for at in range(3)]
                lines *= 2000 if inner == 4 else 1
                text = "".join(lines).encode()
                info = tarfile.TarInfo(f"{inner}/access.log")
                info.size = len(text)
                tar.addfile(info, io.BytesIO(text))
    summary = summed(tmp_path)
    assert summary.result.complete
    assert summary.totals.hits == 7 * (8 * 3 + 6000)
    assert len(summary.result.sources) == 7 * 10
    hits = summary.result.found.filter(bin="hit").collect()
    assert all(
        path.split("/")[1] in source for path, source in hits.select("path", "source").rows()
    )


def test_an_archive_in_a_pipe(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = pack_tar(folder, folder.parent / "logs.tgz")
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(archive.read_bytes())))
    summary = summed(Path("-"))
    assert (summary.totals.hits, summary.result.complete) == (5, True)


def test_files_in_archives_are_left_out_and_read_by_their_names(folder: Path) -> None:
    archive = pack_zip(folder, folder.parent / "logs.zip")
    settings = Settings((str(archive),), RULES, exclude=("access.log",), hashing=True)
    result = scan(settings)
    assert result.excluded == (f"{archive}/var/log/squid/access.log",)
    assert all(source.sha256 for source in result.sources if source.lines)
    parsing = ParsedInputs((str(archive),))
    assert sum(len(block.records) for block in parsing.blocks()) == 5
    inspected = {one.recognised.name: one.recognised.format for one in inspect((str(archive),))}
    assert inspected[f"{archive}/var/log/squid/access.log"] is not None
    assert str(archive) not in inspected


def test_a_cut_archive_is_incomplete_and_counts_what_it_has(folder: Path) -> None:
    archive = pack_tar(folder, folder.parent / "logs.tgz")
    archive.write_bytes(archive.read_bytes()[:-40])
    summary = summed(archive)
    assert not summary.result.complete
    assert by_name(summary.result)["logs"].failure
