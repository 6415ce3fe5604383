"""Objects whose content is at their top."""

from importlib.metadata import version

import pulumi_kubernetes as kubernetes
from pulumi import Output, ResourceOptions
from web_platform.kubernetes_object import KubernetesObject

from tests.components.resource_options import options_of
from tests.recording import declare

TYPE = "kubernetes:configuration.konghq.com/v1:KongPlugin"


def plugin(opts: ResourceOptions | None = None) -> KubernetesObject:
    return KubernetesObject(
        "limit",
        "configuration.konghq.com/v1",
        "KongPlugin",
        kubernetes.meta.v1.ObjectMetaArgs(name="limit", namespace=Output.from_input("services")),
        {"plugin": "rate-limiting", "config": {"error_code": 429, "redis_host": "redis"}},
        opts or ResourceOptions(),
    )


def test_content_is_at_the_top_and_keeps_its_spelling() -> None:
    assert declare(plugin).one(TYPE, "limit").inputs == {
        "apiVersion": "configuration.konghq.com/v1",
        "kind": "KongPlugin",
        "metadata": {"name": "limit", "namespace": "services"},
        "plugin": "rate-limiting",
        "config": {"error_code": 429, "redis_host": "redis"},
    }


def test_it_asks_for_the_provider_of_the_sdk_unless_it_is_told_another() -> None:
    assert options_of(plugin)[TYPE, "limit"].version == version("pulumi-kubernetes")

    def told(opts: ResourceOptions) -> KubernetesObject:
        return plugin(ResourceOptions.merge(opts, ResourceOptions(version="4.0.0")))

    assert options_of(told)[TYPE, "limit"].version == "4.0.0"
