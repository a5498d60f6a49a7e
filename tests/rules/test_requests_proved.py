"""What single requests prove, and what they do not."""

from datetime import UTC, datetime
from pathlib import Path

from logan.rules.packs import load_rules
from logan.rules.per_line import tag
from logan.rules.request import requests_as_records
from logan.vocabulary import LOOKALIKE

TABLE = Path(__file__).with_name("requests_proved.txt")
WHEN = datetime(2026, 3, 3, 12, tzinfo=UTC)
CASES = [
    line.split(" ", 2)
    for line in TABLE.read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def test_every_request_is_called_as_a_careful_person_would() -> None:
    assert len({request for _, _, request in CASES}) == len(CASES) > 150
    found = tag(requests_as_records([request for *_, request in CASES], when=WHEN), load_rules())
    wrong = []
    for (expected, service, request), row in zip(CASES, found.iter_rows(named=True), strict=True):
        proves = row["activity"] or ("alike" if row["rule"] == LOOKALIKE else "-")
        called = f"{row['bin']}/{proves}", row["service"] or "-"
        if called != (expected, service):
            wrong.append((request, called, f"not {expected} {service}"))
    assert wrong == []
