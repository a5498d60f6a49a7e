"""Few lines are enough here to go the short way; a scan takes the long one for them."""

from collections.abc import Iterator

import pytest

from logan.formats.engine import cutting


@pytest.fixture(autouse=True, scope="package")
def _cut_few_lines_too() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutting, "LEAST_LINES", 0)
        yield
