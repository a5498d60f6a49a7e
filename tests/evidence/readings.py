"""Reading and scanning many times by one set of rules, which is compiled once."""

from functools import cache

from logan.evidence.evidence import Evidence
from logan.pipeline import read as reading
from logan.pipeline import scan as scanning
from logan.pipeline.settings import Settings
from logan.result import ScanResult
from logan.rules.compilation import CompiledPatterns, begin_compiling
from logan.rules.packs import load_rules

RULES = load_rules()


@cache
def watched() -> CompiledPatterns:
    """The patterns of the rules: to compile them takes as long as reading a small log fifty times."""
    return begin_compiling(RULES)()


def read(settings: Settings) -> Evidence:
    """`logan.pipeline.read.read`, by these rules."""
    assert settings.rules is RULES
    return reading.read(settings, watched=watched)


def scan(settings: Settings) -> ScanResult:
    """`logan.pipeline.scan.scan`, by these rules."""
    assert settings.rules is RULES
    return scanning.scan(settings, watched=watched)
