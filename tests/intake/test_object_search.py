"""What a listing says of folders that may be objects with a log."""

import pytest

from logan.intake import object_search
from logan.intake.addresses import ObjectAddress
from logan.intake.object_storage import Listed, ObjectState
from logan.intake.source_search import find
from logan.intake.storage_faults import StorageError

STATE = ObjectState(5, 1)


def look(address: ObjectAddress) -> None:
    """There is no object, and no folder that has the name of a glob."""
    if "*" in address.key:
        raise StorageError("nothing is there", missing=True)


def folder(name: str) -> Listed:
    return Listed(name, marked=True)


@pytest.mark.parametrize(
    ("listed", "markers"),
    [
        ([folder("2024")], ["2024"]),
        ([folder("2024"), Listed("2024/a.log", STATE)], []),
        ([folder("2024"), Listed("2024-1/a.log", STATE)], ["2024"]),
        ([folder("2024"), folder("2024/01")], ["2024", "2024/01"]),
        ([folder("2024"), folder("2024/01"), Listed("2024/01/a.log", STATE)], []),
        ([folder(".git"), folder("docs/.git")], []),
        ([Listed("2024")], []),
    ],
)
@pytest.mark.parametrize("given", ["gs://bucket/logs", "gs://bucket/**"])
def test_a_folder_that_nothing_is_listed_below(
    monkeypatch: pytest.MonkeyPatch, listed: list[Listed], markers: list[str], given: str
) -> None:
    """An object's name may end with a slash; the client tells no size of it."""
    top = "logs/" if given.endswith("**") else ""
    below = [one._replace(name=f"{top}{one.name}") for one in [*listed, Listed("b.log", STATE)]]
    monkeypatch.setattr(object_search, "look", look)
    monkeypatch.setattr(object_search, "list_folder", lambda *_args, **_options: below)
    found = find([given])
    assert [*found.markers] == [f"gs://bucket/logs/{name}" for name in markers]
    assert not found.unread
