"""The rules that a ledger's lines were read by, as it keeps them, word for word."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from logan.audit.ledger import Ledger, LedgerError
from logan.audit.ledger_rows import RuleFileRow
from logan.rules.load import load_packs
from logan.rules.model import Rules
from logan.runtime.private_folder import PrivateFolder


def newest_rules(ledger: Ledger) -> int:
    """The number of the rules by which the last lines were read.

    Raises `LedgerError` where nothing was read so far.
    """
    query = "SELECT max(rules_id) FROM segment WHERE superseded_by IS NULL"
    newest = ledger.value(query)
    if not isinstance(newest, int):
        raise LedgerError(
            f"{ledger.path}: no line was read so far. `logan audit run` reads what there is."
        )
    return newest


@contextmanager
def load_kept_rules(ledger: Ledger, rules_id: int) -> Iterator[Rules]:
    """Rules out of a ledger. Their files last as long as the block.

    Raises `ConfigurationError` where this logan does not understand them.
    """
    folder = PrivateFolder()
    paths = []
    for row in ledger.select(RuleFileRow, "WHERE rules_id = ? ORDER BY position", rules_id):
        path = folder.path / row.name
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(row.content)
        paths.append(path)
    yield load_packs(paths)
    del folder
