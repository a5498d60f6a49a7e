"""Tells readers what the ledger has for them: each notice once, again where that failed.

A notice is addressed before anything is sent, to those who read about its subject then. Whoever is
added later does not get the past; what is owed to a reader who is gone goes to those there are now.
A notice that nobody reads about goes to standard output, so that none is unheard.
"""

import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from logan.audit.commands import send_to_command
from logan.audit.configuration import AuditConfiguration, Recipient
from logan.audit.ledger import Ledger
from logan.audit.ledger_rows import DeliveryRow, NoticeRow
from logan.audit.message import write_message
from logan.errors import OutputError

#: Stands for standard output among the recipients.
STANDARD_OUTPUT: Final = "-"

_NOT_ADDRESSED: Final = (
    "WHERE NOT EXISTS (SELECT 1 FROM delivery WHERE notice = notice.id) ORDER BY id"
)
_TAKE_BACK: Final = "DELETE FROM delivery WHERE notice = ? AND recipient = ?"
_NOT_DELIVERED: Final = "WHERE delivered IS NULL ORDER BY recipient, notice"


@dataclass(frozen=True, slots=True)
class DeliveryFailure:
    """Notices that one reader could not be told: which command, how many, and why."""

    recipient: str
    notices: int
    why: str


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """How many notices reached somebody, and what could not be delivered; that stays owed."""

    delivered: int
    failures: tuple[DeliveryFailure, ...]


Send = Callable[[Sequence[str], str], str | None]


def recipient_name(recipient: Recipient) -> str:
    """What a reader is known by in the ledger: the command, as one would type it."""
    return shlex.join(recipient.run)


def deliver(
    ledger: Ledger,
    configuration: AuditConfiguration,
    *,
    now: Callable[[], datetime],
    print_text: Callable[[str], None],
    send: Send = send_to_command,
) -> DeliveryOutcome:
    """Tell all that is owed: all notices for one reader in one message.

    Needs the ledger's lock. A message is sent, then noted as delivered: a kill between the two
    sends it again, with the same keys. `print_text` writes on standard output, and raises
    `OutputError` where that fails. Raises `LedgerError` where the ledger cannot be written.
    """
    with ledger.transaction():
        _address(ledger, configuration)
    owed: dict[str, list[int]] = {}
    for row in ledger.select(DeliveryRow, _NOT_DELIVERED):
        owed.setdefault(row.recipient, []).append(row.notice)
    delivered: set[int] = set()
    failures = []
    for name, ids in owed.items():
        text = _write(name, [_notice(ledger, one) for one in ids], configuration)
        words = _words(name, configuration)
        why = send(words, text) if words else _printed(text, print_text)
        moment = None if why else now()
        with ledger.transaction():
            ledger.insert_all((DeliveryRow(one, name, moment, why) for one in ids), replace=True)
        if why:
            failures.append(DeliveryFailure(name, len(ids), why))
        else:
            delivered.update(ids)
    return DeliveryOutcome(len(delivered), tuple(failures))


def tell_directly(
    configuration: AuditConfiguration, notice: NoticeRow, *, send: Send = send_to_command
) -> tuple[DeliveryFailure, ...]:
    """Tell what the ledger cannot take, as when it is locked or its disk is full.

    Nothing is remembered: it is told again whenever it happens again. Returns what failed.
    """
    named = {name: None for name, _ in _readers_about(notice.about, configuration)}
    sent = [
        (name, send(_words(name, configuration), _write(name, [notice], configuration)))
        for name in named
    ]
    return tuple(DeliveryFailure(name, 1, why) for name, why in sent if why)


def _readers_about(
    about: str, configuration: AuditConfiguration
) -> Iterator[tuple[str, Recipient]]:
    for one in configuration.tell:
        if about in one.about:
            yield recipient_name(one), one


def _words(name: str, configuration: AuditConfiguration) -> tuple[str, ...]:
    """The command of a reader; none for standard output."""
    return next((one.run for one in configuration.tell if recipient_name(one) == name), ())


def _write(name: str, notices: Sequence[NoticeRow], configuration: AuditConfiguration) -> str:
    """The message for a reader, who may get the names with some subjects and not with others."""
    entries = [one for one in configuration.tell if recipient_name(one) == name and one.names]
    named = frozenset(subject for one in entries for subject in one.about)
    return write_message(notices, configuration, named=named)


def _printed(text: str, print_text: Callable[[str], None]) -> str | None:
    try:
        print_text(text)
    except OutputError as error:
        return str(error)
    return None


def _notice(ledger: Ledger, number: int) -> NoticeRow:
    return ledger.select(NoticeRow, "WHERE id = ?", number)[0]


def _address(ledger: Ledger, configuration: AuditConfiguration) -> None:
    """Note to whom every notice is to go that nobody had yet, or whose reader is gone."""
    known = {STANDARD_OUTPUT, *map(recipient_name, configuration.tell)}
    owed = ledger.select(DeliveryRow, _NOT_DELIVERED)
    gone = [row for row in owed if row.recipient not in known]
    for row in gone:
        ledger.connection.execute(_TAKE_BACK, (row.notice, row.recipient))
    fresh = ledger.select(NoticeRow, _NOT_ADDRESSED)
    orphans = {row.notice: _notice(ledger, row.notice) for row in gone}
    for notice in (orphans | {one.id: one for one in fresh}).values():
        wanted = {name for name, _ in _readers_about(notice.about, configuration)}
        rows = ledger.select(DeliveryRow, "WHERE notice = ?", notice.id)
        has = {row.recipient for row in rows}
        if not wanted and not has:
            wanted = {STANDARD_OUTPUT}
        ledger.insert_all(DeliveryRow(notice.id, name, None) for name in sorted(wanted - has))
