"""What a notice of the audit may be about; the words of `about` in its configuration."""

from typing import Final, Literal

Subject = Literal[
    "hits",
    "searches",
    "not_on_register",
    "after_block",
    "new_service",
    "late",
    "rescan",
    "incomplete",
    "silence",
    "hole",
    "overlap",
    "format",
    "rules",
    "locked",
    "disk",
    "purge",
]

#: What was found: for whoever may know it, never a mailbox that half a department reads.
FINDINGS: Final[dict[Subject, str]] = {
    "hits": "new hits on watched services",
    "searches": "new face searches among them",
    "not_on_register": "new hits without an authorisation on the register",
    "after_block": "hits let through after a service was blocked",
    "new_service": "the first hits on a service that had none",
    "late": "hits in lines older than a gateway's `late`",
    "rescan": "hits found as logs were read again by newer rules",
}
#: How the audit itself fares: for whoever keeps the gateways and the machine.
OPERATIONS: Final[dict[Subject, str]] = {
    "incomplete": "something could not be read",
    "silence": "a gateway without a line for longer than its `silence`",
    "hole": "a log that was cut before it was read to its end",
    "overlap": "lines that stand in two logs, though none is a copy of the other",
    "format": "a log that is now taken for another format",
    "rules": "the rules changed: what was read by older ones",
    "locked": "a run that could not start, for another one went on",
    "disk": "a disk that is full, or a ledger that cannot be written",
    "purge": "what was removed as its time was over, and which holds were obeyed",
}
SUBJECTS: Final[dict[Subject, str]] = FINDINGS | OPERATIONS
