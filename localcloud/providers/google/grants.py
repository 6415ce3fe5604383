"""Granting a role to a principal: what all IAM members and bindings have in common.

A grant is refused when its resource, its role or its principal does not exist, or when the role cannot be granted on
such a resource. Not simulated: what a principal may then do, and that a binding takes a role from all others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import ClassVar

from typing_extensions import override

from localcloud.providers.google import principals, roles, tokens
from localcloud.providers.google.checks import existing, value_at
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.kind import Kind, Place, Refusal
from localcloud.providers.google.references import project_of
from localcloud.providers.google.stamps import etag
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property

_LIST = "https://cloud.google.com/iam/docs/roles-permissions"
_ROLE = r"roles/[A-Za-z0-9_.]+|(?:projects|organizations)/[^/]+/roles/[A-Za-z0-9_.]+"


class Member(Kind):
    """One principal gets one role on one resource, beside whoever has it already.

    https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/google_project_iam
    """

    unique = False

    target: ClassVar[str | None] = None
    """The type of resource on which the role is granted. None: projects, all of which exist."""

    services: ClassVar[tuple[str, ...]] = ()
    """The services whose roles can be granted there; those of all on projects."""

    takes_basic_roles: ClassVar[bool] = True
    """Whether roles/owner, roles/editor and roles/viewer can be granted there."""

    def on(self, state: Mapping[str, Property]) -> str:
        """The id of the resource on which the role is granted."""
        raise NotImplementedError

    @override
    def complete(self, inputs: Mapping[str, Property], place: Place) -> dict[str, Property]:
        return {**({"project": place.project} if self.target and place.project else {}), **inputs}

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        found = []
        role = value_at(inputs, "role")
        if isinstance(role, str) and not re.fullmatch(_ROLE, role):
            form = "write 'roles/…' for a predefined role or 'projects/…/roles/…' for your own"
            found.append(Problem("role", f"is {role!r}, which is no role: {form}"))
        elif isinstance(role, str) and (remedy := self._remedy(role)):
            found.append(Problem("role", f"is {role!r}, which is not supported for this resource: {remedy}"))
        for path, member in self._members(inputs):
            if isinstance(member, str) and (reason := principals.problem(member)):
                found.append(Problem(path, reason))
        return found

    @override
    def identifier(self, state: Mapping[str, Property]) -> str:
        """As `resourceIamMemberCreate` of the provider puts it together."""
        parts = [self.resource_id(state), state["role"], principals.normal(state["member"])]
        return "/".join([*parts, *_condition(state)])

    def resource_id(self, state: Mapping[str, Property]) -> str:
        """What the id begins with, where that is not the id of the resource."""
        return self.on(state)

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        identifier = self.on(state)
        project = self.project(state, cloud)
        self._require_role(state["role"], project, cloud)
        for _, member in self._members(state):
            principals.require(member, project, cloud)
            self.require_member(member, state, cloud)
        state["etag"] = etag(identifier)

    @override
    def update(self, former: Mapping[str, Property], state: dict[str, Property], cloud: Cloud) -> None:
        self.create(state, cloud)

    def project(self, state: Mapping[str, Property], cloud: Cloud) -> str | None:
        """The project of the resource, which must exist."""
        if self.target is not None:
            resource = existing(cloud, self.target, self.on(state), "there would be nothing to grant the role on")
            return project_of(resource.id) or resource.state.get("project")
        return project_of(self.on(state))

    def require_member(self, member: str, state: Mapping[str, Property], cloud: Cloud) -> None:
        """Refuses a principal that exists and still cannot get a role on this resource."""

    def _members(self, state: Mapping[str, Property]) -> Iterable[tuple[str, Property]]:
        return [("member", state.get("member"))]

    def _require_role(self, role: str, project: str | None, cloud: Cloud) -> None:
        if remedy := self._remedy(role):
            # https://github.com/hashicorp/terraform-provider-google/issues/9130
            raise Refusal(
                400,
                f"Role {role} is not supported for this resource., badRequest",
                "nothing would be granted",
                remedy,
            )
        own = not role.startswith("roles/") and project_of(role) == project
        if own and project is not None and cloud.get(tokens.CUSTOM_ROLE, role) is None:
            # https://github.com/hashicorp/terraform-provider-google/pull/6923
            raise Refusal(
                400,
                f"Role ({role}) does not exist in the resource's hierarchy., badRequest",
                "nothing would be granted",
                "declare the IAMCustomRole, and use its output 'name'",
            )

    def _remedy(self, role: str) -> str | None:
        """What to do about a predefined role that does not exist or cannot be granted on such a resource."""
        if not role.startswith("roles/"):
            return None
        name = role.removeprefix("roles/")
        if not roles.exists(name):
            close = roles.similar(name)
            return f"did you mean {close!r}?" if close else f"{_LIST} lists the roles"
        if self._grantable(name):
            return None
        if self.target is None:
            return f"grant it on what takes it, as {_LIST} says of each role"
        suitable = " or ".join(f"'roles/{service}.…'" for service in self.services)
        return f"choose one of {suitable}, or grant it where it belongs, such as on the project (projects.IAMMember)"

    def _grantable(self, role: str) -> bool:
        if self.target is None:
            return role not in roles.NOT_ON_PROJECTS
        if role in roles.BASIC:
            return self.takes_basic_roles
        service = role.partition(".")[0]
        # Tags, and the review of policies, are the same on every resource.
        of_all = service not in roles.PREDEFINED or role.startswith(("iam.security", "resourcemanager.tag"))
        return (of_all or service in self.services) and role not in roles.ONLY_ON_PROJECTS


class Binding(Member):
    """The principals that have a role on a resource, all of them."""

    @override
    def identifier(self, state: Mapping[str, Property]) -> str:
        return "/".join([self.resource_id(state), state["role"], *_condition(state)])

    @override
    def _members(self, state: Mapping[str, Property]) -> Iterable[tuple[str, Property]]:
        members = value_at(state, "members") or []
        return [(f"members[{index}]", member) for index, member in enumerate(members)]


def _condition(state: Mapping[str, Property]) -> list[str]:
    condition = state.get("condition")
    if not condition:
        return []
    return [condition.get("title") or "", condition.get("description") or "", condition.get("expression") or ""]
