"""Standard output, through Rich."""

from rich.console import Console


class Terminal(Console):
    """Rich's console, which leaves it to the command what a reader who went away means.

    Rich itself would end the process with 1, which is the status of a `--fail-on` that holds.
    """

    def on_broken_pipe(self) -> None:
        """Raise what Rich has caught."""
        raise BrokenPipeError
