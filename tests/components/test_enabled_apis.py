"""EnabledApis: services of a project, and a project that waits for them."""

from typing import Any

import pulumi
import pytest
from web_platform.enabled_apis import EnabledApis, EnabledApisArgs
from web_platform.errors import ArgumentError

from tests.recording import Recording, declare

TYPE = "web-platform:index:EnabledApis"
SERVICE = "gcp:projects/service:Service"
AGENT = "gcp:projects/serviceIdentity:ServiceIdentity"


class Later(pulumi.CustomResource):
    """Whatever is made in the project."""

    def __init__(self, project: pulumi.Input[str]) -> None:
        super().__init__("test:index:Later", "later", {"project": project})


def enabled(**args: Any) -> Recording:
    arguments: EnabledApisArgs = {
        "project": "acme-prod",
        "apis": ["compute.googleapis.com", "container.googleapis.com"],
        **args,  # type: ignore[typeddict-item]
    }
    return declare(lambda: EnabledApis("apis", arguments))


def test_each_service_is_enabled_and_stays_so_when_the_stack_goes() -> None:
    recording = enabled()
    assert sorted((resource.ancestry, resource.name) for resource in recording) == [
        (TYPE, "apis"),
        (f"{TYPE}${SERVICE}", "apis-compute"),
        (f"{TYPE}${SERVICE}", "apis-container"),
    ]
    assert recording.one(SERVICE, "apis-container").inputs == {
        "project": "acme-prod",
        "service": "container.googleapis.com",
        "disableOnDestroy": False,
    }


def test_what_uses_the_project_waits_for_every_service() -> None:
    def program() -> None:
        Later(EnabledApis("apis", {"project": "acme-prod", "apis": ["dns.googleapis.com"]}).project)

    recording = declare(program)
    later = recording.one("test:index:Later", "later")
    assert later.inputs == {"project": "acme-prod"}
    assert recording.one(SERVICE, "apis-dns").urn in recording.waits_for(later)


def test_the_account_of_a_service_exists_before_anything_uses_the_project() -> None:
    def program() -> None:
        apis = {"project": "acme-prod", "apis": ["pubsub.googleapis.com"], "agents": ["pubsub.googleapis.com"]}
        Later(EnabledApis("apis", apis).project)  # type: ignore[arg-type]

    recording = declare(program)
    agent = recording.one(AGENT, "apis-pubsub-agent")
    assert agent.ancestry == f"{TYPE}${AGENT}"
    assert agent.inputs == {"project": "acme-prod", "service": "pubsub.googleapis.com"}
    assert recording.one(SERVICE, "apis-pubsub").urn in recording.waits_for(agent)
    assert agent.urn in recording.waits_for(recording.one("test:index:Later", "later"))


def test_the_project_is_the_output() -> None:
    assert enabled().outputs_of(TYPE, "apis") == {"project": "acme-prod"}


def test_without_services_the_project_is_passed_on_as_it_is() -> None:
    recording = enabled(apis=[])
    assert recording.names() == [(TYPE, "apis")]
    assert recording.outputs_of(TYPE, "apis") == {"project": "acme-prod"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"agents": ["pubsub.googleapis.com"]}, "agents has 'pubsub.googleapis.com', which is not among the services"),
        ({"agents": ["pubsub"]}, "agents has 'pubsub', which is not the full name of a Google service"),
        ({"apis": ["compute"]}, "apis has 'compute', which is not the full name of a Google service"),
        ({"apis": ["compute.example.com"]}, "apis has 'compute.example.com', which is not the full name"),
        ({"apis": ["dns.googleapis.com"] * 2}, "apis has 'dns.googleapis.com' more than once"),
        ({"project": "Acme"}, "project is 'Acme', which is no project id"),
        ({"project": "acme"}, "project is 'acme', which is no project id"),
        ({"project": "acme-prod-"}, "project is 'acme-prod-', which is no project id"),
        ({"project": "a" * 31}, f"project is '{'a' * 31}', which is no project id"),
        ({"project": "123456"}, "project is '123456', which is no project id"),
        ({"api": []}, r"api is not a known key.\n.*\n.*did you mean 'apis'\?"),
    ],
)
def test_arguments_that_would_not_work_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=f"^EnabledApis 'apis': {message}"):
        enabled(**change)


@pytest.mark.parametrize("project", ["acme12", "a" * 30])
def test_the_shortest_and_the_longest_project_ids_are_accepted(project: str) -> None:
    assert enabled(project=project).outputs_of(TYPE, "apis") == {"project": project}
