"""The values of an audit's configuration that name files, logs and programs."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from logan.audit.configuration_values import Purpose, Surroundings
from logan.config.shape import BAD, Report, Schema, describe
from logan.config.values import Text
from logan.config.yaml_nodes import ListNode, Node, ScalarNode
from logan.errors import UsageError
from logan.intake.addresses import is_address, parse_address
from logan.intake.source_search import NothingFoundError, find


class FilePath(NamedTuple):
    """A file that logan reads."""

    around: Surroundings

    def read(self, node: Node, key: str, report: Report) -> Any:
        path = _path(node, key, report)
        if path is BAD or self.around.purpose < Purpose.RUN or os.access(path, os.R_OK):
            return path
        fault = "cannot be read by this user" if path.exists() else "does not exist"
        self.around.add(node.line, f"`{key}`: {path} {fault}")
        return path

    def schema(self) -> Schema:
        return {"type": "string"}


class WrittenPath(NamedTuple):
    """A file that logan writes."""

    around: Surroundings

    def read(self, node: Node, key: str, report: Report) -> Any:
        path = _path(node, key, report)
        if path is BAD or self.around.purpose < Purpose.BEGIN:
            return path
        for fault, advice in _write_faults(path):
            self.around.add(node.line, f"`{key}`: {fault}", advice)
        return path

    def schema(self) -> Schema:
        return {"type": "string"}


def _write_faults(path: Path) -> Iterator[tuple[str, str]]:
    """Why a file cannot be written as this user, and what to do; nothing where it can."""
    folder = path.parent
    if not folder.is_dir():
        yield f"there is no folder {folder}", f"Make it:  install -d -m 0700 {folder}"
    elif path.exists() and not path.is_file():
        yield f"{path} is no file", "Name a file; logan makes it."
    else:
        for place in (folder, path):
            if place.exists() and not os.access(place, os.W_OK):
                yield f"{place} cannot be written by this user", "Give it to the audit's user."


class LogGlob(NamedTuple):
    """Logs: a path, an address in object storage, or a glob of either."""

    around: Surroundings

    def read(self, node: Node, key: str, report: Report) -> Any:
        text = node.value if isinstance(node, ScalarNode) else None
        if isinstance(text, str) and is_address(text):
            return self._read_address(text, node.line, key, report)
        path = _path(node, key, report)
        if path is BAD:
            return BAD
        self._note_faults(str(path), node.line, key)
        return str(path)

    def _read_address(self, text: str, line: int, key: str, report: Report) -> Any:
        """An address as it stands; what may be a secret in one that is refused is not repeated."""
        try:
            parse_address(text)
        except UsageError as error:
            return report.add(line, f"`{key}`: {error}", None)
        self._note_faults(text, line, key)
        return text

    def _note_faults(self, path: str, line: int, key: str) -> None:
        if self.around.purpose >= Purpose.BEGIN:
            for fault, advice in _log_faults(path):
                self.around.add(line, f"`{key}`: {fault}", advice)

    def schema(self) -> Schema:
        return {"type": "string"}


def _log_faults(path: str) -> Iterator[tuple[str, str | None]]:
    try:
        found = find([path])
    except NothingFoundError as error:
        if is_address(path):
            yield from ((f"{one.name}: {one.reason}", one.advice) for one in error.missing)
        else:
            yield f"nothing is found at {path}", "Check the spelling, and the rights on its folder."
        return
    for unread in found.unread:
        yield f"{unread.name}: {unread.reason}", unread.advice
    advice = "Let the audit's user read it: by its group, or with setfacl."
    for source in found.sources:
        if source.path is not None and not os.access(source.path, os.R_OK):
            yield f"{source.name} cannot be read by this user", advice


def _path(node: Node, key: str, report: Report) -> Any:
    """A path below the folder of the configuration, or BAD."""
    text = Text(example="/var/log/squid/access.log*").read(node, key, report)
    if not isinstance(text, str):
        return BAD
    if "\0" in text:
        return report.add(node.line, f"`{key}` has a NUL character", "Leave it out.")
    return Path(report.path).absolute().parent / text


class CommandWords(NamedTuple):
    """A program and its arguments, each a text of its own: no shell reads them."""

    around: Surroundings

    def read(self, node: Node, key: str, report: Report) -> Any:
        if not isinstance(node, ListNode) or not node.items:
            advice = 'Write the program and each argument by itself: ["/bin/logger", "-t", "x"].'
            return report.add(node.line, f"`{key}` is {describe(node)}, not a command", advice)
        words = tuple(one.value for one in node.items if isinstance(one, ScalarNode))
        texts = tuple(word for word in words if isinstance(word, str) and "\0" not in word)
        if len(texts) != len(node.items):
            return report.add(node.line, f"`{key}` has an argument that is no text", "Quote it.")
        if "/" in texts[0]:  # else it is looked for where the system keeps its programs
            texts = (str(self.around.path.absolute().parent / texts[0]), *texts[1:])
        if self.around.purpose >= Purpose.BEGIN and shutil.which(texts[0]) is None:
            advice = "Write the whole path of a program that is installed and may be run."
            message = f"`{key}`: there is no command {describe(node.items[0])}"
            self.around.add(node.items[0].line, message, advice)
        return texts

    def schema(self) -> Schema:
        return {"type": "array", "items": {"type": "string"}, "minItems": 1}
