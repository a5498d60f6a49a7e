"""What a copy for others leaves out."""

from logan.rules.packs import load_rules
from logan.rules.per_line import tag
from logan.rules.redaction import redacted
from logan.rules.request import requests_as_records


def test_only_what_a_rule_asks_for_is_left_out() -> None:
    rules = load_rules()
    requests = [
        "GET https://pimeyes.com/en/results/abc_241224?query=c0e6",
        "GET https://findclone.ru/register?phone=%2B440000000000",
        "GET https://pimeyes.com/en/faq?a=b",
        "CONNECT pimeyes.com:443",
        "GET https://example.org/?q=pimeyes.com",
    ]
    found = tag(requests_as_records(requests), rules).with_columns(**redacted(rules))
    assert found.select("path", "query").rows() == [
        ("/[redacted]", "[redacted]"),
        ("/register", "[redacted]"),
        ("/en/faq", "a=b"),
        (None, None),
        ("/", "q=pimeyes.com"),
    ]
