"""The chain of runs: the hash of each is over what it says, and over the hash of the one before."""

import hashlib
import json
from collections.abc import Sequence
from typing import Final

from logan.audit.ledger_rows import RunRow, columns_of, to_stored

#: What a person does to a run later on, and the hash itself.
_NOT_HASHED: Final = ("seen", "sha256", "rules_id")


def rules_sha256(files: Sequence[tuple[str, bytes]]) -> str:
    """The hash of rule files in their order, by names and contents."""
    digest = hashlib.sha256()
    for name, content in files:
        digest.update(f"{hashlib.sha256(content).hexdigest()}  {name}\n".encode())
    return digest.hexdigest()


def run_sha256(run: RunRow, rules: str) -> str:
    """The hash of a run, with that of the run before in it. `rules` is the hash of its rules."""
    said = {name: to_stored(getattr(run, name)) for name in columns_of(RunRow)}
    said = {name: value for name, value in said.items() if name not in _NOT_HASHED}
    return hashlib.sha256(json.dumps({**said, "rules": rules}, sort_keys=True).encode()).hexdigest()
