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
    return f"{first}{_near(second)}{_DOT}", f"{_near_end(first)}{second}{_DOT}"


def _near(text: str) -> str:
    """A pattern of a text, and of all texts at edit distance 1 from it.

    What they begin with alike stands in it once: less to compile than each text by itself.
    """
    if not text:
        return f"{_ANY_LETTER}?"
    first, rest = text[0], text[1:]
    return f"(?:{first}{_near(rest)}|{_ANY_LETTER}?{first}?{rest})"


def _near_end(text: str) -> str:
    """Has a match wherever `_near` has one that ends there: what stands before is not asked."""
    return f"(?:{text[1:]}|{text[:1]}{_near(text[1:])})"
