"""The report: its numbers, its form for every reader, and what hostile names do to it."""

import csv
import html
import json
import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from logan.outputs.report.charts import draw_columns, nice_ceiling
from logan.outputs.report.page import render_page
from logan.package.files import hash_file
from logan.package.reading import open_package
from logan.package.report_content import make_content
from logan.people.decisions import PeopleMatcher
from logan.tables.summary import Summary, summarise
from tests.builders import hit, result
from tests.conftest import Run
from tests.faults.logs import squid, write_log
from tests.outputs.stories import HOSTILE, STORIES
from tests.package.browser import axe, chromium
from tests.package.builders import write
from tests.people.builders import account, grant, registers, span

Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "out"
    return write(STORIES["quarter"](), folder, name="METRO", reference="PSD/2024/017")


@pytest.fixture(scope="module")
def page(package: Path) -> str:
    return (package / "report.html").read_text(encoding="utf-8")


class Reader(HTMLParser):
    """The elements of a page in order, with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def test_it_begins_with_the_answer(page: str) -> None:
    text = re.sub(r"\s+", " ", Reader(page.split("</style>")[1]).text)
    assert "Use of facial-search sites: METRO" in text
    assert "Reference PSD/2024/017" in text
    answer = text.index("2,337 hits on PimEyes by 41 users in 90 days")
    assert answer < text.index("Find it again") < text.index("What these logs cannot show")


def test_what_is_incomplete_or_narrowed_is_said_before_the_answer(tmp_path: Path) -> None:
    for story, word in (("incomplete", "INCOMPLETE."), ("one_user", "NARROWED.")):
        page = (write(STORIES[story](), tmp_path / story) / "report.html").read_text()
        assert 0 < page.index(f"<strong>{word}") < page.index('id="answer"')
    assert "mystery.log" in (tmp_path / "incomplete" / "report.html").read_text()


def test_searches_are_said_to_be_the_least_where_a_line_tells_the_host_only(
    tmp_path: Path,
) -> None:
    rows = [hit("2024-01-01 09:00", "ann", activity="search"), hit("2024-01-01 09:01", "bob")]
    with_url = (write(result(rows), tmp_path / "url") / "report.html").read_text()
    rows += [hit("2024-01-01 09:02", "eve", activity="contact", evidence="connect")]
    with_tunnel = (write(result(rows), tmp_path / "tunnel") / "report.html").read_text()
    said = "face searches started, not blocked; at least: 1 hit with no more than a host"
    assert "face searches started, not blocked<" in with_url
    assert said in with_tunnel
    assert "photos sent, not blocked; at least" in with_tunnel


def read(package: Path, name: str) -> Rows:
    with (package / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


#: How a person would answer the queries that stand beside the six numbers.
QUERIES: dict[str, Callable[[Rows], int]] = {
    "all rows": len,
    "different values of user": lambda rows: len({row["user"].lower() for row in rows} - {""}),
    "different values of client_ip where user is empty": lambda rows: len(
        {row["client_ip"] for row in rows if not row["user"]} - {""}
    ),
    "sum of searches": lambda rows: sum(int(row["searches"]) for row in rows),
    "sum of uploads": lambda rows: sum(int(row["uploads"]) for row in rows),
    "action = blocked": lambda rows: sum(row["action"] == "blocked" for row in rows),
}


@pytest.mark.parametrize("story", ["quarter", "year", "many_users", "nothing", "incomplete"])
def test_every_number_is_found_again_by_its_query(tmp_path: Path, story: str) -> None:
    folder = write(STORIES[story](), tmp_path / "out")
    figures = make_content(open_package(folder)).figures
    assert len(figures) == 6
    for figure in figures:
        name, query = figure.query.split(": ")
        assert QUERIES[query](read(folder, name)) == figure.value, figure


def test_the_block_is_found_and_counted(tmp_path: Path) -> None:
    rows = [hit(f"2024-01-{day:02} 09:00", f"u{day % 3}") for day in range(1, 15)]
    rows[4]["action"] = "blocked"
    rows += [hit(f"2024-01-{day} 09:00", f"u{day % 2}", action="blocked") for day in range(15, 29)]
    rows += [hit("2024-01-28 10:00", "u0"), hit("2024-01-02 09:00", service="facecheck")]
    content = make_content(open_package(write(result(rows), tmp_path / "out")))
    assert content.after_block is not None
    assert content.windows_chart is not None
    assert content.after_block.rows == [["PimEyes", "15 Jan 2024 09:00", "14", "15", "1", "2"]]
    assert content.windows_chart.marks[0].label == "PimEyes blocked from 15 Jan 2024"


def test_times_with_and_without_a_fraction_sort_as_they_are(tmp_path: Path) -> None:
    rows = [hit("2024-01-01 09:00:00", action="blocked"), hit("2024-01-01 09:00:00.500")]
    rows += [hit("2024-01-01 09:00:01", action="blocked")] * 9
    content = make_content(open_package(write(result(rows), tmp_path / "out")))
    assert content.after_block is not None
    assert content.after_block.rows[0][1:] == ["1 Jan 2024 09:00", "0", "11", "1", "1"]


def test_without_a_block_none_is_claimed(tmp_path: Path) -> None:
    content = make_content(open_package(write(STORIES["year"](), tmp_path / "out")))
    assert content.after_block is None
    assert "no block" in content.block_note


def test_it_is_one_file_without_script_or_request(page: str) -> None:
    reader = Reader(page)
    policy = reader.of("meta")[1]["content"] or ""
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert not {"script", "link", "img", "iframe", "object", "form"} & {
        tag for tag, _ in reader.elements
    }
    for _, attributes in reader.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        for name in ("href", "src", "fill"):
            value = attributes.get(name) or "#"
            assert value.startswith(("#", "url(#")), value
    assert "@import" not in page
    assert not re.findall(r"url\((?!#)", page)


def test_its_form_is_readable_by_a_machine(page: str) -> None:
    reader = Reader(page)
    assert reader.of("html")[0]["lang"] == "en-GB"
    levels = [int(tag[1]) for tag, _ in reader.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert len(reader.of("caption")) == len(reader.of("table")) > 8
    assert all(cell.get("scope") for cell in reader.of("th"))
    charts = [one for one in reader.of("svg") if "role" in one]
    assert len(charts) == 2
    assert all(one["role"] == "img" and one["aria-labelledby"] for one in charts)
    assert len(reader.of("desc")) == 2
    identifiers = [one["id"] for _, one in reader.elements if "id" in one]
    assert len(identifiers) == len(set(identifiers))


def test_it_names_the_hash_of_the_manifest(package: Path, page: str) -> None:
    assert hash_file(package / "manifest.json") in page


def test_words_are_broken_only_where_no_page_has_room_for_them(tmp_path: Path) -> None:
    """Words of prose were cut in their midst, and spans of days wrapped, so that rows stood twice."""
    rows = [hit("2024-01-01 09:00", name) for name in ("two words of a name, and more", "x" * 40)]
    page = (write(result(rows), tmp_path / "out") / "report.html").read_text(encoding="utf-8")
    assert '<th scope="row" role="rowheader">two words of a name, and more</th>' in page
    assert f'<th scope="row" role="rowheader" class="long">{"x" * 40}</th>' in page
    assert '<td role="cell" data-title="seen" class="span">1 Jan 2024</td>' in page
    rules = Reader(page[page.index('id="rules-table"') :])
    proves = [cell for cell in rules.of("td") if cell.get("data-title") == "proves"]
    assert proves
    assert not any("class" in cell for cell in proves)


def test_names_cannot_harm_it(tmp_path: Path) -> None:
    markup = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}{% raw %}")
    rows = [hit("2024-01-01 09:00", name, source=name) for name in (*HOSTILE, *markup)]
    page = (write(result(rows), tmp_path / "out", name=markup[0]) / "report.html").read_text()
    plain = Reader(page)
    assert not {"script", "img"} & {tag for tag, _ in plain.elements}
    assert html.escape(markup[0]) in page
    assert (
        "49" not in Reader(page.split("</style>")[1]).text.split("Annex A")[1].split("Annex B")[0]
    )
    assert all(letter.isprintable() or letter == "\n" for letter in page)


def test_it_stays_small_whatever_there_is(tmp_path: Path) -> None:
    rows = [
        hit(
            f"2024-01-{1 + number % 28:02} 0{number % 10}:00",
            f"user-{number}" + "x" * 200,
            source=f"gateway-{number % 700}/{'y' * 150}.log",
            host=f"{'z' * 50}{number}.example",
        )
        for number in range(3_000)
    ]
    page = (write(result(rows), tmp_path / "out") / "report.html").read_bytes()
    assert len(page) < 2_000_000
    assert b"And 2,800 more" in page


def test_the_command_makes_the_same_page_again(run: Run, package: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.html"
    assert run("report", package, "-o", again).status == 0
    assert again.read_bytes() == (package / "report.html").read_bytes()
    assert run("report", package, "-o", again, "--title", "Annex 3 <b>").status == 0
    assert "<h1>Annex 3 &lt;b&gt;</h1>" in again.read_text()
    assert again.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.html"]


def test_where_it_cannot_be_written_is_said(run: Run, package: Path, tmp_path: Path) -> None:
    for output, said in (
        (package / "mine.html", "lies in the package"),
        (tmp_path / "report.pdf", "ends in .html or .xlsx"),
    ):
        ran = run("report", package, "-o", output)
        assert (ran.status, said in ran.err) == (2, True)
    assert run("report", package, "-o", tmp_path / "no" / "a.html").status == 3
    (tmp_path / "none").mkdir()
    assert run("report", tmp_path / "none", "-o", tmp_path / "a.html").status == 3


def test_a_package_that_was_tampered_with_is_no_fault_of_logan(
    run: Run, package: Path, tmp_path: Path
) -> None:
    broken = shutil.copytree(package, tmp_path / "broken")
    (broken / "services.csv").write_text("service,hits\r\nx,many\r\n")
    ran = run("report", broken, "-o", tmp_path / "a.html")
    assert (ran.status, "Run logan verify" in ran.err) == (3, True)
    assert not (tmp_path / "a.html").exists()


@pytest.mark.parametrize(("most", "top"), [(0, 4), (4, 4), (5, 8), (298, 400), (10**9, 12 * 10**8)])
def test_the_scale_is_of_round_numbers(most: int, top: int) -> None:
    assert nice_ceiling(most) == top
    assert draw_columns([], [], "").columns == []


def listed() -> Summary:
    """A quarter whose users stand on a list, with a register and an event."""
    scanned = STORIES["quarter"]()
    users = scanned.found.select("user").unique().sort("user").collect()["user"].drop_nulls()
    people = [account(user.lower(), f"P{user}", f"Unit {user[-1:]}") for user in users]
    lists = registers(
        people, authorisations=[grant("unit:Unit 1")], events=[{"event": "policy"} | span()]
    )
    return summarise(scanned, people=PeopleMatcher(lists))


@pytest.mark.parametrize("story", ["quarter", "incomplete", "hostile", "nothing", "listed"])
def test_a_browser_and_axe_find_nothing(tmp_path: Path, story: str) -> None:
    source = axe()
    scanned = listed() if story == "listed" else STORIES[story]()
    content = make_content(open_package(write(scanned, tmp_path / "out")))
    page = render_page(content)
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    check = (
        "axe.run(document,{runOnly:['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa']}).then(r=>{"
        "document.title='AXE'+JSON.stringify([r.violations.map(v=>v.id+': '+v.nodes[0].html),"
        "document.documentElement.scrollWidth<=innerWidth])+'EXA'})"
    )
    page = page.replace("</body>", f"<script>{source}</script><script>{check}</script></body>")
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    for width in ("1280", "500"):
        shown = chromium(
            *(f"--window-size={width},900", "--virtual-time-budget=20000", "--dump-dom"),
            f"file://{tmp_path}/page.html",
        ).decode()
        found = re.search(r"<title>AXE(.*)EXA</title>", shown, re.DOTALL)
        assert found is not None
        assert json.loads(html.unescape(found[1])) == [[], True], story


def test_on_a_small_screen_cells_stand_below_each_other_and_stay_light(tmp_path: Path) -> None:
    """Bars and marks have their colours from a light page: what prefers dark gets it too."""
    page = render_page(make_content(open_package(write(STORIES["quarter"](), tmp_path / "out"))))
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    check = (
        "const root=getComputedStyle(document.documentElement);"
        "const left=cell=>cell.getBoundingClientRect().x+parseFloat(getComputedStyle(cell).paddingLeft);"
        "document.title='LOOK'+JSON.stringify([matchMedia('(prefers-color-scheme: dark)').matches,"
        "root.colorScheme,getComputedStyle(document.body).backgroundColor,"
        "[...new Set([...document.querySelectorAll('.stack td, .stack tbody th')]"
        ".filter(cell=>cell.offsetParent).map(left))].length])+'KOOL'"
    )
    page = page.replace("</body>", f"<script>{check}</script></body>")
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    shown = chromium(
        *("--window-size=500,900", "--blink-settings=preferredColorScheme=0", "--dump-dom"),
        f"file://{tmp_path}/page.html",
    ).decode()
    found = re.search(r"<title>LOOK(.*)KOOL</title>", shown, re.DOTALL)
    assert found is not None
    prefers_dark, scheme, background, columns = json.loads(html.unescape(found[1]))
    assert prefers_dark
    assert "light" in scheme
    assert "dark" not in scheme
    assert background == "rgb(255, 255, 255)"
    assert columns == 1


def test_it_prints_as_a_tagged_file(package: Path, tmp_path: Path) -> None:
    chromium(f"--print-to-pdf={tmp_path}/report.pdf", f"file://{package}/report.html")
    printed = (tmp_path / "report.pdf").read_bytes()
    assert b"/StructTreeRoot" in printed
    assert b"/Lang (en-GB)" in printed


def test_a_scan_makes_it(run: Run, tmp_path: Path) -> None:
    log = write_log(tmp_path / "a.log", [squid(0, "ann"), squid(9, "bob")])
    assert run("scan", log, "-q", "--export", tmp_path / "out", "--name", "FORCE").status == 0
    page = (tmp_path / "out" / "report.html").read_text()
    assert "<h1>Use of facial-search sites: FORCE</h1>" in page
    assert "2 hits on PimEyes by 2 users" in page
