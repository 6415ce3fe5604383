"""Services of Google Cloud that a project may use.

Owns that each service is enabled. Does not own the project, its billing account, or what is made with the services:
everything that is made in the project takes `project` from here, and so waits until the project may make it.
"""

import re
from collections.abc import Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from web_platform.component_arguments import checked_component
from web_platform.errors import Fault, refuse
from web_platform.order import after

_DOMAIN = ".googleapis.com"
_API = re.compile(r"[a-z][a-z0-9-]*\.googleapis\.com")


class EnabledApisArgs(TypedDict):
    """Arguments of `EnabledApis`."""

    project: Input[str]
    """Id of the project. It must exist, with a billing account."""

    apis: Sequence[str]
    """Full names of the services to enable, such as `container.googleapis.com`."""

    agents: NotRequired[Sequence[str]]
    """Those of the services as which Google itself acts in the project, and whose accounts (service agents) are to
    exist at once, so that rights can be granted to them. Default: none; Google makes each when it first needs it."""


class EnabledApis(pulumi.ComponentResource):
    """Services that a project may use from now on."""

    project: Output[str]
    """Id of the project. Known in previews; what uses it is created after every service is enabled."""

    def __init__(self, name: str, args: EnabledApisArgs, opts: ResourceOptions | None = None) -> None:
        component = checked_component("EnabledApis", name, args, EnabledApisArgs)
        project, apis = args["project"], args["apis"]
        for api in apis:
            refuse(component, "apis", _api_fault(api, apis))
        agents = args.get("agents", ())
        for agent in agents:
            refuse(component, "agents", _api_fault(agent, agents) or _disabled_fault(agent, apis))

        super().__init__("web-platform:index:EnabledApis", name, None, opts)
        enabled = {
            api: gcp.projects.Service(
                f"{name}-{api.removesuffix(_DOMAIN)}",
                project=project,
                service=api,
                # Disabling deletes what the service holds for the project, whoever made it, and fails while anything
                # depends on it. An enabled service that nobody uses costs nothing.
                # https://cloud.google.com/service-usage/docs/enable-disable#disabling
                disable_on_destroy=False,
                opts=ResourceOptions(parent=self),
            )
            for api in apis
        }
        identities = [
            gcp.projects.ServiceIdentity(
                f"{name}-{agent.removesuffix(_DOMAIN)}-agent",
                project=project,
                service=enabled[agent].service,
                opts=ResourceOptions(parent=self),
            )
            for agent in agents
        ]
        made = [each.urn for each in (*enabled.values(), *identities)]
        self.project = after(project, *made)
        self.register_outputs({"project": self.project})


def _disabled_fault(agent: str, apis: Sequence[str]) -> Fault | None:
    if agent in apis:
        return None
    return Fault(
        what=f"has {agent!r}, which is not among the services in `apis`",
        danger="Google would refuse to make its account",
        remedy="add the service to `apis` too",
    )


def _api_fault(api: str, apis: Sequence[str]) -> Fault | None:
    if not _API.fullmatch(api):
        return Fault(
            what=f"has {api!r}, which is not the full name of a Google service",
            danger="Google would refuse to enable it, and everything that needs it would wait in vain",
            remedy=f"write the full name, such as 'compute{_DOMAIN}'",
        )
    if apis.count(api) > 1:
        return Fault(
            what=f"has {api!r} more than once",
            danger="two resources would enable one service, which Pulumi refuses",
            remedy="name each service once",
        )
    return None
