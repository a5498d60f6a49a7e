"""Cuts a Squid `logformat` into pieces of a pattern, as Squid itself cuts it.

Definition: squid.conf.documented, `logformat` (codes, widths, encodings); how values are encoded
inside literal quotes and brackets: Squid's src/format/Token.cc and Format.cc.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from logan.errors import UsageError
from logan.formats.engine.pattern import Piece

_WORD: Final = "[^ ]+"
_NUMBER: Final = "-?[0-9]+|-"
_UPPER: Final = "[A-Z][A-Z_0-9]*|-"
_STATUS: Final = "[0-9]{1,3}|-"
_ADDRESS: Final = r"[A-Za-z0-9_.:%\[\]-]+"
_METHOD: Final = "[A-Za-z0-9_:-]+"
#: A user as Squid was given it (its `LOG_QUOTE_NONE` changes nothing), up to eight words.
_NAME: Final = "[^ ]+(?: [^ /]+){0,7}?"
USERS: Final = ("user", "login", "external user", "certificate user", "ident")
_STAMP: Final = "stamp"
#: Codes that logan has a use for: the field each stands for, and what its value looks like.
CODES: Final[dict[str, tuple[str, str]]] = {
    "ts": ("seconds", "[0-9]+"),
    "tu": ("subsecond", "[0-9]+"),
    "tS": ("start", r"[0-9]+\.[0-9]+"),
    "tl": ("local time", _STAMP),
    "tg": ("gmt time", _STAMP),
    "tr": ("elapsed", _NUMBER),
    ">a": ("client", _ADDRESS),
    ">A": ("client name", _ADDRESS),
    ">p": ("client port", _NUMBER),
    "un": ("user", _WORD),
    "ul": ("login", _WORD),
    "ue": ("external user", _WORD),
    "us": ("certificate user", _WORD),
    "ui": ("ident", _WORD),
    ">Hs": ("status", _STATUS),
    "Hs": ("status", _STATUS),
    "<Hs": ("server status", _STATUS),
    "Ss": ("result code", _UPPER),
    "Sh": ("hierarchy", _UPPER),
    "<a": ("server", _ADDRESS),
    "<A": ("server name", _ADDRESS),
    "rm": ("method", _METHOD),
    ">rm": ("method", _METHOD),
    "ru": ("url", _WORD),
    ">ru": ("url", _WORD),
    ">rs": ("scheme", "[A-Za-z][A-Za-z0-9+.-]*|-"),
    ">rd": ("host", r"\[[^\] ]*\]|[^ :/]+"),
    ">rP": ("port", _NUMBER),
    "rp": ("path", _WORD),
    ">rp": ("path", _WORD),
    "rv": ("version", _WORD),
    "<st": ("reply bytes", _NUMBER),
    ">st": ("request bytes", _NUMBER),
    "mt": ("mime type", _WORD),
    "ssl::>sni": ("server name indication", _WORD),
    "tls::>sni": ("server name indication", _WORD),
    "ssl::bump_mode": ("bump mode", "[a-z-]+"),
}
_HEADERS: Final = {"referer": "referrer", "user-agent": "user agent", "host": "host header"}
#: Other codes, so that a longer one is never read as a shorter one with letters behind it.
_OTHER_CODES: Final = (
    "err_code err_detail byte note master_xaction request_attempts busy_time credentials et ea sn "
    "st lp la >eui >la >lp <la <lp <p <pt <tt dt <bs <sH <sS <sh >sh <rm <ru <rs <rd <rP <rp "
    "<rv >rv >qos <qos >nfmark <nfmark >handshake >h <h >ha"
)
_KNOWN: Final = "|".join(
    re.escape(code) for code in sorted((*CODES, *_OTHER_CODES.split()), key=len, reverse=True)
)
_TOKEN: Final = re.compile(
    r"(?P<percent>%%)|%(?P<quote>[\"\[#/']?)(?P<left>-?)(?P<width>0?[0-9]*)(?:\.[0-9]+)?"
    r"(?:\{(?P<arg>[^}]*)\})?"
    rf"(?P<code>[a-z_]+::[<>]?[A-Za-z_]+|{_KNOWN}|[<>]?[A-Za-z_]+)"
    r"(?:\{(?P<late>[^}]*)\})?|(?P<text>[^%]+|%)"
)
_STRFTIME: Final = {
    **dict.fromkeys("dmyHMSI", "[0-9]{2}"),
    **dict.fromkeys("bha", "[A-Za-z]{3}"),
    "e": "[ 0-9][0-9]",
    "Y": "[0-9]{4}",
    "T": "[0-9]{2}:[0-9]{2}:[0-9]{2}",
    "F": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "p": "[AaPp][Mm]",
    "z": "[+-][0-9]{4}",
    "Z": "[A-Za-z]+",
}
_CLF_STAMP: Final = "%d/%b/%Y:%H:%M:%S %z"


@dataclass(frozen=True, slots=True)
class LogformatToken:
    """A literal (`field` None), or a code with what its value looks like in this place."""

    field: str | None
    regex: str
    stamp: str = ""
    quoting: str = ""


def _stamp_regex(form: str) -> str:
    """What a strftime format writes, as a regular expression."""
    unknown = [found for found in re.findall("%(.)", form) if found not in _STRFTIME]
    if unknown:
        raise UsageError(
            f"--squid-logformat: the time format {form!r} uses %{unknown[0]}, which logan does not "
            f"read; it reads {' '.join('%' + code for code in _STRFTIME)}"
        )
    parts = re.split("%(.)", form)
    return "".join(_STRFTIME[part] if at % 2 else re.escape(part) for at, part in enumerate(parts))


def _stamp_of(field: str, form: str) -> str:
    """What a stamp looks like. Squid writes that of GMT without the offset of the local one."""
    if form or field != "gmt time":
        return _stamp_regex(form or _CLF_STAMP)
    return _stamp_regex(_CLF_STAMP.removesuffix(" %z")) + r"(?: \+0000)?"


def tokens(logformat: str) -> Iterator[LogformatToken]:
    """The literals and codes of a logformat, in order.

    A quote or bracket in the text around a code decides how its value is encoded, unless the code
    says so itself. Raises UsageError for a time format that logan does not read.
    """
    around = ""
    for found in _TOKEN.finditer(logformat):
        if found.group("code") is None:
            text = "%" if found.group("percent") else found.group(0)
            around = _around(around, text)
            yield LogformatToken(None, re.escape(text))
            continue
        token = _coded(found.group("code").removeprefix("http::"), found)
        token = replace(token, quoting=found.group("quote") or around)
        pad = LogformatToken(None, " *")
        padded = found.group("width") not in ("", None)
        yield from ([pad] if padded and not found.group("left") else [])
        yield token
        yield from ([pad] if padded and found.group("left") else [])


def _around(around: str, text: str) -> str:
    """The quoting in force behind a piece of literal text."""
    for char in text:
        if char == '"' and around in ("", '"'):
            around = "" if around else '"'
        elif char == "[" and not around:
            around = "["
        elif char == "]" and around == "[":
            around = ""
    return around


def _coded(code: str, found: re.Match[str]) -> LogformatToken:
    """What a code stands for, with its argument."""
    arg = found.group("arg") or found.group("late") or ""
    if code in (">h", ">ha") and arg:
        return LogformatToken(_HEADERS.get(arg.lower(), f"header {arg}"), _WORD)
    field, regex = CODES.get(code, (f"%{code}", _WORD))
    if regex is _STAMP:
        return LogformatToken(field, _stamp_of(field, arg), arg or _CLF_STAMP)
    return LogformatToken(field, regex)


def _value(token: LogformatToken, following: str, *, blanks: bool) -> str:
    """The regular expression of a value, given the literal text that follows it.

    `blanks`: the value is written as it came and may hold them.
    """
    if token.regex is not _WORD:
        return token.regex
    if token.quoting == '"':
        return r"(?:[^\"\\]|\\.)*"
    if token.quoting == "[" and following.startswith("]"):
        return r"[^\[\]]*"
    if token.quoting == "[":  # spaces are not encoded; outside of brackets the next field ends it
        return r"[^ \[\]]+(?: [^ /\[\]]+){0,7}?"
    if following in ("", " ") or following.startswith(" "):
        return _NAME if blanks else _WORD
    if blanks:
        return f"[^{re.escape(following[0])}]+"
    lazy = token.field in ("url", "path", "referrer", "user agent")
    return "[^ ]+?" if lazy else f"[^ {re.escape(following[0])}]+"


def pieces(tokens: Sequence[LogformatToken]) -> Iterator[Piece]:
    """The tokens as pieces of a pattern; a field that comes twice is numbered the second time."""
    taken: set[str] = set()
    # Of two names with blanks beside each other nobody could tell where the first one ends.
    raw = [token for token in tokens if token.field in USERS and token.quoting in ("", "'")]
    for at, token in enumerate(tokens):
        if token.field is None:
            yield Piece(None, re.sub(r"(?:\\ )+", " +", token.regex))
            continue
        rest = tokens[at + 1] if at + 1 < len(tokens) else None
        following = rest.regex.replace("\\", "") if rest and rest.field is None else ""
        name = token.field if token.field not in taken else f"{token.field} {at}"
        taken.add(token.field)
        yield Piece(name, _value(token, following, blanks=[token] == raw))
