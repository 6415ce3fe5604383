"""Which texts two stacks mean the same by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.parity.identity import Identity, Word

STAGING = {
    "google project": "example-staging",
    "google region": "europe-west1",
    "domain": "staging.example.com",
    "host of hello": "hello.staging.example.com",
    "host of shop": "shop.staging.example.com",
    "stack": "staging",
}
PROD = {
    "google project": "example-prod",
    "google region": "europe-west1",
    "domain": "example.com",
    "host of hello": "hello.example.com",
    "host of shop": "www.example.org",
    "stack": "prod",
}
IDENTITY = Identity(STAGING, PROD)


def test_words_are_those_that_differ_and_do_not_follow_from_others() -> None:
    assert IDENTITY.words == [
        Word("google project", "example-staging", "example-prod"),
        Word("domain", "staging.example.com", "example.com"),
        Word("host of shop", "shop.staging.example.com", "www.example.org"),
        Word("stack", "staging", "prod"),
    ]


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ("hello", "hello", set()),
        ("staging.example.com", "example.com", {"domain"}),
        ("https://hello.staging.example.com/", "https://hello.example.com/", {"domain"}),
        ("shop.staging.example.com", "www.example.org", {"host of shop"}),
        ("gs://example-staging-uploads", "gs://example-prod-uploads", {"google project"}),
        ("example-staging.staging.example.com", "example-prod.example.com", {"google project", "domain"}),
        # What both say is the same, whosever word it is.
        ("https://acme-staging-v02.api.letsencrypt.org", "https://acme-staging-v02.api.letsencrypt.org", set()),
    ],
)
def test_texts_are_the_same_but_for_each_stacks_own_words(first: str, second: str, words: set[str]) -> None:
    assert IDENTITY.words_between(first, second) == frozenset(words)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("hello", "shop"),
        # The first one's word in the second one's place.
        ("staging.example.com", "prod.example.com"),
        ("hello.staging.example.com", "example.com"),
        ("https://acme-staging-v02.api.letsencrypt.org", "https://acme-v02.api.letsencrypt.org"),
        # A part of another word is no word.
        ("stagings", "prods"),
        ("mystaging.example.com", "myexample.com"),
        ("example-staging example-staging", "example-prod prod"),
    ],
)
def test_texts_differ_where_the_words_do_not_stand_in_the_same_places(first: str, second: str) -> None:
    assert IDENTITY.words_between(first, second) is None


def test_stacks_with_no_words_in_common_mean_only_what_they_say() -> None:
    identity = Identity({"domain": "dev.localhost"}, {"google project": "example-prod"})
    assert identity.words == []
    assert identity.words_between("dev.localhost", "example-prod") is None


def test_names_pair_by_what_they_mean_and_what_has_no_counterpart_stands_alone() -> None:
    first = ["hello", "example-staging-uploads", "only-here"]
    second = ["example-prod-uploads", "only-there", "hello"]
    assert IDENTITY.pairs(first, second) == [
        ("hello", "hello"),
        ("example-staging-uploads", "example-prod-uploads"),
        ("only-here", None),
        (None, "only-there"),
    ]


def test_a_name_that_both_have_is_no_counterpart_of_another() -> None:
    assert IDENTITY.pairs(["staging", "prod"], ["prod"]) == [("staging", None), ("prod", "prod")]


NAMES = st.lists(st.sampled_from(["a", "b", "c", "staging", "prod", "example-staging", "example-prod"]), unique=True)


@given(NAMES, NAMES)
def test_every_name_is_in_exactly_one_pair(first: list[str], second: list[str]) -> None:
    pairs = IDENTITY.pairs(first, second)
    assert sorted(one for one, _ in pairs if one) == sorted(first)
    assert sorted(other for _, other in pairs if other) == sorted(second)
