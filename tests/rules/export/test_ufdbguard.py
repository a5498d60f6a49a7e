"""squidGuard, which reads the same lists as ufdbGuard, builds its database and decides by labels."""

from pathlib import Path

import pytest

from logan.rules.export.ufdbguard import export
from logan.rules.model import Rules
from tests.rules.export.tools import call, need


@pytest.fixture
def config(rules: Rules, tmp_path: Path) -> Path:
    (tmp_path / "logan-watched.domains").write_text(
        export(rules).files["logan-watched.domains"], encoding="utf-8"
    )
    path = tmp_path / "squidGuard.conf"
    path.write_text(
        f"dbhome {tmp_path}\nlogdir {tmp_path}\n"
        "dest logan_watched { domainlist logan-watched.domains }\n"
        "acl { default { pass !logan_watched all\n redirect http://notice.example/ } }\n",
        encoding="utf-8",
    )
    return path


def test_the_list_is_sorted_and_bare(rules: Rules) -> None:
    lines = export(rules).files["logan-watched.domains"].splitlines()
    names = [line for line in lines if not line.startswith("#")]
    assert names == sorted(names)
    assert "pimeyes.com" in names
    assert not [name for name in names if name.startswith((".", "*", "www."))]


def test_squidguard_decides_by_it(config: Path) -> None:
    program = need("squidGuard", "squidguard")
    assert call(program, "-c", config, "-C", "all").returncode == 0
    hosts = ["pimeyes.com", "jsc1.pimeyes.com", "notpimeyes.com", "pimeyes.com.evil.example"]
    asked = "".join(f"http://{host}/ 192.0.2.1/- - GET\n" for host in hosts)
    answers = call(program, "-c", config, text=asked).stdout.splitlines()
    assert [answer.startswith("OK") for answer in answers] == [True, True, False, False]
