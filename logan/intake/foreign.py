"""Files that hold no lines of text: archives, captures, databases. Named, so that people can act.

Recognised by their first bytes and not by their name.
"""

from typing import Final, NamedTuple

_EXPORT: Final = "export what you need from it as text first"
_SAVE_AS_CSV: Final = "ask for the log itself; else save its sheet as CSV (UTF-8), and give that"
_EVENTS: Final = "make XML of it first: wevtutil query-events FILE /lf:true /f:XML > FILE.xml"
_ASK: Final = "ask for the log itself"
_UNPACK: Final = "unpack it into a folder first, and give that folder"
_DECOMPRESS: Final = "decompress it first, or put it on standard input: {tool} FILE | logan scan -"


class ForeignKind(NamedTuple):
    """A kind of file that is recognised and not read; `name` is what `Reader.container` says."""

    name: str
    words: str
    advice: str
    magic: bytes
    offset: int = 0


#: Signatures as in the formats' own specifications and in the table of file(1).
FOREIGN: Final = (
    # ECMA-376, part 2, and OpenDocument 1.3, part 2, section 3.3: zip archives whose first member
    # has one of these names, as Excel and LibreOffice write them
    *(
        ForeignKind("office", "a workbook or document, no log", _SAVE_AS_CSV, magic, 30)
        for magic in (b"[Content_Types].xml", b"_rels/.rels", b"mimetypeapplication/vnd.")
    ),
    ForeignKind("zip", "a zip archive", _UNPACK, b"PK\x03\x04"),
    ForeignKind("zip", "an empty zip archive", _UNPACK, b"PK\x05\x06"),
    ForeignKind("zip", "a part of a split zip archive", _UNPACK, b"PK\x07\x08"),
    ForeignKind("tar", "a tar archive", _UNPACK, b"ustar", 257),
    ForeignKind("7z", "a 7-Zip archive", _UNPACK, b"7z\xbc\xaf\x27\x1c"),
    ForeignKind("rar", "a RAR archive", _UNPACK, b"Rar!\x1a\x07"),
    ForeignKind("cab", "a cabinet archive", _UNPACK, b"MSCF\x00\x00\x00\x00"),
    ForeignKind("compress", "compress data", _DECOMPRESS.format(tool="zcat"), b"\x1f\x9d"),
    ForeignKind("lz4", "LZ4 data", _DECOMPRESS.format(tool="lz4cat"), b"\x04\x22\x4d\x18"),
    ForeignKind("lzip", "lzip data", _DECOMPRESS.format(tool="lzip -dc"), b"LZIP\x01"),
    ForeignKind(
        "parquet", "a Parquet file in a pipe or packed", "give it as a plain file", b"PAR1"
    ),
    ForeignKind("arrow", "an Arrow file: columns, not lines", _EXPORT, b"ARROW1\x00\x00"),
    ForeignKind("avro", "an Avro file", _EXPORT, b"Obj\x01"),
    ForeignKind("sqlite", "an SQLite database", _EXPORT, b"SQLite format 3\x00"),
    ForeignKind("evtx", "a Windows event log", _EVENTS, b"ElfFile\x00"),
    ForeignKind("journal", "a systemd journal", "export it with journalctl first", b"LPKSHHRH"),
    ForeignKind(
        "ole", "an old Microsoft Office file", _EXPORT, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    ),
    ForeignKind("pdf", "a PDF", _ASK, b"%PDF-"),
    *(
        ForeignKind("picture", "a picture", _ASK, magic)
        for magic in (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")
    ),
    *(
        ForeignKind("pcap", "a packet capture", "make logs of it with Zeek first", magic, offset)
        for magic, offset in (
            (b"\xd4\xc3\xb2\xa1", 0),
            (b"\xa1\xb2\xc3\xd4", 0),
            (b"\x4d\x3c\xb2\xa1", 0),
            (b"\xa1\xb2\x3c\x4d", 0),
            (b"\x4d\x3c\x2b\x1a", 8),
            (b"\x1a\x2b\x3c\x4d", 8),
        )
    ),
)
#: The first two bytes of all signatures, by their place: hardly a log has any of them there.
_BEGIN: Final = tuple(
    (at, frozenset(one.magic[:2] for one in FOREIGN if one.offset == at))
    for at in sorted({one.offset for one in FOREIGN})
)


def recognise(start: bytes) -> ForeignKind | None:
    """What the bytes a file begins with say; None where they could be text."""
    for at, pairs in _BEGIN:
        if start[at : at + 2] in pairs:
            break
    else:
        return None
    for foreign in FOREIGN:
        if start.startswith(foreign.magic, foreign.offset):
            return foreign
    return None
