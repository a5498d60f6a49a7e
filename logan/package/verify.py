"""Whether a package is as it was made, adds up, and is of whom it should be, without a network.

Verifying proves that nothing was changed since the sums were written, and with a signature by whom
they were written; never that the logs were whole or that logan was right.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from logan.package.faults import PackageFault
from logan.package.file_checks import check_files, check_manifest
from logan.package.files import hash_file
from logan.package.names import MANIFEST, REPORT
from logan.package.reading import Package, PackageError, is_plain, open_package
from logan.package.signatures import SealProof, check_signature, check_stamp
from logan.package.table_checks import check_tables

Requirement = Literal["signature", "time"]
REQUIREMENTS: Final = get_args(Requirement)


@dataclass(frozen=True, slots=True)
class PackageVerdict:
    """What verifying a package came to. Without faults it is sound."""

    package: Package
    manifest_sha256: str
    faults: tuple[PackageFault, ...]
    signature: SealProof
    stamp: SealProof

    @property
    def sound(self) -> bool:
        """True where nothing is wrong, as far as it can be checked."""
        return not self.faults


def verify(
    folder: Path,
    *,
    signers: Path | None = None,
    authority: Path | None = None,
    required: Collection[Requirement] = (),
    previous: Path | None = None,
) -> PackageVerdict:
    """Check a package: files, manifest, tables, signature, time stamp, and what came before it.

    `previous` is the package that this one must name as the one before. Raises `PackageError` for
    what is no package or a newer one; if its files were changed, that is a fault and no error.
    """
    files = tuple(check_files(folder)) if folder.is_dir() else ()
    try:
        package = open_package(folder)
    except PackageError:
        changed = [fault for fault in files if fault.place == MANIFEST and "changed" in fault.what]
        if not changed:
            raise
        package = Package(folder, {})
    signature, stamp = check_signature(folder, signers), check_stamp(folder, authority)
    proofs: dict[Requirement, SealProof] = {"signature": signature, "time": stamp}
    faults = [
        *files,
        *(_check_content(package, files) if package.manifest else ()),
        *(fault for name, proof in proofs.items() for fault in _faults_of(name, proof, required)),
        *(_check_previous(package, previous) if previous else ()),
    ]
    return PackageVerdict(package, hash_file(folder / MANIFEST), tuple(faults), signature, stamp)


def _check_content(package: Package, files: Collection[PackageFault]) -> Iterator[PackageFault]:
    """What the manifest and the tables say; a file that is known to be changed is named once."""
    try:
        known = {fault.place for fault in files}
        listed = check_manifest(package.folder, package.manifest)
        yield from (fault for fault in listed if fault.place not in known)
        told = {(fault.place, fault.what) for fault in files}
        counted = check_tables(package)
        yield from (fault for fault in counted if (fault.place, fault.what) not in told)
        yield from _check_report(package)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        what = f"is not made as its form says ({type(error).__name__})"
        yield PackageFault(MANIFEST, what, "it was altered; ask for the package again")


def _check_report(package: Package) -> Iterator[PackageFault]:
    path = package.folder / REPORT
    digest = hash_file(package.folder / MANIFEST)
    if is_plain(path) and digest not in path.read_text(encoding="utf-8", errors="replace"):
        meaning = "the report was made from other numbers; make it again with logan report"
        yield PackageFault(REPORT, f"does not name the hash of {MANIFEST}", meaning)


def _faults_of(
    name: Requirement, proof: SealProof, required: Collection[Requirement]
) -> Iterator[PackageFault]:
    """A wrong proof is a fault; any but a good one where it is required."""
    what = {"signature": "signature", "time": "time stamp"}[name]
    if proof.state == "wrong":
        yield PackageFault(
            what, proof.words, "whoever altered the package may have altered all of it"
        )
    elif name in required and proof.state != "good":
        state = "is absent" if proof.state == "absent" else proof.words
        yield PackageFault(
            what, f"{state}, and it is required", "nothing proves who made it, or when"
        )


def _check_previous(package: Package, previous: Path) -> Iterator[PackageFault]:
    open_package(previous)
    named = (package.manifest.get("previous") or {}).get("manifest_sha256")
    meaning = "a package in between may have been left out"
    if named is None:
        yield PackageFault(MANIFEST, "names no package before this one", meaning)
    elif named != hash_file(previous / MANIFEST):
        yield PackageFault(
            MANIFEST, f"names another package before this one than {previous}", meaning
        )
