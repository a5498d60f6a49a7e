"""Hosts that look like a service's and are not: another suffix, one letter off, foreign letters.

For people who look for phishing; such a request is never counted as use. Only whole labels are
compared, with those that a pack calls telling (`lookalikes_of`): names that hit nothing else.
"""

from collections.abc import Iterable, Mapping

import polars as pl

from logan.rules.homographs import as_seen
from logan.rules.lookalike_patterns import lookalike_patterns
from logan.rules.model import Rules


def resembled_services(hosts: pl.Series, text: pl.Series, rules: Rules) -> pl.Series:
    """The id of the service that each host looks like, null where none.

    Only where the line (`text`) has it in the letters of `lookalike_patterns`: other ways to write
    them are too many to search lines for. Each different host is looked at once.
    """
    labels = rules.lookalike_labels
    if not labels:
        return pl.repeat(None, len(hosts), dtype=pl.String, eager=True)
    # Most lines have nothing of the kind: the pattern is far cheaper than to look at their hosts.
    written = text.str.contains(f"(?i){'|'.join(lookalike_patterns(rules))}").fill_null(value=False)
    bearing = hosts.to_frame("host").select(pl.when(written).then("host"))["host"]
    different = bearing.drop_nulls().unique().to_list()
    found = {host: _resembled(host, labels) for host in different}
    alike = {host: service for host, service in found.items() if service is not None}
    return bearing.replace_strict(alike, default=None, return_dtype=pl.String)


def _resembled(host: str, labels: Mapping[str, str]) -> str | None:
    # The last label is no name of a site's: a host of one label is no site at all.
    for label in host.split(".")[:-1]:
        telling = resembled_label(label, labels)
        if telling is not None:
            return labels[telling]
    return None


def resembled_label(label: str, labels: Iterable[str]) -> str | None:
    """Which of the labels one (lower case) looks like, the first of them; None where none."""
    seen = as_seen(label)
    return next((one for one in labels if seen == one or is_one_off(seen, one)), None)


def is_one_off(one: str, other: str) -> bool:
    """True where exactly one letter must be put in, left out or changed (edit distance 1)."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    short, long = sorted((one, other), key=len)
    pairs = enumerate(zip(short, long, strict=False))
    at = next((at for at, (a, b) in pairs if a != b), len(short))
    rest = short[at + 1 :] if len(short) == len(long) else short[at:]
    return rest == long[at + 1 :]
