from typing import Any

import pytest

from policy.rules.images import NO_LATEST
from tests.policy.rules import deployment, kubernetes, resource, wrong

RELEASE = "kubernetes:helm.sh/v3:Release"
DIGEST = "@sha256:" + "a" * 64


@pytest.mark.parametrize("image", ["nginx", "nginx:latest", "registry.example:5000/nginx"])
def test_an_image_that_can_be_another_tomorrow_is_found(image: str) -> None:
    (what,) = wrong(NO_LATEST, deployment({"image": image}))
    assert what.startswith(f"spec.template.spec.containers[0].image {image} has ")


def test_those_that_prepare_a_job_by_the_clock_are_looked_at_too() -> None:
    pod = {"initContainers": [{"name": "a", "image": "nginx"}]}
    job = kubernetes("batch/v1", "CronJob", spec={"jobTemplate": {"spec": {"template": {"spec": pod}}}})
    (what,) = wrong(NO_LATEST, job)
    assert what.startswith("spec.jobTemplate.spec.template.spec.initContainers[0].image")


def test_a_tag_among_the_values_of_a_chart_is_found() -> None:
    values = {"gateway": {"image": {"repository": "kong", "tag": "latest"}}}
    assert wrong(NO_LATEST, resource(RELEASE, values=values)) == ["values.gateway.image.tag is latest"]


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({"image": "kong:latest"}, "values.image kong:latest has the tag 'latest'"),
        ({"a": {"proxyImage": "kong:latest"}}, "values.a.proxyImage kong:latest has the tag 'latest'"),
        ({"extra": [{"tag": "latest"}]}, "values.extra[0].tag is latest"),
        ({"extra": [[{"image": "kong:latest"}]]}, "values.extra[0][0].image kong:latest has the tag 'latest'"),
        ({"imageTag": "latest"}, "values.imageTag is latest"),
        ({"controllerTag": "latest"}, "values.controllerTag is latest"),
    ],
)
def test_wherever_a_chart_has_its_image_it_is_found(values: dict[str, Any], what: str) -> None:
    assert wrong(NO_LATEST, resource(RELEASE, values=values)) == [what]


@pytest.mark.parametrize("image", ["nginx:1.29.3", f"nginx{DIGEST}", None])
def test_an_image_that_somebody_chose_passes(image: str | None) -> None:
    assert wrong(NO_LATEST, deployment({"image": image})) == []


def test_a_chart_whose_tags_are_versions_passes() -> None:
    values = {
        "image": {"tag": "3.9.3"},
        # The tag of these stands beside them, or in the chart.
        "gateway": {"image": "docker.example.com/gateway", "imageTag": "8.5.1"},
        "sidecars": [{"image": f"proxy:latest{DIGEST}"}, {"image": None}, "latest"],
        "channel": "latest",
        "later": None,
    }
    assert wrong(NO_LATEST, resource(RELEASE, values=values)) == []
