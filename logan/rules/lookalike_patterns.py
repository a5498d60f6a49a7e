"""How raw lines write hosts that look like a service's: patterns that all of them match.

For the prefilter (`hyperscan`, bytes, caseless) and for the rules alike, so that both go by the
same lines. Imports nothing that imports Polars: patterns are compiled before it is needed.
"""

from typing import Final

from logan.rules.model import Rules

#: How an internationalised label begins (RFC 5890).
FOREIGN: Final = "xn--"
_ANY_LETTER: Final = "[a-z0-9-]"
#: What stands behind a label: a dot, written as one, percent-encoded or as in Windows DNS logs.
_DOT: Final = r"(?:\.|\([0-9]{1,2}\)|%(?:25)*2e)"


def lookalike_patterns(rules: Rules) -> tuple[str, ...]:
    """Two patterns for each telling label, and one for labels with foreign letters; or none."""
    return (*latin_patterns(rules), *foreign_patterns(rules))


def latin_patterns(rules: Rules) -> tuple[str, ...]:
    """Two patterns for each telling label."""
    return tuple(one for label in rules.lookalike_labels for one in near_patterns(label))


def foreign_patterns(rules: Rules) -> tuple[str, ...]:
    """One for labels with foreign letters, if any label is telling."""
    return (FOREIGN,) if rules.lookalike_labels else ()


def near_patterns(label: str) -> tuple[str, str]:
    """A label before a dot with a letter put in, left out or changed, and one that is unharmed too.

    In each one half of it is unharmed: written so, its states are few, and it is compiled in half
    the time. Two patterns, for as one Hyperscan searches all lines three times as long for them.
    """
    middle = len(label) // 2
    first, second = label[:middle], label[middle:]
    left, right = "|".join(_near(first)[1:]), "|".join(_near(second))
    return f"{first}(?:{right}){_DOT}", f"(?:{left}){second}{_DOT}"


def _near(text: str) -> list[str]:
    """Patterns of a text, and of all texts at edit distance 1 from it."""
    cuts = [(text[:at], text[at:]) for at in range(len(text) + 1)]
    changed = [left + _ANY_LETTER + right[1:] for left, right in cuts if right]
    shorter = [left + right[1:] for left, right in cuts if right]
    longer = [left + _ANY_LETTER + right for left, right in cuts]
    return [text, *changed, *shorter, *longer]
