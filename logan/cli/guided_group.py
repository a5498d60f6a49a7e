"""A group of commands that says what a word may mean which is none of them."""

from pathlib import Path

import click

from logan.outputs.text import printable


class GuidedGroup(click.Group):
    """A group that answers a misspelt command with the nearest one, and a path with `scan`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; ends with usage and a hint where there is none of the name."""
        word = args[0] if args else ""
        if not word.startswith("-") and word not in self.list_commands(ctx):
            ctx.fail(f"No such command '{printable(word)}'.{self._hint(ctx, word)}")
        return super().resolve_command(ctx, args)

    def _hint(self, ctx: click.Context, word: str) -> str:
        from logan.config.shape import find_nearest_word  # only mistakes need it

        known: list[str] = self.list_commands(ctx)
        if "scan" in known and _is_path(word):
            return f" To look through logs:  logan scan {printable(word)}"
        near = find_nearest_word(word.lower(), known)
        return f" Did you mean '{near}'?" if near else ""


def _is_path(word: str) -> bool:
    """Whether a word is there as a file, or is written as only paths and addresses are."""
    return bool(word) and (any(sign in word for sign in "/\\*") or Path(word).exists())
