"""What `--help` shows of every command, on a terminal of 80 columns."""

from collections.abc import Iterator

import click
import pytest

from logan.cli.grouped_help import GroupedCommand
from logan.cli.main import cli
from logan.cli.scan import command as scan


def walk(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """A command and all below it, by what is typed for each."""
    yield " ".join(path), command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from walk(inner, (*path, name))


ALL = dict(walk(cli))


def help_of(command: click.Command) -> list[str]:
    return command.get_help(click.Context(command, terminal_width=80)).splitlines()


@pytest.mark.parametrize("typed", ALL)
def test_no_line_is_wider_than_the_terminal_and_no_summary_is_cut(typed: str) -> None:
    shown = help_of(ALL[typed])
    assert [line for line in shown if len(line) > 80] == []
    listed = shown[shown.index("Commands:") :] if "Commands:" in shown else []
    assert [line for line in listed if line.endswith("...")] == []


def test_each_option_of_a_scan_stands_under_one_heading() -> None:
    shown = help_of(scan)
    for option in (one for one in scan.params if isinstance(one, click.Option)):
        name = max(option.opts, key=len)
        said = [line for line in shown if f"  {name} " in line or f", {name} " in line]
        assert len(said) == 1, name
    assert shown.index("People:") < shown.index("Cluster:") < shown.index("Other options:")


def test_what_no_group_names_stands_at_the_end() -> None:
    options = [click.Option(["--late"], help="x"), click.Option(["--first"], help="y")]
    command = GroupedCommand("made", params=options, groups={"Heading": ["first"]})
    shown = [line.split()[0] for line in help_of(command) if line.strip()]
    assert shown[shown.index("Heading:") :] == ["Heading:", "--first", "Other", "--late", "--help"]
