"""What an audit is told to do: one TOML file, read whole, with every problem at once.

Which keys there are and what they mean is said in `language`; docs/audit.md has its table.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from logan.audit.configuration_values import (
    Checked,
    CommandWords,
    Duration,
    FilePath,
    LogGlob,
    PackName,
    Purpose,
    RetentionPeriod,
    RetentionValue,
    Surroundings,
    WrittenPath,
    ZoneName,
)
from logan.audit.subjects import SUBJECTS, Subject
from logan.config.shape import TOML, Entry, Key, ListOf, Record, Report
from logan.config.toml_nodes import parse_toml
from logan.config.values import Choice, Day, Flag, Text
from logan.config.yaml_nodes import MAX_BYTES
from logan.errors import ConfigurationError, Problem, UsageError

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

    def formats(self) -> tuple["Format", ...]:
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


_GATEWAY_NAME: Final = Text("[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,62}[A-Za-z0-9])?", "hq-squid")


def language(around: Surroundings) -> Record:
    """Every key of the file."""
    file, written, zone = FilePath(around), WrittenPath(around), ZoneName(around)
    reads = around.purpose >= Purpose.RUN
    formats = _check_formats if reads else _unchecked
    found_rules = _check_rules if reads else _unchecked
    gateway = {
        "name": Key(_GATEWAY_NAME, "what it is called in notices and metrics", required=True),
        "paths": Key(ListOf(LogGlob(around)), "its logs, globs too", required=True),
        "exclude": Key(ListOf(Text()), "globs of files and folders that are left out"),
        "tz": Key(zone, "zone of stamps that carry none; absent: that of the audit"),
        "format": Key(Text(), "the format of its logs; absent: detected by content"),
        "format_files": Key(ListOf(file), "mapping files that describe its logs"),
        "squid_logformat": Key(Text(), "a `logformat` as it stands in squid.conf"),
        "date_order": Key(Choice(("dmy", "mdy")), "of dates that a log does not decide"),
        "silence": Key(Duration(), "longer without a line is told"),
        "late": Key(Duration(), "lines older than the newest by more are told as late"),
    }
    tell = {
        "about": Key(ListOf(Choice(tuple(SUBJECTS))), "what is told", required=True),
        "run": Key(CommandWords(around), "a command; the text is its input", required=True),
        "names": Key(Flag(), "true: with users and addresses; absent: counts only"),
    }
    rules = {
        "packs": Key(ListOf(PackName()), "packs that come with logan, beside `facial-search`"),
        "files": Key(ListOf(file), "your rules, in place of `facial-search` unless `packs` has it"),
    }
    people = {
        "people": Key(file, "accounts, persons and units (docs/people.md)", required=True),
        "addresses": Key(file, "which account an address was, and when"),
        "authorisations": Key(file, "the register of authorisations"),
        "events": Key(file, "blocks, policies, declared gaps"),
        "date_order": Key(Choice(("dmy", "mdy")), "of dates that these files do not decide"),
    }
    keep = {
        "hits": Key(RetentionValue(), "hits, with names", required=True),
        "counts": Key(RetentionValue(), "counts, without names", required=True),
    }
    hold = {
        "reference": Key(Text(), "the request or case it is for", required=True),
        "user": Key(Text(), "whose hits are held"),
        "all": Key(Flag(), "true: all hits are held"),
        "until": Key(Day(), "last day of the hold; absent: it has no end"),
    }
    return Record(
        "the configuration",
        {
            "ledger": Key(written, "the audit's memory: a file that logan makes", required=True),
            "name": Key(Text(), "the force or estate it is about"),
            "tz": Key(zone, "zone of local days; absent: UTC"),
            "gateway": Key(
                Checked(ListOf(Checked(Record("a gateway", gateway), formats)), _check_names),
                "`[[gateway]]`: whose logs are read",
                required=True,
            ),
            "rules": Key(Checked(Record("`[rules]`", rules), found_rules), "what is watched"),
            "people": Key(Record("`[people]`", people), "who accounts are"),
            "tell": Key(ListOf(Record("a reader", tell)), "who hears of what"),
            "keep": Key(
                Checked(Record("`[keep]`", keep), _check_retention),
                "how long; no default: somebody must decide",
                required=True,
            ),
            "hold": Key(
                ListOf(Checked(Record("a hold", hold, ("user", "all")), _check_hold)),
                "what is not purged",
            ),
            "write": Key(
                Record("`[write]`", {"prometheus": Key(written, "a file of metrics")}),
                "files for other programs",
            ),
        },
    )


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


def _unchecked(entry: Entry, report: Report) -> None:
    """For who only asks: what logs are read by may be gone."""


def _check_names(gateways: Sequence[Entry], report: Report) -> None:
    seen: dict[str, int] = {}
    for one in gateways:
        name, line = one.values["name"], one.line_of("name")
        if (first := seen.setdefault(name.casefold(), line)) != line:
            message = f"a gateway `{name}` is on line {first} already"
            report.add(line, message, "Give each gateway a name of its own.")


def _check_hold(entry: Entry, report: Report) -> None:
    if entry.values.get("all") is False:
        report.add(entry.line_of("all"), "`all = false` holds nothing", "Name a `user`.")


#: Any day will do that is not at the end of a month.
_SOME_DAY: Final = datetime(2024, 6, 15, tzinfo=UTC)


def _check_retention(entry: Entry, report: Report) -> None:
    hits, counts = entry.values["hits"], entry.values["counts"]
    if counts.before(_SOME_DAY) > hits.before(_SOME_DAY):
        message = f"counts are kept for less ({counts}) than the hits they count ({hits})"
        report.add(entry.line_of("counts"), message, "Keep counts as long as hits, or longer.")


def _check_formats(entry: Entry, report: Report) -> None:
    gateway = _gateway(entry, None)
    line = entry.line_of("squid_logformat" if gateway.squid_logformat else "format")
    if gateway.format and gateway.squid_logformat:
        report.add(line, "has `format` and `squid_logformat`", "Give one of them.")
    elif gateway.format or gateway.squid_logformat or gateway.format_files:
        _add_faults(gateway.formats, line, report)


def _check_rules(entry: Entry, report: Report) -> None:
    from logan.rules.packs import load_rules

    chosen = RuleChoice(**entry.values)
    _add_faults(lambda: load_rules(chosen.files, chosen.packs), entry.line, report)


def _add_faults(make: Callable[[], object], line: int, report: Report) -> None:
    """What `make` refuses, as problems: with the places it names itself, else at `line`."""
    try:
        make()
    except ConfigurationError as error:
        report.problems.extend(error.problems)
    except UsageError as error:
        message, _, advice = str(error).removeprefix("--").partition(". ")
        report.add(line, message, advice or None)


def unheard(configuration: AuditConfiguration) -> tuple[Subject, ...]:
    """The subjects that no reader is told about."""
    told = {subject for reader in configuration.tell for subject in reader.about}
    return tuple(subject for subject in SUBJECTS if subject not in told)
