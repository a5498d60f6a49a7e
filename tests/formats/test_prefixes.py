"""A prefix is a matter of the envelope: behind it every format reads what it reads without."""

from functools import cache

import pytest

from logan.formats import FORMATS
from logan.formats.engine.format import Format
from logan.formats.engine.layout import Layout
from logan.formats.vendors.weblog import COMBINED, COMMON, SQUID_COMMON
from tests.formats.proof import ANSWERS, Row, assert_agreement, lines_of, read, reading_of

BSD = "Nov 28 22:36:24"
ISO = "2026-11-28T22:36:24.508465+00:00"
PREFIXES = {
    "tag with a pid": f"{BSD} vm squid[22309]: ",
    "tag without a pid": f"{BSD} vm squid: ",
    "no tag": f"{BSD} vm ",
    "an address for the host": f"{BSD} 10.9.9.9 squid[22309]: ",
    "an address for the host, no tag": f"<174>{BSD} 10.9.9.9 ",
    "a full name, no tag": f"{ISO} vm.force.example ",
    "an IPv6 address for the host, no tag": f"{ISO} 2001:db8::9 ",
    "no host": f"{BSD} squid[22309]: ",
    "stamp alone": f"{BSD} ",
    "a blank, as rsyslog's msg has": " ",
    "priority": "<174>",
    "priority and colon": "<174>:",
    "EMBLEM": f"<174>:{BSD} UTC: ",
    "priority and header": f"<174>{BSD} vm squid: ",
    "day of one digit": "<174>Nov  8 22:36:24 vm squid: ",
    "zone behind the clock": "<174>Nov 28 22:36:24 EST vm squid: ",
    "year and zone": "Nov 28 2026 22:36:24 UTC vm squid: ",
    "facility behind the clock": f"{BSD} <local6.info> vm squid[7]: ",
    "Solaris": f"{BSD} vm squid[86]: [ID 702911 local0.info] ",
    "pid and level in words": f"{BSD} vm squid 86 [local0.info] ",
    "program without a colon": f"{BSD} vm squid ",
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
#: Prefixes that stand for the others, of a kind each; held against every format.
FEW = (
    "tag without a pid",
    "program without a colon",
    "a relay's host",
    "ISO stamp",
    "an address for the host, no tag",
    "RFC 5424 with data and no blank",
    "octet count of a BSD header",
    "CRI",
    "kubectl",
    "Kiwi, commas",
)
#: Formats whose first field is a word or two that a prefix could be taken for.
WORDY = ("common", "combined", "common-local", "squid-common", "squid-combined", "squid", "olfeo")
WORDY += ("kerio-http", "traefik-clf", "apache-blackbox", "haproxy", "envoy", "bind", "unbound")
PAIRS = [(form, prefix) for form in FORMATS for prefix in (PREFIXES if form.name in WORDY else FEW)]
#: Formats whose stamps have no year: a prefix that has one gives it.
YEARLESS = ("dnsmasq", "tinyproxy")
#: Where a record was read.
_LEFT_OUT = ("source", "line", "text")


def records(form: Format, text: str) -> list[Row]:
    rows = read(form, text, zone="UTC", answers=ANSWERS)
    if form.name in YEARLESS:
        rows = [row | {"time": f"{row['time']:%m-%d %H:%M:%S}"} for row in rows]
    return [{name: row[name] for name in row if name not in _LEFT_OUT} for row in rows]


@cache
def plain_records(name: str) -> list[Row]:
    """The records of a format's first sample, without any prefix."""
    (form,) = (form for form in FORMATS if form.name == name)
    return records(form, form.texts[0])


def behind(prefix: str, text: str) -> str:
    return "\n".join(prefix + line for line in lines_of(text))


@pytest.mark.parametrize(("form", "prefix"), PAIRS, ids=lambda one: getattr(one, "name", one))
def test_a_record_behind_a_prefix_is_the_record_without(form: Format, prefix: str) -> None:
    text = behind(PREFIXES[prefix], form.texts[0])
    reading = reading_of(text, FORMATS)
    assert reading is not None
    assert reading.format.name == form.name, reading.layout
    assert records(form, text) == plain_records(form.name)


@pytest.mark.parametrize("name", WORDY)
def test_the_wordy_formats_are_there(name: str) -> None:
    assert name in {form.name for form in FORMATS}


REQUEST = '[10/Jan/2024:13:55:36 +0100] "GET http://www.example.com/a HTTP/1.1" 200 2326'
LEFT_OVERS = (
    *(
        "Nov 28 22:36:24 vm squid: 10.1.2.3 - jdoe",
        "22:36:24 10.1.2.3 - jdoe",
        "<7>10.1.2.3 - jdoe",
    ),
    *("1705686136.023 10.1.2.3 - jdoe", "1705686136.023 10.1.2.3 jdoe", "squid: 10.1.2.3 - jdoe"),
    *("28 22:36:24 10.1.2.3 jdoe", "2026-11-28T22:36:24Z stdout F 10.1.2.3 - jdoe", "7 - jdoe"),
    *("2026-11-28 22:36:24 10.1.2.3 - jdoe", "vm squid 10.1.2.3 - jdoe", "vm squid: 10.1.2.3 jdoe"),
    *("10.1.2.3 - squid: 10.1.2.4 - jdoe", "level=info 10.1.2.3 - jdoe", "10.9.9.9 vm - jdoe"),
)


@pytest.mark.parametrize("words", LEFT_OVERS)
@pytest.mark.parametrize("form", [COMMON, COMBINED, SQUID_COMMON], ids=lambda form: form.name)
def test_what_is_left_of_a_prefix_is_no_client_and_no_user(form: Format, words: str) -> None:
    tails = {"common": "", "combined": ' "-" "M"', "squid-common": " TCP_MISS:HIER_DIRECT"}
    good, line = (f"{front} {REQUEST}{tails[form.name]}" for front in ("10.1.2.3 - jdoe", words))
    assert form.reader.check(good, Layout()) is None
    assert form.reader.check(line, Layout()) is not None
    assert_agreement(form, [good, line])


def test_a_record_in_the_second_of_a_header_behind_a_prefix_is_no_header() -> None:
    (smoothwall,) = (form for form in FORMATS if form.name == "smoothwall")
    assert len(records(smoothwall, behind(PREFIXES["Kiwi, commas"], smoothwall.texts[0]))) == 1
