"""Secret Manager: secrets, their versions, and who may read them.

Simulated: names, versions' numbers, protection. Not simulated: reading a secret back, rotation, expiry.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from typing_extensions import override

from localcloud.providers.google import tokens
from localcloud.providers.google.checks import exactly_one, existing, matches, value_at
from localcloud.providers.google.cloud import Cloud, digest, project_number
from localcloud.providers.google.grants import Member
from localcloud.providers.google.kind import Kind, Place, Refusal
from localcloud.providers.google.references import PathKind, full_id, last, project_of
from localcloud.providers.google.stamps import now
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property

_API = "secretmanager.googleapis.com"
_MAXIMUM_BYTES = 64 * 1024


class Secret(PathKind):
    """A secret, which is empty until it has a version."""

    token = tokens.SECRET
    api = _API
    path = "projects/{project}/secrets/{secretId}"

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        # https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets/create
        rule = "an id has 1 to 255 letters, digits, hyphens and underscores"
        return [
            *matches(inputs, "secretId", r"[A-Za-z0-9_-]{1,255}", rule),
            *exactly_one(inputs, "replication", ("auto", "userManaged")),
        ]

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        state["name"] = f"projects/{project_number(state['project'])}/secrets/{state['secretId']}"
        state["createTime"] = now()
        state["effectiveAnnotations"] = state.get("annotations") or {}

    @override
    def update(self, former: Mapping[str, Property], state: dict[str, Property], cloud: Cloud) -> None:
        state["effectiveAnnotations"] = state.get("annotations") or {}

    @override
    def delete(self, state: Mapping[str, Property], cloud: Cloud) -> None:
        """Its versions go with it."""
        if state.get("deletionProtection"):
            raise Refusal(
                400,
                f"cannot destroy secret {state['secretId']!r} while deletionProtection is set",
                "all of its versions would be lost",
                "set deletionProtection to False and update first",
            )
        for version in cloud.find(tokens.SECRET_VERSION):
            if version.id.startswith(f"{state['name']}/versions/"):
                cloud.tamper(version.type, version.id, None)


class SecretVersion(Kind):
    """What a secret is."""

    token = tokens.SECRET_VERSION
    unique = False

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        found = []
        given = [name for name in ("secretData", "secretDataWo") if name in inputs]
        if len(given) != 1:
            had = "both are" if given else "neither is"
            found.append(Problem("secretData", f"or 'secretDataWo' is what is secret, but {had} given: give one"))
        data = value_at(inputs, given[0]) if given else None
        if isinstance(data, str):
            # https://cloud.google.com/secret-manager/quotas#content-limits
            if len(data.encode()) > _MAXIMUM_BYTES:
                found.append(Problem(given[0], f"has {len(data.encode())} bytes of {_MAXIMUM_BYTES}: shorten it"))
            if value_at(inputs, "isSecretDataBase64") and not _is_base64(data):
                reason = "is no base64, but isSecretDataBase64 is set: encode it, or do not set that"
                found.append(Problem(given[0], reason))
        return found

    @override
    def complete(self, inputs: Mapping[str, Property], place: Place) -> dict[str, Property]:
        return {"project": place.project, "enabled": True, **inputs}

    @override
    def identifier(self, state: Mapping[str, Property]) -> str:
        secret = self._secret(state)
        # Google counts versions. A number made of the data is another one, too, when the data is.
        version = 1 + digest(f"{secret} {state.get('secretData')} {state.get('secretDataWoVersion')}") % 9999
        return f"projects/{project_number(project_of(secret) or '')}/secrets/{last(secret)}/versions/{version}"

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        existing(cloud, tokens.SECRET, self._secret(state), "nobody could ask for it")
        state["name"] = self.identifier(state)
        state["version"] = last(state["name"])
        state["createTime"] = now()
        state["destroyTime"] = ""

    def _secret(self, state: Mapping[str, Property]) -> str:
        return full_id(state["secret"], state["project"], "secrets")


class SecretIamMember(Member):
    """A role on a secret."""

    token = tokens.SECRET_MEMBER
    api = _API
    target = tokens.SECRET
    services = ("secretmanager",)

    @override
    def on(self, state: Mapping[str, Property]) -> str:
        return full_id(state["secretId"], state["project"], "secrets")


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error:
        return False
    return True


KINDS: tuple[type[Kind], ...] = (Secret, SecretVersion, SecretIamMember)
