"""KongPlugin: one concern, for whoever names it or for every request."""

from typing import Any

import pytest
from pulumi import Output
from web_platform import ArgumentError, Gateway, KongPlugin, KongPluginArgs, KongPluginScope

from tests.recording import Recording, declare

TYPE = "web-platform:index:KongPlugin"
PLUGIN = "kubernetes:configuration.konghq.com/v1:KongPlugin"
CLUSTER_PLUGIN = "kubernetes:configuration.konghq.com/v1:KongClusterPlugin"
LIMIT: dict[str, Any] = {"rate_limiting": {"minute": 60}}
WITH_PASSWORD: dict[str, Any] = {
    "rate_limiting": {"minute": 1, "policy": "redis", "redis": {"host": "redis", "password_secret": "redis-access"}}
}


def limit(**args: Any) -> Recording:
    given: KongPluginArgs = {"plugin": LIMIT, "namespace": "services", "ingress_class": "kong", **args}  # type: ignore[typeddict-item]
    return declare(lambda: KongPlugin("limit", given))


def test_a_plugin_is_this_object() -> None:
    recording = limit()
    assert [(each.ancestry, each.name) for each in recording] == [(TYPE, "limit"), (f"{TYPE}${PLUGIN}", "limit")]
    assert recording.one(PLUGIN, "limit").inputs == {
        "apiVersion": "configuration.konghq.com/v1",
        "kind": "KongPlugin",
        "metadata": {
            "name": "limit",
            "namespace": "services",
            "annotations": {"kubernetes.io/ingress.class": "kong"},
            "labels": {"app.kubernetes.io/managed-by": "pulumi"},
        },
        "plugin": "rate-limiting",
        "config": {"policy": "local", "minute": 60},
    }
    assert recording.outputs_of(TYPE, "limit") == {"plugin": "limit"}


@pytest.mark.parametrize(("scope", "label"), [("cluster", None), (KongPluginScope.GLOBAL, "true")])
def test_a_plugin_for_more_than_a_namespace_is_in_none(scope: Any, label: str | None) -> None:
    recording = limit(scope=scope)
    assert recording.of_type(PLUGIN) == {}
    metadata = recording.one(CLUSTER_PLUGIN, "limit").inputs["metadata"]
    assert "namespace" not in metadata
    assert metadata["annotations"] == {"kubernetes.io/ingress.class": "kong"}
    assert metadata["labels"].get("global") == label


@pytest.mark.parametrize(
    ("scope", "reference"),
    [
        ("namespace", {"name": "redis-access", "key": "password"}),
        ("cluster", {"name": "redis-access", "key": "password", "namespace": "services"}),
    ],
)
def test_a_password_is_laid_over_by_kongs_controller_from_a_secret(scope: str, reference: dict[str, str]) -> None:
    def program() -> None:
        redis: Any = {"host": "redis", "password_secret": Output.from_input("redis-access")}
        KongPlugin(
            "limit",
            {
                "plugin": {"rate_limiting": {"minute": 1, "policy": "redis", "redis": redis}},
                "scope": KongPluginScope(scope),
                "namespace": "services",
                "ingress_class": "kong",
            },
        )

    recording = declare(program)
    (plugin,) = [each for each in recording if each.type in (PLUGIN, CLUSTER_PLUGIN)]
    assert plugin.inputs["configPatches"] == [{"path": "/redis/password", "valueFrom": {"secretKeyRef": reference}}]
    assert plugin.inputs["config"]["redis"] == {"host": "redis"}


def test_it_waits_for_the_gateway_whose_kind_it_is() -> None:
    def program() -> None:
        gateway = Gateway("kong", {"namespace": "kong"})
        KongPlugin(
            "limit", {"plugin": {"bot_detection": {}}, "namespace": "services", "ingress_class": gateway.ingress_class}
        )

    recording = declare(program)
    assert recording.outputs_of(TYPE, "limit") == {"plugin": "limit"}
    release = recording.one("kubernetes:helm.sh/v3:Release", "kong").urn
    assert release in recording.waits_for(recording.one(PLUGIN, "limit"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"plugin": {}}, r"plugin has 0 plugins\.\n.*\n.*pass exactly one"),
        ({"plugin": {**LIMIT, "bot_detection": {}}}, "plugin has 2 plugins"),
        ({"plugin": {"rate_limiting": {"minute": "60"}}}, "plugin.rate_limiting.minute is '60', which is not a whole"),
        ({"plugin": {"ratelimiting": {}}}, r"plugin.ratelimiting is not a known key.\n.*\n.*'rate_limiting'\?"),
        ({"plugin": None}, "plugin is"),
        ({"namespace": None}, "namespace is missing"),
        (
            {"plugin": WITH_PASSWORD, "scope": "cluster", "namespace": None},
            "namespace is missing, though a Secret is named\\.\n  Danger: the API server would refuse the plugin: it "
            "belongs to no namespace, and the Secret to one\n  Remedy: pass the namespace of the Secret",
        ),
        ({"scope": "everywhere"}, "scope is 'everywhere', which is none"),
        ({"scope": "global", "plugin": {"key_auth": {}}}, "plugin.key_auth would apply to every request"),
        ({"scope": "global", "plugin": {"other": {"ldap-auth": {}}}}, "plugin.other.ldap-auth would apply to every"),
        ({"ingress_class": None}, "ingress_class is missing"),
    ],
)
def test_arguments_that_would_not_work_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=f"^KongPlugin 'limit': {message}"):
        limit(**change)


def test_a_name_that_is_none_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"^KongPlugin 'My Plugin': name is not a name that Kubernetes accepts"):
        declare(lambda: KongPlugin("My Plugin", {"plugin": {"bot_detection": {}}, "ingress_class": "kong"}))
