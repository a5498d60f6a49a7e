"""What a package is asked to say of itself, and by which options its answer came about."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from logan.package.options import ScanOptions
from logan.package.rule_files import RuleFile
from logan.rules.model import Rules


class PreviousPackage(NamedTuple):
    """The package that was made before this one: the hash of its manifest, and when (UTC)."""

    manifest_sha256: str
    made: datetime


@dataclass(frozen=True, slots=True)
class PackageRequest:
    """Facts for the manifest, given by whoever makes a package, and the rules that were used.

    `name` is that of the force or estate, `reference` that of the case, `operator` who made it.
    Names of sources are paths below `base`; None: below the deepest folder that holds them all.
    `options` are those by which the logs were read. `started` is UTC. `previous` is the package
    before this one, where somebody keeps book of them: a chain from which none can be left out.
    """

    rules: Rules
    rule_files: tuple[RuleFile, ...]
    started: datetime
    name: str | None = None
    reference: str | None = None
    operator: str | None = None
    base: Path | str | None = None
    options: ScanOptions = field(default_factory=ScanOptions)
    previous: PreviousPackage | None = None
