"""Files as people really hand them in: what is meant beyond doubt is read, the rest is refused."""

from pathlib import Path

import pytest

from logan.outputs.people_limits import list_people_limits
from logan.people.decisions import PeopleMatcher
from logan.people.reading import ReadingTerms
from logan.tables.summary import summarise
from tests.builders import hit, result
from tests.people.builders import account, grant, registers
from tests.people.registers import problems_of, read_people, rows

SERVICES = {
    **dict.fromkeys(("pimeyes", "pimeyes.com"), "pimeyes"),
    **dict.fromkeys(("clearview", "clearview ai", "clearview.ai"), "clearview"),
    **dict.fromkeys(("facecheck", "facecheck.id"), "facecheck"),
}
TERMS = ReadingTerms("Europe/London", (), SERVICES)
PEOPLE = "account,person\nann,1\n"


@pytest.mark.parametrize("sign", ["\u200b", "\u00ad", "\ufeff", "\u200e", "\u2060", "\0", "\x1a"])
def test_signs_that_nobody_sees_make_no_other_name(tmp_path: Path, sign: str) -> None:
    read = read_people(tmp_path, f"account,person,unit\nbob,2,B\nann{sign},0{sign}1,{sign}A B\n")
    assert rows(read, "account", "person", "unit")[1] == ("ann", "01", "A B")
    assert any("signs that nobody sees (the first on line 3)" in one for one in read.limits)


@pytest.mark.parametrize("blank", ["\u00a0", "\u2009", "\u202f", "\u3000", "  ", "\x0b", "\u2028"])
def test_a_blank_is_a_blank(tmp_path: Path, blank: str) -> None:
    read = read_people(tmp_path, f"account,unit\nann,CID{blank}North\nbob,{blank}CID North\n")
    assert rows(read, "unit") == ["CID North", "CID North"]
    assert not any("nobody sees" in one for one in read.limits)


def test_letters_of_other_languages_are_left_alone(tmp_path: Path) -> None:
    units = ["Einheit für Äußeres", "Unité d’enquête", "Ομάδα Α", "警務部", "وحدة"]
    data = "account,unit\n" + "".join(f"a{at},{unit}\n" for at, unit in enumerate(units))
    assert rows(read_people(tmp_path, data), "unit") == units


@pytest.mark.parametrize(
    ("above", "header"),
    [("Officers,,,\n,,,\n", 3), ("Officers\nas of 1 March\n\n", 4), ("sep=,\nOfficers\n", 3)],
)
def test_a_title_above_the_header_is_told_from_it(tmp_path: Path, above: str, header: int) -> None:
    data = f"{above}account,person,unit\nann,1,A\n"
    (problem,) = problems_of(tmp_path, data)
    assert problem.endswith("is no line of names of columns")
    assert problem.startswith(f"people.csv:{2 if above.startswith('sep') else 1}:")
    assert data.split("\n")[header - 1].startswith("account")


def test_lines_that_are_drawn_are_no_rows(tmp_path: Path) -> None:
    data = "|account |person |unit|\n|--------|-------|----|\n|ann     |1      |A   |\n"
    assert rows(read_people(tmp_path, data), "account", "person", "unit", "line") == [
        ("ann", "1", "A", 3)
    ]


@pytest.mark.parametrize(
    ("cell", "ids"),
    [
        ("PimEyes", ["pimeyes"]),
        ("Pim Eyes", ["pimeyes"]),
        ("https://www.pimeyes.com/en?x", ["pimeyes"]),
        ("FaceCheck-ID", ["facecheck"]),
        ("PimEyes; Clearview AI", ["pimeyes", "clearview"]),
        ("PimEyes\nClearview AI and FaceCheck.ID", ["pimeyes", "clearview", "facecheck"]),
        ("all", [None]),
        ("Any", [None]),
        ("*", [None]),
        ("", [None]),
        ("NeoFace, by another maker", ["NeoFace, by another maker"]),
    ],
)
def test_services_by_any_name_and_several_in_a_cell(
    tmp_path: Path, cell: str, ids: list[str | None]
) -> None:
    register = f'reference,who,service\nR1,person:1,"{cell}"\nR2,person:1,clearview\n'
    read = read_people(tmp_path, PEOPLE, TERMS, authorisations=register)
    assert read.authorisations is not None
    found = read.authorisations.select("reference", "service", "line").rows()
    assert found[:-1] == [("R1", one, 2) for one in ids]
    assert found[-1][:2] == ("R2", "clearview")
    assert any("no service of the rules" in one for one in read.limits) is ("NeoFace" in cell)


@pytest.mark.parametrize("sign", [" / ", "; ", ", ", " and ", " + "])
def test_several_services_of_which_one_is_not_known_are_refused(tmp_path: Path, sign: str) -> None:
    register = f'reference,who,service\nR1,person:1,"PimEyes{sign}NeoFace"\n'
    (problem,) = problems_of(tmp_path, PEOPLE, TERMS, authorisations=register)
    assert problem == (
        f"authorisations.csv:2: `service` is `PimEyes{sign}NeoFace`: `NeoFace` is no service of the"
        " rules"
    )


def test_activities_in_words_of_a_register(tmp_path: Path) -> None:
    register = "who,activity\nperson:1,All\nperson:1,Click-Out\n"
    read = read_people(tmp_path, PEOPLE, TERMS, authorisations=register)
    assert read.authorisations is not None
    assert read.authorisations["activity"].to_list() == [None, "click_out"]
    register = 'who,activity\nperson:1,"search, upload"\nperson:1,Searches\n'
    assert problems_of(tmp_path, PEOPLE, TERMS, authorisations=register) == [
        "authorisations.csv:2: `activity` is `search, upload`, and several words",
        "authorisations.csv:3: `activity` is `Searches`, and no such word",
    ]


def test_numbers_and_addresses_that_lost_their_form_are_refused(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, "account,person\nann,4711.0\nbob,4711.5\n")
    assert problem.startswith("people.csv:2: `person` is a number with decimals")
    leases = "address,account\n010.000.000.001,ann\n-,ann\n10.0.0.1,ann\n::1,ann\n"
    found = problems_of(tmp_path, PEOPLE, addresses=leases)
    assert [one.split(":")[1] for one in found] == ["2", "3"]


@pytest.mark.parametrize(
    ("who", "near"),
    [
        ("person:4711", True),
        ("person:004711", False),
        ("person:9", False),
        ("account:other\\ann", True),
        ("account:force\\ann", False),
        ("unit:Facial-ID", True),
        ("unit:facial id", False),
        ("unit:CID", False),
    ],
)
def test_a_row_for_somebody_nearly_like_one_with_hits_is_a_limit(who: str, near: bool) -> None:
    lists = registers([account("force\\ann", "004711", "Facial ID")], authorisations=[grant(who)])
    summary = summarise(
        result([hit("2024-01-02 09:00", "FORCE\\ann")]), people=PeopleMatcher(lists)
    )
    assert summary.by_list is not None
    found = [
        one for one in list_people_limits(summary.by_list) if one.limit == "people_register_near"
    ]
    assert [(one.count, one.of) for one in found] == [(1, 1)] * near
    assert all("(line 2)" in one.text for one in found)
