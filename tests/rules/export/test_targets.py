"""Every form gives the same text for the same rules, on every machine and in every run."""

import os
import subprocess
import sys

import pytest

from logan.rules.export.targets import TARGETS, export_rules
from logan.rules.model import Rules

_SCRIPT = """
import hashlib, sys
from logan.rules.export.targets import TARGETS, export_rules
from logan.rules.load import load_packs
from logan.rules.packs import bundled_packs
rules = load_packs(list(bundled_packs().values()))
for name in TARGETS:
    written = export_rules(rules, name)
    print(name, hashlib.sha256(repr(written).encode()).hexdigest())
"""


@pytest.mark.parametrize("target", TARGETS)
def test_a_form_has_files(rules: Rules, target: str) -> None:
    written = export_rules(rules, target)
    assert written.files
    assert all(text.endswith("\n") for text in written.files.values())


def test_an_export_does_not_depend_on_the_run() -> None:
    outputs = {
        subprocess.run(
            [sys.executable, "-c", _SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Pacific/Apia"))
    }
    assert len(outputs) == 1
