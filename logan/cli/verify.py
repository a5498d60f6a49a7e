"""`logan verify`: whether a package is as it was made, and by whom."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from logan.cli.export import busy
from logan.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from logan.package.verify import PackageVerdict, Requirement


@click.command(name="verify")
@click.argument("package", type=click.Path(path_type=Path), metavar="PACKAGE")
@click.option(
    "--signers",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="Whose signatures are trusted: an allowed signers file of ssh-keygen.",
)
@click.option(
    "--authority",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="Certificates (PEM) of the time stamp authorities that are trusted.",
)
@click.option(
    "--require",
    metavar="signature,time",
    help="Call it sound only with a trusted signature, a trusted time stamp, or both.",
)
@click.option(
    "--previous",
    type=click.Path(path_type=Path),
    metavar="PACKAGE",
    help="The package that this one must name as the one before it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as one JSON document.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing; the exit status says it.")
def command(
    *,
    package: Path,
    signers: Path | None,
    authority: Path | None,
    require: str | None,
    previous: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Check that a package is as it was made.

    Holds every file against SHA256SUMS and manifest.json, adds the tables up against each other,
    and checks SHA256SUMS.sig (ssh-keygen) and SHA256SUMS.tsr (openssl) where they lie there. It
    needs no key of ours, no network and no logs, and changes nothing.

    \b
    Examples:
      logan verify audit/
      logan verify audit/ --signers force.signers --require signature

    Exit status: 0 sound; 1 altered, missing or extra file, sums that do not add up, signature wrong
    or required and absent, chain broken; 2 usage; 3 not readable, or of a newer form.
    """
    from logan.package.verify import verify

    required = _requirements(require)
    with busy("verifying", quiet=quiet):
        verdict = verify(
            package, signers=signers, authority=authority, required=required, previous=previous
        )
    if not quiet:
        _print(verdict, as_json=as_json)
    sys.exit(ExitStatus.COMPLETE if verdict.sound else ExitStatus.CONDITION_HOLDS)


def _requirements(text: str | None) -> list["Requirement"]:
    from logan.package.verify import REQUIREMENTS

    asked = [word.strip() for word in text.split(",")] if text else []
    for word in asked:
        if word not in REQUIREMENTS:
            raise UsageError(f"--require {word}: not known. Write {', '.join(REQUIREMENTS)}")
    return [one for one in REQUIREMENTS if one in asked]


def _print(verdict: "PackageVerdict", *, as_json: bool) -> None:
    from logan.outputs.verdict import verdict_document, write_verdict

    place = str(verdict.package.folder)
    faults = [(fault.place, fault.what, fault.meaning) for fault in verdict.faults]
    if as_json:
        facts = {
            "manifest_sha256": verdict.manifest_sha256,
            "signature": verdict.signature._asdict(),
            "time_stamp": verdict.stamp._asdict(),
        }
        click.echo(json.dumps(verdict_document(place, facts, faults), indent=2))
        return
    for line in write_verdict(place, _facts(verdict), faults):
        click.echo(line)


def _facts(verdict: "PackageVerdict") -> dict[str, str]:
    manifest = verdict.package.manifest
    facts = {
        "manifest": verdict.manifest_sha256,
        "signature": verdict.signature.words,
        "time stamp": verdict.stamp.words,
    }
    if manifest.get("complete") is False:
        facts["INCOMPLETE"] = "not all logs could be read: every count is a lower bound"
    if manifest.get("narrowed"):
        facts["NARROWED"] = "not all hits are listed: see limits.csv"
    if manifest.get("excluded"):
        facts["LEFT OUT"] = "some files or folders, with --exclude: see limits.csv"
    return facts
