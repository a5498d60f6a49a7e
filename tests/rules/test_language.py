"""The JSON Schema for editors says what the loader says."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from logan.rules.language import json_schema
from logan.rules.packs import bundled_packs
from tests.rules.packs_for_tests import SOUND, problems_of

jsonschema = pytest.importorskip("jsonschema", reason="needs `pip install jsonschema`")

RULES = Path(__file__).parents[2] / "rules"
Change = Callable[[dict[str, Any]], object]


def accepts(document: object) -> bool:
    return bool(jsonschema.Draft202012Validator(json_schema()).is_valid(document))


def as_editors_read(text: str) -> Any:
    """YAML with dates left as words, as the core schema of YAML 1.2 has it."""

    class Loader(yaml.SafeLoader):
        pass

    Loader.yaml_implicit_resolvers = {
        first: [(tag, regexp) for tag, regexp in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    return yaml.load(text, Loader)  # noqa: S506 - a safe loader without dates


def test_the_schema_is_itself_sound() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())


def test_the_file_beside_the_packs_is_current() -> None:
    """After a change: logan rules schema > rules/schema.json"""
    stored = json.loads((RULES / "schema.json").read_text(encoding="utf-8"))
    assert stored == json_schema()


@pytest.mark.parametrize("name", sorted(bundled_packs()))
def test_it_takes_every_bundled_pack(name: str) -> None:
    assert accepts(as_editors_read(bundled_packs()[name].read_text(encoding="utf-8")))


def _service(pack: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = pack["services"][0]
    return found


def _signature(pack: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = _service(pack)["signatures"][0]
    return found


CHANGES: dict[str, Change] = {
    "nothing": dict.copy,
    "an unknown key": lambda pack: pack.update(titel="x"),
    "an unknown key in a service": lambda pack: _service(pack).update(nam="x"),
    "an unknown key in a signature": lambda pack: _signature(pack).update(methd=["GET"]),
    "no name": lambda pack: _service(pack).pop("name"),
    "no tests of a signature": lambda pack: _signature(pack).pop("match"),
    "no activity": lambda pack: _signature(pack).pop("activity"),
    "another activity": lambda pack: _signature(pack).update(activity="visit"),
    "a number for a name": lambda pack: _service(pack).update(name=7),
    "an empty name": lambda pack: _service(pack).update(name=""),
    "an upper-case domain": lambda pack: _service(pack).update(domains=["Alpha.example"]),
    "an address for a domain": lambda pack: _service(pack).update(
        domains=["https://alpha.example"]
    ),
    "a label that begins with a hyphen": lambda pack: _service(pack).update(domains=["-a.example"]),
    "no domain in the list": lambda pack: _service(pack).update(domains=[]),
    "a domain twice": lambda pack: _service(pack).update(domains=["a.example", "a.example"]),
    "a priority too high": lambda pack: _signature(pack).update(priority=101),
    "a priority in words": lambda pack: _signature(pack).update(priority="high"),
    "a flag in words": lambda pack: _signature(pack).update(method_needed="yes"),
    "a flag": lambda pack: _signature(pack).update(method_needed=True),
    "a status as a number": lambda pack: _signature(pack).update(status=[200, "4xx"]),
    "no status": lambda pack: _signature(pack).update(status=[99]),
    "two kinds of host": lambda pack: _signature(pack).update(
        host="alpha.example", domain="alpha.example"
    ),
    "one kind of host": lambda pack: _signature(pack).update(host="alpha.example"),
    "a host of two kinds": lambda pack: _service(pack)["hosts"][0].update(host_re="a"),
    "a host of no kind": lambda pack: _service(pack)["hosts"][0].pop("host"),
    "a query": lambda pack: _signature(pack).update(query={"id": "[0-9]+"}),
    "an empty query": lambda pack: _signature(pack).update(query={}),
    "a year for a date": lambda pack: pack["sources"]["DOC"].update(date=2024),
    "words for a date": lambda pack: pack["sources"]["DOC"].update(date="spring"),
    "an address without a scheme": lambda pack: pack["sources"]["DOC"].update(url="docs.example"),
    "a service in place of the list": lambda pack: pack.update(services=_service(pack)),
    "no services": lambda pack: pack.update(services=[]),
    "a size": lambda pack: _signature(pack).update(bytes_sent={"min": 1}),
    "half a size": lambda pack: _signature(pack).update(bytes_sent={}),
    "furniture": lambda pack: pack.update(furniture=["a.example/x", "b.example"]),
    "furniture with a scheme": lambda pack: pack.update(furniture=["http://a.example"]),
    "a day": lambda pack: _service(pack).update(valid_from="2024-01-01"),
    "no day": lambda pack: _service(pack).update(valid_from="yesterday"),
    "a tracker's page": lambda pack: _signature(pack).update(
        page={"param": "dl", "referrer": True}
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_it_takes_and_refuses_what_the_loader_does(name: str) -> None:
    document = as_editors_read(SOUND)
    CHANGES[name](document)
    problems = problems_of(yaml.safe_dump(document, sort_keys=False))
    assert accepts(document) is (not problems), [str(problem) for problem in problems]
