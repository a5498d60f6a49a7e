"""Formats are imported when a text may be of them, and are those that all together would be.

What the files of gateways require is stored beside them. A new or changed file works without, and is
imported at every start until it is stored again:

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

#: Files that may wait to be stored: a new gateway is one file, but each takes a third of a ms a start.
MOST_NOT_STORED = 5
SAMPLES = [text for form in FORMATS for text in (*form.texts, *form.near_misses)]


def required_by_file() -> dict[str, list[object]]:
    """What the declarations require, by file, as it is stored; null for formats that one above has."""
    known: set[Format] = set()
    required: dict[str, list[object]] = {}
    for module, size in vendor_files().items():
        forms = formats_in(module)
        own = [None if form in known else form.reader.required_literals for form in forms]
        known.update(forms)
        required[module] = json.loads(json.dumps([size, own]))
    return required


def as_text(required: dict[str, list[object]]) -> str:
    """A line for each file."""
    lines = (
        f"{json.dumps(of)}: {json.dumps(one, ensure_ascii=False)}" for of, one in required.items()
    )
    return "{\n" + ",\n".join(lines) + "\n}\n"


def files_not_stored() -> set[str]:
    """Files that are not stored, or in another size."""
    stored = json.loads(LITERALS.read_text(encoding="utf-8"))
    return {of for of, size in vendor_files().items() if stored.get(of, (None,))[0] != size}


def test_what_is_stored_is_what_the_declarations_require() -> None:
    required = required_by_file()
    if os.environ.get("LOGAN_RENEW_GOLDEN"):
        LITERALS.write_text(as_text(required), encoding="utf-8")
    stored = json.loads(LITERALS.read_text(encoding="utf-8"))
    unstored = files_not_stored()
    wrong = [of for of in required.keys() - unstored if stored[of] != required[of]]
    assert not wrong, "their logs are not recognised: LOGAN_RENEW_GOLDEN=1 stores them again"
    assert len(unstored) <= MOST_NOT_STORED, f"every start imports them: {sorted(unstored)}"


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


def test_a_log_imports_the_gateways_that_it_may_be_of(tmp_path: Path) -> None:
    literals = tmp_path / "literals.json"
    literals.write_text(as_text(required_by_file()), encoding="utf-8")
    code = (
        "import sys; from pathlib import Path; from logan.formats.catalogue import FormatCatalogue\n"
        "FormatCatalogue(Path(sys.argv[1])).possible(sys.stdin.read())\n"
        "print(*(one for one in sys.modules if one.startswith('logan.formats.vendors.')))"
    )
    line = "1704067200.008 16963 10.0.53.125 TCP_MISS/200 16983 GET http://a.example/b - - -\n"
    ran = subprocess.run(
        [sys.executable, "-c", code, literals],
        input=line,
        capture_output=True,
        text=True,
        check=True,
    )
    imported = {name.rpartition(".")[2] for name in ran.stdout.split()}
    assert imported == {"squid"}
