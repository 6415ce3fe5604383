"""Values that are known once others are as well."""

import pulumi_random as random
from pulumi import Output
from web_platform.order import after

from tests.recording import declare


def test_what_uses_a_value_comes_after_all_that_the_value_waits_for() -> None:
    def program() -> None:
        first, second = (random.RandomPet(name).urn for name in ("first", "second"))
        random.RandomPet("user", prefix=after("shop", first, second))

    recording = declare(program)
    user = recording.one("random:index/randomPet:RandomPet", "user")
    assert user.inputs["prefix"] == "shop"
    assert [urn.rpartition("::")[2] for urn in sorted(user.depends_on)] == ["first", "second"]


def test_a_secret_stays_one() -> None:
    found: list[bool] = []

    def program() -> None:
        pet = random.RandomPet("pet").urn
        for value in (Output.secret("hunter2"), "shop"):
            Output.all(after(value, pet).is_secret()).apply(found.extend)

    declare(program)
    assert found == [True, False]
