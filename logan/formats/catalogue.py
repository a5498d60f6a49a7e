"""Every format logan reads, each imported once a text may be of it.

To import all gateways takes as long as to read 50 MB of log. So `vendor_literals.json` holds what
the formats of each file require of a text, made of the declarations by
`tests/formats/test_catalogue.py`. It is no list of what there is: a file that it does not know, or
not in this size, is imported and asked itself.
"""

import json
import os
from collections.abc import Iterator
from functools import cache, cached_property
from importlib import import_module
from pathlib import Path
from typing import Final, NamedTuple, overload

from logan.formats import vendors
from logan.formats.detect.required_literals import IndexedFormats, LiteralIndex
from logan.formats.engine.format import Format
from logan.formats.engine.layout import RequiredLiterals

#: For each file of the folder its size in bytes, and what each of its formats requires; null for
#: those that a file above has too.
LITERALS: Final = Path(__file__).with_name("vendor_literals.json")


class FormatPlace(NamedTuple):
    """Where a format stands: the module, and the format's number among those of the module."""

    module: str
    number: int


class FormatCatalogue(IndexedFormats):
    """The formats of all files of the folder: files by their names, formats as they stand there.

    Whoever goes through all of them has all imported; `possible` imports what it gives.
    """

    def __init__(self, literals: Path = LITERALS) -> None:
        self._literals = literals

    def possible(self, text: str) -> tuple[Format, ...]:
        """The formats whose required literals stand in a text, in their order."""
        places = (self._places[at] for at in self._index.fulfilled(text))
        return tuple(dict.fromkeys(formats_in(place.module)[place.number] for place in places))

    @cached_property
    def _all(self) -> tuple[Format, ...]:
        return tuple(
            dict.fromkeys(form for module in vendor_files() for form in formats_in(module))
        )

    @cached_property
    def _required(self) -> dict[FormatPlace, RequiredLiterals]:
        return dict(_required_by_place(self._literals))

    @cached_property
    def _places(self) -> tuple[FormatPlace, ...]:
        return tuple(self._required)

    @cached_property
    def _index(self) -> LiteralIndex:
        return LiteralIndex(tuple(self._required.values()))

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Format]:
        return iter(self._all)

    @overload
    def __getitem__(self, at: int) -> Format: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Format, ...]: ...
    def __getitem__(self, at: int | slice) -> Format | tuple[Format, ...]:
        return self._all[at]


def vendor_files() -> dict[str, int]:
    """The size in bytes of each file of the folder, by the names of their modules, in order."""
    with os.scandir(Path(vendors.__file__).parent) as entries:
        files = {entry.name: entry.stat().st_size for entry in entries if entry.name[0] != "_"}
    names = sorted(name.removesuffix(".py") for name in files if name.endswith(".py"))
    return {name: files[f"{name}.py"] for name in names}


@cache
def formats_in(module: str) -> tuple[Format, ...]:
    """The formats that a module of the folder holds, by themselves or in a tuple, in order."""
    values = vars(import_module(f"{vendors.__name__}.{module}")).values()
    groups = (value if isinstance(value, tuple) else (value,) for value in values)
    return tuple(one for group in groups for one in group if isinstance(one, Format))


def _required_by_place(literals: Path) -> Iterator[tuple[FormatPlace, RequiredLiterals]]:
    kept = json.loads(literals.read_text(encoding="utf-8"))
    for module, size in vendor_files().items():
        kept_size, required = kept.get(module, (None, ()))
        if kept_size != size:
            required = [form.reader.required_literals for form in formats_in(module)]
        for number, one in enumerate(required):
            if one is not None:
                yield FormatPlace(module, number), one
