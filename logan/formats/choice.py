"""Which formats may be used: all, a family, Squid's with a string given, mapping files."""

from collections.abc import Sequence
from pathlib import Path

from logan.config.shape import suggest
from logan.errors import UsageError
from logan.formats import FORMATS
from logan.formats.engine.format import Format


def chosen_formats(
    name: str | None, squid_logformat: str | None, mapping_files: tuple[Path, ...] = ()
) -> Sequence[Format]:
    """The formats that may be used: all, one family, or Squid's with the string given.

    Those of mapping files come on top. Raises UsageError, and ConfigurationError for their faults.
    """
    if squid_logformat is not None:
        from logan.formats.custom.squid_logformat import from_logformat  # few need it

        custom = from_logformat(squid_logformat)
        if name in (None, "squid", custom.name):
            return (custom,)
        raise UsageError("--squid-logformat and --format contradict each other: give one of them")
    known: Sequence[Format] = FORMATS
    if mapping_files:
        from logan.formats.custom.mapping import load_formats

        known = (*load_formats(mapping_files, FORMATS), *FORMATS)
    return choose(name, known) if name else known


def choose(name: str, formats: Sequence[Format]) -> tuple[Format, ...]:
    """The formats that `--format NAME` allows: that one, or all of the family of that name.

    Raises UsageError with the likeliest name, or all names, where there is none.
    """
    exact = tuple(form for form in formats if form.name == name)
    family = tuple(form for form in formats if form.name.startswith(f"{name}-"))
    if not exact and not family:
        known = tuple(form.name for form in formats)
        raise UsageError(f"--format {name}: no such format. {suggest(name, known)}")
    return exact + family
