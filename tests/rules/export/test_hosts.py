"""A hosts file has one address and one whole name on a line, and says what it cannot do."""

import ipaddress
import re

from logan.rules.export.hosts import export
from logan.rules.model import Rules


def test_every_line_is_an_address_and_a_name(rules: Rules) -> None:
    text = export(rules).files["logan-watched.hosts"]
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    for line in lines:
        address, name = line.split(" ")
        assert ipaddress.ip_address(address).is_unspecified
        assert re.fullmatch(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+", name)
    assert len(lines) == len(set(lines))
    assert "0.0.0.0 pimeyes.com" in lines
    assert "0.0.0.0 www.pimeyes.com" in lines


def test_it_says_that_other_hosts_stay_reachable(rules: Rules) -> None:
    written = export(rules)
    assert "knows no sub-domains" in written.files["logan-watched.hosts"]
    assert any("Rekognition" in reason for reason in written.left_out)
