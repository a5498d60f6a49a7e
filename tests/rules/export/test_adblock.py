"""Brave's filter engine decides by the list."""

import pytest

from logan.rules.export.adblock import export
from logan.rules.model import Rules


@pytest.mark.parametrize(
    ("url", "blocked"),
    [
        ("https://pimeyes.com/en", True),
        ("https://jsc1.pimeyes.com/proxy/ab", True),
        ("https://notpimeyes.com/en", False),
        ("https://pimeyes.com.evil.example/", False),
        ("https://a.example/?u=https://pimeyes.com/", False),
        ("https://lens.google.com/upload", True),
        ("https://www.google.com/search", False),
        ("https://rekognition.eu-west-1.amazonaws.com/", True),
        ("https://s3.eu-west-1.amazonaws.com/", False),
    ],
)
def test_an_ad_blocker_decides_by_it(rules: Rules, url: str, *, blocked: bool) -> None:
    adblock = pytest.importorskip("adblock", reason="pip install 'logan-audit[test]'")
    filters = adblock.FilterSet()
    filters.add_filter_list(export(rules).files["logan-watched.adblock.txt"])
    engine = adblock.Engine(filters)
    assert engine.check_network_urls(url, "https://page.example/", "script").matched is blocked
