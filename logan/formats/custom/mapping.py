"""Mapping files: logs that logan does not know, described in YAML and read like any other.

A file is checked as strictly as rules are: unknown keys, fields that no line has, a zone that does
not exist and samples that do not come out as they say are all reported at once, with their place.
"""

from collections.abc import Sequence
from pathlib import Path

from logan.config.shape import Entry, Report
from logan.config.yaml_nodes import Node, parse_yaml, read_yaml
from logan.errors import ConfigurationError, Problem
from logan.formats.custom.mapping_checks import check_mapping, check_near_misses, check_samples
from logan.formats.custom.mapping_columns import columns_of, tunnels_of
from logan.formats.custom.mapping_language import MAPPING
from logan.formats.custom.mapping_lines import reader_of
from logan.formats.engine.format import Format, Sample


def load_format(path: Path) -> Format:
    """The format that a mapping file describes. Raises ConfigurationError with every problem."""
    problems: list[Problem] = []
    node = read_yaml(path, problems)
    return _loaded(node, path, problems)


def load_text(text: str, *, path: str = "<text>") -> Format:
    """As `load_format`, for a mapping given as text."""
    problems: list[Problem] = []
    node = parse_yaml(text.encode(), path=path, problems=problems)
    return _loaded(node, path, problems)


def _loaded(node: Node | None, path: Path | str, problems: list[Problem]) -> Format:
    report = Report(path, problems)
    entry = MAPPING.read(node, "the file", report) if node is not None else None
    if isinstance(entry, Entry):
        check_mapping(entry, report)
    if problems or not isinstance(entry, Entry):
        raise ConfigurationError(problems)
    form = _format(entry, path)
    check_samples(form, entry, report)
    check_near_misses(form, entry, report)
    if problems:
        raise ConfigurationError(problems)
    return form


def _format(entry: Entry, path: Path | str) -> Format:
    values = entry.values
    zone = values["columns"].values["time"].values.get("zone")
    return Format(
        name=values["format"],
        title=values["title"],
        definition=values.get("definition", f"the mapping file {path}"),
        reader=reader_of(values),
        learns=None if zone is None else lambda layout, _records: layout._replace(zone=zone),
        columns=columns_of(values),
        tunnels=tunnels_of(values["tunnels"]),
        note=values.get("note", ""),
        rank=9,
        samples=tuple(Sample(sample.values["line"]) for sample in values["samples"]),
        near_misses=tuple(values.get("near_misses", ())),
    )


def load_formats(paths: Sequence[Path], known: Sequence[Format]) -> tuple[Format, ...]:
    """The formats of several mapping files. Raises ConfigurationError; names must be new."""
    problems: list[Problem] = []
    names = {form.name for form in known}
    found: list[Format] = []
    for path in paths:
        try:
            form = load_format(path)
        except ConfigurationError as error:
            problems += error.problems
            continue
        if form.name in names:
            problems.append(Problem(path, None, f"there is a format `{form.name}` already"))
        names.add(form.name)
        found.append(form)
    if problems:
        raise ConfigurationError(problems)
    return tuple(found)
