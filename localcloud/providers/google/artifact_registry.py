"""Artifact Registry: repositories and who may use them.

Simulated: formats, modes, and what each of them needs. Not simulated: packages, and that cleanup policies delete any.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from typing_extensions import override

from localcloud.providers.google import tokens
from localcloud.providers.google.checks import existing, matches, one_of, value_at
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.grants import Member
from localcloud.providers.google.kind import Kind, Place, Refusal
from localcloud.providers.google.locations import region_of_place, region_problems
from localcloud.providers.google.references import PathKind, full_id
from localcloud.providers.google.stamps import now
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property

_API = "artifactregistry.googleapis.com"

# https://cloud.google.com/artifact-registry/docs/supported-formats
_FORMATS = ("APT", "DOCKER", "GENERIC", "GO", "KFP", "MAVEN", "NPM", "PYTHON", "RUBY", "YUM")
_MODES = ("STANDARD_REPOSITORY", "VIRTUAL_REPOSITORY", "REMOTE_REPOSITORY")
_MULTI_REGIONS = ("asia", "europe", "us")

# https://cloud.google.com/artifact-registry/docs/repositories/remote-overview
_UPSTREAMS = {
    "aptRepository": "APT",
    "dockerRepository": "DOCKER",
    "mavenRepository": "MAVEN",
    "npmRepository": "NPM",
    "pythonRepository": "PYTHON",
    "yumRepository": "YUM",
}
_ANY_UPSTREAM = "commonRepository"
_NAMED_UPSTREAMS = {
    "dockerRepository": "DOCKER_HUB",
    "mavenRepository": "MAVEN_CENTRAL",
    "npmRepository": "NPMJS",
    "pythonRepository": "PYPI",
}


class Repository(PathKind):
    """A repository of images or packages."""

    token = tokens.REPOSITORY
    api = _API
    path = "projects/{project}/locations/{location}/repositories/{repositoryId}"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        # https://cloud.google.com/artifact-registry/docs/reference/rest/v1/projects.locations.repositories
        rule = (
            "an id has up to 63 small letters, digits and hyphens, begins with a letter and does not end with a hyphen"
        )
        found = matches(inputs, "repositoryId", r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?", rule)
        location = value_at(inputs, "location")
        if location not in _MULTI_REGIONS:
            found += region_problems("location", location)
        format_ = value_at(inputs, "format")
        if isinstance(format_, str):
            found += one_of({"format": format_.upper()}, "format", _FORMATS)
        found += one_of(inputs, "mode", _MODES)
        return found + _mode_problems(inputs) + _cleanup_problems(inputs)

    @override
    def complete(self, inputs: Mapping[str, Property], place: Place) -> dict[str, Property]:
        region = region_of_place(place)
        defaults = {"mode": "STANDARD_REPOSITORY", **({"location": region} if region else {})}
        return {**defaults, **super().complete(inputs, place)}

    @override
    def identifier(self, state: Mapping[str, Property]) -> str:
        if not state.get("location"):
            raise Refusal(
                400,
                "location: required field is not set",
                f"it is not known where to make {state['repositoryId']!r}",
                "set gcp:region in the stack's configuration, or 'location' of the repository",
            )
        return super().identifier(state)

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        _require_upstreams(state, cloud)
        format_ = state["format"].lower()
        state["name"] = state["repositoryId"]
        state["registryUri"] = f"{state['location']}-{format_}.pkg.dev/{state['project']}/{state['repositoryId']}"
        state["createTime"] = state["updateTime"] = now()

    @override
    def update(self, former: Mapping[str, Property], state: dict[str, Property], cloud: Cloud) -> None:
        _require_upstreams(state, cloud)
        state["updateTime"] = now()


class RepositoryIamMember(Member):
    """A role on a repository."""

    token = tokens.REPOSITORY_MEMBER
    api = _API
    target = tokens.REPOSITORY
    services = ("artifactregistry",)

    @override
    def complete(self, inputs: Mapping[str, Property], place: Place) -> dict[str, Property]:
        region = region_of_place(place)
        return {**({"location": region} if region else {}), **super().complete(inputs, place)}

    @override
    def on(self, state: Mapping[str, Property]) -> str:
        return full_id(state["repository"], state["project"], f"locations/{state.get('location')}/repositories")


def _mode_problems(inputs: Mapping[str, Property]) -> list[Problem]:
    mode = "STANDARD_REPOSITORY" if inputs.get("mode") is None else value_at(inputs, "mode")
    if mode is None:
        return []
    found = []
    for config, needing in (
        ("remoteRepositoryConfig", "REMOTE_REPOSITORY"),
        ("virtualRepositoryConfig", "VIRTUAL_REPOSITORY"),
    ):
        given = inputs.get(config) is not None
        if mode == needing and not given:
            found.append(Problem(config, f"is absent, but a {mode} is nothing without it: say where it gets packages"))
        if mode != needing and given:
            found.append(Problem(config, f"is given, but the mode is {mode!r}: set mode to {needing!r}, or remove it"))
    remote = value_at(inputs, "remoteRepositoryConfig")
    if isinstance(remote, Mapping):
        found += _remote_problems(remote, value_at(inputs, "format"))
    return found


def _remote_problems(remote: Mapping[str, Property], format_: Property) -> list[Problem]:
    path = "remoteRepositoryConfig"
    upstreams = [name for name in (*_UPSTREAMS, _ANY_UPSTREAM) if remote.get(name) is not None]
    if len(upstreams) != 1:
        had = " and ".join(upstreams) or "none"
        names = ", ".join((*_UPSTREAMS, _ANY_UPSTREAM))
        return [Problem(path, f"must have one of {names}, but has {had}: give one")]
    upstream = upstreams[0]
    found = []
    if isinstance(format_, str) and _UPSTREAMS.get(upstream, format_.upper()) != format_.upper():
        reason = f"does not fit the format {format_!r}: use {_ANY_UPSTREAM}, or that of the format"
        found.append(Problem(f"{path}.{upstream}", reason))
    named = _NAMED_UPSTREAMS.get(upstream)
    if named is not None:
        found += one_of({path: remote}, f"{path}.{upstream}.publicRepository", (named,))
    for uri in (f"{path}.{upstream}.customRepository.uri", f"{path}.{upstream}.uri"):
        # "projects/…" names another repository of this kind.
        rule = "an upstream is another registry's https:// address"
        found += matches({path: remote}, uri, r"https://[^\s/]\S*|projects/\S+", rule)
    return found


def _cleanup_problems(inputs: Mapping[str, Property]) -> list[Problem]:
    # https://cloud.google.com/artifact-registry/docs/repositories/cleanup-policy
    found: list[Problem] = []
    seen = set()
    for index, policy in enumerate(value_at(inputs, "cleanupPolicies") or []):
        if not isinstance(policy, Mapping):
            continue
        path = f"cleanupPolicies[{index}]"
        name = policy.get("id")
        if name in seen:
            found.append(Problem(f"{path}.id", f"is {name!r}, which another policy has: rename one"))
        seen.add(name)
        found += [Problem(f"{path}.action", each.reason) for each in one_of(policy, "action", ("DELETE", "KEEP"))]
        if policy.get("action") == "DELETE" and policy.get("mostRecentVersions") is not None:
            reason = "is given with the action 'DELETE', but it can only keep versions: set the action to 'KEEP'"
            found.append(Problem(f"{path}.mostRecentVersions", reason))
        if policy.get("action") == "DELETE" and policy.get("condition") is None:
            found.append(Problem(f"{path}.condition", "is absent: say which versions go, or all of them would"))
        for name in ("olderThan", "newerThan"):
            age = value_at(policy, f"condition.{name}")
            if isinstance(age, str) and not re.fullmatch(r"\d+(?:\.\d+)?[smhd]", age):
                reason = f"is {age!r}, but an age is seconds, minutes, hours or days: write it like '30d'"
                found.append(Problem(f"{path}.condition.{name}", reason))
    return found


def _require_upstreams(state: Mapping[str, Property], cloud: Cloud) -> None:
    for policy in value_at(state, "virtualRepositoryConfig.upstreamPolicies") or []:
        if policy.get("repository"):
            collection = f"locations/{state['location']}/repositories"
            upstream = full_id(policy["repository"], state["project"], collection)
            existing(cloud, tokens.REPOSITORY, upstream, "what it has could not be got through this one")


KINDS: tuple[type[Kind], ...] = (Repository, RepositoryIamMember)
