"""What a gateway writes behind a user's words, written by the user first: no other field moves.

`test_injection` holds the same of pairs. Here a line is cut behind a user's name, an address, a
referrer or a user agent, and the rest of it is put in twice, once with another word in it, as by a gateway that
escapes neither quotes nor what parts its fields. The outcome is the same record or a reject.
"""

import re
from collections.abc import Iterator

import pytest

from logan.formats import FORMATS
from logan.formats.engine.format import Format
from logan.records import canonical
from tests.formats.proof import ANSWERS, Row, layout_of, raw, read

WRITTEN_BY_USERS = ("user", "user_agent", "referrer", "query", "path")
#: What of a record nobody may change who only writes words of his own.
DECIDED = (
    *("time", "user", "client_ip", "host", "port", "method", "status", "action"),
    *("bytes_sent", "bytes_received", "evidence", "repeat", "companion", "setup"),
)
#: Formats whose definition says that the gateway escapes what parts its fields.
ESCAPED = {
    "aws-cloudfront": "values are URL-encoded",
    "defender": "JSON within JSON, escaped twice",
    "paloalto": "quotes are doubled",
    "sophos-central-cef": "bars in the event's words are escaped",
    "zeek-bare": "a tab in a value is written \\x09",
}
#: Formats whose gateway takes blanks out of an address, or encodes them (Squid's uri_whitespace).
BLANKLESS = {"barracuda", "dansguardian", "squid", "squid-extensive"}
WORD = re.compile("[A-Za-z]{3,}|[0-9]+")
MOST_WORDS = 14
#: What may hide the rest of the line that the gateway writes behind it.
ENDS = ("", " ", '"', ' x="', "'", "[")


def changed(text: str) -> list[str]:
    """The text with another word in the place of one of it, some of the ways."""
    found = list(WORD.finditer(text))
    step = max(1, len(found) // MOST_WORDS)
    return [
        text[: word.start()] + other(word.group()) + text[word.end() :] for word in found[::step]
    ]


def other(word: str) -> str:
    """Another word of the same kind: a status, a number, a verdict."""
    if not word.isdigit():
        return "allowed" if word.islower() else "DENIED"
    return "403" if len(word) == 3 and word != "403" else f"{int(word[0]) % 8 + 1}{word[1:]}"


def forged(row: Row, column: str) -> Iterator[str]:
    """The line with more behind the value of a column, in each place that it has."""
    line, value = row["text"], row[column]
    if not value or value == "/":
        return
    for found in re.finditer(re.escape(value), line):
        at = found.end()
        rest = line[at:]
        for words in changed(rest):
            yield from (line[:at] + words + end + rest for end in ENDS)
        for gap in (" ", '" "', '","', ",", "\t", ";", "|"):
            yield from (line[:at] + (gap + "403") * count + rest for count in (1, 3))


def columns_of(form: Format) -> list[str]:
    blankless = ("query", "path") if form.name in BLANKLESS else ()
    return [one for one in WRITTEN_BY_USERS if one not in blankless]


@pytest.mark.parametrize(
    "form", [one for one in FORMATS if one.name not in ESCAPED], ids=lambda form: form.name
)
def test_what_a_user_writes_moves_no_other_cell(form: Format) -> None:
    for text in form.texts:
        layout = layout_of(form, text, ANSWERS)
        plain = read(form, text, layout=layout, zone="UTC")[-1]
        lines = {line: column for column in columns_of(form) for line in forged(plain, column)}
        if not lines:
            continue
        found = raw(form, list(lines), layout)
        for row in canonical.records(found, zone=layout.zone or "UTC").to_dicts():
            names = set(DECIDED) - {lines[row["text"]]}
            moved = {name for name in names if row[name] != plain[name]}
            assert not moved or row["reason"] is not None, (moved, row["text"])
