"""Sysmon's look-ups (event 22) as the XML in which Windows keeps and exports them.

Definition: see `logan.formats.vendors.sysmon`.
"""

from dataclasses import replace
from typing import Final

from logan.formats.engine.format import Sample
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pattern import Piece
from logan.formats.engine.values import Derivation
from logan.formats.vendors.sysmon import COLUMNS, FOUND, SYSMON

_LINE: Final = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider "
    "Name='Microsoft-Windows-Sysmon' Guid='{5770385f-c22a-43e0-bf4c-06f5698ffbd9}'/>"
    "<EventID>22</EventID><Version>5</Version><TimeCreated SystemTime='2024-01-10T13:55:37Z'/>"
    "<Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>ws12.force.example</Computer>"
    "</System><EventData><Data Name='RuleName'>-</Data><Data Name='UtcTime'>2024-01-10 13:55:36.123"
    "</Data><Data Name='ProcessId'>712</Data><Data Name='QueryName'>www.example.com</Data><Data "
    "Name='QueryStatus'>0</Data><Data Name='Image'>C:\\msedge.exe</Data><Data Name='User'>"
    "FORCE\\jdoe</Data></EventData></Event>"
)
_NAME: Final = "<Data Name=['\"]{}['\"]>"


def _of_xml(name: str) -> Derivation:
    """A field behind the stamp."""
    return lambda cell: cell["rest"].str.extract(f"{_NAME.format(name)}([^<]+)", 1)


XML: Final = replace(
    SYSMON,
    name="sysmon-xml",
    title="Sysmon look-ups (event 22), XML",
    reader=LinePattern(
        pieces=(
            Piece("opening", "[ \t]*<Event(?: [^>]*)?>[ \t]*"),
            Piece("system", "<System>.*?"),
            Piece(None, "Microsoft-Windows-Sysmon"),
            Piece("between", ".*?"),
            Piece(None, "<Computer>"),
            Piece("computer", "[^<]*"),
            Piece(None, "</Computer>"),
            Piece("behind", ".*?"),
            Piece("stamp name", _NAME.format("UtcTime")),
            Piece("UtcTime", r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:.]+"),
            Piece(None, "</Data>"),
            Piece("rest", ".*"),
        )
    ),
    columns=replace(
        COLUMNS,
        derived={"QueryName": _of_xml("QueryName"), "User": _of_xml("User")},
    ),
    samples=(Sample(_LINE, FOUND),),
    near_misses=(
        _LINE.replace("Microsoft-Windows-Sysmon", "Microsoft-Windows-Security-Auditing"),
        _LINE.replace("UtcTime", "Time"),
    ),
)
