from dataclasses import replace
from typing import Any

import pytest

from policy.rules.limits import LIMITS
from tests.policy.rules import deployment, kubernetes, wrong

ALL = {"requests": {"cpu": "20m", "memory": "64Mi"}, "limits": {"memory": "64Mi"}}


@pytest.mark.parametrize(
    ("container", "missing"),
    [
        ({}, ["requests.cpu", "requests.memory", "limits.memory"]),
        ({"resources": {"requests": ALL["requests"]}}, ["limits.memory"]),
    ],
)
def test_a_container_that_does_not_say_how_much_it_needs_is_found(
    container: dict[str, Any], missing: list[str]
) -> None:
    place = "spec.template.spec.containers[0].resources"
    assert wrong(LIMITS, deployment(container)) == [f"{place}.{each} is missing" for each in missing]


@pytest.mark.parametrize("resources", [ALL, None], ids=["said", "known later"])
def test_a_container_that_says_it_passes(resources: dict[str, Any] | None) -> None:
    assert wrong(LIMITS, deployment({"resources": resources})) == []


def test_what_has_no_pods_passes() -> None:
    assert wrong(LIMITS, kubernetes("batch/v1", "Job", spec=None), kubernetes("v1", "PodTemplate")) == []


def test_what_is_added_to_a_pod_to_look_into_it_may_say_nothing() -> None:
    spec = {"containers": [{"name": "main", "resources": ALL}], "ephemeralContainers": [{"name": "look"}]}
    assert wrong(LIMITS, kubernetes("v1", "Pod", spec=spec)) == []


def test_a_patch_that_leaves_a_container_as_it_is_passes_and_one_that_does_not_is_found() -> None:
    def patch(**container: Any) -> list[str]:
        patched = deployment(container)
        return wrong(LIMITS, replace(patched, type=f"{patched.type}Patch"))

    assert patch(image="nginx:1.29.3") == []
    place = "spec.template.spec.containers[0].resources"
    assert patch(resources={"limits": {"memory": ""}}) == [f"{place}.limits.memory is missing"]
