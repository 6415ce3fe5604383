"""Objects of custom kinds whose content is not below `spec`, which the SDK's own class for custom kinds cannot make."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import ResourceOptions


class KubernetesObject(pulumi.CustomResource):
    """An object of any kind, with any keys at its top. Previews know it before its kind exists."""

    def __init__(
        self,
        name: str,
        api_version: str,
        kind: str,
        metadata: kubernetes.meta.v1.ObjectMetaArgs,
        content: Mapping[str, Any],
        opts: ResourceOptions,
    ) -> None:
        # As the SDK's own resources do: else an engine without a plugin would look for the newest of all.
        opts.version = opts.version or version("pulumi-kubernetes")
        props = {"apiVersion": api_version, "kind": kind, "metadata": metadata, **content}
        super().__init__(f"kubernetes:{api_version}:{kind}", name, props, opts)
