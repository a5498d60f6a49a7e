"""One hit for a person, in a narrow terminal."""

import io

from rich.console import Console

from logan.outputs.evidence_page import lay_out_evidence
from logan.outputs.page import open_page

PATH = "/" + "a" * 70


def test_prose_is_wrapped_and_what_a_log_says_is_not() -> None:
    page = open_page(Console(file=io.StringIO(), width=48), top=None)
    row = {
        "hit": "edee800fce1edcea",
        "path": PATH,
        "flags": "shared_account",
        "rule": "face-search",
    }
    rule = {"proves": "contact", "source": "what the vendor says of its own pages, " * 4}
    repeat = {"source": "a.log", "line": "7", "time": None, "reason": "no_request", "hit": "edee"}
    laid = lay_out_evidence(page, "hits.csv", row, rule, {}, [repeat], 3)
    lines = [line.plain for line in laid]
    assert f"  path             {PATH}" in lines
    assert max(len(line) for line in lines if PATH not in line) <= 48
    at = next(at for at, line in enumerate(lines) if "on whose word" in line)
    assert lines[at + 1].startswith("                   ")
    assert "what the vendor says" in " ".join(map(str.strip, lines[at : at + 3]))
