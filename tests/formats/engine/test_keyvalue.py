import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.formats.engine.keyvalue import (
    BARRED,
    SPACED,
    TABBED,
    KeyValue,
    Pairs,
)
from logan.formats.engine.layout import Layout, missing_to_null
from logan.formats.engine.pair_needs import unmet, unmet_reason
from logan.runtime.fast_path import normalised
from tests.formats.engine.reading import read


def cells(pairs: Pairs, line: str, *keys: str) -> dict[str, str | None]:
    """What the table reads for the keys of a line; held to what Python reads of the same line."""
    frame = pl.DataFrame({"text": [line]}).with_columns(marked=pairs.marked())
    row = frame.select(pairs.cell(pl.col("marked"), key).alias(key) for key in keys).row(0)
    found = dict(zip(keys, row, strict=True))
    values = pairs.values(line)
    assert {key: value for key, value in found.items() if value is not None} == {
        key: values[key] for key in keys if key in values
    }
    return found


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("a=1 k=v b=2", "v"),
        ("k=v", "v"),
        ("<134>k=v", "v"),
        ("Jan  1 10:00:00 host k=v", "v"),
        ('k="two words" b=2', "two words"),
        (r'k="a \"quoted\" word"', 'a "quoted" word'),
        ('k="a ""quoted"" word" b=2', 'a "quoted" word'),
        ('k=""two words"" b=""x""', "two words"),
        ('k="" b="x"', None),
        ("k= b=x", None),
        ("k=- b=x", None),
        ('k="-"', None),
        (r'k="FORCE\jdoe"', r"FORCE\jdoe"),
        (r'k="FORCE\\jdoe"', r"FORCE\jdoe"),
        ('k="cut off by the rel', "cut off by the rel"),
        ("k=v free text b=2", "v"),
        ("k=first k=second", "first"),
        ("notk=v", None),
        ("k = v", None),
        ("a.k=1 k[0]=2 k=3", "3"),
        ("k=a=b&c=d", "a=b&c=d"),
        ("k=\x1fv", None),
    ],
)
def test_pairs_parted_by_spaces(line: str, value: str | None) -> None:
    assert cells(SPACED, line, "k") == {"k": value}


def test_no_key_is_found_inside_a_quoted_value() -> None:
    line = r'url="http://x/ user=evil \" user=worse" user=jdoe'
    assert cells(SPACED, line, "user") == {"user": "jdoe"}
    assert cells(SPACED, line.removesuffix(" user=jdoe"), "user") == {"user": None}
    assert cells(SPACED, 'url="http://x/ user=evil', "user") == {"user": None}


@pytest.mark.parametrize("pairs", [SPACED, TABBED, BARRED, Pairs(missing=("", "-", "N/A"))])
@given(
    values=st.lists(
        st.none() | st.lists(st.sampled_from([*' "\\=|-a', "N/A"])).map("".join), max_size=8
    )
)
def test_clean_values_are_read_as_all_values_are(pairs: Pairs, values: list[str | None]) -> None:
    frame = pl.DataFrame({"x": values}, schema={"x": pl.String})
    value = pl.col("x")
    if pairs.quotes:
        inner = value.str.replace('^""([^"]+)""$', '"${1}"')
        inner = inner.str.strip_prefix('"').str.strip_suffix('"')
        value = pl.when(value.str.starts_with('"')).then(inner).otherwise(value)
    value = value.str.replace_many(list(pairs.escapes), [pair[1] for pair in pairs.escapes])
    found = frame.select(
        short=normalised(pl.col("x"), pairs._unclean, pairs._cleaned),
        long=missing_to_null(value.str.strip_chars(" "), pairs.missing),
    )
    assert found["short"].to_list() == found["long"].to_list()


def test_a_quote_inside_a_bare_value_opens_nothing() -> None:
    assert cells(SPACED, 'a=5" b=2 k=v', "a", "b", "k") == {"a": '5"', "b": "2", "k": "v"}


def test_bare_values_with_spaces_end_before_a_known_key() -> None:
    pairs = Pairs(keys=("user", "src_host", "url"), ends="", quotes=False)
    line = "vendor=W user=LDAP://u OU=Users,DC=x/Doe, John src_host=10.0.0.4 url=http://x/?a=b c=d"
    assert cells(pairs, line, "user", "src_host", "url") == {
        "user": "LDAP://u OU=Users,DC=x/Doe, John",
        "src_host": "10.0.0.4",
        "url": "http://x/?a=b c=d",
    }


def test_pairs_parted_by_tabs() -> None:
    line = '2024-01-01\treason=Not allowed\turl="x/?a=b"\tlast=1\t'
    assert cells(TABBED, line, "reason", "url", "last") == {
        "reason": "Not allowed",
        "url": "x/?a=b",
        "last": "1",
    }


def test_pairs_parted_by_bars() -> None:
    line = (
        r"Oct  9 host time=157|product=VPN-1 & FW|sic=cn\=mgmt,o\=x|origin=1.1.1.1|2.2.2.2|src=3|"
    )
    assert cells(BARRED, line, "time", "product", "sic", "origin", "src") == {
        "time": "157",
        "product": "VPN-1 & FW",
        "sic": "cn=mgmt,o=x",
        "origin": "1.1.1.1",
        "src": "3",
    }


def test_needs_name_what_is_lacking() -> None:
    needed = {"a|b": "[0-9]+", "c": ".+"}
    form = KeyValue(needs=needed)
    lines = ["b=12 c=x", "a=1 c=x d=y", "a=x c=y", "a=1", "a=x b=2 c=z"]
    reasons = [row["reason"] for row in read(form, Layout(), lines)]
    assert [reason is None for reason in reasons] == [True, True, False, False, True]
    assert str(reasons[2]).startswith("a or b: ")
    assert str(reasons[3]).startswith("c: ")
    faults = [form.check(line, Layout()) for line in lines]
    assert [str(fault) if fault else None for fault in faults] == [
        None,
        None,
        "a or b: found 'x'",
        "c: the line ends before it",
        None,
    ]


def test_no_needs_are_always_met() -> None:
    assert unmet({}, {}) is None
    assert pl.select(unmet_reason({}, {})).item() is None


_PIECE = st.text(st.sampled_from('ak= "\\\t|,\x1f-é'), max_size=40)


@pytest.mark.parametrize("pairs", [SPACED, TABBED, BARRED, Pairs(ends="")])
@given(line=_PIECE)
def test_table_and_python_read_the_same(pairs: Pairs, line: str) -> None:
    cells(pairs, line, "a", "k", "ak")


@given(st.dictionaries(st.from_regex(r"\A[a-z]{1,5}\Z"), st.text(st.characters(categories=("L",)))))
def test_what_is_written_is_read(values: dict[str, str]) -> None:
    line = " ".join(f'{key}="{value}"' for key, value in values.items())
    assert SPACED.values(line) == {key: value for key, value in values.items() if value}


def test_hostile_lines_take_linear_time() -> None:
    lines = ['k="' + '\\"' * 50_000, "a=" * 50_000, '="' * 50_000, " " * 100_000, 'k="a" ' * 20_000]
    for line in lines:
        SPACED.values(line)
    frame = pl.DataFrame({"text": lines}).with_columns(marked=SPACED.marked())
    assert frame.select(SPACED.cell(pl.col("marked"), "k")).height == len(lines)
