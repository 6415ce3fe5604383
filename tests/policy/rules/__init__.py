"""Each rule, with resources that break it and resources that do not."""

from typing import Any

from policy.resource import Resource
from policy.rule import Rule


def resource(type_: str, name: str = "one", urn: str = "", **properties: Any) -> Resource:
    return Resource(type_, name, properties, urn or f"urn:pulumi:prod::web-platform::{type_}::{name}")


def kubernetes(version: str, kind: str, name: str = "one", namespace: str | None = "shop", **content: Any) -> Resource:
    """An object as Pulumi knows it, in a namespace."""
    metadata = {"name": name, "namespace": namespace} | content.pop("metadata", {})
    group = "core/v1" if version == "v1" else version
    return resource(f"kubernetes:{group}:{kind}", name, apiVersion=version, kind=kind, metadata=metadata, **content)


def deployment(container: dict[str, Any], name: str = "one", namespace: str | None = "shop", **pod: Any) -> Resource:
    spec = {"containers": [{"name": "main", **container}], **pod}
    return kubernetes("apps/v1", "Deployment", name, namespace, spec={"template": {"spec": spec}})


def wrong(rule: Rule, *resources: Resource) -> list[str]:
    """What a rule finds wrong, in the order of resources."""
    return [finding.what for finding in rule.judge(resources)]
