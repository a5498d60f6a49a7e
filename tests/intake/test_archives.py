"""Archives: every file in them once, and no cut, damage or bomb in silence."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from pathlib import Path

import pytest

from logan.intake import archive_listing, archives, members
from logan.intake.archives import tar_members, zip_members
from logan.intake.opening import open_source, readers_of
from logan.intake.reader import SourceReader
from logan.intake.source_search import find
from logan.intake.unreadable import UnreadableError

FILES = {
    "squid/access.log": b"a line\n" * 3000,
    "empty.log": b"",
    "b.log": b"x" * 512,
    f"{'long/' * 60}access.log": b"long\n",
    "grüße.log": b"name\n",
}
FORMATS = [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]


def tarred(files: Mapping[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def chunks_of(data: bytes, size: int = 700) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def untarred(data: bytes) -> dict[str, bytes]:
    return {one.name: b"".join(one.chunks) for one in tar_members(chunks_of(data))}


def read_all(path: Path) -> dict[str, tuple[bytes, str | None]]:
    """Text and failure of each file in an archive, and of the archive itself, by name below it."""
    (source,) = find([str(path)]).sources
    found = {}
    with open_source(source, hashing=True) as archive:
        for one in readers_of(archive):
            text = b"".join(block.data for block in one.blocks())
            found[one.source.name.removeprefix(str(path)).lstrip("/")] = (text, one.failure)
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "logs"


@pytest.mark.parametrize("form", FORMATS)
def test_a_tar_gives_every_file(form: int) -> None:
    files = FILES if form != tarfile.USTAR_FORMAT else {"a.log": b"1\n", "d/b.log": b"2" * 1024}
    assert untarred(tarred(files, form)) == files


def test_what_nobody_takes_is_passed_over() -> None:
    names = []
    for at, member in enumerate(tar_members(chunks_of(tarred(FILES)))):
        names.append(member.name)
        if at % 2:
            next(member.chunks, None)
    assert names == list(FILES)


def test_links_folders_and_devices_are_no_files() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, kind in (
            ("folder", tarfile.DIRTYPE),
            ("soft", tarfile.SYMTYPE),
            ("hard", tarfile.LNKTYPE),
            ("pipe", tarfile.FIFOTYPE),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            tar.addfile(info)
        info = tarfile.TarInfo("a.log")
        info.size = 2
        tar.addfile(info, io.BytesIO(b"1\n"))
    assert untarred(out.getvalue()) == {"a.log": b"1\n"}


def test_a_cut_tar_is_never_whole() -> None:
    data = tarred({"a.log": b"1" * 600, "b.log": b"2" * 10}, tarfile.GNU_FORMAT).rstrip(b"\0")
    whole = data + bytes(-len(data) % 512)
    for size in range(0, len(whole) + 1, 64):
        with pytest.raises(UnreadableError, match=r"ends"):
            untarred(whole[:size])
    assert untarred(whole + bytes(512))["a.log"] == b"1" * 600


def test_what_follows_the_end_mark_is_no_silence() -> None:
    one, other = tarred({"a.log": b"1\n"}), tarred({"b.log": b"2\n"})
    found = []
    with pytest.raises(UnreadableError, match="goes on behind its end mark"):
        found.extend(member.name for member in tar_members(chunks_of(one + other)))
    assert found == ["a.log"]


def test_a_damaged_header_does_not_end_a_tar_in_silence() -> None:
    data = bytearray(tarred({"a.log": b"1\n", "b.log": b"2\n"}, tarfile.GNU_FORMAT))
    data[1024 + 3] ^= 1
    found = []
    with pytest.raises(UnreadableError, match="damaged at byte 1,024"):
        found.extend(one.name for one in tar_members(chunks_of(bytes(data))))
    assert found == ["a.log"]


def test_a_sparse_file_is_refused_and_what_follows_is_read() -> None:
    header = bytearray(tarred({"hole.log": b"", "b.log": b"2\n"}, tarfile.GNU_FORMAT))
    info = tarfile.TarInfo.frombuf(bytes(header[:512]), "utf-8", "strict")
    info.type = tarfile.GNUTYPE_SPARSE
    header[:512] = info.tobuf(tarfile.GNU_FORMAT)
    seen = {}
    for member in tar_members(chunks_of(bytes(header))):
        try:
            seen[member.name] = b"".join(member.chunks)
        except UnreadableError as error:
            seen[member.name] = error.reason.encode()
    assert seen == {
        "hole.log": b"is a sparse file in its archive, which is not read here",
        "b.log": b"2\n",
    }


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_a_zip_gives_every_file(method: int) -> None:
    found = {
        one.name: b"".join(one.chunks) for one in zip_members(io.BytesIO(zipped(FILES, method)))
    }
    assert found == FILES


def test_damage_in_a_zip_is_told() -> None:
    data = bytearray(zipped({"a.log": bytes(range(256)) * 40, "b.log": b"2\n"}, zipfile.ZIP_STORED))
    data[200] ^= 1
    (first, second) = zip_members(io.BytesIO(bytes(data))), None
    member = next(first)
    with pytest.raises(UnreadableError, match="damaged in its archive"):
        b"".join(member.chunks)
    assert second is None
    assert b"".join(next(first).chunks) == b"2\n"
    for size in (30, len(data) // 2, len(data) - 1):
        with pytest.raises(UnreadableError, match="list cannot be read"):
            list(zip_members(io.BytesIO(bytes(data[:size]))))


def test_an_encrypted_file_is_told() -> None:
    data = bytearray(zipped({"a.log": b"1\n"}))
    directory = data.rindex(b"PK\x01\x02")
    data[6] |= 1
    data[directory + 8] |= 1
    (member,) = zip_members(io.BytesIO(bytes(data)))
    with pytest.raises(UnreadableError, match="encrypted"):
        b"".join(member.chunks)


# --- As sources


@pytest.mark.parametrize(
    "pack",
    [
        tarred,
        zipped,
        lambda files: gzip.compress(tarred(files)),
        lambda files: bz2.compress(tarred(files)),
        lambda files: lzma.compress(tarred(files)),
        lambda files: tarred({"inner.tar.gz": gzip.compress(tarred(files))}),
        lambda files: zipped({"inner.tar": tarred(files)}),
        lambda files: tarred({"inner.zip": zipped(files)}),
    ],
)
def test_the_files_of_an_archive_are_readers(file: Path, pack: Callable[[object], bytes]) -> None:
    files = {"a.log": b"1\n" * 400_000, "d/b.log.gz": gzip.compress(b"2\n"), "c.log": b""}
    file.write_bytes(pack(files))
    found = read_all(file)
    assert all(failure is None for _, failure in found.values())
    texts = {
        name.split("inner", 1)[-1].partition("/")[2] if "inner" in name else name: text
        for name, (text, _) in found.items()
    }
    assert texts.items() >= {"a.log": b"1\n" * 400_000, "d/b.log.gz": b"2\n", "c.log": b""}.items()


def test_names_are_labels_and_what_is_no_log_is_passed_over(file: Path) -> None:
    names = [
        "./a.log",
        "../../etc/b.log",
        "/abs/c.log",
        "README.md",
        "d/.hidden",
        "__MACOSX/d/e.log",
    ]
    file.write_bytes(tarred(dict.fromkeys(names, b"1\n")))
    (source,) = find([str(file)]).sources
    with open_source(source) as archive:
        found = [one.source.name for one in readers_of(archive)]
        archive.finish()
    assert found == [f"{file}/{name}" for name in ("a.log", "../../etc/b.log", "abs/c.log")] + [
        str(file)
    ]
    assert archive.notes == (
        "no logs by name in it, passed over: README.md, d/.hidden, __MACOSX/d/e.log",
    )


def test_an_archive_without_logs_is_no_silence(file: Path) -> None:
    for data in (tarred({"README": b"1"}), zipped({"d/": b""})):
        file.write_bytes(data)
        assert "holds no log" in str(read_all(file)[""][1])


def test_a_file_in_an_archive_can_be_read_again(file: Path) -> None:
    inner = gzip.compress(tarred({"b.log": b"2\n", "c.log": b"3\n"}))
    file.write_bytes(tarred({"a.log": b"1\n", "in.tgz": inner}))
    (source,) = find([str(file)]).sources
    with open_source(source) as archive:
        sources = [one.source for one in readers_of(archive)]
    for one in sources:
        if one.name.endswith(".log"):
            with open_source(one) as again:
                assert again.source == one
                assert (
                    b"".join(again.chunks())
                    == {"a": b"1\n", "b": b"2\n", "c": b"3\n"}[one.name[-5]]
                )
    file.write_bytes(tarred({"a.log": b"1\n"}))
    with open_source(sources[1]) as gone:
        assert gone.failure is not None


def test_a_cut_archive_gives_what_it_has_and_says_so(file: Path) -> None:
    data = gzip.compress(tarred({"a.log": b"1\n" * 5000, "b.log": bytes(range(256)) * 4000}))
    for cut in (1, 9):
        file.write_bytes(data[:-cut])
        found = read_all(file)
        assert found.pop("")[1] is not None
        assert all(failure is None for _, failure in found.values())
    file.write_bytes(data[: len(data) // 2])
    found = read_all(file)
    assert found["a.log"] == (b"1\n" * 5000, None)
    assert found["b.log"][1] is not None
    assert found[""][1] is not None


# --- Bombs


def test_archives_within_archives_end(file: Path) -> None:
    data = tarred({"a.log": b"1\n"})
    for _ in range(6):
        data = tarred({"in.tar": data})
    file.write_bytes(data)
    failures = [failure for _, failure in read_all(file).values() if failure]
    assert failures == ["is a tar archive"]


def test_what_unpacks_to_far_too_much_is_refused(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (members, archives):
        monkeypatch.setattr(module, "FREE_BYTES", 1 << 20)
    zeros = b"x" * (40 << 20)
    packed = lzma.compress(zeros)
    for data in (
        lzma.compress(tarred({"a.log": zeros})),
        tarred({"a.log.xz": packed, "b.log.xz": packed}),
    ):
        file.write_bytes(data)
        failures = [failure for _, failure in read_all(file).values() if failure]
        assert any("no log does" in failure for failure in failures)


def test_a_zip_whose_files_overlap_is_refused(file: Path) -> None:
    """Thousands of names for one packed text, as the bombs of 2019."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0", b"x" * (8 << 20))
        for number in range(1, 400):
            double = copy(archive.filelist[0])
            double.filename = str(number)
            archive.filelist.append(double)
    file.write_bytes(out.getvalue())
    assert read_all(file) == {
        "": (
            b"",
            f"zip archive of {file.stat().st_size:,} bytes that promises {400 * (8 << 20):,}: no log packs like that",
        )
    }


def test_a_large_zip_in_an_archive_is_not_held_in_memory(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive_listing, "_MOST_IN_MEMORY", 1000)
    file.write_bytes(
        tarred({"in.zip": zipped({"a.log": b"".join(b"%d\n" % at for at in range(5000))})})
    )
    assert "of more than 32 MiB" in str(read_all(file)["in.zip"][1])


def test_a_reader_of_no_archive_is_itself(file: Path) -> None:
    file.write_bytes(b"1\n")
    (source,) = find([str(file)]).sources
    with open_source(source) as one:
        assert list(readers_of(one)) == [one]
        assert isinstance(one, SourceReader)
