"""Spellings of one account that differ in case only are one; nothing else is."""

import polars as pl
import pytest

from logan.records.accounts import account_key, canonical_user, is_impersonal, respell


def users(*names: str | None) -> pl.LazyFrame:
    return pl.LazyFrame({"user": list(names)}, schema={"user": pl.String})


def test_the_most_frequent_spelling_stands_for_all() -> None:
    frame, respelt = respell(users("METRO\\jdoe", "metro\\JDoe", "METRO\\jdoe", None, "jroe"))
    assert frame.collect()["user"].to_list() == ["METRO\\jdoe"] * 3 + [None, "jroe"]
    assert respelt == 1


def test_ties_do_not_depend_on_the_order_of_lines() -> None:
    one, _ = respell(users("b@x.example", "B@x.example"))
    two, _ = respell(users("B@x.example", "b@x.example"))
    assert set(one.collect()["user"]) == set(two.collect()["user"]) == {"B@x.example"}


def test_a_domain_a_realm_and_a_bare_name_stay_apart() -> None:
    names = ["METRO\\jdoe", "jdoe@metro.example", "jdoe", "OTHER\\jdoe"]
    frame, respelt = respell(users(*names))
    assert frame.collect()["user"].to_list() == names
    assert respelt == 0


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ("jdoe", "jdoe"),
        ("METRO\\jdoe", "METRO\\jdoe"),
        ("METRO\\\\jdoe", "METRO\\jdoe"),
        ('"METRO\\jdoe"', "METRO\\jdoe"),
        ("10.1.2.3", None),
        ("-", None),
    ],
)
def test_a_user_is_known_in_the_form_that_a_log_writes(given: str, known: str | None) -> None:
    assert canonical_user(given) == known


def test_spellings_of_one_account_have_one_key_and_nobody_has_none() -> None:
    names = ["METRO\\JDoe", "metro\\\\jdoe", '"metro\\jDoe"', "-", "10.1.2.3", None, "jdoe"]
    keys = pl.Series(names, dtype=pl.String).to_frame("user").select(account_key(pl.col("user")))
    assert keys["user"].to_list() == ["metro\\jdoe"] * 3 + [None] * 3 + ["jdoe"]


@pytest.mark.parametrize(
    ("user", "impersonal"),
    [
        ("NT AUTHORITY\\NETWORK SERVICE", True),
        ("nt authority.system.local@7.autoregistration.proxy", True),
        ("AUTORITE NT\\Système", True),
        ("NT-AUTORITÄT\\SYSTEM", True),
        ("IIS APPPOOL\\intranet", True),
        ("SYSTEM", True),
        ("FORCE\\WS12$", True),
        ("WS12$@FORCE.EXAMPLE", True),
        ("host/ws12.force.example@FORCE.EXAMPLE", True),
        ("FORCE\\jdoe", False),
        ("system.admin", False),
        ("jane$doe", False),
        ("hosting@force.example", False),
        (None, None),
    ],
)
def test_accounts_of_computers_and_of_the_system_are_known(
    user: str | None, impersonal: bool | None
) -> None:
    assert pl.select(is_impersonal(pl.lit(user, dtype=pl.String))).item() is impersonal
