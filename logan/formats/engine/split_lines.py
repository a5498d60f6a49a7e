"""Lines that a container's runtime or a collector split, put together again: a name may be cut.

Docker hands on 16 KiB of a line at a time, and so do the runtimes of Kubernetes. Definitions:
kubernetes/design-proposals-archive, node/kubelet-cri-logging.md (tag `P` for a piece, `F` for the
last one); Docker, json-file driver (the last piece alone ends in a line end), fluentd driver
(`partial_message`, `partial_last`), journald driver (`CONTAINER_PARTIAL_MESSAGE`,
`CONTAINER_PARTIAL_LAST`); Fluent Bit, parser `cri` (`logtag`); Vector, sources `docker_logs` and
`kubernetes_logs` (`_partial`).

The pieces move up into the first of their line and leave empty lines behind, as in
`logan.formats.engine.framing`; so every line keeps its number.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from logan.intake.blocks import MAX_LINE, Block
from logan.intake.line_index import decoded

#: The layers of an envelope whose lines may be pieces.
LAYERS: Final = ("cri", "json:log", "json:message", "json:MESSAGE")
#: Docker's own file: the line, its stream, labels and time, in this order.
_DOCKER_END: Final = re.compile(rb'\\n"[ \t]*,[ \t]*"stream"')
#: What says that a record is a piece, and what that it is the last of them.
_FLAGS: Final = (
    ("partial_message", "partial_last"),
    ("CONTAINER_PARTIAL_MESSAGE", "CONTAINER_PARTIAL_LAST"),
)
#: What says of a line that it is a piece; Docker's own file says it otherwise.
_PIECE: Final = re.compile(
    rb"^[0-9][^ \n]{18,40} std(?:out|err) P(?::[^ \n]*)? "
    rb'|"logtag"[ \t]*:[ \t]*"P|"_partial"[ \t]*:[ \t]*true'
    rb'|"(?:partial_message|CONTAINER_PARTIAL_MESSAGE)"[ \t]*:[ \t]*"?true',
    re.MULTILINE,
)
_CRI: Final = re.compile(rb"([0-9][^ \n]{18,40} (std(?:out|err)) )([PF])((?::[^ \n]*)? )")
#: What tells apart whose pieces are mixed in one file.
_OWNERS: Final = ("stream", "container_id", "CONTAINER_ID_FULL", "_MACHINE_ID", "file")
#: More lines, or longer ones, are not put together: the first piece stands as it is.
_MOST_LINES: Final = 4_000


class _Piece(NamedTuple):
    """A line that a layer is around: whose it is, its text, and whether more of it follows."""

    owner: tuple[object, ...]
    text: str
    goes_on: bool


class PieceLayer(NamedTuple):
    """A layer (its name) that holds lines in pieces; `by_ends`: a line without its end is one."""

    name: str
    by_ends: bool = False


def piece_layer(layer: str | None, beginning: bytes) -> PieceLayer | None:
    """What says of a source with this outermost layer that a line is a piece; None: nothing does.

    In Docker's own file a whole line has its line end with it; other writers leave that out.
    """
    if layer not in LAYERS:
        return None
    ended = sum(1 for _ in _DOCKER_END.finditer(beginning))
    return PieceLayer(layer, layer == "json:log" and 2 * ended > beginning.count(b"\n"))


def may_be_split(data: bytes, layer: PieceLayer) -> bool:
    """True where whole lines may hold pieces."""
    if _PIECE.search(data) is not None:
        return True
    if not layer.by_ends:
        return False
    lines = data.count(b"\n") + (not data.endswith(b"\n"))
    return sum(1 for _ in _DOCKER_END.finditer(data)) < lines


def join_pieces(blocks: Iterable[Block], layer: PieceLayer) -> Iterator[Block]:
    """The blocks with all pieces of a line in the first of them; line numbers stay.

    A line may cross blocks. What has no end is left as it is.
    """
    held: Block | None = None
    for block in blocks:
        if block.piece != "whole":
            if held is not None:
                yield _join(held, layer, last=True)[0]
            held = None
            yield block
            continue
        if held is not None:
            block = held._replace(data=held.data + block.data, lines=held.lines + block.lines)
        done, held = _join(block, layer, last=False)
        if done.lines:
            yield done
    if held is not None:
        yield _join(held, layer, last=True)[0]


def first_piece(data: bytes, layer: PieceLayer) -> int | None:
    """The number, from 0, of the first line that is a piece; None where all lines are whole."""
    if not may_be_split(data, layer):
        return None
    lines = data.split(b"\n")
    pieces = (at for at, line in enumerate(lines) if _goes_on(line, layer))
    return next(pieces, None)


def _goes_on(line: bytes, layer: PieceLayer) -> bool:
    piece = _read(line, layer)
    return piece is not None and piece.goes_on


def _join(block: Block, layer: PieceLayer, *, last: bool) -> tuple[Block, Block | None]:
    """The block joined, and what of it must wait for the next one."""
    if not may_be_split(block.data, layer):
        return block, None
    lines = block.data.split(b"\n")
    ended = not lines[-1]
    del lines[len(lines) - ended :]
    joined, open_at = _joined(lines, layer)
    stop = len(lines) if last or open_at is None else open_at
    size = sum(map(len, lines[stop:])) + len(lines) - stop
    if stop < len(lines) and (len(lines) - stop > _MOST_LINES or size > MAX_LINE):
        stop = len(lines)
    moved = sum(not new and bool(old) for new, old in zip(joined[:stop], lines, strict=False))
    data = b"".join(line + b"\n" for line in joined[:stop])
    whole = block._replace(data=data, lines=stop, continued=block.continued + moved)
    if stop == len(lines):
        return whole, None
    rest = b"\n".join(lines[stop:]) + b"\n" * ended
    place = block.offset + len(block.data) - len(rest)
    return whole, Block(rest, block.first_line + stop, block.lines - stop, place)


def _joined(lines: list[bytes], layer: PieceLayer) -> tuple[list[bytes], int | None]:
    """The lines, those of one line in the place of its first; the first that has no end."""
    found = list(lines)
    open_at: dict[tuple[object, ...], list[int]] = {}
    texts: dict[tuple[object, ...], list[str]] = {}
    for at, line in enumerate(lines):
        piece = _read(line, layer)
        if piece is None or (not piece.goes_on and piece.owner not in open_at):
            continue
        open_at.setdefault(piece.owner, []).append(at)
        texts.setdefault(piece.owner, []).append(piece.text)
        if piece.goes_on:
            continue
        first, *others = open_at.pop(piece.owner)
        found[first] = _written(lines[first], "".join(texts.pop(piece.owner)), layer)
        for other in others:
            found[other] = b""
    return found, min((rows[0] for rows in open_at.values()), default=None)


def _read(line: bytes, layer: PieceLayer) -> _Piece | None:
    """What a line is a piece of; None for one without the layer."""
    if layer.name == "cri":
        found = _CRI.match(line)
        if found is None:
            return None
        return _Piece((found[2],), decoded(line[found.end() :]), found[3] == b"P")
    record = _record(line)
    text = record.get(layer.name.removeprefix("json:")) if record is not None else None
    if record is None or not isinstance(text, str):
        return None
    owner = tuple(str(record.get(name)) for name in _OWNERS)
    return _Piece(owner, text, _is_marked(record) or (layer.by_ends and not text.endswith("\n")))


def _record(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(decoded(line))
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _is_marked(record: dict[str, Any]) -> bool:
    """True where a record says that more of its line follows."""
    if record.get("logtag") == "P" or record.get("_partial") is True:
        return True
    return any(_is_true(record, part) and not _is_true(record, end) for part, end in _FLAGS)


def _is_true(record: dict[str, Any], name: str) -> bool:
    return str(record.get(name)).lower() == "true"


def _written(first: bytes, text: str, layer: PieceLayer) -> bytes:
    """The first piece with the whole text in its place."""
    if layer.name == "cri":
        found = _CRI.match(first)
        assert found is not None  # noqa: S101 - a piece has the layer
        return found[1] + b"F" + found[4] + text.encode("utf-8", "backslashreplace")
    record = _record(first) or {}
    for name in ("logtag", "_partial", *(part for part, _ in _FLAGS)):
        record.pop(name, None)
    record[layer.name.removeprefix("json:")] = text
    return json.dumps(record, ensure_ascii=False).encode("utf-8", "backslashreplace")
