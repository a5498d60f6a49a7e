"""Every format logan reads. Adding one is one file in `logan/formats/vendors/`, nothing here."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Final

from logan.formats import vendors
from logan.formats.engine.format import Format


def _declared(module: ModuleType) -> Iterator[Format]:
    """The formats that a module holds, by themselves or in a tuple."""
    for value in vars(module).values():
        members = value if isinstance(value, tuple) else (value,)
        yield from (one for one in members if isinstance(one, Format))


def _found() -> tuple[Format, ...]:
    """The formats of all files of the folder: files by their names, formats as they stand there."""
    names = sorted(module.name for module in pkgutil.iter_modules(vendors.__path__))
    modules = [import_module(f"{vendors.__name__}.{name}") for name in names]
    return tuple(dict.fromkeys(form for module in modules for form in _declared(module)))


FORMATS: Final[tuple[Format, ...]] = _found()
