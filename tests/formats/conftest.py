"""Few lines are enough here for the fast path of cutting; in a scan they take the fallback."""

from collections.abc import Iterator

import pytest

from logan.formats.engine import cutting


@pytest.fixture(autouse=True, scope="package")
def _cut_few_lines_too() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutting, "LEAST_LINES", 0)
        yield
