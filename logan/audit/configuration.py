"""What an audit is told to do: one TOML file, read whole, with every problem at once.

Which keys there are is said in `logan.audit.configuration_language`; docs/audit.md has their table.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from logan.audit.configuration_language import language
from logan.audit.configuration_values import (
    Purpose,
    RetentionPeriod,
    Surroundings,
)
from logan.audit.subjects import SUBJECTS, Subject
from logan.config.shape import TOML, Entry, Report
from logan.config.toml_nodes import parse_toml
from logan.config.yaml_nodes import MAX_BYTES
from logan.errors import ConfigurationError, Problem

if TYPE_CHECKING:
    from logan.formats.engine.format import Format


class Gateway(NamedTuple):
    """Logs that one gateway writes, one after the other.

    `paths` are globs. `tz` is the zone of stamps without one; None: nobody named one. `format`,
    `format_files`, `squid_logformat` and `date_order` are those options of `logan scan`; None:
    detected by content.
    Longer than `silence` without a line is told; lines older than the newest by more than `late`
    are told as such; None: neither is. `line` is that of its entry.
    """

    name: str
    paths: tuple[str, ...]
    tz: str | None
    format: str | None
    silence: timedelta | None
    late: timedelta | None
    line: int
    exclude: tuple[str, ...] = ()
    format_files: tuple[Path, ...] = ()
    squid_logformat: str | None = None
    date_order: str | None = None

    def formats(self) -> Sequence["Format"]:
        """The formats that its logs may be in. Raises UsageError and ConfigurationError."""
        from logan.formats.choice import chosen_formats  # all formats: not for who only asks

        return chosen_formats(self.format, self.squid_logformat, self.format_files)


class RuleChoice(NamedTuple):
    """Which rules are used: bundled `packs`, and `files` (files or folders) of one's own.

    As with `logan scan`, files stand in place of the default pack, unless `packs` names it too.
    """

    packs: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()


class PeopleFiles(NamedTuple):
    """The list of people, and the files beside it; None where there is none.

    `date_order` settles dates in them that no row decides.
    """

    people: Path
    addresses: Path | None = None
    authorisations: Path | None = None
    events: Path | None = None
    date_order: str | None = None


class Recipient(NamedTuple):
    """Whom notices about `about` go to: to the standard input of `run`.

    Names of people stand in them only with `names`. `line` is that of its entry.
    """

    about: tuple[Subject, ...]
    run: tuple[str, ...]
    names: bool
    line: int


class Retention(NamedTuple):
    """How long hits (with names), and counts (without), are kept."""

    hits: RetentionPeriod
    counts: RetentionPeriod


class Hold(NamedTuple):
    """What must not be purged: hits of `user` (None: of everybody) up to the end of `until`.

    `until` is the last day of the hold, None where it has no end; `reference` says why.
    """

    reference: str
    user: str | None
    until: date | None


@dataclass(frozen=True)
class AuditConfiguration:
    """What an audit is told to do. Paths in it are absolute.

    `tz` is the zone of local days. `sha256` is that of the file's bytes.
    """

    path: Path
    sha256: str
    ledger: Path
    name: str | None
    tz: str
    gateways: tuple[Gateway, ...]
    rules: RuleChoice
    people: PeopleFiles | None
    tell: tuple[Recipient, ...]
    keep: Retention
    holds: tuple[Hold, ...]
    prometheus: Path | None


def read_configuration(path: Path, purpose: Purpose = Purpose.RUN) -> AuditConfiguration:
    """The configuration in `path`, checked as far as `purpose` needs.

    Raises `ConfigurationError` with every problem that was found, each with its line.
    """
    problems: list[Problem] = []
    content = _content(path)
    root = parse_toml(content, path=path, problems=problems)
    around = Surroundings(path, purpose, problems=[])
    entry = None
    if root is not None:
        report = Report(path, problems, TOML)
        entry = language(around).read(root, "configuration", report)
    problems += around.problems
    if problems or not isinstance(entry, Entry):
        raise ConfigurationError(sorted(problems, key=lambda one: one.line or 0))
    return _configuration(path, hashlib.sha256(content).hexdigest(), entry)


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        problem = Problem(path, None, f"cannot be read: {error.strerror}")
        raise ConfigurationError([problem]) from error


def _configuration(path: Path, sha256: str, entry: Entry) -> AuditConfiguration:
    values = entry.values
    people = values.get("people")
    write = values.get("write")
    return AuditConfiguration(
        path=path,
        sha256=sha256,
        ledger=values["ledger"],
        name=values.get("name"),
        tz=values.get("tz", "UTC"),
        gateways=tuple(_gateway(one, values.get("tz")) for one in values["gateway"]),
        rules=RuleChoice(**values["rules"].values) if "rules" in values else RuleChoice(),
        people=PeopleFiles(**people.values) if people else None,
        tell=tuple(_recipient(one) for one in values.get("tell", ())),
        keep=Retention(**values["keep"].values),
        holds=tuple(_hold(one) for one in values.get("hold", ())),
        prometheus=write.values.get("prometheus") if write else None,
    )


def _gateway(entry: Entry, zone: str | None) -> Gateway:
    optional = dict.fromkeys(("format", "silence", "late"))
    return Gateway(**{"tz": zone, **optional, **entry.values, "line": entry.line})


def _recipient(entry: Entry) -> Recipient:
    return Recipient(**{"names": False, **entry.values, "line": entry.line})


def _hold(entry: Entry) -> Hold:
    values = entry.values
    return Hold(values["reference"], values.get("user"), values.get("until"))


def unheard(configuration: AuditConfiguration) -> tuple[Subject, ...]:
    """The subjects that no reader is told about."""
    told = {subject for reader in configuration.tell for subject in reader.about}
    return tuple(subject for subject in SUBJECTS if subject not in told)
