"""Messages of systemd's journal that its JSON export does not write as text.

Definition: systemd.io, Journal Export Formats, "Journal JSON Format"; journalctl(1), `-o json`.
What is not UTF-8, or holds a control character, comes as a list of its bytes: one odd byte in an
address would hide a visit, since no name can be found in a list of numbers. What is longer than
4,096 bytes comes as null unless `--all` is given.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Final

from logan.intake.blocks import Block
from logan.intake.line_index import decoded

#: The layer of an envelope that such a message lies in.
LAYER: Final = "json:MESSAGE"
_KEY: Final = rb'"MESSAGE"[ \t]*:[ \t]*'
_NUMBERS: Final = re.compile(_KEY + rb"(\[[0-9, \t]*\])")
_NULL: Final = re.compile(_KEY + rb"null\b")


def spell_out(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks with every message that is a list of bytes as text; lines stay where they are.

    Bytes that are no UTF-8 become `\\\\xNN`, as everywhere.
    """
    for block in blocks:
        data = _NUMBERS.sub(_as_text, block.data)
        yield block if data is block.data else block._replace(data=data)


def count_missing(data: bytes) -> int:
    """How many messages the export left out."""
    return len(_NULL.findall(data))


def _as_text(found: re.Match[bytes]) -> bytes:
    try:
        message = bytes(json.loads(found[1]))
    except ValueError:  # no numbers of bytes: what it means nobody knows
        return found[0]
    return b'"MESSAGE":' + json.dumps(decoded(message), ensure_ascii=False).encode()
