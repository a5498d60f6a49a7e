"""Sangfor: the kinds of lines, brackets in addresses, the corpus and its oracles."""

from logan.formats import FORMATS
from logan.formats.vendors import sangfor
from tests.formats.proof import corpus, counted, oracles, read, read_one, reading_of

FORM = sangfor.SANGFOR
CORPUS = "other_gateways/sangfor/samples.log"


def test_a_request() -> None:
    row = read_one(FORM, FORM.texts[0], zone="Asia/Shanghai")
    assert row["time"].isoformat() == "2024-01-01T02:00:00+00:00"
    assert (row["user"], row["client_ip"]) == ("jdoe", "10.1.2.3")
    assert (row["host"], row["path"], row["query"]) == ("www.example.com", "/a", "b=[c]")
    assert (row["action"], row["evidence"], row["repeat"]) == ("allowed", "url", None)
    assert row["method"] is row["status"] is row["bytes_sent"] is None


def test_a_user_name_with_a_pair_in_it_is_no_record() -> None:
    line = FORM.texts[0].replace(" [host_ip:", " [host_ip:10.9.9.9] [x:] [host_ip:", 1)
    (row,) = read(FORM, line, zone="UTC")
    assert row["reason"] == "a key stands twice, as a user can write it"


def test_a_host_alone_proves_a_connection() -> None:
    line = FORM.texts[0].replace("/a?b=[c]", "").replace("net_action:Log", "net_action:Reject")
    row = read_one(FORM, line)
    assert (row["evidence"], row["action"], row["host"]) == (
        "connect",
        "blocked",
        "www.example.com",
    )


def test_the_corpus() -> None:
    rows = read(FORM, corpus(CORPUS), zone="UTC")
    assert counted(rows) == (8, 1), "one line was cut behind its date"
    repeats = [row["repeat"] for row in rows]
    assert [repeat.rsplit(" ", 1)[1] for repeat in repeats if repeat] == ["flux", "flux", "login"]
    hosts = [row["host"] for row in rows if row["reason"] is row["repeat"] is None]
    assert hosts == [
        "aaaaaaaa.aaaaaa.aaa",
        "aaaaaaaaaaaaaaa.aaaaaaaaaaaaaaa.aaa",
        "aaaa.aaaa.aaaa.aaa",
        "aa.3322.aaa",
        "aaaa.aaa",
    ]
    for row, oracle in zip(rows, oracles("other_gateways", "sangfor"), strict=True):
        wanted = oracle["expected"]
        if row["reason"] is None:
            # The oracles' time is that of the collection, and an address is no user.
            user = wanted.get("user")
            assert row["user"] == (None if user == "1.2.3.4" else user)
            assert row["client_ip"] == wanted["client_ip"]


def test_the_corpus_is_recognised() -> None:
    reading = reading_of(corpus(CORPUS), FORMATS)
    assert reading is not None
    assert reading.format.name == "sangfor"
