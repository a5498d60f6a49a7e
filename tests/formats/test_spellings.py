"""The same host, client or user, written as gateways and resolvers also write it, in every format.

A line says the same, or is a reject that says why: it never loses who or what stands in it.
"""

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from logan.formats import FORMATS
from logan.formats.engine.format import Format
from logan.records import canonical
from tests.formats.proof import ANSWERS, Row, layout_of, raw, read

HOSTS = {
    "PimEyes.COM": "pimeyes.com",
    "pimeyes.com.": "pimeyes.com",
    "jsc1.pimeyes.com": "jsc1.pimeyes.com",
    "a_b.pimeyes.com": "a_b.pimeyes.com",
    "xn--mgba3a4f16a.example": "xn--mgba3a4f16a.example",
}
CLIENTS = {"2001:db8::5": "2001:db8::5", "::ffff:10.9.8.7": "10.9.8.7"}
USERS = ("12345", "o'brien", "jané.doe", "JDOE$", "j_doe+x", "DOE&CO", "jdoe#1", "x" * 60)
#: Names that stand in a line a second time, in another form.
ENCODED = {"zscaler-json-base64"}
#: A client that the format writes within an IPv4-mapped address already, or with more in front.
IN_ANOTHER = {"defender"}
#: An identity is a person's where it has the form of one; WSA writes the realm behind a name.
OF_A_FORM = {"umbrella-dns", "umbrella-web", "cisco-wsa", "cisco-wsa-w3c"}
WRITTEN = {
    "host": (HOSTS, ENCODED),
    "client_ip": (CLIENTS, IN_ANOTHER),
    "user": (dict(zip(USERS, USERS, strict=True)), OF_A_FORM),
}


class Respelt(NamedTuple):
    """A line in which one value is written otherwise, and what must come of it."""

    column: str
    means: str
    line: str


def respelt(form: Format, row: Row) -> Iterator[Respelt]:
    for column, (values, others) in WRITTEN.items():
        known = row[column]
        if known and known in row["text"] and form.name not in others:
            for written, means in values.items():
                yield Respelt(column, means, row["text"].replace(known, written))


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_who_and_what_stays_however_it_is_written(form: Format) -> None:
    for text in form.texts:
        layout = layout_of(form, text, ANSWERS)
        plain = [row for row in read(form, text, layout=layout, zone="UTC") if not row["reason"]]
        cases = [case for row in plain[:3] for case in respelt(form, row)]
        if not cases:
            continue
        made = raw(form, [case.line for case in cases], layout)
        rows = canonical.records(made, zone=layout.zone or "UTC").to_dicts()
        for case, row in zip(cases, rows, strict=True):
            assert row["reason"] or row[case.column] == case.means, case
