"""The rules that decided a hit, with what each proves."""

from functools import cache

from logan.rules.model import Rules
from logan.rules.packs import load_rules
from logan.tables.rules_used import list_rules
from tests.builders import hit, result


@cache
def rules() -> Rules:
    return load_rules()


def test_rules_are_listed_with_what_they_prove_and_on_whose_word() -> None:
    search = "pimeyes.search.new"
    rows = [
        *[hit("2024-01-01 09:00", rule=search, activity="search")] * 3,
        hit("2024-01-01 09:01", rule=search, activity="poll"),
        hit("2024-01-01 09:02", rule=None, activity="contact", evidence="connect"),
        hit("2024-01-01 09:03", rule="cleared.host", bin="cleared"),
    ]
    found = list_rules(result(rows), rules()).rows(named=True)
    assert sum(row["hits"] for row in found) == 5
    by_rule = {(row["rule"], row["activity"]): row for row in found}
    assert by_rule[(search, "search")]["hits"] == 3
    assert by_rule[(search, "search")]["proves"] == "A search was started."
    assert by_rule[(search, "search")]["source"]
    assert by_rule[(search, "poll")]["hits"] == 1
    bare = by_rule[(None, "contact")]
    assert bare["confidence"] == rules().services["pimeyes"].confidence
    assert "cannot be told" in bare["proves"]


def test_what_the_rules_do_not_know_is_listed_all_the_same() -> None:
    (row,) = list_rules(result([hit("2024-01-01 09:00", rule="gone")]), Rules(())).rows(named=True)
    assert (row["rule"], row["hits"], row["source"]) == ("gone", 1, None)
