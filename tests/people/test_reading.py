"""What rows of the four files say, and what is said of rows that say too little."""

import hashlib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import polars as pl
import pytest

from logan.people.reading import ReadingTerms
from logan.people.registers import ADDRESSES, AUTHORISATIONS, EVENTS, PEOPLE
from tests.people.registers import problems_of, read_people, rows

PEOPLE_CSV: Final = "account,as_of\nMETRO\\a,2024-01-01\n"
KNOWN: Final = ReadingTerms(
    "Europe/London", (), {"pimeyes": "pimeyes", "pimeyes.com": "pimeyes", "face check": "facecheck"}
)


class TestAccounts:
    def test_accounts_are_as_logs_name_them_without_case(self, tmp_path: Path) -> None:
        data = 'account\nMETRO\\\\JDoe\n"  Metro\\JDOE "\nj.doe@METRO.test\n004711\n'
        found = rows(read_people(tmp_path, data), "account")
        assert found == ["metro\\jdoe", "metro\\jdoe", "j.doe@metro.test", "004711"]

    def test_a_row_of_active_directory_is_one_person_with_several_accounts(
        self, tmp_path: Path
    ) -> None:
        data = (
            "mail,SamAccountName,UserPrincipalName,msDS-PrincipalName,Department,Title,EmployeeID\n"
            "J.Doe@metro.test,jdoe,j.doe@METRO.TEST,METRO\\jdoe,Fraud,DC,004711\n"
            ",svc,,,,,\n"
        )
        found = rows(read_people(tmp_path, data), "account", "person", "unit", "role", "line")
        assert found == [
            ("metro\\jdoe", "004711", "Fraud", "DC", 2),
            ("jdoe", "004711", "Fraud", "DC", 2),
            ("j.doe@metro.test", "004711", "Fraud", "DC", 2),
            ("svc", "svc", None, None, 3),
        ]

    def test_a_row_without_a_person_is_the_person_of_its_first_account(
        self, tmp_path: Path
    ) -> None:
        data = "UserPrincipalName,SamAccountName\na@metro.test,a\n"
        assert set(rows(read_people(tmp_path, data), "person")) == {"a"}

    def test_an_account_of_several_is_nobody(self, tmp_path: Path) -> None:
        data = "account,kind,person\npool,Shared,\nsvc,service,\nlab,test,7\na,,\n"
        found = rows(read_people(tmp_path, data), "person", "kind")
        assert found == [(None, "shared"), (None, "service"), ("7", "test"), ("a", None)]

    @pytest.mark.parametrize(
        ("heading", "cell", "accounts"),
        [
            (
                "proxyAddresses",
                "SMTP:a@metro.test;smtp:b@metro.test;X500:/o=First/cn=a;sip:c@metro.test",
                ["a@metro.test", "b@metro.test"],
            ),
            (
                "proxyAddresses",
                "SMTP:a@metro.test smtp:b@metro.test",
                ["a@metro.test", "b@metro.test"],
            ),
            ("proxyAddresses", "X500:/o=First/cn=a", []),
            ("account", "METRO\\a; a@metro.test;", ["metro\\a", "a@metro.test"]),
            ("account", '"METRO\\a\na@metro.test"', ["metro\\a", "a@metro.test"]),
        ],
    )
    def test_cells_with_several(
        self, tmp_path: Path, heading: str, cell: str, accounts: list[str]
    ) -> None:
        found = read_people(tmp_path, f"{heading},unit\n{cell},Fraud\n")
        assert rows(found, "account") == accounts
        assert set(rows(found, "line")) <= {2}

    def test_what_is_nobody_and_rows_without_an_account_are_said(self, tmp_path: Path) -> None:
        data = "account,as_of\n-,2024-01-01\n10.1.2.3,2024-01-01\n,2024-01-01\nb,2024-01-01\n"
        found = read_people(tmp_path, data)
        assert rows(found, "account") == ["b"]
        assert found.limits[1:] == (
            "people.csv has 2 accounts that in logs are nobody (`-`, an address ...): not used.",
            "people.csv has no account on 1 row: not used.",
        )


class TestDamage:
    @pytest.mark.parametrize(
        ("cell", "what"),
        [
            ("4.711E+03", "a number that Excel rounded; its digits are lost"),
            ('"4,711E+11"', "a number that Excel rounded; its digits are lost"),
            ("#N/A", "an error of a formula"),
            ("#NAME?", "an error of a formula"),
            ("#DIV/0!", "an error of a formula"),
            ("System.Object[]", "the name of a type, which PowerShell writes for several values"),
            (
                "Microsoft.ActiveDirectory.Management.ADPropertyValueCollection",
                "the name of a type, which PowerShell writes for several values",
            ),
        ],
    )
    def test_a_cell_that_lost_what_it_was_is_refused(
        self, tmp_path: Path, cell: str, what: str
    ) -> None:
        shown = cell.strip('"')
        assert problems_of(tmp_path, f"account,person\na,1\nb,{cell}\n") == [
            f"people.csv:3: `person` is `{shown[:60]}`: {what}"
        ]

    @pytest.mark.parametrize("cell", ["1E05", "4711", "E+03", "#7", "Systems", "1.5", "-"])
    def test_what_only_looks_like_it_is_text(self, tmp_path: Path, cell: str) -> None:
        assert rows(read_people(tmp_path, f"account,person\na,{cell}\n"), "person") == [cell]


def test_every_problem_of_every_file_comes_at_once(tmp_path: Path) -> None:
    found = problems_of(
        tmp_path,
        "account,kind,from\na,shard,2024-02-30\n",
        KNOWN,
        addresses="address\n10.0.0.0/8\n",
        authorisations="reference,who,activity\n1,jdoe,serch\n",
        events="event,until\nblocked,\n",
    )
    assert [problem.partition(": ")[0] for problem in found] == [
        "people.csv:2",
        "people.csv:2",
        "addresses.csv:2",
        "addresses.csv:2",
        "authorisations.csv:2",
        "authorisations.csv:2",
        "events.csv:1",
    ]
    assert "people.csv:2: `kind` is `shard`, and no such word" in found
    assert "addresses.csv:2: `address` is not one address" in found
    assert "authorisations.csv:2: `activity` is `serch`, and no such word" in found


def test_problems_of_a_file_stand_in_order_of_its_lines(tmp_path: Path) -> None:
    data = "account,from,kind\na,,shard\nb,2024-02-30,\nc,,shred\n"
    found = problems_of(tmp_path, data)
    assert [problem[:12] for problem in found] == [f"people.csv:{line}" for line in (2, 3, 4)]


def test_what_was_read_is_hashed(tmp_path: Path) -> None:
    events = "event,from\nblocked,2024-03-12\n"
    found = read_people(tmp_path, PEOPLE_CSV, events=events)
    assert [(one.role, one.path.name, one.sha256) for one in found.files] == [
        ("people", "people.csv", hashlib.sha256(PEOPLE_CSV.encode()).hexdigest()),
        ("events", "events.csv", hashlib.sha256(events.encode()).hexdigest()),
    ]
    assert found.addresses is None
    assert found.authorisations is None


def test_files_without_rows_are_registers_without_rows_and_said(tmp_path: Path) -> None:
    found = read_people(
        tmp_path,
        "account\n",
        addresses="address,account,device\n",
        authorisations="reference,who\n",
        events="event,from\n",
    )
    frames = {
        "people": (found.people, PEOPLE),
        "addresses": (found.addresses, ADDRESSES),
        "authorisations": (found.authorisations, AUTHORISATIONS),
        "events": (found.events, EVENTS),
    }
    for frame, schema in frames.values():
        assert frame is not None
        assert frame.is_empty()
        assert dict(frame.schema) == schema
    assert found.limits == tuple(f"{role}.csv has no rows." for role in frames)


def test_a_snapshot_is_said_with_its_day(tmp_path: Path) -> None:
    found = read_people(tmp_path, "account,as_of\na,31/03/2024\nb,31/03/2024\n")
    assert rows(found, "as_of") == [date(2024, 3, 31)] * 2
    assert found.limits == (
        "people.csv is a snapshot: its units and persons are those as of 2024-03-31.",
    )


def test_addresses(tmp_path: Path) -> None:
    data = (
        "address,account,device,from,until,origin\n"
        "10.1.2.3,METRO\\A,,2024-01-01T08:00:00Z,2024-01-01T09:00:00+01:00,DHCP\n"
        "2001:DB8::1,,WS-7,2024-01-01,2024-01-02,VPN\n"
    )
    data = data.replace("09:00:00+01:00", "10:00:00+01:00")
    found = read_people(tmp_path, PEOPLE_CSV, addresses=data).addresses
    assert found is not None
    assert found.drop("line").rows() == [
        (
            "10.1.2.3",
            "metro\\a",
            None,
            datetime(2024, 1, 1, 8, tzinfo=UTC),
            datetime(2024, 1, 1, 9, tzinfo=UTC),
            "DHCP",
        ),
        (
            "2001:db8::1",
            None,
            "WS-7",
            datetime(2024, 1, 1, tzinfo=UTC),
            datetime(2024, 1, 3, tzinfo=UTC),
            "VPN",
        ),
    ]


def test_addresses_that_belong_to_an_account_for_ever_are_said(tmp_path: Path) -> None:
    data = "address,account,from,until\n10.1.2.3,a,,\n10.1.2.4,b,2024-01-01,2024-01-02\n"
    found = read_people(tmp_path, PEOPLE_CSV, addresses=data)
    assert "no end or no beginning on 1 row" in found.limits[-1]


@pytest.mark.parametrize("cell", ["10.0.0.0/8", "10.1.2.3-10.1.2.9", "10.1.2.3 10.1.2.4", '"a,b"'])
def test_several_addresses_in_a_cell_are_refused(tmp_path: Path, cell: str) -> None:
    data = f"address,account\n{cell},a\n"
    assert problems_of(tmp_path, PEOPLE_CSV, addresses=data) == [
        "addresses.csv:2: `address` is not one address"
    ]


def test_authorisations(tmp_path: Path) -> None:
    data = (
        "reference,who,service,activity,from,until,granted_by,granted_on,purpose\n"
        "A1,person: 004711,PimEyes,search,2024-01-01,2024-01-31,DI Vance,2023-12-28,op\n"
        "A2,Account:METRO\\\\JDoe,Face Check,,2024-07-01,,,,\n"
        ",unit:Facial Identification Unit,,,,,,,\n"
    )
    registers = read_people(tmp_path, PEOPLE_CSV, KNOWN, authorisations=data)
    found = registers.authorisations
    assert found is not None
    assert found.select("reference", "who_kind", "who", "service", "activity", "line").rows() == [
        ("A1", "person", "004711", "pimeyes", "search", 2),
        ("A2", "account", "metro\\jdoe", "facecheck", None, 3),
        ("line 4", "unit", "Facial Identification Unit", None, None, 4),
    ]
    assert found.select("from", "until", "granted_on").rows() == [
        (
            datetime(2024, 1, 1, tzinfo=UTC),
            datetime(2024, 2, 1, tzinfo=UTC),
            datetime(2023, 12, 28, tzinfo=UTC),
        ),
        (datetime(2024, 6, 30, 23, tzinfo=UTC), None, None),
        (None, None, None),
    ]
    assert registers.limits[1:] == (
        "authorisations.csv has no reference on 1 row: they are called by their lines.",
        "authorisations.csv has no first day on 1 row: they are taken to hold since ever.",
    )


def test_services_that_no_rule_knows_are_kept_and_said(tmp_path: Path) -> None:
    data = "reference,who,service,from\n1,person:1,PimEye,2024-01-01\n2,person:1,Rekognition,2024-01-01\n"
    found = read_people(tmp_path, PEOPLE_CSV, KNOWN, authorisations=data)
    assert found.authorisations is not None
    assert found.authorisations["service"].to_list() == ["PimEye", "Rekognition"]
    assert found.limits[1:] == (
        (
            "authorisations.csv names `PimEye`, which is no service of the rules (1 row, the first on"
            " line 2); `pimeyes` may be meant."
        ),
        (
            "authorisations.csv names `Rekognition`, which is no service of the rules (1 row, the first"
            " on line 3)."
        ),
    )


@pytest.mark.parametrize("who", ["", "jdoe", "person:", "persn:4711", "unit"])
def test_an_authorisation_for_what_is_no_holder(tmp_path: Path, who: str) -> None:
    data = f"reference,who\n1,{who}\n"
    (problem,) = problems_of(tmp_path, PEOPLE_CSV, authorisations=data)
    assert problem.startswith("authorisations.csv:2: `who` is empty, or does not say")


def test_events(tmp_path: Path) -> None:
    data = (
        "event,service,from,until,gateway,note\n"
        "blocked,pimeyes.com,12/03/2024 09:30,,hq-squid,CHG-1\n"
        "Notice to staff,,13/03/2024,13/03/2024,,\n"
    )
    registers = read_people(tmp_path, PEOPLE_CSV, KNOWN, events=data)
    assert registers.events is not None
    assert registers.events.rows() == [
        (
            "blocked",
            "pimeyes",
            datetime(2024, 3, 12, 9, 30, tzinfo=UTC),
            None,
            "hq-squid",
            "CHG-1",
            2,
        ),
        (
            "notice_to_staff",
            None,
            datetime(2024, 3, 13, tzinfo=UTC),
            datetime(2024, 3, 14, tzinfo=UTC),
            None,
            None,
            3,
        ),
    ]


def test_an_event_without_a_name_or_a_beginning(tmp_path: Path) -> None:
    found = problems_of(tmp_path, PEOPLE_CSV, events="event,from\n,2024-01-01\nblocked,\n")
    assert found == ["events.csv:2: `event` is empty", "events.csv:3: `from` is empty"]


def test_ten_spans_of_many_people_are_read_by_row(tmp_path: Path) -> None:
    spans = [
        f"u{n},{n:06d},Unit {s},20{10 + s}-01-01,20{10 + s}-12-31"
        for n in range(500)
        for s in range(10)
    ]
    found = read_people(tmp_path, "account,person,unit,from,until\n" + "\n".join(spans))
    assert len(found.people) == 5_000
    assert found.people["line"].to_list() == list(range(2, 5_002))
    assert found.people.select((pl.col("until") > pl.col("from")).all()).item()
