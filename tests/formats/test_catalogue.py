"""Formats are imported when a text may be of them, and are those that all together would be.

What the files of gateways require is stored beside them. After a change to one, or a new one, store it
again, and read the difference:

    LOGAN_RENEW_GOLDEN=1 pytest tests/formats/test_catalogue.py
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from logan.formats import FORMATS
from logan.formats.catalogue import LITERALS, FormatCatalogue, formats_in, vendor_files
from logan.formats.detect.required_literals import contains_all
from logan.formats.engine.format import Format

SAMPLES = [text for form in FORMATS for text in (*form.texts, *form.near_misses)]


def as_stored() -> str:
    """What the declarations require, a line for each file; null for formats that one above has."""
    known: set[Format] = set()
    lines = []
    for module, size in vendor_files().items():
        forms = formats_in(module)
        required = [None if form in known else form.reader.required_literals for form in forms]
        known.update(forms)
        lines.append(f"{json.dumps(module)}: {json.dumps([size, required], ensure_ascii=False)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def test_what_is_stored_is_what_the_declarations_require() -> None:
    if os.environ.get("LOGAN_RENEW_GOLDEN"):
        LITERALS.write_text(as_stored(), encoding="utf-8")
    assert LITERALS.read_text(encoding="utf-8") == as_stored()


def possible(text: str) -> tuple[Format, ...]:
    """The slow twin: all formats asked one by one."""
    return tuple(form for form in FORMATS if contains_all(form.reader.required_literals, text))


def test_the_formats_that_a_text_may_be_of_are_those_of_all() -> None:
    assert [FORMATS.possible(text) for text in SAMPLES] == [possible(text) for text in SAMPLES]


@pytest.mark.parametrize("stored", ["{}", '{"squid": [1, []], "zeek": [1, [[["no such text"]]]]}'])
def test_files_that_are_not_stored_or_in_another_size_are_found(
    tmp_path: Path, stored: str
) -> None:
    literals = tmp_path / "literals.json"
    literals.write_text(stored)
    catalogue = FormatCatalogue(literals)
    assert [catalogue.possible(text) for text in SAMPLES] == [possible(text) for text in SAMPLES]


def test_a_log_imports_the_gateways_that_it_may_be_of() -> None:
    code = (
        "import sys; from logan.formats import FORMATS\n"
        "FORMATS.possible(sys.stdin.read())\n"
        "print(*(one for one in sys.modules if one.startswith('logan.formats.vendors.')))"
    )
    line = "1704067200.008 16963 10.0.53.125 TCP_MISS/200 16983 GET http://a.example/b - - -\n"
    ran = subprocess.run(
        [sys.executable, "-c", code], input=line, capture_output=True, text=True, check=True
    )
    imported = {name.rpartition(".")[2] for name in ran.stdout.split()}
    assert imported == {"squid"}
