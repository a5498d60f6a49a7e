"""Which formats may be used: all, a family, Squid's with a string given, mapping files."""

from pathlib import Path

from logan.errors import UsageError
from logan.formats import FORMATS
from logan.formats.detect.detection import choose
from logan.formats.engine.format import Format


def chosen_formats(
    name: str | None, squid_logformat: str | None, mapping_files: tuple[Path, ...] = ()
) -> tuple[Format, ...]:
    """The formats that may be used: all, one family, or Squid's with the string given.

    Those of mapping files come on top. Raises UsageError, and ConfigurationError for their faults.
    """
    if squid_logformat is not None:
        from logan.formats.custom.squid_logformat import from_logformat  # few need it

        custom = from_logformat(squid_logformat)
        if name in (None, "squid", custom.name):
            return (custom,)
        raise UsageError("--squid-logformat and --format contradict each other: give one of them")
    known = FORMATS
    if mapping_files:
        from logan.formats.custom.mapping import load_formats

        known = (*load_formats(mapping_files, FORMATS), *FORMATS)
    return choose(name, known) if name else known
