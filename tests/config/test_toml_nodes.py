"""TOML is read as the standard library reads it, and every key and value has its own line."""

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logan.config.toml_nodes import parse_toml
from logan.config.yaml_nodes import ListNode, MapNode, Node
from logan.errors import Problem

#: Words that are hard to tell from what stands around them.
WORDS = st.sampled_from(
    ("a", "b-2", "3", "a.b", "[x]", "k = 1", "it's", '"', '""', "# no", "", "}", "é", "a\\b", "\t")
)
#: Between two values of a list: nothing, lines and comments.
GAPS = st.sampled_from(("", " ", "\n", " # ] no\n", "\n\n  ", '\n# "\n'))


def basic(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    return f'"{escaped}"'


@st.composite
def written_words(draw: st.DrawFn) -> str:
    """A text in one of the four ways of writing it."""
    text = draw(WORDS)
    forms = [basic(text), f'"""\n{basic(text)[1:-1]}\n{draw(WORDS).replace(chr(92), "")}"""']
    if "'" not in text:
        forms += [f"'{text}'", f"'''{text}\n'''"]
    return draw(st.sampled_from(forms))


@st.composite
def lists(draw: st.DrawFn, values: st.SearchStrategy[str]) -> str:
    items = [draw(GAPS) + item + draw(GAPS) for item in draw(st.lists(values, max_size=3))]
    return "[" + ",".join(items) + draw(st.sampled_from((",", "") if items else ("",))) + "\n]"


def tables(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(values, max_size=3).map(
        lambda items: "{" + ", ".join(f"k{n}.x = {item}" for n, item in enumerate(items)) + "}"
    )


PLAIN = st.one_of(
    written_words(),
    st.sampled_from(
        ("1", "-0.5", "1_000", "true", "2026-01-31", "07:32:00", "1979-05-27 07:32:00")
    ),
)
VALUES = st.recursive(PLAIN, lambda inner: st.one_of(lists(inner), tables(inner)), max_leaves=6)
KEYS = WORDS.map(basic)


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, list[int]]:
    """A document of tables, and the lines of its keys in order."""
    lines: list[str] = []
    places: list[int] = []
    for number in range(draw(st.integers(0, 4))):
        lines.append(draw(st.sampled_from((f"[t{number}]", f"[ t{number} . 'u' ]", "[[ many ]]"))))
        for key in draw(st.lists(KEYS, unique=True, max_size=3)):
            lines.append("\n" * draw(st.integers(0, 2)) + "  # [no]")
            places.append("\n".join([*lines, ""]).count("\n") + 1)
            lines.append(f"{key} = {draw(VALUES)} # end")
    return "\n".join(lines), places


def plain(node: Node) -> Any:
    """What a node means, as the standard library says it; days and times as they are written."""
    if isinstance(node, MapNode):
        return {key.text: plain(value) for key, value in node.items}
    return [plain(one) for one in node.items] if isinstance(node, ListNode) else node.value


def written(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: written(one) for key, one in value.items()}
    if isinstance(value, list):
        return [written(one) for one in value]
    if isinstance(value, str | bool | int | float):
        return value
    return str(value)


def key_lines(node: Node, depth: int = 0) -> list[int]:
    """The lines of the keys that stand below headers, in order."""
    if not isinstance(node, MapNode):
        return []
    found: list[int] = []
    for key, value in node.items:
        if key.text == "many" and isinstance(value, ListNode):
            found += [line for table in value.items for line in key_lines(table, depth + 1)]
        elif depth == 0 or (key.text == "u" and isinstance(value, MapNode)):
            found += key_lines(value, depth + 1)
        else:
            found.append(key.line)
    return found


@settings(max_examples=150)
@given(documents())
def test_any_document_means_the_same_and_its_keys_have_their_lines(
    made: tuple[str, list[int]],
) -> None:
    text, places = made
    problems: list[Problem] = []
    for content in (text, text.replace("\n", "\r\n")):
        node = parse_toml(content.encode(), path="a.toml", problems=problems)
        assert problems == []
        assert node is not None
        assert plain(node) == written(tomllib.loads(text))
        assert sorted(key_lines(node)) == places


def test_values_in_lists_have_lines_of_their_own() -> None:
    node = parse_toml(b'a = [\n  "x", # one\n\n  ["y"],\n]\n', path="a.toml", problems=[])
    assert node is not None
    found = node.items[0][1]
    assert isinstance(found, ListNode)
    assert [one.line for one in found.items] == [2, 4]


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"a = 1\nb = \n", 2, "is not TOML: invalid value"),
        (b"a = 1\n\na = 2\n", 3, "is not TOML: cannot overwrite a value"),
        (b"[a]\n[a]\n", 2, "is not TOML: cannot declare ('a',) twice"),
        (b'a = 1\nb = """x', 2, "is not TOML: unterminated string"),
        (b"a = 1\nb = '\xff'", 2, "is not UTF-8"),
        (b"a = " + b"[" * 30 + b"]" * 30, None, "nests deeper than 20 levels"),
        (b"a = " + b"[" * 9_000, None, "nests deeper than 20 levels"),
        (b"# " + b"x" * (1 << 20), None, "is larger than 1,048,576 bytes"),
    ],
)
def test_what_is_no_toml_is_said_with_its_line(
    content: bytes, line: int | None, message: str
) -> None:
    problems: list[Problem] = []
    assert parse_toml(content, path="a.toml", problems=problems) is None
    assert [(one.line, one.message) for one in problems] == [(line, message)]


def test_a_number_without_end_is_refused() -> None:
    problems: list[Problem] = []
    assert parse_toml(b"a = " + b"9" * 5_000, path="a.toml", problems=problems) is None
    assert problems[0].message.startswith("is not TOML: ")
