"""What syslog daemons, containers and collectors wrap around a line, taken off before it is read.

An envelope is a sequence of layers from the outside in, written as one string for `Layout.envelope`
("cri syslog tag", "json:message"). Opening it is tolerant: a line that lacks a layer is taken as it
is there, and its format decides. Which envelope a source has is for
`logan.formats.detect.detection`; nothing here knows a format.

Definitions: RFC 3164 section 4, RFC 5424 section 6, RFC 6587 section 3.4; rsyslog property replacer
(JSON templates) and "Reserved Template Names" (its file formats); journalctl(1), option `-o`; Kiwi
Syslog Server, "Log file formats"; systemd JSON export and systemd.journal-fields(7); Docker
json-file logging driver; Kubernetes CRI logging format (kubernetes/design-proposals-archive,
node/kubelet-cri-logging.md); Elastic Common Schema (`message`, `event.original`); Splunk export and
HTTP event collector (`_raw`, `event`); Grafana Loki HTTP API and logcli.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.envelope_layers import (
    OBJECT_LAYERS,
    Layer,
    LayerColumn,
    LayerMember,
    Lead,
    Prefix,
    raw_column,
)
from logan.formats.engine.fields import V4, V6
from logan.formats.engine.json_lines import OPENS, may_hold, parse, parsed
from logan.formats.engine.layout import Head

Lines = tuple[str, ...]

#: Layers within each other, the tag behind a syslog header and a PRI before it counted apart.
MAX_LAYERS: Final = 5
#: The share of lines that must have a layer before it is thought of.
_LEAST_SHARE: Final = 0.5

#: Of a frame with its octet count (RFC 6587, section 3.4.1), that count too; of Cisco's EMBLEM form
#: (`logging emblem`), the colon behind it.
_PRI: Final = "(?:(?:[1-9][0-9]{0,5} )?<[0-9]{1,3}>:? *)"
_ISO: Final = (
    "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,9})?"
    f"(?:Z|[+-][0-9]{{2}}:?[0-9]{{2}}| {clock.ZONE_NAME})?"
)
#: `Oct  9 22:33:20`; Cisco and some relays put the year before or behind the clock, some a zone.
_BSD: Final = (
    "[A-Z][a-z]{2} +[0-9]{1,2} (?:[0-9]{4} )?"
    "[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.][0-9]{1,9})?"
    f"(?: {clock.ZONE_NAME})?(?: [0-9]{{4}})?"
)
_STAMP: Final = f"(?:{_ISO}|{_BSD})"
#: The day of the week is written by ctime(3), OpenWrt's logread (the level is then the host) and
#: `journalctl -o short-full`.
_WEEKDAY: Final = "(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?"
_HEADED: Final = f"{_PRI}?{_WEEKDAY}"
_DATUM: Final = r' [^ =\]"]+="(?:[^"\\]|\\.)*"'
#: An element without data has a name that begins with a letter: no stamp in brackets is taken.
_STRUCTURED: Final = rf'(?:-|(?:\[[^ =\]"]+(?:{_DATUM})+\]|\[[A-Za-z][^ =\]":]*\])+)'
_WORD: Final = "[^ ]+"
#: Facility and level, as FreeBSD's syslogd writes them behind the stamp if told to (`-v`).
_FACILITY: Final = "[a-z0-9]+[.][a-z]+"
_KIWI: Final = r"[\t,][A-Za-z0-9]+\.[A-Za-z]+[\t,][^ \t,]+[\t,]"
#: An address or a name: no date (`2024-01-31`, `10-Jan-2024`), no epoch, no record in brackets.
_HOST: Final = (
    f"(?:<{_FACILITY}> )?"
    rf"(?:{V4}(?:[:/][0-9]+)?|{V6}|-|(?:[0-9]{{1,3}})?[A-Za-z_(](?:[^ ]*[^ :])?) +"
)
#: A second host, or a program's name that nothing ends: words that begin no record, nor its stamp.
_PLAIN_WORD: Final = (
    rf"(?:{V4}(?:[:/][0-9]+)?|{V6}|(?:[0-9]{{1,3}}[A-Za-z_]|[A-Za-z_.:/@()-])"
    r"(?:[A-Za-z0-9_.:/@()-]*[A-Za-z0-9_./@()-])?) +"
)


_MILLISECONDS: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}"
_LABEL: Final = r'[A-Za-z_][A-Za-z0-9_]*="(?:[^"\\]|\\.)*"'

#: How a line begins that may have any of the prefixes below. Its parts give nothing back: that is
#: for Python alone, and makes the usual line without a prefix cheap.
_MAY_BEGIN: Final = (
    r"<| |1 |[1-9][0-9]{0,5}+ <|[0-9]{4}-|[0-9]{2}-[0-9]{2}-[0-9]{4} |[0-9]{10}\.[0-9]{6} [^ 0-9]"
    r"|[0-9]{13}\t|\{[A-Za-z_}]|[A-Z]{4,8} +[A-Z][a-z]{2} |[A-Z][a-z]{2} |\[pod/|\[(?:ID )?[a-z0-9]"
    r"|[A-Za-z0-9_./@%()-]++(?:[\[:]| [0-9]++ \[)|[A-Za-z0-9_.-]++ ++\|"
)

LAYERS: Final[tuple[Layer, ...]] = (
    Prefix("cri", "container log prefix", "", _ISO, " std(?:out|err) [FP](?::[^ ]*)? "),
    Prefix(
        "syslog5424",
        "syslog header (RFC 5424)",
        f"{_PRI}?1 ",
        f"(?:-|{_ISO})",
        # RFC 5424 asks for one blank before the message; some write none, rsyslog two. Heroku
        # leaves the structured data out (devcenter.heroku.com/articles/log-drains).
        f" {_WORD} {_WORD} {_WORD} {_WORD} (?:{_STRUCTURED} *\ufeff?)?",
    ),
    # Of those that leave a record the first is taken. A header nearly always has its host, and what
    # is left of a record that lost its client is none.
    Prefix("syslog", "syslog header", _HEADED, _STAMP, f" +{_HOST}"),
    Prefix("stamp", "time stamp", _HEADED, _STAMP, ":? +"),
    Prefix("relay", "syslog header with two hosts", _HEADED, _STAMP, f" +{_HOST}{_PLAIN_WORD}"),
    # Its other orders of day and month are no clock: the question would be asked of every log
    Prefix("kiwi", "Kiwi Syslog Server's fields", "", _ISO, _KIWI),
    Prefix(
        "kiwi-date",
        "Kiwi Syslog Server's fields",
        f"[0-9]{{2}}-[0-9]{{2}}-[0-9]{{4}} [0-9:]{{8}}{_KIWI}",
    ),
    # journalctl -o short-unix; without a program behind the host it is Squid's own stamp
    Prefix(
        "unix",
        "journal header with seconds",
        "",
        r"[0-9]{10}\.[0-9]{6}",
        r" [^ ]+ [A-Za-z0-9_./@%()-]{1,64}(?:\[[^\] ]{0,64}\])?: +",
    ),
    Prefix("pri", "syslog priority", _PRI),
    # rsyslog's `msg`: the blank behind the tag belongs to the message (RFC 3164, section 4.1.3)
    Prefix("blank", "blank in front", " +"),
    # Solaris (msgid in front), and programs that name themselves without a colon
    Prefix(
        "facility",
        "facility and level",
        rf"(?:[A-Za-z0-9_./@-]+ [0-9]+ )?\[(?:ID [0-9]+ )?{_FACILITY}\] ",
    ),
    Prefix("tag", "program name", r"[A-Za-z0-9_./@%()-]{1,64}(?:\[[^\] ]{0,64}\]: ?|: +)"),
    # Fluentd's file output (docs.fluentd.org, out_file): time, tag, record
    Prefix("fluentd", "Fluentd's time and tag", "", _ISO, r"\t[A-Za-z0-9_.*-]{1,64}\t"),
    # Grafana's download as text (public/app/features/inspector/utils/download.ts), now and earlier
    Prefix("grafana", "Grafana's times", r"[0-9]{13}\t", _ISO, r"\t"),
    Prefix("grafana-date", "Grafana's time", "", _MILLISECONDS, r"\t"),
    # Tinyproxy's own log (src/log.c)
    Prefix("level", "level, stamp and process", "(?:[A-Z]{4,8}) +", _BSD, r" \[[0-9]+\]: "),
    # Loki's logcli, its output "default", behind a stamp
    Prefix("labels", "Loki's labels", rf"\{{(?:{_LABEL}(?:, *{_LABEL})*)?\}} +"),
    Prefix("compose", "container name", r"[A-Za-z0-9_.-]+ +\| "),
    Prefix("pod", "pod name", r"\[pod/[^\] ]+\] "),
    *OBJECT_LAYERS,
)
_BY_NAME: Final = {layer.name: layer for layer in LAYERS}

_Finds = Callable[[str], object]
#: What every line has that a layer of a kind is taken off.
_MAY_HAVE: Final[dict[type, _Finds]] = {
    Prefix: re.compile(_MAY_BEGIN).match,
    LayerMember: re.compile(OPENS).match,
    Lead: re.compile("|".join(layer.regex for layer in LAYERS if isinstance(layer, Lead))).match,
}


def layers(envelope: str | None) -> tuple[Layer, ...]:
    """The layers of an envelope, from the outside in."""
    return tuple(map(_named, envelope.split(" "))) if envelope else ()


def _named(name: str) -> Layer:
    if not name.startswith("csv:"):
        return _BY_NAME[name]
    at, count, stamp = name.removeprefix("csv:").split("/")
    return LayerColumn(int(at), int(count), int(stamp) if stamp else None)


def describe(envelope: str | None) -> str:
    """The layers in words, from the outside in; empty where there are none."""
    return ", ".join(layer.title for layer in layers(envelope))


def strip(line: str, envelope: str | None) -> str:
    """The line inside an envelope."""
    for layer in layers(envelope):
        line = layer.strip(line)
    return line


def inside(text: pl.Expr, envelope: str | None) -> pl.Expr:
    """`strip` as an expression."""
    for layer in layers(envelope):
        text = layer.opened(text)
    return text


def stamps(text: pl.Expr, envelope: str | None) -> list[pl.Expr]:
    """The stamps of an envelope as they stand, the innermost (the origin's) first."""
    found = []
    for layer in layers(envelope):
        stamp = layer.time(text)
        if stamp is not None:
            found.append(stamp)
        text = layer.opened(text)
    return found[::-1]


def envelopes(head: Head) -> Iterator[tuple[str | None, Head]]:
    """The envelopes that a head may have, the plain head first, each with the head inside it.

    Fewer layers come before more. Two envelopes that leave the same lines are one.
    """
    seen: set[Lines] = set()
    level: list[tuple[str | None, Head]] = [(None, head)]
    for _ in range(MAX_LAYERS + 1):
        yield from level
        deeper = list(_deeper(level))
        if not deeper:
            return
        seen.update(outer.lines for _, outer in level)
        level = [(name, inner) for name, inner in deeper if _new(inner.lines, seen)]


def _new(lines: Lines, seen: set[Lines]) -> bool:
    there = lines in seen
    seen.add(lines)
    return not there


def _deeper(level: list[tuple[str | None, Head]]) -> Iterator[tuple[str, Head]]:
    for envelope, head in level:
        column = None if envelope else raw_column(head.lines[0])
        shown = likely(head.lines)
        for layer in (*shown, column) if column else shown:
            lines = tuple(layer.strip(line) for line in head.lines)
            # A header without a message is no envelope: its line is the record.
            pairs = zip(head.lines, lines, strict=True)
            changed = sum(inner.strip() != "" and inner != line for line, inner in pairs)
            if changed and changed >= _LEAST_SHARE * len(lines):
                name = f"{envelope} {layer.name}" if envelope else layer.name
                yield name, Head(lines, head.numbers)


def likely(lines: Lines) -> list[Layer]:
    """The layers that half of the lines may have, by how these begin; those of a head's columns
    apart."""
    braced = "{" in "".join(lines)
    kinds = {
        kind
        for kind, finds in _MAY_HAVE.items()
        if (braced or kind is Prefix) and _half_may_have(lines, finds)
    }
    if not kinds:
        return []
    keys = _keys(lines) if LayerMember in kinds else {}
    return [
        layer
        for layer in LAYERS
        if type(layer) in kinds
        and (not isinstance(layer, LayerMember) or may_hold(keys, layer.path))
    ]


def may_begin_with_prefix(lines: pl.Series) -> pl.Series:
    """True where `likely` may find that a line begins as those with a prefix do.

    Of patterns without a part that gives nothing back, which Polars' engine has no sign for: they
    find as much, or more.
    """
    return lines.str.contains("^(?:" + re.sub(r"([+}])\+", r"\1", _MAY_BEGIN) + ")")


def _keys(lines: Lines) -> Mapping[str, object]:
    """The keys of the objects on a majority of lines: a layer of JSON is at one of them."""
    parse(lines)
    records = (parsed(line) for line in lines[: len(lines) // 2 + 1])
    return {key: None for record in records if record is not None for key in record}


def _half_may_have(lines: Lines, finds: _Finds) -> bool:
    """False where fewer lines have a thing than a layer must be taken off.

    A majority without it settles that; most heads have no such line at all.
    """
    if not any(map(finds, lines[: len(lines) // 2 + 1])):
        return False
    return sum(map(bool, map(finds, lines))) >= _LEAST_SHARE * len(lines)
