"""Turns rule files into packs; reports everything wrong with all of them at once.

Each file is read by the tables of `logan.rules.language`; what must hold between entries and
between packs is in `logan.rules.checks`. Sigma rules and STIX bundles have loaders of their own.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logan.config.shape import BAD, Entry, Report
from logan.config.yaml_nodes import Node, only_document, parse_documents, read_documents
from logan.errors import ConfigurationError, Problem
from logan.rules.checks import check_packs
from logan.rules.language import PACK
from logan.rules.model import NO_DEFAULT, FactSource, Host, Pack, Rules, Service, ServiceTests, Site
from logan.rules.sigma.kind import is_sigma
from logan.rules.signature import ImpliedSearch, Signature
from logan.vocabulary import UnknownSearch

if TYPE_CHECKING:
    from logan.rules.sigma.rule import SigmaRule


def load_packs(paths: Sequence[Path]) -> Rules:
    """The packs, Sigma rules and STIX bundles in these files, checked alone and together.

    Raises `ConfigurationError` with every problem, in the order of files and lines.
    """
    problems: list[Problem] = []
    packs: list[Pack] = []
    sigma: list[SigmaRule] = []
    for path in paths:
        if path.suffix == ".json":
            from logan.rules.stix.indicators import read_bundle  # most scans have none

            packs += read_bundle(path, problems)
        else:
            _sort_in(read_documents(path, problems), path, (packs, sigma, problems))
    return _checked(packs, sigma, problems)


def load_text(text: str, *, path: str = "<text>") -> Rules:
    """As `load_packs`, for one pack, or for Sigma rules, given as text."""
    problems: list[Problem] = []
    packs: list[Pack] = []
    sigma: list[SigmaRule] = []
    documents = parse_documents(text.encode(), path=path, problems=problems)
    _sort_in(documents, path, (packs, sigma, problems))
    return _checked(packs, sigma, problems)


_Found = tuple[list[Pack], list["SigmaRule"], list[Problem]]


def _sort_in(documents: list[Node], path: Path | str, found: _Found) -> None:
    packs, sigma, problems = found
    if any(map(is_sigma, documents)):
        from logan.rules.sigma.load import read_rules  # most scans have none

        sigma += read_rules(documents, Report(path, problems))
        return
    node = only_document(documents, path, problems)
    if node is not None and (pack := _read_pack(node, path, problems)) is not None:
        packs.append(pack)


def _checked(packs: list[Pack], sigma: list["SigmaRule"], problems: list[Problem]) -> Rules:
    problems += check_packs(packs)
    arranged = _arranged(sigma, problems)
    if problems:
        order = sorted(problems, key=lambda problem: (str(problem.path), problem.line or 0))
        raise ConfigurationError(order)
    return Rules(tuple(packs), arranged)


def _arranged(sigma: list["SigmaRule"], problems: list[Problem]) -> tuple["SigmaRule", ...]:
    if not sigma:
        return ()
    from logan.rules.sigma.load import arrange

    return arrange(sigma, problems)


def _read_pack(node: Node, path: Path | str, problems: list[Problem]) -> Pack | None:
    report = Report(path, problems)
    entry = PACK.read(node, "the file", report)
    return None if entry is BAD else _pack(entry, path)


def _pack(entry: Entry, path: Path | str) -> Pack:
    values = entry.values
    sources: Mapping[str, Entry] = values.get("sources", {})
    return Pack(
        name=values["pack"],
        title=values["title"],
        version=values["version"],
        checked=values["checked"],
        path=path,
        sources={key: FactSource(id=key, **source.values) for key, source in sources.items()},
        services=tuple(_service(service, path) for service in values.get("services", ())),
        furniture=values.get("furniture", ()),
        leads_to=tuple(values["leads_to"].values.items()) if "leads_to" in values else (),
        sites=tuple(Site(**site.values) for site in values.get("sites", ())),
    )


def _service(entry: Entry, path: Path | str) -> Service:
    values: dict[str, Any] = dict(entry.values)
    default = values.pop("default", "page")
    signatures = [_signature(signature) for signature in values.pop("signatures", ())]
    tests = values.pop("tests", None)
    unknown = values.pop("search_unknown", None)
    return Service(
        path=path,
        line=entry.line,
        default=None if default == NO_DEFAULT else default,
        hosts=tuple(_host(host) for host in values.pop("hosts", ())),
        signatures=tuple(sorted(signatures, key=lambda signature: -signature.priority)),
        search_unknown=UnknownSearch(**unknown.values) if unknown else None,
        tests=ServiceTests(**tests.values) if tests else ServiceTests(),
        **values,
    )


def _host(entry: Entry) -> Host:
    return Host(**{"host": None, "host_re": None, "role": None, **entry.values})


def _signature(entry: Entry) -> Signature:
    values: dict[str, Any] = dict(entry.values)
    size = values.pop("bytes_sent", None)
    page = values.pop("page", None)
    new_by = values.pop("new_by", None)
    implied = values.pop("implies_search", None)
    return Signature(
        line=entry.line,
        bytes_sent_min=size.values["min"] if size else None,
        page_param=page.values.get("param") if page else None,
        page_referrer=page.values.get("referrer", False) if page else False,
        new_by_param=new_by.values.get("param") if new_by else None,
        new_by_path=new_by.values.get("path", False) if new_by else False,
        implies_search=ImpliedSearch(**implied.values) if implied else None,
        query=tuple(values.pop("query", {}).items()),
        inferred=values.pop("inferred", values["confidence"] == "inference"),
        **values,
    )
