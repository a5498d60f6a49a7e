"""Reads STIX patterns that name domains, hosts and addresses, joined by OR.

Grammar: STIX 2.1, section 9. Everything else of it (AND, NOT, FOLLOWEDBY, qualifiers, other kinds
of object) is refused by name.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<sign>[\[\](),]|!?=|[<>]=?)|(?P<word>[^\s\[\](),=!<>']+))"
)
#: Object path -> what its value names.
_OBJECTS: Final[dict[str, Literal["domain", "host", "url"]]] = {
    "domain-name:value": "domain",
    "hostname:value": "host",
    "url:value": "url",
}
_ADVICE: Final = "Known are domain-name:value, hostname:value and url:value with =, IN or LIKE."


class PatternFaultError(Exception):
    """A pattern cannot be honoured; `advice` says which can."""

    def __init__(self, message: str, advice: str | None = _ADVICE) -> None:
        super().__init__(message)
        self.advice = advice


@dataclass(frozen=True, slots=True)
class NamedIndicator:
    """A domain with all below it, a single host, or an address."""

    kind: Literal["domain", "host", "url"]
    value: str


def read_pattern(pattern: str) -> tuple[NamedIndicator, ...]:
    """What a pattern names, in its order. Raises `PatternFaultError`."""
    tokens = _tokens(pattern)
    found = list(_observation(tokens))
    while tokens:
        _expect(tokens, "OR")
        found += _observation(tokens)
    return tuple(found)


def _tokens(pattern: str) -> list[str]:
    tokens: list[str] = []
    at, rest = 0, pattern.rstrip()
    while at < len(rest):
        match = _TOKEN.match(rest, at)
        if match is None:
            raise PatternFaultError(f"the pattern cannot be read at `{rest[at:][:30]}`")
        tokens.append(match[0].strip())
        at = match.end()
    if not tokens:
        raise PatternFaultError("the indicator has no pattern")
    return tokens


def _take(tokens: list[str]) -> str:
    if not tokens:
        raise PatternFaultError("the pattern ends too early")
    return tokens.pop(0)


def _expect(tokens: list[str], wanted: str) -> None:
    token = _take(tokens)
    if token != wanted:
        raise PatternFaultError(f"the pattern has `{token[:40]}`, which cannot be honoured")


def _observation(tokens: list[str]) -> list[NamedIndicator]:
    _expect(tokens, "[")
    found = _alternatives(tokens)
    _expect(tokens, "]")
    return found


def _alternatives(tokens: list[str]) -> list[NamedIndicator]:
    found = _comparison(tokens)
    while tokens and tokens[0] == "OR":
        tokens.pop(0)
        found += _comparison(tokens)
    return found


def _comparison(tokens: list[str]) -> list[NamedIndicator]:
    if tokens and tokens[0] == "(":
        tokens.pop(0)
        found = _alternatives(tokens)
        _expect(tokens, ")")
        return found
    path = _take(tokens)
    if path not in _OBJECTS:
        raise PatternFaultError(f"the pattern asks for `{path[:60]}`, which no web log has")
    kind = _OBJECTS[path]
    operator = _take(tokens)
    if operator == "=":
        return [NamedIndicator(kind, _text(_take(tokens)))]
    if operator == "IN":
        return [NamedIndicator(kind, value) for value in _members(tokens)]
    if operator == "LIKE" and kind == "domain":
        return [NamedIndicator(kind, _below(_text(_take(tokens))))]
    raise PatternFaultError(f"the pattern compares with `{operator[:20]}`")


def _members(tokens: list[str]) -> list[str]:
    _expect(tokens, "(")
    found = [_text(_take(tokens))]
    while tokens and tokens[0] == ",":
        tokens.pop(0)
        found.append(_text(_take(tokens)))
    _expect(tokens, ")")
    return found


def _below(text: str) -> str:
    """The domain of `%.domain`, the one LIKE that is a domain's."""
    if not text.startswith("%.") or re.search("[%_]", text[2:]):
        raise PatternFaultError(
            f"`LIKE '{text[:40]}'` is more than a domain", "Write '%.a.example'."
        )
    return text[2:]


def _text(token: str) -> str:
    if not token.startswith("'"):
        raise PatternFaultError(f"the pattern compares with `{token[:40]}`, which is no text")
    return re.sub(r"\\(.)", r"\1", token[1:-1])
