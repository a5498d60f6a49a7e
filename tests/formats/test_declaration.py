"""A gateway is one file: what docs/contributing.md shows works, and no part of it can be left out."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

from logan.formats import vendors
from logan.formats.engine.format import Format, Sample
from tests.formats.proof import assert_agreement, assert_definition, assert_sample, layout_of

GUIDE = Path(__file__).parents[2] / "docs" / "contributing.md"
#: The longest file that a plain gateway may take.
MOST_LINES = 40
#: The most that half of the gateways may take, shared tables among them.
MEDIAN_LINES = 120
VENDORS = Path(vendors.__path__[0])


def norvik() -> str:
    """The whole example of the guide."""
    found = re.search(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found.group(1)


def declared(source: str) -> Format:
    """The format that a file declares."""
    names: dict[str, object] = {}
    exec(source, names)  # noqa: S102 - our own example
    (form,) = (one for one in names.values() if isinstance(one, Format))
    return form


def assert_whole(form: Format) -> None:
    """What is asked of every format (`tests/formats/test_every_format.py`)."""
    assert_definition(form)
    for sample in form.samples:
        assert isinstance(sample, Sample)
        assert_sample(form, sample)
        for text in sample.texts:
            lines = text.split("\n")[1:]
            assert_agreement(form, [*lines, lines[0][:30]], layout_of(form, text))


def test_the_example_is_a_whole_format_in_few_lines() -> None:
    assert_whole(declared(norvik()))
    assert len(norvik().splitlines()) <= MOST_LINES


def test_most_gateways_are_short_to_declare() -> None:
    lengths = [len(file.read_text("utf-8").splitlines()) for file in VENDORS.glob("[a-z]*.py")]
    assert median(lengths) <= MEDIAN_LINES


def test_what_follows_from_the_columns() -> None:
    shows = declared(norvik()).shows
    assert (shows.user, shows.evidence, shows.bytes) == (True, ("url", "connect"), "both")
    assert shows.clock == "local"


PARTS = (
    "name",
    "title",
    "definition",
    "reader",
    "columns",
    "tunnels",
    "samples",
    "near_misses",
    "time",
    "user",
    "client_ip",
    "method",
    "url",
    "status",
    "action",
    "bytes_sent",
    "bytes_received",
    "needs",
    "allowed",
    "blocked",
)


@pytest.mark.parametrize("part", PARTS)
def test_no_part_of_it_can_be_left_out(part: str) -> None:
    with pytest.raises((TypeError, AssertionError), match=part):
        assert_whole(declared(without(part)))


def test_another_separator_is_another_log() -> None:
    with pytest.raises(AssertionError, match="norvik takes 'stamp,officer,address"):
        assert_whole(declared(without("separators")))


def without(part: str) -> str:
    """The example with one argument left out."""
    tree = ast.parse(norvik())
    call = next(
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and part in {keyword.arg for keyword in node.keywords}
    )
    call.keywords = [keyword for keyword in call.keywords if keyword.arg != part]
    return ast.unparse(tree)


@pytest.mark.parametrize("record", ["user=jdoe", "bytes_sent=640"])
def test_a_record_says_all_that_is_read(record: str) -> None:
    assert record in norvik()
    with pytest.raises(AssertionError, match=record.partition("=")[0]):
        assert_whole(declared(norvik().replace(record, "", 1)))


@pytest.mark.parametrize("file", sorted(VENDORS.parent.rglob("*.py")), ids=lambda file: file.stem)
def test_nothing_forwards_a_check(file: Path) -> None:
    source = file.read_text(encoding="utf-8")
    assert "del layout" not in source
    assert [*forwarding(ast.parse(source))] == []


def test_a_forwarded_check_is_noticed() -> None:
    forwards = (
        "class R:\n    def check(self, line, _layout):\n        return X.check(line, _layout)"
    )
    assert [*forwarding(ast.parse(forwards))] == ["check"]


def forwarding(tree: ast.Module) -> Iterator[str]:
    """The checks that do nothing but ask that of something else about the same."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name.strip("_") == "check":
            given = [one.arg for one in node.args.args if one.arg != "self"]
            says = ast.unparse(node.body[-1])
            if re.fullmatch(rf"return .*\bcheck\({', '.join(given)}\)", says):
                yield node.name


def test_a_cell_that_no_line_has_is_named() -> None:
    source = norvik().replace('user="officer"', 'user="nobody"')
    with pytest.raises(AssertionError, match="user"):
        assert_whole(declared(source))


@pytest.mark.parametrize("part", ["samples", "near_misses"])
def test_a_forgotten_comma_is_named(part: str) -> None:
    tree = ast.parse(norvik())
    (given,) = (one for one in ast.walk(tree) if isinstance(one, ast.keyword) and one.arg == part)
    assert isinstance(given.value, ast.Tuple)
    (given.value,) = given.value.elts
    with pytest.raises(TypeError, match=f"`{part}` must be a tuple"):
        declared(ast.unparse(tree))
