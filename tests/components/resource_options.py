"""The options of a component's children, of which the mock engine is told too little."""

from collections.abc import Callable

import pulumi
from pulumi import ResourceOptions

from tests.recording import declare


def options_of(component: Callable[[ResourceOptions], object]) -> dict[tuple[str, str], ResourceOptions]:
    """Options by type and name, of all that a component declares when it is given the options passed to it."""
    seen: dict[tuple[str, str], ResourceOptions] = {}

    def see(resource: pulumi.ResourceTransformationArgs) -> None:
        seen[resource.type_, resource.name] = resource.opts

    declare(lambda: component(ResourceOptions(transformations=[see])))
    return seen
