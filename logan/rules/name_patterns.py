"""How names stand in raw lines, as patterns for `hyperscan`: labels, and what is between them."""

import re
from typing import Final

#: What may stand between two labels beside the encodings of a dot, which have patterns of their
#: own: a dot, Windows DNS `(3)`, the hyphens of translate.goog and AMP hosts.
_BETWEEN: Final = (r"\.", r"\([0-9]{1,2}\)", "-{1,2}")
_ANY_BETWEEN: Final = "(?:" + "|".join([*_BETWEEN, r"[\x01-\x09\x0b\x0c\x0e-\x1f]"]) + ")"


def name_pattern(name: str) -> str:
    """A host for raw lines, in any of the forms in which a log writes one."""
    first, *rest = name.split(".")
    return _letters(first) + "".join(map(further_label, rest))


def further_label(label: str) -> str:
    """A label behind another one, with the separator before it."""
    return _separator_before(label) + _letters(label)


def _separator_before(label: str) -> str:
    """A dot in any form; on the wire it is the length of the label behind it, raw or escaped."""
    size = len(label)
    raw = [] if size in b"\n\r" else [rf"\x{size:02x}"]
    return "(?:" + "|".join([*_BETWEEN, *raw, _escaped(size)]) + ")"


def _escaped(size: int) -> str:
    return rf"(?:\\x|\\u00|%(?:25)*){size:02x}|\\0*{size:o}"


def _letters(label: str) -> str:
    """A label's own hyphens are doubled in translate.goog and AMP hosts."""
    return re.escape(label).replace(r"\-", "-{1,2}")


def any_host(pattern: str) -> str:
    r"""A pattern of hosts, for raw lines: `\.` stands for a separator in any form."""
    return pattern.replace(r"\.", _ANY_BETWEEN)


def required_runs(pattern: str) -> list[str]:
    """Runs of letters, digits, `_` and `-` that stand in everything the pattern matches.

    None where the pattern has signs that only the matching engine knows.
    """
    runs: list[str] = []
    run = ""
    try:
        parsed = re._parser.parse(pattern)  # type: ignore[attr-defined]
    except re.error:
        return []
    for operation, value in parsed:
        character = chr(value) if operation is re._constants.LITERAL else ""  # type: ignore[attr-defined]
        if re.fullmatch(r"[\w-]", character, re.ASCII):
            run += character
        else:
            runs, run = [*runs, run], ""
    return [one for one in (*runs, run) if one]
