"""Sophos Central: events of endpoints about web sites, as JSON and as CEF.

Definition: developer.sophos.com, SIEM Integration, Events; Sophos-Central-SIEM-Integration
(`siem.py`: `when` is written as `end`, `created_at` as `rt`, `source` as `suser`, `location` as
`dhost`, the machine; times are UTC). The address stands in the event's words: `'...' blocked due to
category`, `Access was blocked to "..." because of`, `User bypassed category block to '...'`. What
was let through without a word is in no event.
"""

from typing import Final

import polars as pl

from logan.formats.engine.cef import CefEvent
from logan.formats.engine.columns import NOT_LOGGED, Columns
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.reader import Aliases
from logan.formats.engine.stamps import iso_utc
from logan.formats.engine.values import Cells, matched, unless

_EVENT: Final = "^Event::[A-Z][A-Za-z:]+$"
_WEB: Final = "^Event::Endpoint::Web"
#: What was done, and to which address, by the events' words.
_QUOTED: Final = """(?:'([^']+)'|"([^"]+)")"""
_FIRST: Final = f"^{_QUOTED} ([a-z]+) due to "
#: A decision behind the quote that ends an address; of two, a user may have written the first.
_DECISION: Final = """['"] [^ ]+ due to """
_AFTERWARDS: Final = (
    f"^(Access (?:was|has been) blocked|User bypassed [a-z]+ (?:block|warning)) to {_QUOTED}"
)


def _sentence(cell: Cells) -> pl.Expr:
    """The event's words; nothing where an address holds the words for a decision too."""
    once = cell["event words"].str.count_matches(_DECISION) <= 1
    return pl.when(once).then(cell["event words"])


def _address(cell: Cells) -> pl.Expr:
    words = cell["words"]
    return pl.coalesce(
        *(words.str.extract(_FIRST, group) for group in (1, 2)),
        *(words.str.extract(_AFTERWARDS, group) for group in (2, 3)),
    )


def _verdict(cell: Cells) -> pl.Expr:
    words = cell["words"]
    return pl.coalesce(words.str.extract(_FIRST, 3), words.str.extract(_AFTERWARDS, 1))


_COLUMNS: Final = Columns(
    time=iso_utc("stamp"),
    user="person",
    client_ip=("address", "machine"),
    action=matched(_verdict, allowed="allowed|user bypassed.*", blocked="blocked|access.* blocked"),
    url=_address,
    repeat=unless(lambda cell: cell["kind"].str.contains(_WEB), "no request: another event"),
    derived={"words": _sentence},
)
_NAMES: Final[Aliases] = {
    "stamp": ("end", "when", "rt", "created_at"),
    "person": ("suser", "source"),
    "machine": ("dhost", "location"),
}
_TITLE: Final = "Sophos Central endpoint events"
_DEFINITION: Final = "developer.sophos.com, SIEM Integration, Events"
_NOTE: Final = (
    "Only what was stopped, or gone on to past a warning; requests let through have no line."
)
_LINE: Final = (
    '{"severity":"low","type":"Event::Endpoint::WebFilteringBlocked","endpoint_type":"computer",'
    '"endpoint_id":"e1","source_info":{"ip":"10.1.2.3"},"customer_id":"c1","name":"Access was '
    'blocked to \\"www.example.com\\" because of \\"Rule\\".","id":"i1","group":"WEB",'
    '"datastream":"event","end":"2024-04-25T09:35:54.000Z","suser":"FORCE\\\\jdoe",'
    '"rt":"2024-04-25T09:40:55.764Z","dhost":"WS-12"}'
)
_RAW: Final = (
    '{"when":"2024-04-25T09:35:54.000Z","id":"i2","source":"FORCE\\\\jdoe","created_at":'
    '"2024-04-25T09:40:55.764Z","customer_id":"c1","severity":"low","endpoint_id":"e1",'
    '"endpoint_type":"computer","group":"WEB","location":"WS-12","type":'
    '"Event::Endpoint::WebControlViolation","name":"User bypassed category block to '
    "'https://www.example.com/a?b=c' due to category 'News'\"}"
)
JSON: Final = Format(
    name="sophos-central",
    title=f"{_TITLE}, JSON",
    definition=_DEFINITION,
    reader=JsonObject(
        (
            need("type", regex=_EVENT),
            need("name"),
            need("endpoint_id", "endpoint_type", "customer_id"),
            need("end", "when", "rt", "created_at", regex="^[0-9]{4}-"),
        ),
        aliases={
            **_NAMES,
            "kind": ("type",),
            "event words": ("name",),
            "address": ("source_info.ip",),
        },
    ),
    columns=_COLUMNS,
    tunnels=NOT_LOGGED,
    note=_NOTE,
    rank=7,
    samples=(
        Sample(
            _LINE,
            "time=2024-04-25T09:35:54Z user=FORCE\\jdoe client_ip=10.1.2.3 url=www.example.com"
            " action=blocked evidence=connect",
        ),
        Sample(
            _RAW,
            "time=2024-04-25T09:35:54Z user=FORCE\\jdoe client_ip=ws-12"
            " url=https://www.example.com/a?b=c action=allowed evidence=url",
        ),
    ),
    near_misses=(
        _LINE.replace("Event::", "Incident::"),
        '{"type":"Event::Endpoint::UpdateSuccess","name":"Update succeeded"}',
    ),
)
_CEF_LINE: Final = (
    "CEF:0|sophos|sophos central|1.0|Event::Endpoint::WebControlViolation|"
    "'www.example.com/a' blocked due to category 'News'|1|end=2024-04-25T09:35:54.000Z "
    "suser=FORCE\\\\jdoe rt=2024-04-25T09:40:55.764Z dhost=WS-12 source_info_ip=10.1.2.3 "
    "endpoint_id=e1 endpoint_type=computer customer_id=c1 group=WEB id=i3"
)
CEF: Final = Format(
    name="sophos-central-cef",
    title=f"{_TITLE}, CEF",
    definition=_DEFINITION,
    reader=CefEvent(
        needs={
            "@vendor": "(?i)sophos",
            "@signature": _EVENT,
            # Bars in the event's words are escaped: behind one that is not, this is no number.
            "@severity": "[0-9]+",
            "end|rt": "[0-9]{4}-.*",
        },
        aliases={
            **_NAMES,
            "kind": ("@signature",),
            "event words": ("@name",),
            "address": ("source_info_ip",),
        },
    ),
    columns=_COLUMNS,
    tunnels=NOT_LOGGED,
    note=_NOTE,
    rank=6,
    samples=(
        Sample(
            _CEF_LINE,
            "time=2024-04-25T09:35:54Z user=FORCE\\jdoe client_ip=10.1.2.3"
            " url=www.example.com/a action=blocked evidence=url",
        ),
    ),
    near_misses=(
        _CEF_LINE.replace("Event::", "Alert::"),
        _CEF_LINE.replace("|sophos|", "|example|"),
    ),
)
