"""A CONNECT and the request inside it are one hit and one repeat, in every format that logs both.

The lines are made of each format's own samples, all read as if they were of a watched site.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from logan.formats import FORMATS
from logan.formats.engine.columns import LOGGED_WITH_INNER_REQUESTS, NOT_DOCUMENTED
from logan.formats.engine.format import Format
from logan.pipeline.scan import Settings, scan
from logan.rules.packs import load_rules
from tests.formats.proof import ANSWERS, Row, read

RULES = load_rules()
#: A field whose name says that it is in base64.
BASE64: Final = re.compile(r'(?<="b64url":")[^"]*|(?<="b64referer":")[^"]*')
SITE: Final = "pimeyes.com"
LOGGING: Final = [
    form for form in FORMATS if form.tunnels in (LOGGED_WITH_INNER_REQUESTS, NOT_DOCUMENTED)
]
#: Formats of whose samples no CONNECT can be made by another method and address: their requests
#: have no method, or the host in further fields.
OTHERS: Final = """
azure-firewall azure-firewall-csv barracuda cato defender defender-csv defender-timeline dope-csv
forticlient juniper-srx juniper-srx-message juniper-srx-plain meraki
netskope-events paloalto-leef privoxy sangfor sentinel-csv smoothwall
sonicwall sonicwall-cef sophos-firewall suricata trendmicro-web untangle
webmarshal-w3c zeek-bare zeek-json zeek-tsv zyxel zyxel-cef
"""


@pytest.mark.parametrize("form", LOGGING, ids=lambda form: form.name)
def test_a_connect_and_the_request_inside_are_one_hit(form: Format, tmp_path: Path) -> None:
    text = next(tunnelled(form), None)
    assert (text is None) == (form.name in OTHERS.split())
    if text is None:
        pytest.skip("no CONNECT can be made of its samples")
    path = tmp_path / "access.log"
    path.write_text(text + "\n")
    (source,) = scan(Settings((str(path),), RULES, formats=(form,))).sources
    assert (source.bins["hit"], source.bins["repeat"]) == (1, 1)


def tunnelled(form: Format) -> Iterator[str]:
    """Texts in which the CONNECT stands above a request that a sample has."""
    for text in (text for sample in form.samples for text in sample.texts):
        for row in read(form, text, zone="UTC", answers=ANSWERS):
            line = row["text"]
            if not is_request(row) or text.count(line) != 1:
                continue
            for opening in openings(row):
                lines = text.replace(line, f"{opening}\n{decoded(line)}")
                both = encoded(to_site(lines, row["host"]))
                if is_opened(read(form, both, zone="UTC", answers=ANSWERS)):
                    yield both


def is_request(row: Row) -> bool:
    """True for a visit that is none of a companion, with method and host."""
    apart = row["reason"] or row["repeat"] or row["companion"]
    return not apart and row["evidence"] == "url" and bool(row["method"] and row["host"])


def openings(row: Row) -> Iterator[str]:
    """Ways to write the CONNECT: its address whole, or its path as a log has none."""
    host = re.escape(row["host"])
    address = rf"(?:https?:(?://|\\/\\/))?{host}(?::[0-9]+)?(?:/[^\s\"|,;'<>)\]^]*)?"
    path = rf"(?<=[\s\"|,;=]){re.escape(row['path'] or '/')}(?=[\s\"|,;?])(?:\?[^\s\"|,;]*)?"
    text = decoded(row["text"])
    for found in re.finditer(rf"(?i)\b{row['method']}\b", text):
        line = text[: found.start()] + "CONNECT" + text[found.end() :]
        yield re.sub(address, f"{row['host']}:443", line)
        yield from (re.sub(path, nothing, line) for nothing in ("-", "/", ""))


def to_site(text: str, host: str) -> str:
    """The text with a watched site for a host, asked for under TLS."""
    site = text.replace(host, SITE).replace(f"http://{SITE}", f"https://{SITE}")
    site = site.replace(f"{SITE}:80", f"{SITE}:443")
    return re.sub(r'(?<=[ \t,|:])("?)http\1(?=[ \t,|}])', r"\1https\1", site)


def decoded(text: str) -> str:
    """The text with what some fields hold in base64 as it was."""
    return BASE64.sub(lambda found: b64decode(found[0], b"-_").decode(), text)


def encoded(text: str) -> str:
    """The text with those fields in base64."""
    return BASE64.sub(lambda found: b64encode(found[0].encode()).decode(), text)


def is_opened(rows: list[Row]) -> bool:
    """True where the first of the site's two records is a tunnel, and the other none."""
    found = [row for row in rows if row["reason"] is None and row["host"] == SITE]
    return [row["evidence"] for row in found] == ["connect", "url"]
