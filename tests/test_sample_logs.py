"""The sample logs say what their README publishes, and `logan scan` finds it.

The logs are counted here by means of their own: split lines and a handful of regular expressions,
nothing of `logan` and nothing of the script that made them.
"""

import bz2
import csv
import gzip
import io
import ipaddress
import json
import lzma
import os
import re
import shutil
import subprocess
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from click.testing import CliRunner

from logan.cli.main import cli

FOLDER = Path(__file__).parents[1] / "sample_logs"
GATEWAYS = ("boroughs-swg", "hq-squid")
DOMAINS = {
    b"pimeyes.com": "pimeyes",
    b"facecheck.id": "facecheck",
    b"clearview.ai": "clearview",
    b"lenso.ai": "lenso",
    b"search4faces.com": "search4faces",
}
NAMED = b"|".join(re.escape(domain) for domain in DOMAINS)
IN_PLACE = re.compile(rb"(?<![a-z0-9.-])([a-z0-9-]+\.)*(" + NAMED + rb")(?![a-z0-9@-]|\.[a-z])")
ADDRESS = re.compile(rb"(?<![\d.])\d+\.\d+\.\d+\.\d+(?![\d.])")
TRANSLATED = b"pimeyes-com.translate.goog"
SQUID = re.compile(
    rb"(?P<time>\d{10}\.\d{3}) +\d+ (?P<client>\S+) (?P<code>\S+)/(?P<status>\d+) \d+ "
    rb"(?P<method>\S+) (?:\w+://)?(?:[^/ ]*@)?(?P<host>[^/: ]+)(?::\d+)?(?P<path>/\S*)? "
    rb"(?P<user>\S+) HIER_\w+/\S+ \S+ \".*"
)


@dataclass(frozen=True, slots=True)
class Request:
    """What the test itself reads out of a line."""

    time: datetime
    client: str
    user: str
    method: str
    host: bytes
    path: str
    status: int
    sent: int
    sets_up: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """A line, where it is, the bin it belongs in, and the service it is a hit on."""

    file: str
    number: int
    bin: str
    service: str | None
    request: Request | None


def opened(path: Path) -> list[bytes]:
    openers: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
    with openers.get(path.suffix, open)(path, "rb") as file:
        return file.read().removesuffix(b"\n").split(b"\n")


def read_squid(line: bytes) -> Request | None:
    found = SQUID.fullmatch(line)
    if found is None:
        return None
    return Request(
        datetime.fromtimestamp(float(found["time"]), tz=UTC),
        found["client"].decode(),
        found["user"].decode(),
        found["method"].decode(),
        found["host"].lower().rstrip(b"."),
        (found["path"] or b"").decode(),
        int(found["status"]),
        0,
        found["code"] in (b"NONE", b"NONE_NONE") and found["method"] == b"CONNECT",
    )


def read_w3c(line: bytes, fields: list[bytes]) -> Request | None:
    cells = dict(zip(fields, re.findall(rb'"[^"]*"|[^" ]\S*', line), strict=False))
    try:
        date = b" ".join((cells[b"date-local"], cells[b"time-local"])).decode()
        return Request(
            datetime.strptime(date, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC),
            cells[b"c-ip"].decode(),
            cells[b"cs-username"].decode(),
            cells[b"cs-method"].decode(),
            cells[b"cs-host"],
            cells[b"cs-uri-path"].decode(),
            int(cells[b"sc-status"]),
            int(cells[b"cs-bytes"]),
            sets_up=False,
        )
    except (KeyError, ValueError):
        return None


def service_of(host: bytes) -> str | None:
    for domain, service in DOMAINS.items():
        if host == domain or host.endswith(b"." + domain):
            return service
    return None


def bin_of(line: bytes, request: Request | None, service: str | None) -> str:
    text = unquote_to_bytes(line.lower())
    named = re.search(NAMED, text) is not None or TRANSLATED in text
    if request is None:
        return "rejected" if named else "unrelated"
    if service is not None:
        return "repeat" if request.status == 407 or request.sets_up else "hit"
    if not named:
        return "unrelated"
    return "mention" if IN_PLACE.search(text) or TRANSLATED in text else "cleared"


def count_file(path: Path) -> Iterator[Counted]:
    file, fields = path.relative_to(FOLDER).as_posix(), []
    for number, line in enumerate(opened(path), 1):
        line = line.removesuffix(b"\r")
        if line.startswith(b"#Fields: "):
            fields = line.split()[1:]
        if not line or line.startswith(b"#"):
            yield Counted(file, number, "directive" if line else "blank", None, None)
            continue
        request = read_w3c(line, fields) if fields else read_squid(line)
        service = service_of(request.host) if request else None
        yield Counted(file, number, bin_of(line, request, service), service, request)


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    return json.loads((FOLDER / "README.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def counted() -> list[Counted]:
    paths = (path for gateway in GATEWAYS for path in sorted((FOLDER / gateway).iterdir()))
    return [line for path in paths for line in count_file(path)]


@pytest.fixture(scope="module")
def hits(counted: list[Counted]) -> dict[str, list[Counted]]:
    found = defaultdict(list)
    for line in counted:
        if line.bin == "hit" and line.service:
            found[line.service].append(line)
    return found


def requests(lines: list[Counted]) -> list[Request]:
    return [line.request for line in lines if line.request]


def generate(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(FOLDER / "generate.py"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


class TestFiles:
    @pytest.mark.parametrize("seed", ["0", "7"])
    def test_the_script_makes_what_is_there_whatever_the_hash_seed_and_zone(
        self, seed: str
    ) -> None:
        made = generate("--check", PYTHONHASHSEED=seed, TZ="Australia/Lord_Howe")
        assert (made.returncode, made.stdout, made.stderr) == (0, "", "")

    def test_nothing_lies_about_that_the_script_does_not_make(self, truth: dict[str, Any]) -> None:
        there = {
            path.relative_to(FOLDER).as_posix()
            for gateway in GATEWAYS
            for path in (FOLDER / gateway).rglob("*")
        }
        assert there == set(truth["files"])

    def test_they_are_small_enough_for_git(self) -> None:
        sizes = [path.stat().st_size for name in GATEWAYS for path in (FOLDER / name).iterdir()]
        assert sum(sizes) < 4_000_000

    def test_no_address_is_anybodys(self) -> None:
        documentation = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
        allowed = [ipaddress.ip_network(net) for net in ("10.0.0.0/8", *documentation)]
        found = {
            match.decode()
            for gateway in GATEWAYS
            for path in (FOLDER / gateway).iterdir()
            for line in opened(path)
            for match in ADDRESS.findall(unquote_to_bytes(line))
        } - {"120.0.0.0"}  # Chrome's version
        strangers = [
            ip for ip in found if not any(ipaddress.ip_address(ip) in net for net in allowed)
        ]
        assert strangers == []


class TestTruth:
    def test_the_headline(self, truth: dict[str, Any], hits: dict[str, list[Counted]]) -> None:
        users = {request.user for request in requests(hits["pimeyes"])}
        assert truth["headline"].startswith(
            f"{len(hits['pimeyes']):,} hits on PimEyes by {len(users)} users"
        )
        assert (len(hits["pimeyes"]), len(users)) == (2_337, 41)

    def test_every_line_of_every_file_is_in_its_bin(
        self, truth: dict[str, Any], counted: list[Counted]
    ) -> None:
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for line in counted:
            found[line.file].update(["lines", line.bin])
        published = {file: Counter(bins) for file, bins in truth["files"].items()}
        assert {file: +bins for file, bins in published.items()} == found
        total = truth["totals"]
        assert sum(found.values(), Counter()) == +Counter(total)
        assert total["lines"] == sum(count for bin_, count in total.items() if bin_ != "lines")

    def test_the_services(self, truth: dict[str, Any], hits: dict[str, list[Counted]]) -> None:
        for service, published in truth["services"].items():
            asked = requests(hits[service])
            users = {request.user for request in asked} - {"-"}
            assert published["hits"] == len(asked)
            assert published["users"] == len(users)
            assert published["hits_without_user"] == sum(request.user == "-" for request in asked)
            assert published["blocked"] == sum(request.status == 403 for request in asked)
            assert published["allowed"] == len(asked) - published["blocked"]
            assert published["possible_uploads"] == sum(request.sent > 100_000 for request in asked)

    def test_what_was_asked_of_pimeyes(
        self, truth: dict[str, Any], hits: dict[str, list[Counted]]
    ) -> None:
        asked = Counter(
            (request.method, request.path.partition("?")[0].split("_")[0])
            for request in requests(hits["pimeyes"])
        )
        published = truth["services"]["pimeyes"]
        assert published["searches"] == asked["POST", "/api/search/new"]
        assert published["uploads"] == asked["POST", "/api/upload/file"]
        form = "/en/opt-out-request-form"
        assert published["opt_out"] == asked["GET", form] + asked["POST", form]
        assert published["by_kind"]["opt-out form sent"] == asked["POST", form]
        assert published["by_kind"]["results page"] == sum(
            count for (_, path), count in asked.items() if path.startswith("/en/results/")
        )
        assert published["by_kind"]["thumbnail"] == sum(
            count for (_, path), count in asked.items() if path.startswith("/proxy/")
        )

    def test_the_first_and_the_last_hit(
        self, truth: dict[str, Any], hits: dict[str, list[Counted]]
    ) -> None:
        for service, published in truth["services"].items():
            times = {line.request.time: line for line in hits[service] if line.request}
            for edge, which in ((min(times), "first_hit"), (max(times), "last_hit")):
                line = times[edge]
                shown = edge.strftime("%Y-%m-%dT%H:%M:%SZ")
                assert published[which] == {"time": shown, "file": line.file, "line": line.number}

    def test_the_users_days_and_weeks_of_pimeyes(
        self, truth: dict[str, Any], hits: dict[str, list[Counted]]
    ) -> None:
        asked = requests(hits["pimeyes"])
        published = truth["pimeyes"]
        users = {user: of["hits"] for user, of in published["by_user"].items()}
        assert users == Counter(request.user for request in asked)
        assert list(users.values()) == sorted(users.values(), reverse=True)
        assert published["by_day"] == Counter(f"{request.time:%Y-%m-%d}" for request in asked)
        assert published["by_iso_week"] == Counter(f"{request.time:%G-W%V}" for request in asked)

    def test_the_sessions(self, truth: dict[str, Any], hits: dict[str, list[Counted]]) -> None:
        by_user = defaultdict(list)
        for request in requests(hits["pimeyes"]):
            by_user[request.user].append(request.time)
        for user, times in by_user.items():
            times.sort()
            starts = [
                time
                for before, time in zip([None, *times], times, strict=False)
                if before is None or time - before > timedelta(minutes=30)
            ]
            assert truth["pimeyes"]["by_user"][user]["sessions"] == len(starts)

    def test_pimeyes_is_blocked_from_one_day_on_and_tried_after_it(
        self, truth: dict[str, Any], hits: dict[str, list[Counted]]
    ) -> None:
        start = datetime.fromisoformat(truth["pimeyes_blocked_from"])
        asked = requests(hits["pimeyes"])
        assert all((request.status == 403) == (request.time >= start) for request in asked)
        days = {request.time.date() for request in asked if request.time >= start}
        assert len(days) >= 10

    def test_hours_without_lines_are_the_published_gap(
        self, truth: dict[str, Any], counted: list[Counted]
    ) -> None:
        (gap,) = truth["gaps"]
        since, until = (datetime.fromisoformat(truth[key]) for key in ("since", "until"))
        every = {since + timedelta(hours=n) for n in range((until - since) // timedelta(hours=1))}
        start, hours = datetime.fromisoformat(gap["from"]), range(gap["hours"])
        for gateway in GATEWAYS:
            there = {
                line.request.time.replace(minute=0, second=0, microsecond=0)
                for line in counted
                if line.request and line.file.startswith(gateway)
            }
            missing = (
                {start + timedelta(hours=n) for n in hours} if gateway == gap["gateway"] else set()
            )
            assert every - there == missing

    def test_every_tunnel_that_is_set_up_is_used_within_seconds_by_the_same_user(
        self, counted: list[Counted]
    ) -> None:
        lines = [line for line in counted if line.service and line.request]
        for at, line in enumerate(lines):
            asked = line.request
            assert asked is not None
            if not asked.sets_up:
                continue
            followers = [
                other.request
                for other in lines[at + 1 : at + 40]
                if other.bin == "hit" and other.file == line.file and other.request
            ]
            assert any(
                (inner.user, inner.client, inner.host) == (asked.user, asked.client, asked.host)
                and inner.time - asked.time < timedelta(seconds=5)
                for inner in followers
            ), line


class TestReadme:
    def test_the_commands_print_what_stands_below_them(self) -> None:
        for tool in ("bash", "gzip", "bzip2", "xz", "grep"):
            if shutil.which(tool) is None:
                pytest.skip(f"{tool} is not installed; on Debian: apt-get install bzip2 xz-utils")
        text = (FOLDER / "README.md").read_text("utf-8")
        blocks = re.findall(r"```sh\n((?:(?!```).)*)# (\d+)\n```", text, re.DOTALL)
        assert len(blocks) == 3
        for command, expected in blocks:
            done = subprocess.run(
                ["bash", "-o", "pipefail", "-c", command],
                capture_output=True,
                text=True,
                check=False,
                cwd=FOLDER.parent,
            )
            assert (done.stdout.strip(), done.stderr) == (expected, "")


@dataclass(frozen=True, slots=True)
class Scanned:
    """What one `logan scan --json --export` of the folder gave."""

    exit_code: int
    summary: dict[str, Any]
    tables: dict[str, list[dict[str, str]]]

    def lines(self, table: str) -> dict[tuple[str, int], dict[str, str]]:
        """A table by the place of its lines, the file as the truth names it."""
        return {(row["source"], int(row["line"])): row for row in self.tables[table]}


def in_folder(source: str) -> str:
    return Path(source).relative_to(FOLDER).as_posix()


def in_a_cell(user: str) -> str:
    """A user name as a spreadsheet cell may hold it: no control character, no formula."""
    text = user.replace("\x1b", "\\x1b")
    return f"'{text}" if text.startswith("=") else text


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    export = tmp_path_factory.mktemp("sample_logs") / "export"
    arguments = ["scan", str(FOLDER), "--json", "--export", str(export)]
    done = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    tables = {}
    for path in export.glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            tables[path.stem] = list(csv.DictReader(file))
    return Scanned(done.exit_code, json.loads(done.stdout), tables)


@pytest.fixture(scope="module")
def planted() -> dict[tuple[str, int], dict[str, str]]:
    """What the script says of every line but the unrelated ones."""
    rows = csv.DictReader(io.StringIO(generate("--lines").stdout))
    return {(row["file"], int(row["line"])): row for row in rows}


class TestScan:
    def test_it_is_complete_and_says_the_headline(
        self, scanned: Scanned, truth: dict[str, Any]
    ) -> None:
        assert scanned.exit_code == 0
        assert scanned.summary["incomplete"] == []
        assert scanned.summary["headline"][0] == truth["headline"]

    def test_every_source_has_every_line_in_its_bin(
        self, scanned: Scanned, truth: dict[str, Any]
    ) -> None:
        found = {
            in_folder(source["name"]): {"lines": source["lines"], **source["bins"]}
            for source in scanned.summary["sources"]
        }
        assert found == truth["files"]

    @pytest.mark.parametrize(
        ("table", "bin_"), [("hits", "hit"), ("mentions", "mention"), ("rejects", "rejected")]
    )
    def test_the_very_lines_that_were_planted_are_exported(
        self,
        scanned: Scanned,
        planted: dict[tuple[str, int], dict[str, str]],
        table: str,
        bin_: str,
    ) -> None:
        expected = {place for place, row in planted.items() if row["bin"] == bin_}
        assert scanned.lines(table).keys() == expected

    def test_every_hit_is_of_the_service_and_action_that_were_planted(
        self, scanned: Scanned, planted: dict[tuple[str, int], dict[str, str]]
    ) -> None:
        for place, hit in scanned.lines("hits").items():
            expected = planted[place]
            assert (hit["service"], hit["action"]) == (expected["service"], expected["action"])
            assert hit["time"].replace("Z", "")[:19] == expected["time"][:19]
            if hit["evidence"] == "url":  # of a tunnel the rules may infer more than was planted
                assert hit["activity"] == expected["activity"], place

    def test_the_services(self, scanned: Scanned, truth: dict[str, Any]) -> None:
        keys = (
            "name",
            "hits",
            "users",
            "allowed",
            "blocked",
            "searches",
            "uploads",
            "possible_uploads",
        )
        found = {
            service["service"]: {key: service[key] for key in keys}
            | {"opt_out": service["opt_outs"]}
            for service in scanned.summary["services"]
        }
        assert found == {
            service: {key: published[key] for key in (*keys, "opt_out")}
            for service, published in truth["services"].items()
        }

    def test_the_users_of_pimeyes(self, scanned: Scanned, truth: dict[str, Any]) -> None:
        keys = ("hits", "searches", "uploads", "blocked", "sessions", "active_days")
        found = {
            row["user"]: {key: int(row[key]) for key in keys}
            for row in scanned.tables["users"]
            if row["service"] == "pimeyes"
        }
        published = truth["pimeyes"]["by_user"]
        assert found == {in_a_cell(user): of for user, of in published.items()}

    def test_a_hostile_name_is_whole_in_the_json(
        self, scanned: Scanned, truth: dict[str, Any]
    ) -> None:
        people = {person["user"] for person in scanned.summary["people"]}
        assert set(truth["pimeyes"]["by_user"]) <= people

    def test_the_weeks(self, scanned: Scanned, truth: dict[str, Any]) -> None:
        found: Counter[str] = Counter()
        for row in scanned.tables["windows"]:
            start = datetime.fromisoformat(row["window_start"])
            if row["service"] == "pimeyes":
                found[f"{start:%G-W%V}"] += int(row["hits"])
        assert found == truth["pimeyes"]["by_iso_week"]

    def test_the_gap_is_no_data(self, scanned: Scanned, truth: dict[str, Any]) -> None:
        found = [
            {
                "gateway": Path(estate["gateway"]).name,
                "from": gap["start"],
                "until": gap["end"],
                "hours": gap["hours"],
            }
            for estate in scanned.summary["coverage"]
            if estate["gateway"]
            for gap in estate["gaps"]
        ]
        assert found == truth["gaps"]

    def test_a_terminal_shows_the_same_in_the_zone_of_the_force_and_nothing_hostile(
        self, truth: dict[str, Any]
    ) -> None:
        arguments = ["scan", str(FOLDER), "--top", "0", "--tz", "Europe/London"]
        wide = {"COLUMNS": "240"}  # so that no name is cut
        done = CliRunner().invoke(cli, arguments, catch_exceptions=False, env=wide)
        assert done.exit_code == 0
        assert done.stdout.startswith(truth["headline"] + "\n")
        for bin_, count in truth["totals"].items():
            assert re.search(rf"^{bin_} +{count:,} |{count:,} {bin_}", done.stdout, re.MULTILINE)
        assert "[bold]v.ames[/oops]" in done.stdout
        controls = {c for c in done.output if unicodedata.category(c) in ("Cc", "Cf")}
        assert controls == {"\n"}
