from datetime import datetime

from logan.formats.vendors.nginx_proxy_manager import PROXY_MANAGER
from tests.formats.proof import assert_corpus, assert_record, oracles, read_one


def test_every_column() -> None:
    assert_record(
        read_one(PROXY_MANAGER, PROXY_MANAGER.texts[0]),
        time="2024-01-10T13:55:36+00:00",
        client_ip="10.1.2.3",
        method="GET",
        scheme="https",
        host="www.example.com",
        path="/a",
        query="b=c",
        status=200,
        action="allowed",
        bytes_received=512,
        referrer="http://ref.example/",
        user_agent="Mozilla/5.0 (X11)",
        evidence="url",
    )
    standard = read_one(PROXY_MANAGER, PROXY_MANAGER.texts[1])
    assert (standard["status"], standard["action"]) == (444, "unknown")


def test_corpus() -> None:
    name = "apache_nginx/crowdsec/nginx-proxy-manager-logs/nginx-proxy-manager-logs.log"
    assert_corpus(PROXY_MANAGER, name, records=11, rejects=3)
    checked = 0
    for oracle in oracles("apache_nginx", "crowdsec/nginx-proxy-manager-logs"):
        if not oracle["line"].startswith("["):
            continue
        row, expected = read_one(PROXY_MANAGER, oracle["line"]), oracle["expected"]
        assert row["time"] == datetime.strptime(expected["timestamp"], "%d/%b/%Y:%H:%M:%S %z")
        for name, value in expected.items():
            if name in ("client_ip", "host", "method"):
                assert row[name] == value
            elif name == "status":
                assert row["status"] == int(value)
            elif name == "bytes":
                assert row["bytes_received"] == int(value)
            elif name == "url":
                assert row["path"] == value
        checked += 1
    assert checked == 11
