"""What verifying finds: one changed byte anywhere, what is missing or too much, sums, signatures."""

import csv
import io
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from logan.package.checksums import write_sums
from logan.package.files import hash_file
from logan.package.names import FILES, SUMS
from logan.package.request import PreviousPackage
from logan.schema import TABLES
from tests.conftest import Run
from tests.faults.logs import squid, write_log
from tests.outputs.stories import STORIES
from tests.package.builders import write


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package that no test changes."""
    return write(STORIES["quarter"](), tmp_path_factory.mktemp("made") / "out")


@pytest.fixture
def package(tmp_path: Path, made: Path) -> Path:
    """A copy of it, to be changed."""
    return shutil.copytree(made, tmp_path / "out")


def seal(package: Path) -> None:
    """Write the sums again, as somebody would who alters a package."""
    (package / SUMS).write_text(write_sums(package), encoding="utf-8")


def test_a_package_is_sound(run: Run, package: Path) -> None:
    ran = run("verify", package)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith(f"SOUND: {package}: nothing was changed")
    assert json.loads(run("verify", package, "--json").out)["sound"] is True
    assert run("verify", package, "-q").out == ""


def test_a_file_is_no_folder_that_is_missing(run: Run, package: Path) -> None:
    packed = package.parent / "package.zip"
    packed.write_bytes(b"PK")
    ran = run("verify", packed)
    assert (ran.status, "unpack it and name the folder" in ran.err) == (2, True)
    ran = run("show", package / "manifest.json", "00")
    assert ran.status == 2
    assert ran.err.endswith(f"is a file of a package; name its folder: {package}\n")
    assert "no such folder" in run("verify", package.parent / "nowhere").err


@pytest.mark.parametrize("name", [*FILES, "rules/mine.yaml"])
def test_one_changed_byte_anywhere_is_named(run: Run, package: Path, name: str) -> None:
    path = package / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    ran = run("verify", package)
    assert ran.status == 1
    assert "NOT SOUND" in ran.out
    assert name in ran.out


@pytest.mark.parametrize("name", [*FILES, "rules/mine.yaml"])
def test_a_missing_file_is_named(run: Run, package: Path, name: str) -> None:
    (package / name).unlink()
    ran = run("verify", package)
    if name == "manifest.json":
        assert (ran.status, "no manifest.json" in ran.err) == (3, True)
    else:
        assert ran.status == 1
        assert f"{name}: is missing" in ran.out


@pytest.mark.parametrize("name", ["notes.txt", ".hidden", "rules/extra.yaml", "deep/er/file"])
def test_an_extra_file_is_named(run: Run, package: Path, name: str) -> None:
    (package / name).parent.mkdir(parents=True, exist_ok=True)
    (package / name).write_text("x")
    ran = run("verify", package)
    assert ran.status == 1
    assert name in ran.out


def test_a_link_out_of_the_folder_is_not_followed(run: Run, package: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.csv"
    shutil.move(package / "hits.csv", outside)
    (package / "hits.csv").symlink_to(outside)
    ran = run("verify", package)
    assert ran.status == 1
    assert "hits.csv: is a symbolic link" in ran.out
    (package / "more").symlink_to("/")
    assert "more: is a symbolic link" in run("verify", package).out


def change_row(package: Path, table: str, change: Callable[[list[dict[str, str]]], None]) -> None:
    """Alter a table, and everything that tells its hash."""
    path = package / table
    rows = list(csv.DictReader(io.StringIO(path.read_bytes().decode(), newline="")))
    change(rows)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, TABLES[table], lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode())
    manifest = json.loads((package / "manifest.json").read_text())
    for output in manifest["outputs"]:
        if output["file"] == table:
            ran = write_sums(package)
            output["sha256"] = re.search(rf"(\w+)  {table}", ran)[1]  # type: ignore[index]
            output["rows"], output["bytes"] = len(rows), path.stat().st_size
            if table == "sources.csv":
                manifest["inputs_sha256"] = output["sha256"]
    (package / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    seal(package)


def drop_last(rows: list[dict[str, str]]) -> None:
    rows.pop()


def add_one(column: str) -> Callable[[list[dict[str, str]]], None]:
    def change(rows: list[dict[str, str]]) -> None:
        rows[0][column] = str(int(rows[0][column]) + 1)

    return change


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("hits.csv", drop_last),
        ("mentions.csv", drop_last),
        ("users.csv", drop_last),
        ("users.csv", add_one("hits")),
        ("windows.csv", add_one("hits")),
        ("services.csv", add_one("hits")),
        ("sessions.csv", drop_last),
        ("rules.csv", add_one("hits")),
        ("sources.csv", add_one("unrelated")),
        ("sources.csv", add_one("hit")),
        ("coverage.csv", add_one("hours")),
    ],
)
def test_who_makes_all_sums_again_is_found_by_the_tables(
    run: Run, package: Path, table: str, change: Callable[[list[dict[str, str]]], None]
) -> None:
    change_row(package, table, change)
    ran = run("verify", package)
    assert ran.status == 1, ran.out
    assert "was changed" not in ran.out
    assert "one of them was altered" in ran.out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"schema": "logan.package/2"}', "newer form"),
        ('{"schema": "logan.summary/1"}', "of the form"),
        ("[]", "of the form"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('{"schema": "logan.package/1"}', "does not say"),
    ],
)
def test_a_manifest_that_cannot_be_read_is_3(
    run: Run, package: Path, content: str, said: str
) -> None:
    (package / "manifest.json").write_text(content)
    seal(package)
    ran = run("verify", package)
    assert ran.status == 3
    assert said in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    "content",
    [
        {"outputs": None},
        {"outputs": [{"file": 1}]},
        {"bins": []},
        {"rules": [{"file": "../../etc/passwd", "sha256": "0"}]},
        {"inputs": "many\x1b[2J"},
    ],
)
def test_a_manifest_of_strange_values_is_no_fault_of_logan(
    run: Run, package: Path, content: dict[str, object]
) -> None:
    manifest = json.loads((package / "manifest.json").read_text())
    (package / "manifest.json").write_text(json.dumps(manifest | content))
    seal(package)
    ran = run("verify", package)
    assert ran.status in (0, 1)
    assert "fault in logan" not in ran.err
    assert "\x1b" not in ran.out


def test_a_package_without_a_manifest_is_explained(run: Run, tmp_path: Path) -> None:
    (tmp_path / "hits.csv").write_text("time\r\n")
    ran = run("verify", tmp_path)
    assert ran.status == 3
    assert "made before logan's packages had one" in ran.err
    assert run("verify", tmp_path / "nowhere").status == 2


def test_the_chain_of_packages(run: Run, package: Path, made: Path) -> None:
    ran = run("verify", package, "--previous", made)
    assert (ran.status, "names no package before" in ran.out) == (1, True)
    manifest = json.loads((package / "manifest.json").read_text())
    digest = re.search(r"(\w+)  manifest.json", write_sums(made))[1]  # type: ignore[index]
    for named, status in ((digest, 0), ("0" * 64, 1)):
        manifest["previous"] = {"manifest_sha256": named, "made": None}
        (package / "manifest.json").write_text(json.dumps(manifest))
        (package / "report.html").unlink(missing_ok=True)
        seal(package)
        faults = json.loads(run("verify", package, "--previous", made, "--json").out)["faults"]
        assert bool([one for one in faults if one["place"] == "manifest.json"]) is bool(status)


def test_a_package_names_the_one_before_it(run: Run, made: Path, tmp_path: Path) -> None:
    before = PreviousPackage(hash_file(made / "manifest.json"), datetime(2024, 4, 1, tzinfo=UTC))
    after = write(STORIES["quarter"](), tmp_path / "after", previous=before)
    assert run("verify", after, "--previous", made).status == 0
    assert json.loads((after / "manifest.json").read_text())["previous"] == {
        "manifest_sha256": before.manifest_sha256,
        "made": "2024-04-01T00:00:00Z",
    }
    assert run("verify", after, "--previous", after).status == 1


def test_what_a_package_says_of_itself_is_said(run: Run, tmp_path: Path) -> None:
    cut = write(STORIES["incomplete"](), tmp_path / "cut")
    assert "INCOMPLETE" in run("verify", cut).out
    narrow = write(STORIES["one_user"](), tmp_path / "narrow")
    ran = run("verify", narrow)
    assert (ran.status, "NARROWED" in ran.out) == (0, True)


@pytest.mark.parametrize("story", sorted(STORIES.keys() - {"hostile"}))
def test_every_kind_of_result_is_sound(run: Run, tmp_path: Path, story: str) -> None:
    ran = run("verify", write(STORIES[story](), tmp_path / "out"))
    assert ran.status == 0, ran.out


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two keys, and lists of signers."""
    if shutil.which("ssh-keygen") is None:
        pytest.skip("needs ssh-keygen: apt-get install openssh-client")
    folder = tmp_path_factory.mktemp("keys")
    for name in ("mine", "other"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name]
        subprocess.run(command, check=True)
    key = (folder / "mine.pub").read_text()
    (folder / "signers").write_text(f"psd@force.example {key}")
    (folder / "expired").write_text(f'psd@force.example valid-before="20200101" {key}')
    (folder / "others").write_text(f"it@force.example {(folder / 'other.pub').read_text()}")
    return folder


def sign(package: Path, key: Path, namespace: str = "logan-package") -> None:
    command = ["ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", namespace, package / SUMS]
    subprocess.run(command, check=True, capture_output=True)


def test_a_signature(run: Run, package: Path, keys: Path) -> None:
    required = ("--require", "signature")
    assert run("verify", package, *required).status == 1
    sign(package, keys / "mine")
    ran = run("verify", package, *required, "--signers", keys / "signers")
    assert (ran.status, "good, by psd@force.example" in ran.out) == (0, True)
    ran = run("verify", package)
    assert (ran.status, "whose key it is was not checked" in ran.out) == (0, True)
    assert run("verify", package, *required).status == 1
    for signers in ("expired", "others"):
        ran = run("verify", package, "--signers", keys / signers)
        assert (ran.status, "signature" in ran.out) == (1, True), signers


def test_a_signature_of_other_sums_or_for_another_purpose(
    run: Run, package: Path, keys: Path
) -> None:
    sign(package, keys / "mine", "file")
    assert run("verify", package, "--signers", keys / "signers").status == 1
    (package / "SHA256SUMS.sig").unlink()
    sign(package, keys / "mine")
    (package / "README.txt").write_text("changed")
    seal(package)
    ran = run("verify", package, "--signers", keys / "signers")
    assert (ran.status, "no valid signature" in ran.out) == (1, True)
    (package / "SHA256SUMS.sig").write_bytes(b"\0" * 99)
    assert run("verify", package).status == 1


def test_a_time_stamp(run: Run, package: Path, tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl: apt-get install openssl")
    certificate = make_authority(tmp_path)
    stamp(package / SUMS, tmp_path)
    ran = run("verify", package, "--require", "time", "--authority", certificate)
    assert (ran.status, "time stamp   good, of" in ran.out) == (0, True), ran.out
    assert "who gave it was not checked" in run("verify", package).out
    other = make_authority(tmp_path / "other")
    assert run("verify", package, "--authority", other).status == 1
    (package / "README.txt").write_text("changed")
    seal(package)
    ran = run("verify", package)
    assert (ran.status, "is no time stamp of these sums" in ran.out) == (1, True)


def openssl(*arguments: object) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def make_authority(folder: Path) -> Path:
    """A time stamp authority of one certificate that signs itself."""
    folder.mkdir(exist_ok=True)
    (folder / "tsa.cnf").write_text(
        "[req]\ndistinguished_name=dn\nx509_extensions=ext\nprompt=no\n[dn]\nCN=Test authority\n"
        "[ext]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
        "extendedKeyUsage=critical,timeStamping\n"
        "[tsa]\ndefault_tsa=t\n[t]\ndir=.\nserial="
        f"{folder}/serial\nsigner_cert={folder}/tsa.pem\nsigner_key={folder}/tsa.key\n"
        "signer_digest=sha256\ndefault_policy=1.2.3.4.1\ndigests=sha256\naccuracy=secs:1\n"
    )
    (folder / "serial").write_text("01\n")
    openssl(
        *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", 2, "-config"),
        *(folder / "tsa.cnf", "-keyout", folder / "tsa.key", "-out", folder / "tsa.pem"),
    )
    return folder / "tsa.pem"


def stamp(path: Path, folder: Path) -> None:
    """Have a file stamped by the authority in a folder."""
    query = path.with_name(f"{path.name}.tsq")
    openssl("ts", "-query", "-data", path, "-sha256", "-cert", "-out", query)
    openssl(
        *("ts", "-reply", "-config", folder / "tsa.cnf", "-section", "t"),
        *("-queryfile", query, "-out", path.with_name(f"{path.name}.tsr")),
    )


def test_a_scan_makes_a_sound_package_of_hostile_names(run: Run, tmp_path: Path) -> None:
    users = ['=cmd|"/C calc"!A0', "\x1b[2Jx", "<script>alert(1)</script>", "004711", "12E4", "a,b"]
    lines = [squid(second, user) for second, user in enumerate(users)]
    log = write_log(tmp_path / "\x1b[31m<b>.log", lines)
    assert run("scan", log, "-q", "--export", tmp_path / "out").status == 0
    ran = run("verify", tmp_path / "out")
    assert (ran.status, "\x1b" in ran.out) == (0, False), ran.out
