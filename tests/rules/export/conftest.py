"""The rules whose exports are tested: every bundled pack."""

import pytest

from logan.rules.load import load_packs
from logan.rules.model import Rules
from logan.rules.packs import bundled_packs


@pytest.fixture(scope="session")
def rules() -> Rules:
    return load_packs(list(bundled_packs().values()))
