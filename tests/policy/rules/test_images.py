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


@pytest.mark.parametrize("image", ["nginx:1.29.3", f"nginx{DIGEST}", None])
def test_an_image_that_somebody_chose_passes(image: str | None) -> None:
    assert wrong(NO_LATEST, deployment({"image": image})) == []


def test_a_chart_whose_tags_are_versions_passes() -> None:
    values = {"image": {"tag": "3.9.3"}, "env": [{"tag": "latest"}], "later": None}
    assert wrong(NO_LATEST, resource(RELEASE, values=values)) == []
