"""What does not fit together in registers is found, line by line; what fits is not."""

from pathlib import Path

import pytest

from logan.people.checks import NOTES, RegisterFinding, bare_account, check_registers
from tests.people.registers import read_people

SERVICES = ("pimeyes", "facecheck")
FORCE = (
    "account,person,unit,from,until\n"
    "METRO\\a,004711,Fraud,2024-01-01,2024-01-31\n"
    "METRO\\a,004711,Homicide,2024-02-01,\n"
    "METRO\\b,000012,Facial Identification Unit,,\n"
)


def found(folder: Path, people: str, **others: str) -> list[tuple[str, str, tuple[int, ...]]]:
    """Findings as (check, file, lines)."""
    return [
        (one.check, one.path.name, one.lines)
        for one in check_registers(read_people(folder, people, **others), SERVICES)
    ]


def first(folder: Path, people: str, **others: str) -> RegisterFinding:
    return check_registers(read_people(folder, people, **others), SERVICES)[0]


def test_sound_lists_have_no_findings(tmp_path: Path) -> None:
    grants = (
        "reference,who,from,granted_on\n"
        "1,person:004711,2024-01-01,2023-12-31\n"
        "2,account:metro\\A,2024-01-01,2024-01-01\n"
        "3,unit:facial identification unit,2024-01-01,\n"
    )
    addresses = (
        "address,account,from,until\n"
        "10.1.2.3,METRO\\a,2024-01-01T08:00Z,2024-01-01T12:00Z\n"
        "10.1.2.3,METRO\\b,2024-01-01T12:00Z,2024-01-01T13:00Z\n"
    )
    assert not found(tmp_path, FORCE, authorisations=grants, addresses=addresses)


class TestPeople:
    def test_one_account_of_two_persons_even_for_a_day(self, tmp_path: Path) -> None:
        rows = "METRO\\c,1,Fraud,,2024-03-01\nmetro\\C,2,Fraud,2024-03-01,\n"
        assert found(tmp_path, FORCE + rows) == [("two_persons", "people.csv", (5, 6))]
        assert first(tmp_path, FORCE + rows).names == ("metro\\c", "1", "2")

    def test_touching_dates_of_two_persons_are_no_overlap(self, tmp_path: Path) -> None:
        rows = "METRO\\c,1,Fraud,,2024-02-29\nMETRO\\c,2,Fraud,2024-03-01,\n"
        assert not found(tmp_path, FORCE + rows)

    def test_one_person_in_two_units(self, tmp_path: Path) -> None:
        rows = "METRO\\c,1,Fraud,,2024-03-02\nMETRO\\c,1,Homicide,2024-03-01,\n"
        assert found(tmp_path, FORCE + rows) == [("two_units", "people.csv", (5, 6))]

    def test_a_day_of_transfer_is_a_note(self, tmp_path: Path) -> None:
        rows = "METRO\\c,1,Fraud,,2024-03-31\nMETRO\\c,1,Homicide,2024-03-31,\n"
        assert found(tmp_path, FORCE + rows) == [("transfer_days", "people.csv", (6,))]
        assert first(tmp_path, FORCE + rows).is_note

    def test_an_account_of_several_may_have_any_rows(self, tmp_path: Path) -> None:
        data = "account,person,kind\npool,1,shared\npool,2,shared\n"
        assert not found(tmp_path, data)

    def test_the_same_row_twice_is_one(self, tmp_path: Path) -> None:
        assert not found(tmp_path, FORCE + FORCE.split("\n", 1)[1])


class TestAddresses:
    def test_one_address_of_two_accounts(self, tmp_path: Path) -> None:
        addresses = (
            "address,account,from,until\n"
            "10.1.2.3,METRO\\a,2024-01-01T08:00Z,2024-01-01T12:00Z\n"
            "10.1.2.3,METRO\\b,2024-01-01T11:59Z,2024-01-01T13:00Z\n"
        )
        assert found(tmp_path, FORCE, addresses=addresses) == [
            ("two_accounts", "addresses.csv", (2, 3))
        ]

    def test_an_account_on_no_list_and_a_device(self, tmp_path: Path) -> None:
        addresses = (
            "address,account,device,from,until\n"
            "10.1.2.3,METRO\\x,,2024-01-01T08:00Z,2024-01-01T12:00Z\n"
            "10.1.2.4,,WS-7,2024-01-01T08:00Z,2024-01-01T12:00Z\n"
        )
        assert found(tmp_path, FORCE, addresses=addresses) == [
            ("unknown_account", "addresses.csv", (2,))
        ]


class TestAuthorisations:
    @pytest.mark.parametrize(
        ("who", "check", "meant"),
        [
            ("person:4711", "unknown_person", "; it has the same number with other zeros in front"),
            ("person:99", "unknown_person", ""),
            (
                "account:a",
                "unknown_account",
                "; it has the same name in another domain, or without one",
            ),
            (
                "account:a@metro.test",
                "unknown_account",
                "; it has the same name in another domain, or without one",
            ),
            ("account:x", "unknown_account", ""),
            (
                "unit:Facial Identification",
                "unknown_unit",
                "; `Facial Identification Unit` may be meant",
            ),
            ("unit:Dogs", "unknown_unit", ""),
        ],
    )
    def test_holders_on_no_list(self, tmp_path: Path, who: str, check: str, meant: str) -> None:
        grants = f"reference,who,from\n1,{who},2024-01-01\n2,{who},2024-02-01\n"
        assert found(tmp_path, FORCE, authorisations=grants) == [
            (check, "authorisations.csv", (2, 3))
        ]
        text = first(tmp_path, FORCE, authorisations=grants).text
        assert text.partition(" of people")[2] == meant

    @pytest.mark.parametrize(
        ("service", "meant"), [("pimeye", "; `pimeyes` may be meant"), ("rekognition", "")]
    )
    def test_services_that_no_rule_knows(self, tmp_path: Path, service: str, meant: str) -> None:
        grants = f"reference,who,service,from\n1,person:004711,{service},2024-01-01\n2,person:004711,facecheck,2024-01-01\n"
        events = f"event,service,from\nblocked,facecheck,2024-01-01\nblocked,{service},2024-01-01\npolicy,,2024-01-01\n"
        assert found(tmp_path, FORCE, authorisations=grants, events=events) == [
            ("unknown_service", "authorisations.csv", (2,)),
            ("unknown_service", "events.csv", (3,)),
        ]
        text = first(tmp_path, FORCE, authorisations=grants).text
        assert text.partition(" of it")[2] == meant

    def test_one_that_was_granted_late_is_a_note(self, tmp_path: Path) -> None:
        grants = "reference,who,from,granted_on\n1,person:004711,2024-01-01,2024-01-02\n"
        assert found(tmp_path, FORCE, authorisations=grants) == [
            ("granted_late", "authorisations.csv", (2,))
        ]


def test_no_text_of_a_finding_names_anybody(tmp_path: Path) -> None:
    rows = "METRO\\c,1234567,Fraud,,2024-03-01\nMETRO\\c,7654321,Fraud,2024-03-01,\n"
    grants = "reference,who,from\n1,person:7777777,2024-01-01\n2,account:hidden,2024-01-01\n"
    findings = check_registers(read_people(tmp_path, FORCE + rows, authorisations=grants), SERVICES)
    assert len(findings) == 3
    for one in findings:
        assert not any(name in one.text for name in one.names)


def test_notes_are_checks_that_need_no_mending() -> None:
    assert {"transfer_days", "granted_late"} == set(NOTES)


def test_the_name_of_an_account_without_where_it_is_from() -> None:
    assert [bare_account(one) for one in ("metro\\a", "a@metro.test", "a")] == ["a"] * 3
