"""A listing whose pages got lost on their way is no whole one."""

from collections.abc import Iterator

import pytest

from logan.intake import object_storage
from logan.intake.addresses import parse_address
from logan.intake.object_storage import Listed, ObjectState, list_folder
from logan.intake.storage_faults import StorageError

STATE = ObjectState(5, 1)
WHOLE = [Listed(f"{number}.log", STATE) for number in range(7)]
MISSING = StorageError("nothing is there", missing=True)
BUSY = StorageError("the storage is asked more than it answers", passing=True)


class Answers:
    """What a storage says to one listing after the other; the last thing again and again."""

    def __init__(self, *said: list[Listed] | StorageError) -> None:
        self.said = [*said]
        self.asked = 0

    def __call__(self, _folder: object, *, deep: bool) -> Iterator[Listed]:
        del deep
        self.asked += 1
        said = self.said.pop(0) if len(self.said) > 1 else self.said[0]
        if isinstance(said, StorageError):
            raise said
        yield from said


@pytest.fixture(params=["s3", "gs", "abfs"])
def scheme(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(object_storage, "_PAGE_NAMES", dict.fromkeys(("s3", "gs", "abfs"), 3))
    return str(request.param)


def names(scheme: str, answers: Answers, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(object_storage, "_list_once", answers)
    return sorted(name for name, *_ in list_folder(parse_address(f"{scheme}://b/l"), deep=True))


@pytest.mark.parametrize("left", [0, 3, 6])
def test_a_page_that_names_nothing_is_not_the_last_one(
    scheme: str, left: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To a client an empty answer, or a page of XHTML, ends the listing; the rest was not read."""
    answers = Answers(WHOLE[:left], WHOLE)
    assert len(names(scheme, answers, monkeypatch)) == 7
    assert answers.asked == 2


def test_what_the_second_listing_lacks_is_not_lost(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for second in (WHOLE[:3], MISSING):
        assert len(names(scheme, Answers(WHOLE[:6], second), monkeypatch)) == 6
    with pytest.raises(StorageError, match="asked more"):
        names(scheme, Answers(WHOLE[:6], BUSY), monkeypatch)


def test_a_whole_listing_is_asked_for_once(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Answers(WHOLE)
    assert len(names(scheme, answers, monkeypatch)) == 7
    assert answers.asked == 1


def test_nothing_is_believed_when_it_is_said_twice(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(names(scheme, Answers(MISSING, WHOLE), monkeypatch)) == 7
    answers = Answers(MISSING)
    with pytest.raises(StorageError, match="nothing is there"):
        names(scheme, answers, monkeypatch)
    assert answers.asked == 2


@pytest.mark.parametrize(
    ("scheme", "listed", "asked"),
    [
        # Four names or five: whether the folder was one of them is not known.
        ("s3", [*WHOLE[:5], Listed("d")], 2),
        ("s3", [*WHOLE[:4], Listed("d")], 1),
        # Azure is asked folder by folder.
        ("abfs", [Listed("d"), *(Listed(f"d/{one.name}", STATE) for one in WHOLE[:3])], 2),
        ("abfs", [Listed("d"), *(Listed(f"d/{one.name}", STATE) for one in WHOLE[:2])], 1),
    ],
    indirect=["scheme"],
)
def test_pages_are_counted_as_the_client_asks_for_them(
    scheme: str, listed: list[Listed], asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = Answers(listed)
    names(scheme, answers, monkeypatch)
    assert answers.asked == asked


def test_of_a_listing_that_is_not_deep_no_folder_below_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = Answers([Listed("d"), *WHOLE[:3]])
    monkeypatch.setattr(object_storage, "_list_once", answers)
    list_folder(parse_address("abfs://b/l"), deep=False)
    assert answers.asked == 1
