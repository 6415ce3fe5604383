"""Resources that are given no name get one as the real provider gives it."""

import re

import pytest

from localcloud.providers.google import schema
from localcloud.providers.google.kind import Refusal
from localcloud.providers.google.naming import AutoName, auto_name, generate


@pytest.mark.parametrize(
    ("token", "rule"),
    [
        ("gcp:compute/network:Network", AutoName("name")),
        ("gcp:storage/bucket:Bucket", AutoName("name")),
        ("gcp:serviceaccount/account:Account", AutoName("accountId", 30)),
        ("gcp:secretmanager/secret:Secret", AutoName("secretId")),
        ("gcp:organizations/project:Project", AutoName("projectId", 30, lower=True)),
        ("gcp:dns/recordSet:RecordSet", None),
        ("gcp:bigquery/dataset:Dataset", None),
        ("gcp:artifactregistry/repository:Repository", None),
        ("gcp:projects/iAMMember:IAMMember", None),
        ("gcp:nobody/knows:This", None),
    ],
)
def test_what_is_named_is_what_the_real_provider_names(token: str, rule: AutoName | None) -> None:
    assert auto_name(token) == rule


@pytest.mark.parametrize("token", schema.tokens())
def test_only_an_input_that_may_be_left_out_is_named(token: str) -> None:
    rule = auto_name(token)
    assert rule is None or not schema.inputs(token)[rule.property].required


def test_a_name_is_the_programs_with_seven_digits() -> None:
    assert re.fullmatch(r"orders-[0-9a-f]{7}", generate(AutoName("name"), "orders", b""))
    assert re.fullmatch(r"orders-[0-9a-f]{7}", generate(AutoName("name", lower=True), "Orders", b"s"))


def test_a_seed_repeats_a_name_and_its_absence_does_not() -> None:
    rule = AutoName("name")
    assert generate(rule, "orders", b"1") == generate(rule, "orders", b"1") != generate(rule, "orders", b"2")
    assert generate(rule, "orders", b"1")[-7:] != generate(rule, "events", b"1")[-7:]
    assert generate(rule, "orders", b"") != generate(rule, "orders", b"")


def test_a_name_that_gets_too_long_is_refused() -> None:
    rule = AutoName("accountId", 30)
    assert len(generate(rule, "a" * 22, b"1")) == 30
    with pytest.raises(
        Refusal, match=r"has 31 characters of 30\n.*\n  Remedy: shorten 'a+' to 22 characters or give acc"
    ):
        generate(rule, "a" * 23, b"1")
