"""The audit's configuration: what it means, and that every problem comes at once with its line."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logan.audit.configuration import (
    AuditConfiguration,
    Gateway,
    Hold,
    PeopleFiles,
    Recipient,
    RuleChoice,
    read_configuration,
    unheard,
)
from logan.audit.configuration_values import Purpose, RetentionPeriod
from logan.audit.subjects import FINDINGS, OPERATIONS, SUBJECTS
from logan.errors import ConfigurationError, Problem

LEAST = """\
ledger = "ledger.sqlite"

[[gateway]]
name = "hq"
paths = ["access.log*"]

[keep]
hits = "400d"
counts = "7y"
"""
WHOLE = """\
ledger = "ledger.sqlite"
name = "METRO"
tz = "Europe/London"

[[gateway]]
name = "hq-squid"
paths = [
    "access.log*",
    "/absolute/*.gz",
]
exclude = ["cache.log*"]
format = "squid"
silence = "3h"
late = "14d"

[[gateway]]
name = "boroughs"
paths = ["boroughs/"]
tz = "+02:00"
date_order = "dmy"

[rules]
packs = ["facial-search"]

[people]
people = "people.csv"

[[tell]]
about = ["hits", "searches"]
run = ["/usr/bin/mail", "-s", "a subject", "-s", "psd@metro.test"]

[[tell]]
about = ["incomplete"]
run = ["cat"]
names = true

[[hold]]
reference = "FOI 17"
all = true

[[hold]]
reference = "case 3"
user = 'METRO\\x'
until = 2027-01-31

[keep]
hits = "400d"
counts = "7y"

[write]
prometheus = "logan.prom"
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "access.log").write_text("")
    return tmp_path


def read(place: Path, text: str, purpose: Purpose = Purpose.RUN) -> AuditConfiguration:
    path = place / "audit.toml"
    path.write_text(text)
    return read_configuration(path, purpose)


def refused(place: Path, text: str, purpose: Purpose = Purpose.RUN) -> list[Problem]:
    with pytest.raises(ConfigurationError) as caught:
        read(place, text, purpose)
    return caught.value.problems


def said(place: Path, text: str, purpose: Purpose = Purpose.RUN) -> list[tuple[int | None, str]]:
    return [(one.line, one.message) for one in refused(place, text, purpose)]


def test_the_least_that_an_audit_needs(place: Path) -> None:
    found = read(place, LEAST, Purpose.BEGIN)
    assert found.ledger == place / "ledger.sqlite"
    assert found.gateways == (Gateway("hq", (f"{place}/access.log*",), None, None, None, None, 3),)
    assert (found.name, found.tz, found.rules, found.people) == (None, "UTC", RuleChoice(), None)
    assert (found.tell, found.holds, found.prometheus) == ((), (), None)
    assert found.sha256 == hashlib.sha256(LEAST.encode()).hexdigest()
    assert unheard(found) == tuple(SUBJECTS)


def test_everything_that_it_can_say(place: Path) -> None:
    (place / "people.csv").write_text("account\n")
    found = read(place, WHOLE)
    squid, boroughs = found.gateways
    assert squid.paths == (f"{place}/access.log*", "/absolute/*.gz")
    assert (squid.tz, squid.format, squid.exclude) == ("Europe/London", "squid", ("cache.log*",))
    assert (squid.silence, squid.late) == (timedelta(hours=3), timedelta(days=14))
    assert (boroughs.tz, boroughs.date_order, boroughs.line) == ("+02:00", "dmy", 16)
    assert all(form.name.startswith("squid") for form in squid.formats())
    assert len(boroughs.formats()) > 50
    assert found.people == PeopleFiles(people=place / "people.csv")
    mail = ("/usr/bin/mail", "-s", "a subject", "-s", "psd@metro.test")
    assert found.tell == (
        Recipient(("hits", "searches"), mail, names=False, line=28),
        Recipient(("incomplete",), ("cat",), names=True, line=32),
    )
    assert found.holds == (
        Hold("FOI 17", None, None),
        Hold("case 3", "METRO\\x", date(2027, 1, 31)),
    )
    assert (str(found.keep.hits), str(found.keep.counts)) == ("400d", "7y")
    assert found.prometheus == place / "logan.prom"
    assert set(unheard(found)) == set(SUBJECTS) - {"hits", "searches", "incomplete"}


def test_every_problem_comes_at_once_with_its_line(place: Path) -> None:
    text = """\
ledger = "no/such/ledger.sqlite"
nam = "METRO"
[[gateway]]
name = "hq"
paths = [
  "access.log",
  "nowhere/*",
]
tz = "Europe/Londn"
format = "squidd"
silence = "3"
late = 14
[[gateway]]
name = "HQ"
paths = []
[[gateway]]
paths = ["access.log"]
squid_logformat = "%zz"
[rules]
packs = ["facial-serch"]
[people]
people = "people.csv"
[[tell]]
about = ["hits", "serches"]
run = ["/no/such/mail"]
names = "no"
[[tell]]
about = ["hits"]
run = "mail -s x"
[[hold]]
reference = "x"
[keep]
hits = "400d"
counts = "a while"
[write]
prometheus = "/no/such/folder/x.prom"
"""
    found = refused(place, text, Purpose.BEGIN)
    assert [one.line for one in found] == sorted(one.line or 0 for one in found)
    assert {one.path for one in found} == {place / "audit.toml"}
    assert [(one.line, one.message) for one in found] == [
        (1, f"`ledger`: there is no folder {place}/no/such"),
        (2, "the configuration has no key `nam`"),
        (7, f"`paths`: nothing is found at {place}/nowhere/*"),
        (9, "`tz` is `Europe/Londn`, no time zone"),
        (11, "`silence` is `3`, not a length of time"),
        (12, "`late` is `14`, not a length of time"),
        (15, "`paths` is an empty list"),
        (16, "a gateway lacks `name`"),
        (20, "no rule pack is called `facial-serch`"),
        (22, f"`people`: {place}/people.csv does not exist"),
        (24, "`about` is `serches`"),
        (25, "`run`: there is no command `/no/such/mail`"),
        (26, "`names` is `no`"),
        (29, "`run` is `mail -s x`, not a command"),
        (30, "a hold needs exactly one of user, all"),
        (34, "`counts` is `a while`, not a length of time"),
        (36, "`prometheus`: there is no folder /no/such/folder"),
    ]
    advice = {one.line: one.advice for one in found}
    assert advice[2] == "Did you mean `name`?"
    assert advice[20] == "Did you mean `facial-search`?"
    assert advice[24] == "Did you mean `searches`?"


def test_what_keys_mean_together(place: Path) -> None:
    gateway = '[[gateway]]\nname = "{}"\npaths = ["access.log"]\n{}\n'
    text = (
        'ledger = "l"\n'
        + gateway.format("hq", 'format = "squidd"')
        + gateway.format("HQ", 'squid_logformat = "%ts %ru"\nformat = "w3c"')
        + '[[hold]]\nreference = "x"\nall = false\n[keep]\nhits = "2y"\ncounts = "24w"\n'
    )
    assert said(place, text) == [
        (5, "format squidd: no such format"),
        (7, "a gateway `HQ` is on line 3 already"),
        (9, "has `format` and `squid_logformat`"),
        (13, "`all = false` holds nothing"),
        (16, "counts are kept for less (24w) than the hits they count (2y)"),
    ]


def test_nothing_in_the_file_has_a_default_that_somebody_must_decide(place: Path) -> None:
    assert said(place, 'name = "METRO"\n') == [
        (1, "the configuration lacks `ledger`"),
        (1, "the configuration lacks `gateway`"),
        (1, "the configuration lacks `keep`"),
    ]


def test_the_state_can_be_asked_for_when_what_was_read_is_gone(place: Path) -> None:
    found = read(place, WHOLE.replace("Europe/London", "Gone/Zone"), Purpose.ASK)
    assert found.tz == "Gone/Zone"
    missing = (26, f"`people`: {place}/people.csv does not exist")
    assert missing in said(place, WHOLE)


def test_a_file_of_rules_tells_its_own_problems(place: Path) -> None:
    (place / "own.yaml").write_text("pack: own\nservices: 3\n")
    found = refused(place, LEAST + '[rules]\nfiles = ["own.yaml"]\n')
    assert [(Path(one.path).name, one.line) for one in found][-1] == ("own.yaml", 2)


def test_rights_are_checked_where_an_audit_begins(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Root may read and write everything, and the tests may be root's.
    monkeypatch.setattr("os.access", lambda *_: False)
    assert said(place, LEAST, Purpose.BEGIN) == [
        (1, f"`ledger`: {place} cannot be written by this user"),
        (5, f"`paths`: {place}/access.log cannot be read by this user"),
    ]
    assert read(place, LEAST).ledger == place / "ledger.sqlite"


def test_a_ledger_that_is_a_folder_is_refused(place: Path) -> None:
    (place / "ledger.sqlite").mkdir()
    found = said(place, LEAST, Purpose.BEGIN)
    assert found == [(1, f"`ledger`: {place}/ledger.sqlite is no file")]


@pytest.mark.parametrize("text", ["ledger = ", "\0"])
def test_what_is_no_toml_is_a_problem_of_the_file(place: Path, text: str) -> None:
    assert refused(place, text)[0].message.startswith("is not TOML")


def test_a_configuration_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"audit\.toml: cannot be read: No such file"):
        read_configuration(tmp_path / "audit.toml")


@pytest.mark.parametrize(
    ("text", "moment", "expected"),
    [
        ((400, "d"), datetime(2026, 3, 4, tzinfo=UTC), datetime(2025, 1, 28, tzinfo=UTC)),
        ((2, "w"), datetime(2026, 3, 4, tzinfo=UTC), datetime(2026, 2, 18, tzinfo=UTC)),
        ((7, "y"), datetime(2024, 2, 29, 5, tzinfo=UTC), datetime(2017, 2, 28, 5, tzinfo=UTC)),
        ((1, "mo"), datetime(2026, 1, 31, tzinfo=UTC), datetime(2025, 12, 31, tzinfo=UTC)),
        ((18, "mo"), datetime(2026, 8, 31, tzinfo=UTC), datetime(2025, 2, 28, tzinfo=UTC)),
    ],
)
def test_retention_goes_by_the_calendar(
    text: tuple[int, str], moment: datetime, expected: datetime
) -> None:
    assert RetentionPeriod(*text).before(moment) == expected


@settings(max_examples=200)
@given(
    st.integers(0, len(WHOLE)),
    st.integers(0, 40),
    st.sampled_from(
        ["", '"', "[[gateway]]\n", "= 1\n", "\n", "true", "[1, 2]", "{a = 1}", "\0", "2026-01-01"]
    ),
)
def test_no_mistake_is_a_fault_of_logan(start: int, length: int, instead: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "audit.toml"
        path.write_text(WHOLE[:start] + instead + WHOLE[start + length :])
        try:
            said, problems = read_configuration(path, Purpose.ASK).gateways, []
        except ConfigurationError as error:
            said, problems = (), error.problems
        assert bool(said) != bool(problems)
        assert all(one.path == path and one.message for one in problems)


def test_every_subject_is_a_finding_or_an_operation() -> None:
    assert not set(FINDINGS) & set(OPERATIONS)
    assert set(SUBJECTS) == set(FINDINGS) | set(OPERATIONS)
