"""What checking registers found: for a person first what to fix, for a program as values."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import polars as pl
from rich.console import Console
from rich.text import Text

from logan.outputs.page import Page, open_page
from logan.outputs.words import count
from logan.people.checks import RegisterFinding
from logan.people.registers import KINDS, PeopleRegisters

#: So many lines of a finding, and so many findings of a kind, are shown.
_LINES: Final = 6
_FINDINGS: Final = 10


def findings_document(
    registers: PeopleRegisters, findings: Sequence[RegisterFinding], *, names: bool
) -> dict[str, Any]:
    """All findings as values. With `names` whom each is about."""
    return {
        "registers": [
            {
                "role": one.role,
                "path": str(one.path),
                "sha256": one.sha256,
                **{
                    f"{noun.replace(' ', '_')}s": number
                    for noun, number in _sizes(registers, one.role).items()
                },
            }
            for one in registers.files
        ],
        "to_mend": sum(not one.is_note for one in findings),
        "findings": [
            {
                "check": one.check,
                "note": one.is_note,
                "file": str(one.path),
                "lines": list(one.lines),
                "text": one.text,
                **({} if one.hits is None else {"hits": one.hits}),
                **({"names": list(one.names)} if names else {}),
            }
            for one in findings
        ],
        "limits": list(registers.limits),
    }


def print_findings(
    registers: PeopleRegisters,
    findings: Sequence[RegisterFinding],
    *,
    names: bool,
    console: Console,
) -> None:
    """Print what was read, what is to be fixed, what else is worth knowing, and the limits."""
    page = open_page(console, top=None)
    for line in _lines(registers, findings, page, names=names):
        console.print(line, soft_wrap=True, highlight=False, markup=False, emoji=False)


def _lines(
    registers: PeopleRegisters, findings: Sequence[RegisterFinding], page: Page, *, names: bool
) -> Iterator[Text]:
    problems = [one for one in findings if not one.is_note]
    what = f"{count(len(problems), 'thing')} to look at" if problems else "nothing to fix"
    yield from page.wrap(f"Lists of people: {what}", style="bold")
    for file in registers.files:
        sizes = ", ".join(
            count(number, noun) for noun, number in _sizes(registers, file.role).items() if number
        )
        yield from page.wrap(f"{file.path.name}: {sizes or 'no rows'}", first="  ")
    notes = [one for one in findings if one.is_note]
    for title, part in (("To look at", problems), ("Worth knowing", notes)):
        if part:
            yield from page.title(title)
            yield from _listed(part, page, names=names)
    if registers.limits:
        yield from page.title("What these lists cannot show")
        for limit in registers.limits:
            yield from page.wrap(limit, first="  ")


def _listed(findings: Sequence[RegisterFinding], page: Page, *, names: bool) -> Iterator[Text]:
    """Findings, those with the same words together."""
    kinds: dict[tuple[str, str], list[RegisterFinding]] = {}
    for one in findings:
        kinds.setdefault((one.path.name, one.text), []).append(one)
    for (name, text), same in kinds.items():
        yield from page.wrap(f"{name}: {text}", first="  ")
        for one in same[:_FINDINGS]:
            hits = "" if one.hits is None else count(one.hits, "hit")
            about = (_place(one.lines), hits, *(one.names if names else ()))
            if said := "  ".join(filter(None, about)):
                yield from page.wrap(said, first="    ")
        yield from page.more(len(same) - _FINDINGS, "of this kind", "--json shows all of them")


def _place(lines: Sequence[int]) -> str:
    shown = ", ".join(map(str, lines[:_LINES]))
    more = f" and {len(lines) - _LINES:,} more" if len(lines) > _LINES else ""
    return f"{'line' if len(lines) == 1 else 'lines'} {shown}{more}" if lines else ""


def _sizes(registers: PeopleRegisters, role: str) -> dict[str, int]:
    """How much a register has of what it is about, by the noun for it."""
    people = registers.people
    if role == "people":
        named = ("account", "person", "unit")
        counts = {name: people[name].drop_nulls().n_unique() for name in named}
        kinds = {f"{kind} account": _of_kind(people, kind) for kind in KINDS}
        return {"row": people["line"].n_unique(), **counts, **kinds}
    frame: pl.DataFrame = getattr(registers, role)
    return {"row": len(frame)}


def _of_kind(people: pl.DataFrame, kind: str) -> int:
    return people.filter(pl.col("kind") == kind)["account"].n_unique()
