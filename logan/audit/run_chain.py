"""The chain of runs: the hash of each is over what it says, and over the hash of the one before."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from logan.audit.ledger_rows import RunRow, columns_of
from logan.audit.ledger_values import to_stored

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


def find_broken_links(
    runs: Sequence[RunRow], rules: Mapping[int, str]
) -> Iterator[tuple[RunRow, str]]:
    """The runs that are not as they were when they ended, or do not follow the one before.

    `runs` are all that ended, in order; `rules` the hashes of rules by their ids. With each comes
    what is wrong with it, in words that follow its name.
    """
    before = None
    for run in runs:
        if run.previous_sha256 != before:
            yield run, "does not follow the run before it"
        if run.sha256 != run_sha256(run, rules.get(run.rules_id, "")):
            yield run, "is not as it was when it ended"
        before = run.sha256
