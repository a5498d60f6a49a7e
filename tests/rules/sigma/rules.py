"""Small Sigma rules for tests, and what they find among requests."""

from collections.abc import Sequence
from textwrap import indent

import polars as pl

from logan.rules.load import load_text
from logan.rules.model import Rules
from logan.rules.per_line import tag
from logan.rules.request import requests_as_records
from logan.rules.sigma.expression import holds


def rule_text(detection: str, *, category: str = "proxy", head: str = "title: Demo") -> str:
    """A Sigma rule with this detection, which is written without indentation."""
    body = indent(detection.strip("\n"), "    ")
    return f"{head}\nlogsource:\n    category: {category}\ndetection:\n{body}\n"


def load(detection: str, *, category: str = "proxy", head: str = "title: Demo") -> Rules:
    return load_text(rule_text(detection, category=category, head=head), path="rule.yml")


def found(rules: Rules, requests: Sequence[str]) -> list[str]:
    """The requests that the first rule finds."""
    records = requests_as_records(requests)
    return found_records(rules, records)["text"].to_list()


def found_records(rules: Rules, records: pl.DataFrame) -> pl.DataFrame:
    return records.filter(holds(rules.sigma[0]))


def bins(rules: Rules, requests: Sequence[str]) -> list[str]:
    return tag(requests_as_records(requests), rules)["bin"].to_list()
