"""Writes the sample logs, README.json and the tables of README.md: the same bytes every time.

    python sample_logs/generate.py            write what is missing or different
    python sample_logs/generate.py --check    write nothing; exit 1 if something is stale
    python sample_logs/generate.py --lines    what every line is but the unrelated ones, as CSV
    python sample_logs/generate.py --people   whose every hit is, as CSV

An invented police force, 1 January to 30 March 2024. Every line is made together with the fact of
what it is, so the truth is known before anything has read the logs. The force's lists of its people
are made too, with the truth about them, in the folder `sample_people` beside this one.
"""

import csv
import json
import sys
from collections.abc import Sequence
from pathlib import Path

sys.dont_write_bytecode = True  # a scan of this folder is to find logs, not caches

from generator.files import LogFile, make_files, pack, unpack  # noqa: E402
from generator.people_files import make_people_files  # noqa: E402
from generator.people_readme import make_people_readme  # noqa: E402
from generator.people_truth import decide_all, make_people_truth  # noqa: E402
from generator.readme import make_readme  # noqa: E402
from generator.truth import Planted, check_plan, iso, make_truth, planted_lines  # noqa: E402

HERE = Path(__file__).resolve().parent
PEOPLE = "../sample_people"


def make_contents() -> dict[str, bytes]:
    """Every file that is made, by its path in this folder, before any compression."""
    files = make_files()
    truth = make_truth(files)
    check_plan(truth)
    readme = make_readme((HERE / "README.md").read_text("utf-8"), truth)
    return {
        **{file.path: file.content for file in files},
        "README.json": (json.dumps(truth, indent=1) + "\n").encode(),
        "README.md": readme.encode(),
        **{f"{PEOPLE}/{name}": content for name, content in make_people(files).items()},
    }


def make_people(files: list[LogFile]) -> dict[str, bytes]:
    """The force's files about its people, and the truth about them, by name."""
    truth = make_people_truth(decide_all(planted_hits(files)))
    readme = make_people_readme((HERE / PEOPLE / "README.md").read_text("utf-8"), truth)
    return {
        **make_people_files(),
        "README.json": (json.dumps(truth, indent=1) + "\n").encode(),
        "README.md": readme.encode(),
    }


def planted_hits(files: list[LogFile]) -> list[Planted]:
    """Every hit, in order of files and lines."""
    return [line for line in planted_lines(files) if line.fact.bin == "hit"]


def read_content(path: str) -> bytes | None:
    """What a file of this folder holds, before compression; None where it is missing."""
    place = HERE / path
    return unpack(path, place.read_bytes()) if place.exists() else None


def print_lines() -> None:
    """Every line that a scan must account for by name, as CSV on stdout."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(
        ("file", "line", "time", "bin", "kind", "service", "activity", "action", "user")
    )
    for path, number, (at, _, fact) in planted_lines(make_files()):
        if fact.bin != "unrelated":
            what = (fact.bin, fact.kind, fact.service, fact.activity, fact.action, fact.user)
            writer.writerow((path, number, iso(at), *what))


def print_people() -> None:
    """Whose every hit is and what stands on the register about it, as CSV on stdout."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("file", "line", "match", "person", "unit", "authorisation", "reference"))
    for one in decide_all(planted_hits(make_files())):
        said = (one.match, one.person, one.unit, one.authorisation, one.reference)
        writer.writerow((one.hit.path, one.hit.number, *said))


def main(arguments: Sequence[str]) -> int:
    """The exit status."""
    if "--lines" in arguments:
        print_lines()
        return 0
    if "--people" in arguments:
        print_people()
        return 0
    check = "--check" in arguments
    contents = make_contents()
    stale = [path for path, content in contents.items() if read_content(path) != content]
    for path in stale:
        print(f"{'differs' if check else 'written'}: {path}")
        if not check:
            (HERE / path).parent.mkdir(exist_ok=True)
            (HERE / path).write_bytes(pack(path, contents[path]))
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
