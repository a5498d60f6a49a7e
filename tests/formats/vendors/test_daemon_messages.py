"""Logs of daemons and of appliances in which a request is one message among many: it counts once."""

from pathlib import Path

import pytest

from logan.formats.engine.format import Format
from logan.formats.vendors.privoxy import PRIVOXY
from logan.formats.vendors.tinyproxy import TINYPROXY
from logan.formats.vendors.untangle import UNTANGLE
from logan.pipeline import scan
from logan.pipeline.scan import Settings
from logan.rules.packs import load_rules

BLOCKED_BY_FILTER = UNTANGLE.texts[2].replace("https://", "http://")
CONNECTION = (
    UNTANGLE.texts[0]
    .replace('"POST"', '"GET"')
    .replace('"/a?b=c"', '"/"')
    .replace('"contentLength":640', '"contentLength":0')
)


@pytest.mark.parametrize(
    ("form", "text", "hits"),
    [
        (UNTANGLE, f"{CONNECTION}\n{BLOCKED_BY_FILTER}\n{UNTANGLE.texts[3]}", 1),
        (UNTANGLE, BLOCKED_BY_FILTER, 1),
        (TINYPROXY, TINYPROXY.texts[0], 2),
        (TINYPROXY, "\n".join(TINYPROXY.texts[0].split("\n")[3:4]), 1),
        (PRIVOXY, PRIVOXY.texts[0], 3),
        (PRIVOXY, "\n".join(PRIVOXY.texts[0].split("\n")[2:3]), 1),
    ],
)
def test_what_is_said_beside_a_request_is_a_hit_only_without_it(
    tmp_path: Path, form: Format, text: str, hits: int
) -> None:
    log = tmp_path / "proxy.log"
    log.write_text(text.replace("www.example.com", "pimeyes.com") + "\n")
    options = Settings((str(log),), load_rules(), answers=(("*", "year", "2024"),))
    (account,) = scan.scan(options).sources
    assert (account.format, account.bins["hit"], account.bins["rejected"]) == (form.name, hits, 0)


@pytest.mark.parametrize(
    "around",
    ["Jan 10 13:55:36 gw other[812]: {}", '{{"timestamp":"2024-01-10T13:55:36Z","event":"{}"}}'],
)
def test_messages_of_any_daemon_are_not_taken_for_those_of_one(tmp_path: Path, around: str) -> None:
    said = ["Starting other 1.2", "Listening on 10.0.0.1:8080", "Config read", "Reloading"] * 3
    told = [f"jdoe went to {site} by 10.1.2.3" for site in ("pimeyes.com", "www.example.com")] * 2
    log = tmp_path / "other.log"
    log.write_text("".join(around.format(text) + "\n" for text in (*said, *told)))
    options = Settings((str(log),), load_rules(), answers=(("*", "year", "2024"),))
    (account,) = scan.scan(options).sources
    assert account.format is None
    assert account.failure is not None
