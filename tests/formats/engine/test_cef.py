import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.formats.engine.cef import CefEvent, LeefEvent, with_domain
from logan.formats.engine.layout import Layout
from tests.formats.engine.reading import read

EVENT = CefEvent(needs={"@vendor": "Acme.*"})
LEEF = LeefEvent(needs={"@vendor": "Acme"})
CEF_KEYS = ("src", "suser", "msg", "request", "last", "cs1")
LEEF_KEYS = ("src", "usrName", "url")
HEADER = "CEF:0|Acme|Gate|1.0|100|Blocked|7|"


def row(event: CefEvent, line: str) -> dict[str, str | None]:
    """Cells of one line as the table reads them; held to what Python reads of the same line."""
    keys = (*event.header, *(LEEF_KEYS if event is LEEF else CEF_KEYS))
    (found,) = read(event, Layout(), [line], *keys)
    known = event.values(line)
    assert (found["reason"] is None) == (event.check(line, Layout()) is None)
    cells = {name: found[name] for name in keys}
    assert {name: value for name, value in cells.items() if value is not None} == {
        name: value for name, value in (known or {}).items() if name in cells
    }
    return found


def test_header_and_extension() -> None:
    line = HEADER.replace("Gate", r"Ga\|te\\") + (
        r"src=10.1.2.3 suser=LDAP://h OU\=Users,DC\=x/Doe John "
        r"request=https://x.example/?a=b&c\=d msg=what was  done "
        "cs1Label=Policy cs1=Staff web cn1Label=Status cn1=403 last="
    )
    found = row(EVENT, line)
    assert found["reason"] is None
    assert found["@product"] == "Ga|te\\"
    assert found["@severity"] == "7"
    assert found["src"] == "10.1.2.3"
    assert found["suser"] == "LDAP://h OU=Users,DC=x/Doe John"
    assert found["request"] == "https://x.example/?a=b&c=d"
    assert found["msg"] == "what was  done"
    assert found["last"] is None
    assert found["cs1"] == "Staff web"


@pytest.mark.parametrize(
    "opening",
    ["CEF:0|", "CEF: 0|", "CEF:1|", "0|", "<13>Jan  1 10:00:00 h CEF:0|", "x CEF:9 CEF:0|"],
)
def test_openings(opening: str) -> None:
    assert row(EVENT, opening + "Acme|G|1|2|n|3|src=10.1.2.3")["src"] == "10.1.2.3"


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("CEF:0|Acme|G|1|2|n|src=10.1.2.3", "header"),
        ("CEF:2|Acme|G|1|2|n|3|src=10.1.2.3", "header"),
        ("LEEF:1.0|Acme|G|1|e|src=10.1.2.3", "header"),
        ("x 0|Acme|G|1|2|n|3|src=10.1.2.3", "header"),
        ("CEF:0|Other|G|1|2|n|3|src=10.1.2.3", "@vendor"),
        ("", "header"),
    ],
)
def test_refused(line: str, field: str) -> None:
    assert str(row(EVENT, line)["reason"]).startswith(f"{field}: ")


def test_no_key_is_found_inside_an_escaped_value() -> None:
    assert row(EVENT, HEADER + r"msg=x suser\=evil src=10.1.2.3")["suser"] is None


def test_custom_fields_by_their_label() -> None:
    line = HEADER + "cs2Label=Policy cs2=Staff flexString1Label=Zone flexString1=Inside"
    event = CefEvent(aliases={"zone": ("label:X", "label:Zone")})
    (found,) = read(event, Layout(), [line], "label:Policy", "zone", "label:Y")
    assert found == {"reason": None, "label:Policy": "Staff", "zone": "Inside", "label:Y": None}


@pytest.mark.parametrize(
    "line",
    [
        "LEEF:1.0|Acme|G|1|e|src=10.1.2.3\tusrName=John Doe\turl=https://x/?a=b",
        "LEEF:1.0|Acme|G|1|e|src=10.1.2.3#011usrName=John Doe#011url=https://x/?a=b",
        "LEEF:1.0|Acme|G|1|e| src=10.1.2.3 usrName=John Doe url=https://x/?a=b",
        "LEEF:2.0|Acme|G|1|e|^|src=10.1.2.3^usrName=John Doe^url=https://x/?a=b",
        "LEEF:2.0|Acme|G|1|e|x5E|src=10.1.2.3^usrName=John Doe^url=https://x/?a=b",
        "LEEF:2.0|Acme|G|1|e|0x7c|src=10.1.2.3|usrName=John Doe|url=https://x/?a=b",
        "LEEF:2.0|Acme|G|1|e||src=10.1.2.3\tusrName=John Doe\turl=https://x/?a=b",
        "LEEF:2.0|Acme|G|1|e|src=10.1.2.3\tusrName=John Doe\turl=https://x/?a=b",
        "<13>Jan  1 10:00:00 h LEEF:2.0|Acme|G|1|e|^|src=10.1.2.3^usrName=John Doe^url=https://x/?a=b",
        "1.0|Acme|G|1|e|src=10.1.2.3\tusrName=John Doe\turl=https://x/?a=b",
    ],
)
def test_every_way_to_part_a_leef_extension(line: str) -> None:
    found = row(LEEF, line)
    assert found["reason"] is None
    assert (found["src"], found["usrName"], found["url"]) == (
        "10.1.2.3",
        "John Doe",
        "https://x/?a=b",
    )


@given(st.text(st.sampled_from("CEF:01|\\= asrc^\t#x5é"), max_size=60))
def test_table_and_python_read_the_same(tail: str) -> None:
    for line in (tail, HEADER + tail, "LEEF:2.0|Acme|G|1|e|" + tail):
        row(EVENT, line)
        row(LEEF, line)


@pytest.mark.parametrize(
    ("user", "domain", "joined"),
    [
        ("jdoe", "FORCE", "FORCE\\jdoe"),
        ("jdoe", None, "jdoe"),
        ("FORCE\\jdoe", "FORCE", "FORCE\\jdoe"),
        ("jdoe@force.example", "FORCE", "jdoe@force.example"),
        ("CN=J Doe,DC=force", "FORCE", "CN=J Doe,DC=force"),
        (None, "FORCE", None),
    ],
)
def test_with_domain(user: str | None, domain: str | None, joined: str | None) -> None:
    cells = pl.DataFrame(
        {"user": [user], "domain": [domain]}, schema={"user": pl.String, "domain": pl.String}
    )
    assert cells.select(with_domain(pl.col("user"), pl.col("domain"))).item() == joined
