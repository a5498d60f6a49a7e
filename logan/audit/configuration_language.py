"""The language of the audit's configuration: every key, and what keys mean together."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from logan.audit.configuration_paths import CommandWords, FilePath, LogGlob, WrittenPath
from logan.audit.configuration_values import (
    Checked,
    Duration,
    PackName,
    Purpose,
    RetentionValue,
    Surroundings,
    ZoneName,
)
from logan.audit.subjects import SUBJECTS
from logan.config.shape import Entry, Key, ListOf, MappingShape, Report
from logan.config.values import Choice, Day, Flag, Text
from logan.errors import ConfigurationError, UsageError

_GATEWAY_NAME: Final = Text("[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,62}[A-Za-z0-9])?", "hq-squid")


def language(around: Surroundings) -> MappingShape:
    """Every key of the file."""
    file, written, zone = FilePath(around), WrittenPath(around), ZoneName(around)
    reads = around.purpose >= Purpose.RUN
    formats = _check_formats if reads else _unchecked
    found_rules = _check_rules if reads else _unchecked
    gateway = {
        "name": Key(_GATEWAY_NAME, "what it is called in notices and metrics", required=True),
        "paths": Key(
            ListOf(LogGlob(around)),
            "its logs: paths, addresses (docs/storage.md), globs",
            required=True,
        ),
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
    return MappingShape(
        "the configuration",
        {
            "ledger": Key(written, "the audit's memory: a file that logan makes", required=True),
            "name": Key(Text(), "the force or estate it is about"),
            "tz": Key(zone, "zone of local days; absent: UTC"),
            "gateway": Key(
                Checked(ListOf(Checked(MappingShape("a gateway", gateway), formats)), _check_names),
                "`[[gateway]]`: whose logs are read",
                required=True,
            ),
            "rules": Key(Checked(MappingShape("`[rules]`", rules), found_rules), "what is watched"),
            "people": Key(MappingShape("`[people]`", people), "who accounts are"),
            "tell": Key(ListOf(MappingShape("a reader", tell)), "who hears of what"),
            "keep": Key(
                Checked(MappingShape("`[keep]`", keep), _check_retention),
                "how long; no default: somebody must decide",
                required=True,
            ),
            "hold": Key(
                ListOf(Checked(MappingShape("a hold", hold, ("user", "all")), _check_hold)),
                "what is not purged",
            ),
            "write": Key(
                MappingShape("`[write]`", {"prometheus": Key(written, "a file of metrics")}),
                "files for other programs",
            ),
        },
    )


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
    name, logformat = entry.values.get("format"), entry.values.get("squid_logformat")
    files = entry.values.get("format_files", ())
    line = entry.line_of("squid_logformat" if logformat else "format")
    if name and logformat:
        report.add(line, "has `format` and `squid_logformat`", "Give one of them.")
    elif name or logformat or files:
        from logan.formats.choice import chosen_formats  # all formats: only who reads logs

        _add_faults(lambda: chosen_formats(name, logformat, files), line, report)


def _check_rules(entry: Entry, report: Report) -> None:
    from logan.rules.packs import load_rules

    files, packs = entry.values.get("files", ()), entry.values.get("packs", ())
    _add_faults(lambda: load_rules(files, packs), entry.line, report)


def _add_faults(make: Callable[[], object], line: int, report: Report) -> None:
    """What `make` refuses, as problems: with the places it names itself, else at `line`."""
    try:
        make()
    except ConfigurationError as error:
        report.problems.extend(error.problems)
    except UsageError as error:
        message, _, advice = str(error).removeprefix("--").partition(". ")
        report.add(line, message, advice or None)
