"""`README.txt`: what the folder is and how to check it, for whoever opens it without logan."""

from collections.abc import Mapping
from typing import Any, Final

from logan.outputs.words import count

_TEXT: Final = """\
WHAT THIS IS
Use of facial-search sites, as the web-access logs of an organisation show it. Made by logan
{version} from {inputs} with {lines}. Start with report.html (any browser) or
report.xlsx (any spreadsheet). {whole}

CHECK THAT NOTHING WAS CHANGED
Linux:       sha256sum -c SHA256SUMS
macOS:       shasum -a 256 -c SHA256SUMS
PowerShell:  Get-Content SHA256SUMS | ForEach-Object {{ $hash, $name = $_ -split '  ', 2
             if ((Get-FileHash $name).Hash -ne $hash) {{ "CHANGED: $name" }} }}
With logan:  logan verify .     also adds the tables up against each other.
The sums prove only that the files fit each other. Who made them is proved by a signature,
SHA256SUMS.sig (ssh-keygen), and when, by a time stamp, SHA256SUMS.tsr (RFC 3161), where these lie
here. Ask for the SHA-256 of manifest.json by another way: the report prints it as well.

WHAT IS IN IT
hits.csv          every request to a watched service; `hit` is its id, `source` and `line` its proof
mentions.csv      lines that name a service elsewhere; never counted
repeats.csv       further lines about a hit, which are not counted, and why
users.csv         by user, or by address where the logs name no user
services.csv, windows.csv, sessions.csv    by service, by span of time, by session
coverage.csv      which hours have lines at all: no lines is no data, never no use
sources.csv       the log files, their hashes, and where each of their lines went
rejects.csv       lines that name a service and could not be read; each may be a hit that is missing
limits.csv        what these logs cannot show
rules.csv, rules/ the rules that decided, on whose word, and all rules word for word
lookalikes.csv    hosts that only look like a watched service: for IT security
{people}summary.txt, summary.json    the summary for a reader, and for a program
manifest.json     what the answer was made from, and by which options
datapackage.json, csvw-metadata.json    what each column holds, for programs
run.json          who ran it, when and where: equal runs differ in it, and its line in SHA256SUMS

WHAT IT DOES NOT PROVE
A hit is a request, not a visit, not a search, not a person. A user name is an account, which others
may have used. No hits are no proof of no use: other networks and devices leave nothing here.
Nothing here says whether a use was lawful or sanctioned.
"""

_PEOPLE: Final = """\
match.csv         how the force's list of people knows the accounts of the hits: read it first
units.csv, persons.csv    by unit and person at the time of the hit; no account proves a person
authorisations_used.csv   every row of the register that was given, with its use, 0 where unused
after_event.csv   before and after each event: attempts, what was let through, where people went
people_ambiguous.csv      accounts that were two persons' at once: neither is counted
people_used.csv, addresses_used.csv    the rows of the lists that all this rests on, and no others
"""


def write_readme(manifest: Mapping[str, Any]) -> str:
    """The text, with what the manifest says of the answer."""
    inputs, lines = manifest["inputs"], manifest["lines"]
    return _TEXT.format(
        version=manifest["logan"]["version"],
        inputs="1 log file" if inputs == 1 else f"{inputs:,} log files",
        lines="1 line" if lines == 1 else f"{lines:,} lines",
        whole=_say_whole(manifest),
        people=_PEOPLE if manifest.get("people") else "",
    )


def _say_whole(manifest: Mapping[str, Any]) -> str:
    said = []
    if not manifest["complete"]:
        said.append("INCOMPLETE: not all could be read.")
    if manifest["narrowed"]:
        said.append("NARROWED: not all hits are listed.")
    if excluded := manifest.get("excluded"):
        said.append(f"LEFT OUT: {count(len(excluded), 'path')}, with --exclude.")
    return "\n".join(said) or "It is complete, and not narrowed."
