"""What many tests of the audit begin with."""

from pathlib import Path

import pytest

from tests.audit.nights import Nights


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    """A force's folder of logs, with an audit of it that has not begun."""
    return Nights(tmp_path)
