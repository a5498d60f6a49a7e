"""Squid takes the access control lists; they hold whole labels only."""

from pathlib import Path

from logan.rules.export.squid_acl import export
from logan.rules.model import Rules
from tests.rules.export.tools import call, need


def _written(rules: Rules, folder: Path) -> Path:
    path = folder / "watched.conf"
    path.write_text(export(rules).files["logan-watched.squid.conf"], encoding="utf-8")
    return path


def test_a_domain_has_a_dot_before_it_and_a_host_has_none(rules: Rules) -> None:
    lines = export(rules).files["logan-watched.squid.conf"].splitlines()
    assert "acl logan_pimeyes dstdomain .pimeyes.com" in lines
    assert "acl logan_google_lens dstdomain lens.google.com" in lines


def test_it_blocks_nothing_as_it_stands(rules: Rules) -> None:
    lines = export(rules).files["logan-watched.squid.conf"].splitlines()
    assert not [line for line in lines if line.startswith("http_access")]
    assert "# http_access deny logan_watched" in lines


def test_squid_takes_it(rules: Rules, tmp_path: Path) -> None:
    squid = need("squid", "squid")
    config = tmp_path / "squid.conf"
    config.write_text(
        f"http_port 3128\ninclude {_written(rules, tmp_path)}\nhttp_access deny logan_watched\n",
        encoding="utf-8",
    )
    parsed = call(squid, "-k", "parse", "-f", config)
    assert parsed.returncode == 0, parsed.stderr[-2000:]
    complaints = [
        line for line in parsed.stderr.splitlines() if "WARNING" in line or "ERROR" in line
    ]
    assert not [line for line in complaints if "logan" in line or "dst" in line]
