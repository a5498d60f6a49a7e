import pytest

from logan.formats.engine.format import Format
from logan.formats.vendors.zscaler_cef import CEF
from logan.formats.vendors.zscaler_leef import LEEF
from tests.formats.proof import assert_record, read_one
from tests.formats.vendors.test_zscaler import WANTED


@pytest.mark.parametrize("form", [CEF, LEEF], ids=lambda form: form.name)
def test_every_column(form: Format) -> None:
    for sample in form.texts:
        line = sample + "\trespcode=200" if form is LEEF else sample
        assert_record(read_one(form, line, zone="UTC"), **WANTED)


@pytest.mark.parametrize(
    ("src", "other", "client"),
    [
        ("10.1.2.3", "192.0.2.7", "10.1.2.3"),
        ("192.0.2.7", "10.1.2.3", "10.1.2.3"),
        ("192.0.2.7", "100.64.1.1", "100.64.1.1"),
        ("192.0.2.7", "198.51.100.7", "192.0.2.7"),
        ("192.0.2.7", "None", "192.0.2.7"),
    ],
)
def test_the_users_own_address_of_two(src: str, other: str, client: str) -> None:
    line = CEF.texts[0].replace("src=10.1.2.3", f"src={src}").replace("192.0.2.7 in", f"{other} in")
    assert read_one(CEF, line, zone="UTC")["client_ip"] == client


@pytest.mark.parametrize("form", [CEF, LEEF], ids=lambda form: form.name)
def test_action_and_evidence(form: Format) -> None:
    line = form.texts[0].replace("act=Allowed", "act=Blocked").replace("cat=Allowed", "cat=Blocked")
    assert read_one(form, line, zone="UTC")["action"] == "blocked"
    line = form.texts[0].replace("=HTTPS", "=SSL")
    assert read_one(form, line, zone="UTC")["evidence"] == "connect"
