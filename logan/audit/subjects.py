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
    "rejected",
    "silence",
    "hole",
    "overlap",
    "empty_folder",
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
    "rescan": "more or fewer hits, as logs were read again or all nights were counted together",
}
#: How the audit itself fares: for whoever keeps the gateways and the machine.
OPERATIONS: Final[dict[Subject, str]] = {
    "incomplete": "something could not be read",
    "rejected": "new lines that name a watched service and could not be parsed",
    "silence": "a gateway without a line for longer than its `silence`",
    "hole": "a log that was cut before it was read to its end",
    "overlap": "a log that two gateways have: it counts once, for one of them",
    "empty_folder": "a folder in a storage with nothing listed below it, as a log may look there",
    "format": "a log that is now taken for another format",
    "rules": "the rules changed: what was read by older ones",
    "locked": "a run that could not start, for another one went on",
    "disk": "a disk that is full, or a ledger that cannot be written",
    "purge": "what was removed as its time was over, and which holds were obeyed",
}
SUBJECTS: Final[dict[Subject, str]] = FINDINGS | OPERATIONS

#: What a reader does about each, as docs/audit.md says at more length.
ADVICE: Final[dict[Subject, str]] = {
    "hits": "Make the package, read it, then mark them as seen (logan audit status CONFIG --seen).",
    "searches": "Somebody looked for a face. Make the package and ask whether it was sanctioned.",
    "not_on_register": "Ask the owner of the register; no entry is no proof of wrong.",
    "after_block": "The block does not hold. Look in the package where the requests went through.",
    "new_service": "A service that had no hits before. Decide whether it is to be blocked.",
    "late": "Packages that were made of that time before are revised: make them again.",
    "rescan": "What was told of that time has changed. Make the packages of it again.",
    "incomplete": 'Fix what is named; the next run reads it. Until then "no hits" proves nothing.',
    "rejected": "Each may be a missing hit. `logan formats explain` shows how a log is read.",
    "silence": "See whether the gateway works and logs, and whether its logs still come here.",
    "hole": "Lines may be lost for good. Let logs be read before they are cut: rotate by renaming.",
    "overlap": "Nothing counts twice. Give each log to one gateway, for its numbers to be right.",
    "empty_folder": "Remove it, or name it in `exclude`; copy a log to a name without the slash.",
    "format": "See with `logan formats explain` whether it is read rightly.",
    "rules": "What was read by older rules still exists: logan audit rescan reads it again.",
    "locked": "Nothing is lost: the next run reads it. See why the other run takes so long.",
    "disk": "Fix what is named, or make room. What was read stands; the next run does the rest.",
    "purge": "Nothing is to be done: what was to be kept so long is gone.",
}
