"""Configuration that pods read: a ConfigMap, or a Secret, with another name for each content.

Without names of their own: Pulumi gives some that change with the content. So a changed value changes the pods too,
which replaces them, and the old ones keep what they began with until they are gone. A hash of the values in an
annotation would do half of it, and let whoever sees the pods test guesses.
"""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions


def declare_config_map(
    parent: pulumi.ComponentResource, name: str, metadata: Mapping[str, Any], data: Mapping[str, Input[str]]
) -> Output[str]:
    """Declare a ConfigMap, and say what it is called. `metadata` names its namespace and labels."""
    made = kubernetes.core.v1.ConfigMap(
        name, metadata=metadata, data=data, immutable=True, opts=ResourceOptions(parent=parent)
    )
    return made.metadata.apply(lambda known: known.name or name)


def declare_secret(
    parent: pulumi.ComponentResource, name: str, metadata: Mapping[str, Any], data: Mapping[str, Input[str]]
) -> Output[str]:
    """Declare a Secret whose values are secret in Pulumi's state too, and say what it is called."""
    hidden = {key: Output.secret(value) for key, value in data.items()}
    made = kubernetes.core.v1.Secret(
        name,
        metadata=metadata,
        # The API server says nothing of an empty map, which would look changed from then on, and replace the Secret.
        string_data=hidden or None,
        immutable=True,
        opts=ResourceOptions(parent=parent),
    )
    return made.metadata.apply(lambda known: known.name or name)
