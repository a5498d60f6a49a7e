"""The help of a command with many options, which stand under headings."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import click

_OTHERS: Final = "Other options"
#: As wide as click makes the column of options at the most.
_WIDEST: Final = 30


class GroupedCommand(click.Command):
    """A command whose `--help` shows its options by `groups`, their names under headings.

    Each group is in its own order; what no group names comes last.
    """

    def __init__(
        self, *args: Any, groups: Mapping[str, Sequence[str]] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._groups = groups or {}

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, what they mean beginning in one column."""
        options = [one for one in self.get_params(ctx) if isinstance(one, click.Option)]
        records = {one.name: one.get_help_record(ctx) for one in options}
        shown = {name: record for name, record in records.items() if record is not None}
        width = min(max(len(option) for option, _ in shown.values()), _WIDEST)
        grouped = {name for names in self._groups.values() for name in names}
        rest = [name for name in shown if name is not None and name not in grouped]
        for heading, names in {**self._groups, _OTHERS: rest}.items():
            with formatter.section(heading):
                rows = [shown[name] for name in names]
                formatter.write_dl([(option.ljust(width), said) for option, said in rows])
