"""Hosts and addresses that are easy to confuse, and the prefilter's view of the same lines."""

from pathlib import Path

import hyperscan
import pytest

from logan.rules.load import load_packs
from logan.rules.model import Rules
from logan.rules.packs import bundled_packs
from logan.rules.per_line import tag
from logan.rules.request import requests_as_records
from logan.rules.triggers import triggers

TABLE = Path(__file__).with_name("confusing_requests.txt")
CASES = [
    tuple(line.split(" ", 2))
    for line in TABLE.read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load_packs(list(bundled_packs().values()))


def test_the_table_is_as_large_as_promised() -> None:
    assert len({request for _, _, request in CASES}) == len(CASES) > 200


def test_every_request_ends_in_its_bin(rules: Rules) -> None:
    found = tag(requests_as_records([request for _, _, request in CASES]), rules)
    wrong = [
        (request, row["bin"], row["service"], f"not {bin_} {service}")
        for (bin_, service, request), row in zip(CASES, found.iter_rows(named=True), strict=True)
        if (row["bin"], row["service"] or "-") != (bin_, service)
    ]
    assert wrong == []


def test_the_prefilter_passes_every_line_that_matters(rules: Rules) -> None:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    patterns = [pattern.encode() for pattern in triggers(rules)]
    flags = [hyperscan.HS_FLAG_CASELESS] * len(patterns)
    database.compile(expressions=patterns, flags=flags, ids=list(range(len(patterns))))
    missed = []
    for bin_, _, request in CASES:
        ends: list[int] = []
        database.scan(
            request.encode(), match_event_handler=lambda *match, to=ends: to.append(match[2])
        )
        if bin_ != "unrelated" and not ends:
            missed.append(request)
    assert missed == []
