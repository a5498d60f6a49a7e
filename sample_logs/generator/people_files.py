"""The four files as a force has them: each written by another program, each as that one does."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date

from generator.people import EVENTS, GRANTS, LEASES, list_accounts


def make_people_files() -> dict[str, bytes]:
    """The files by name.

    people.csv comes from Windows PowerShell (`#TYPE`, every cell quoted), authorisations.csv from a
    British Excel (byte order mark, `;`, 31/03/2024), the others from scripts.
    """
    people = _write(
        ("account", "person", "unit", "role", "kind", "from", "until"),
        ([*row[:5], _iso(row.first), _iso(row.last)] for row in list_accounts()),
        quoting=csv.QUOTE_ALL,
    )
    addresses = _write(
        ("address", "account", "device", "from", "until", "origin"),
        (
            [*row[:3], *(f"{one:%Y-%m-%dT%H:%M:%SZ}" for one in (row.start, row.end)), "DHCP"]
            for row in LEASES
        ),
    )
    names = ("reference", "who", "service", "activity", "from", "until")
    authorisations = _write(
        (*names, "granted_by", "granted_on", "purpose"),
        (
            [
                *row[:4],
                *map(_british, (row.first, row.last)),
                row.granted_by,
                _british(row.granted_on),
                row.purpose,
            ]
            for row in GRANTS
        ),
        separator=";",
    )
    events = _write(("event", "service", "from", "until", "gateway", "note"), EVENTS)
    return {
        "people.csv": b"#TYPE Selected.System.Management.Automation.PSCustomObject\r\n" + people,
        "addresses.csv": addresses,
        "authorisations.csv": "\ufeff".encode() + authorisations,
        "events.csv": events,
    }


def _write(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    separator: str = ",",
    quoting: int = csv.QUOTE_MINIMAL,
) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, quoting=quoting, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _british(day: date | None) -> str:
    return day.strftime("%d/%m/%Y") if day else ""
