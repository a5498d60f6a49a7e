"""Logs as people found them, with the answers that the vendor's definition or a careful person gives.

Each file in `tests/reported` holds cases of one family of logs, most after public reports (`report`)
of others' trouble with such logs. A case has `log` or `files`, as `tests/test_cases.py` writes them (and
`parts`, one behind the other), what is told of them (`tz`, `year`, `date_order`, `squid_logformat`), and
what must come of it: `hits`, each with the columns that are sure, as text; `bins`, numbers of lines;
`incomplete`. `or` has other answers that are right too; `loud` says that an incomplete run without a hit
is one.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from logan.formats import FORMATS
from logan.formats.custom.squid_logformat import from_logformat
from logan.pipeline.scan import Settings, scan
from logan.result import ScanResult
from logan.rules.packs import load_rules
from tests.test_cases import content

RULES = load_rules()
REPORTED = Path(__file__).parent / "reported"
ANSWERS = {"year": "year", "date_order": "date-order"}
RIGHT = {"hits", "bins", "incomplete"}
KNOWN = (
    {"name", "report", "log", "files", "tz", "squid_logformat", "or", "loud"} | RIGHT | set(ANSWERS)
)


def load_cases() -> Iterator[Any]:
    for path in sorted(REPORTED.glob("*.yaml")):
        for case in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield pytest.param(case, id=case["name"])


def bytes_of(spec: Any) -> bytes:
    """The bytes of a file, which may be made of parts."""
    parts = spec.get("parts") if isinstance(spec, dict) else None
    return content(spec) if parts is None else b"".join(map(content, parts))


def scanned(case: Mapping[str, Any], folder: Path) -> ScanResult:
    for name, spec in case.get("files", {"access.log": case.get("log")}).items():
        (folder / name).write_bytes(bytes_of(spec))
    logformat = case.get("squid_logformat")
    return scan(
        Settings(
            (str(folder),),
            RULES,
            zones=[("*", case["tz"])] if "tz" in case else (),
            answers=[("*", ask, case[key]) for key, ask in ANSWERS.items() if key in case],
            formats=FORMATS if logformat is None else (from_logformat(logformat),),
        )
    )


def as_text(name: str, value: object) -> str:
    """A value as the cases write it."""
    if name == "time" and hasattr(value, "isoformat"):
        whole, _, fraction = value.isoformat().replace("+00:00", "").partition(".")
        return f"{whole}.{fraction.rstrip('0')}Z" if fraction else f"{whole}Z"
    return "" if value is None else str(value)


def faults(right: Mapping[str, Any], result: ScanResult) -> list[str]:
    """What of an answer is not so."""
    found = result.found.collect().to_dicts()
    hits = [{key: as_text(key, hit[key]) for key in hit} for hit in found if hit["bin"] == "hit"]
    wanted = right.get("hits", [])
    out = [] if len(hits) == len(wanted) else [f"{len(hits)} hits, not {len(wanted)}: {hits}"]
    for said in wanted:
        fitting = [hit for hit in hits if said.items() <= hit.items()]
        out += [] if fitting else [f"no hit {said} among {hits}"]
        hits = [hit for hit in hits if hit is not next(iter(fitting), None)]
    for name, lines in right.get("bins", {}).items():
        counted = sum(source.bins.get(name, 0) for source in result.sources)
        out += [] if counted == lines else [f"{name} {counted}, not {lines}"]
    incomplete = right.get("incomplete", False)
    return out if result.complete != incomplete else [*out, "incomplete, or not"]


@pytest.mark.parametrize("case", list(load_cases()))
def test_what_a_scan_makes_of_it(case: dict[str, Any], tmp_path: Path) -> None:
    assert set(case) <= KNOWN, "a key that nothing checks"
    result = scanned(case, tmp_path)
    answers = [{key: case[key] for key in RIGHT & set(case)}, *case.get("or", [])]
    if case.get("loud"):
        answers.append({"hits": [], "incomplete": True})
    found = [faults(right, result) for right in answers]
    assert [] in found, found[0]
