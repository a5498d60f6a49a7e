"""A prefix is a matter of the envelope: behind it every format reads what it reads without."""

from collections.abc import Sequence

import pytest

from logan.formats import FORMATS
from logan.formats.engine.base import Format
from tests.formats.proof import ANSWERS, Row, lines_of, read, reading_of

BSD = "Nov 28 22:36:24"
ISO = "2026-11-28T22:36:24.508465+00:00"
PREFIXES = {
    "tag with a pid": f"{BSD} vm squid[22309]: ",
    "tag without a pid": f"{BSD} vm squid: ",
    "no tag": f"{BSD} vm ",
    "no host": f"{BSD} squid[22309]: ",
    "stamp alone": f"{BSD} ",
    "priority": "<174>",
    "priority and header": f"<174>{BSD} vm squid: ",
    "day of one digit": "<174>Nov  8 22:36:24 vm squid: ",
    "zone behind the clock": "<174>Nov 28 22:36:24 EST vm squid: ",
    "year and zone": "Nov 28 2026 22:36:24 UTC vm squid: ",
    "facility behind the clock": f"{BSD} <local6.info> vm squid[7]: ",
    "Solaris": f"{BSD} vm squid[86]: [ID 702911 local0.info] ",
    "pid and level in words": f"{BSD} vm squid 86 [local0.info] ",
    "program without a colon": f"{BSD} vm squid ",
    "a stage for the level": f"{BSD} vm squid 86 [local0.info] ",
    "a relay's host": f"{BSD} relay vm squid[7]: ",
    "a relay's host, no tag": f"{BSD} relay vm ",
    "a relay's header": f"<13>{BSD} relay <174>{BSD} vm squid: ",
    "ISO stamp, host and tag": f"{ISO} vm squid[22309]: ",
    "ISO stamp, host and tag without a pid": f"{ISO} vm squid: ",
    "ISO stamp and host": f"{ISO} vm ",
    "ISO stamp, full name": f"{ISO} vm.force.example squid: ",
    "ISO stamp and tag": f"{ISO} squid: ",
    "ISO stamp": f"{ISO} ",
    "ISO stamp with Z": "2026-11-28T22:36:24Z vm squid[1]: ",
    "RFC 5424": f"<174>1 {ISO} vm squid 22309 - - ",
    "RFC 5424 with a BOM": f"<174>1 {ISO} vm squid - - - \ufeff",
    "RFC 5424 with a BOM and no blank": f"<174>1 {ISO} vm squid - - -\ufeff",
    "RFC 5424 with data": f'<174>1 {ISO} vm squid 7 - [o@1 a="b c"] ',
    "RFC 5424 with data and no blank": f'<174>1 {ISO} vm squid 7 - [o@1 a="b c"]',
    "RFC 5424 by rsyslog": f"<174>1 {ISO} vm squid - - -  ",
    "RFC 5424 by Heroku": f"83 <40>1 {ISO} host app web.3 - ",
    "octet count": f"215 <174>1 {ISO} vm squid - - - ",
    "octet count of a BSD header": f"190 <174>{BSD} vm squid: ",
    "CRI": "2026-11-28T22:36:24.123456789Z stdout F ",
    "kubectl": "[pod/proxy-0/squid] ",
    "docker compose": "squid-1  | ",
    "docker logs -t": "2026-11-28T22:36:24.123456789Z ",
    "Kiwi": "2026-11-28 22:36:24\tLocal6.Info\t192.0.2.9\t",
    "Kiwi, commas": "2026-11-28 22:36:24,Local6.Info,192.0.2.9,",
    "Kiwi, day first": "28-11-2026 22:36:24\tLocal6.Info\t192.0.2.9\t",
    "Kiwi around a header": f"2026-11-28 22:36:24\tLocal6.Info\t192.0.2.9\t{BSD} vm squid: ",
    "short-iso": "2026-11-28T22:36:24+0000 vm squid[22309]: ",
    "short-full": "Sat 2026-11-28 22:36:24 UTC vm squid[22309]: ",
    "short-unix": "1795905384.508465 vm squid[22309]: ",
    "logread": "Sat Nov 28 22:36:24 2026 daemon.info squid[7]: ",
}
#: What of a record may differ: where it was read, and a stamp that is the envelope's by definition.
_OF_THE_LINE = ("source", "line", "text")


def records(form: Format, text: str) -> list[Row]:
    rows = read(form, text, zone="UTC", answers=ANSWERS)
    left_out = {*_OF_THE_LINE, *(("time",) if form.shows.clock == "envelope" else ())}
    return [{name: row[name] for name in row if name not in left_out} for row in rows]


def behind(prefix: str, lines: Sequence[str]) -> str:
    return "\n".join(prefix + line for line in lines)


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_a_record_behind_a_prefix_is_the_record_without(form: Format, prefix: str) -> None:
    for sample in form.samples[:1]:
        text = behind(PREFIXES[prefix], lines_of(sample))
        reading = reading_of(text, FORMATS)
        assert reading is not None
        assert reading.format.name == form.name, reading.layout
        assert records(form, text) == records(form, sample)
