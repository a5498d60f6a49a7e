"""The patterns that a line must match to be worth parsing: a superset of all that rules can find.

For `hyperscan`, on raw bytes, caseless. A line too many costs a moment; one too few would be a
wrong "none found".
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from logan.rules.base64_addresses import SCHEME, encoded_patterns
from logan.rules.lookalike_patterns import foreign_patterns, latin_patterns
from logan.rules.model import Host, Rules, Service
from logan.rules.name_patterns import any_host, further_label, name_pattern, required_runs
from logan.rules.signature import Signature
from logan.rules.spelling import Hints, hints_to

#: Shorter literals are too common to stand in for a host.
_RARE: Final = 6
#: A part of a name must be so long to tell a line that may hold it.
_LEAST_PART: Final = 4
#: Patterns become one pattern up to so many characters: of names with the same ending, of labels
#: that look like others. So compiling takes three quarters of the time, and searching as long as
#: for each apart: with names of 140 characters it takes an eighth longer.
_NAMES_AT_ONCE: Final = 80
_LOOKALIKES_AT_ONCE: Final = 4000


#: The groups of patterns: names, hints of letters that are not written as they are, how a label
#: with foreign letters begins, and how an address in base64 does.
NAMES, ESCAPES, CHARACTERS, FOREIGN_LABELS, ADDRESSES = range(5)
#: From hints to clues. Hints of characters tell how those begin that stand for letters: so does the
#: apostrophe of news sites, so the characters themselves are a step between.
#: Labels with foreign letters are no longer searched for by patterns, where there are many.
#: Addresses in base64 are searched for by the names in them then.
LAST_STEPS: Final = {ESCAPES: 1, CHARACTERS: 2, FOREIGN_LABELS: 1, ADDRESSES: 1}


class ScanPatterns(NamedTuple):
    """The patterns of a scan. A line with one of `names` is a candidate.

    Letters written otherwise (one of `hints`) are common, and nearly never part of a name: such a
    line is a candidate only if it holds one of `names` once `reveal` has spelled it out. Before
    that it must have a clue to one of `hosts`, or to a part of a name of which more is not known.
    Both are None where some names are too short, or too little is known of them, to give clues.

    With one of `foreign` a line is a candidate if the label behind it `resembles` one of `labels`,
    with the beginning of an address in base64 if one of `addresses` follows.
    """

    names: tuple[str, ...]
    hints: Hints = Hints((), ())
    hosts: tuple[str, ...] | None = None
    parts: tuple[str, ...] | None = None
    foreign: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()

    @property
    def patterns(self) -> tuple[str, ...]:
        """All to be compiled, group by group."""
        hints = (*self.hints.escapes, *self.hints.characters)
        return (*self.names, *hints, *self.foreign, *self.closer(ADDRESSES, 0))

    @property
    def groups(self) -> tuple[int, ...]:
        """How many patterns each group has but the last."""
        escapes, characters, _ = self.hints
        return len(self.names), len(escapes), len(characters), len(self.foreign)

    @property
    def gives_clues(self) -> bool:
        """True where lines with hints can be told by clues."""
        return self.hosts is not None

    @property
    def names_are_ascii(self) -> bool:
        """True where no name has a certain byte that is not ASCII."""
        return not any(re.search(r"[^\x00-\x7f]|\\x[89a-fA-F]", one) for one in self.names)

    def closer(self, group: int, step: int) -> tuple[str, ...]:
        """What tells of letters written otherwise: the hints of a group, or step by step patterns
        that are in fewer lines, and in every line of a name of which the hints tell.

        The last step (`LAST_STEPS`) are the clues. Of labels with foreign letters it is none, of
        addresses in base64 the names in them.
        """
        if group == FOREIGN_LABELS:
            return () if step else self.foreign
        if group == ADDRESSES:
            return self.addresses if step or not self.addresses else (SCHEME,)
        if step == 0:
            return self.hints.escapes if group == ESCAPES else self.hints.characters
        from logan.rules import encoded_names  # few scans need them

        if group == ESCAPES:
            found = encoded_names.escape_clues
        elif step < LAST_STEPS[group]:
            found = encoded_names.standing_characters
        else:
            found = encoded_names.character_clues
        return found(self.hosts or (), self.parts or ())

    def resembles(self, label: str) -> bool:
        """True where a label (`xn--...`, lower case) looks like one of those that are told."""
        from logan.rules.lookalikes import resembled_label  # Polars

        return resembled_label(label, self.labels) is not None

    def reveal(self, data: bytes) -> bytes:
        """Lines with their letters spelled out; line ends stay."""
        from logan.rules.revealed_bytes import revealed  # NumPy: patterns are compiled before it

        return revealed(data)


def watch(rules: Rules) -> ScanPatterns:
    """What to look for in raw lines, so that every line that could name a service is found."""
    sites = [_Wanted.name(site.domain) for site in rules.sites]
    found = [one for service in rules.services.values() for one in _of_service(service, sites)]
    found += [_Wanted(one, None) for rule in rules.sigma for one in rule.triggers]
    encoded = [one for name in named_in_base64(rules) for one in encoded_patterns(name)]
    latin = _together(latin_patterns(rules), _LOOKALIKES_AT_ONCE)
    names = dict.fromkeys([*_by_ending(found), *latin])
    parts = {_part(one.pattern) for one in found if one.text is None}
    hosts = {one.text.lower() for one in found if one.text is not None}
    known = all(len(part) >= _LEAST_PART for part in parts)
    return ScanPatterns(
        tuple(names),
        hints_to(_labels(found), underscores=any("_" in one for one in (*hosts, *parts))),
        tuple(sorted(hosts)) if known else None,
        tuple(sorted(parts)) if known else None,
        foreign_patterns(rules),
        tuple(rules.lookalike_labels),
        tuple(dict.fromkeys(encoded)),
    )


def named_in_base64(rules: Rules) -> tuple[str, ...]:
    """The names that are looked for in base64 too: those of hosts that are a service's own.

    Not those of watch lists, which may have thousands.
    """
    return tuple(
        name
        for service in rules.services.values()
        if service.category != "watch_list"
        for name in service.own_names()
    )


def _part(pattern: str) -> str:
    """The longest run of letters and digits that stands in everything a pattern matches."""
    return max(required_runs(pattern.lower()), key=len, default="").strip("_-")


class _Wanted(NamedTuple):
    """A pattern of a name, and the name itself; None for a pattern of many.

    `ending` is the pattern of the last label of a host and of what stands before it.
    """

    pattern: str
    text: str | None
    ending: str = ""

    @classmethod
    def name(cls, text: str) -> "_Wanted":
        """A host."""
        host, dot, last = text.rpartition(".")
        if not dot:
            return cls(name_pattern(text), text)
        return cls(name_pattern(host), text, further_label(last))


def _by_ending(wanted: Iterable[_Wanted]) -> Iterator[str]:
    """What is wanted as few patterns: hosts that end alike are one, so that what may stand before
    the ending, the most of a pattern, is compiled once and not for each of them."""
    begun: dict[str, dict[str, None]] = {}
    for one in wanted:
        begun.setdefault(one.ending, {})[one.pattern] = None
    yield from begun.pop("", {})
    for ending, patterns in begun.items():
        yield from (f"(?:{some}){ending}" for some in _together(patterns, _NAMES_AT_ONCE))


def _together(patterns: Iterable[str], size: int) -> Iterator[str]:
    """Patterns as alternatives, in their order, of so many characters or of one pattern."""
    some: list[str] = []
    length = 0
    for one in patterns:
        if some and length + len(one) > size:
            yield "|".join(some)
            some, length = [], 0
        some.append(one)
        length += len(one) + 1
    if some:
        yield "|".join(some)


def _labels(wanted: Sequence[_Wanted]) -> set[str] | None:
    """What stands before the dots and hyphens of names; None where that cannot be told."""
    texts = [one.text.lower() for one in wanted if one.text is not None]
    if len(texts) < len(wanted):
        return None
    return {label for text in texts for label in re.findall(r"[^.-]+(?=[.-])", text)} or None


def triggers(rules: Rules) -> tuple[str, ...]:
    """Patterns for hyperscan (caseless, bytes): every line that could name a service has a match.

    Not only requests to a service: also lines that mention it or name it by chance. No match
    reaches over the end of a line. `watch` sorts out more of the rest.
    """
    watched = watch(rules)
    return (*watched.patterns, *watched.hints.raw)


def _of_service(service: Service, sites: Sequence[_Wanted]) -> Iterator[_Wanted]:
    yield from map(_Wanted.name, (*service.domains, *service.apps))
    for host in service.own_hosts():
        # A shared host is in every tenth line; what a signature demands beside it is rare.
        wanted = _demanded(service, host, sites) if host.shared else None
        if wanted is not None:
            yield from wanted
        elif host.host_re is not None:
            yield _Wanted(any_host(host.host_re), None)
        elif host.host is not None:
            yield _Wanted.name(host.host)


def _demanded(service: Service, host: Host, sites: Sequence[_Wanted]) -> list[_Wanted] | None:
    """What each signature that can match on a host needs beside the host to match.

    None where a signature demands none. Letters written otherwise have patterns of their own.
    """
    wanted: list[_Wanted] = []
    for signature in service.signatures:
        named = signature.host or signature.domain
        if host.host and named and not f".{host.host}".endswith(f".{named}"):
            continue
        if signature.carries_page:
            wanted += sites
            continue
        runs = [run for pattern in _patterns(signature) for run in required_runs(pattern)]
        longest = max(runs, key=len, default="")
        if len(longest) < _RARE:
            return None
        wanted.append(_Wanted(re.escape(longest), longest))
    return wanted


def _patterns(signature: Signature) -> Iterator[str]:
    """The patterns a matching line must satisfy: of the path, and of each parameter's value."""
    if signature.path is not None:
        yield signature.path
    for name, value in signature.query:
        yield re.escape(name)
        yield value
