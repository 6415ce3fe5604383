"""Whatever a resource looks like, rules judge it, and hold it to nothing that is only known later."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.__main__ import RULES
from policy.resource import Resource
from policy.rule import ResourceRule
from policy.rules.pod_security import RESTRICTED_PODS
from tests.policy.rules import kubernetes, resource, wrong

ANYBODY: dict[str, Any] = {"direction": "INGRESS", "action": "allow", "match": {"srcIpRanges": ["0.0.0.0/1"]}}
POOL: dict[str, Any] = {
    "networkConfig": {"enablePrivateNodes": False},
    "nodeConfig": {"serviceAccount": "default", "machineType": "x"},
}
CONTAINER = {
    "name": "main",
    "image": "nginx:latest",
    "env": [{"name": "DB_PASS", "value": "s3cret-value"}],
    "args": ["--password", "s3cret-value"],
    "ports": [{"containerPort": 80, "hostPort": 80}],
    "livenessProbe": {"httpGet": {"host": "a"}},
    "resources": {"requests": {"cpu": "1"}},
    "securityContext": {
        "privileged": True,
        "runAsUser": 0,
        "runAsNonRoot": False,
        "procMount": "Unmasked",
        "seLinuxOptions": {"type": "a", "user": "b"},
        "appArmorProfile": {"type": "Unconfined"},
        "capabilities": {"add": ["SYS_ADMIN"], "drop": ["NET_RAW"]},
    },
}
POD = {
    "hostNetwork": True,
    "volumes": [{"name": "a", "hostPath": {"path": "/"}}],
    "securityContext": {"sysctls": [{"name": "a"}], "seccompProfile": {"type": "Unconfined"}},
    "containers": [CONTAINER],
    "ephemeralContainers": [{"name": "look"}],
}
TEMPLATE = {"metadata": {"annotations": {"container.apparmor.security.beta.kubernetes.io/a": "b"}}, "spec": POD}
SOLVER: dict[str, Any] = {
    "metadata": {"labels": {"acme.cert-manager.io/http01-solver": "true"}, "annotations": {}},
    "spec": {"rules": [{"http": {"paths": [{"path": "/.well-known/acme-challenge/a"}]}}]},
}
RESOURCES = [
    resource(
        "gcp:container/cluster:Cluster",
        masterAuth={"clientCertificateConfig": {"issueClientCertificate": True}},
        nodePools=[POOL],
        removeDefaultNodePool=True,
        workloadIdentityConfig={"workloadPool": ""},
    ),
    resource("gcp:container/cluster:Cluster", nodeConfig=POOL["nodeConfig"], deletionProtection=False),
    resource("gcp:container/nodePool:NodePool", **POOL),
    resource("gcp:compute/instanceTemplate:InstanceTemplate", networkInterfaces=[{"ipv6AccessConfigs": [{}]}]),
    resource("gcp:compute/firewall:Firewall", allows=[{"protocol": "tcp"}], sourceRanges=["0.0.0.0/0"], sourceTags=[]),
    resource("gcp:compute/networkFirewallPolicyRule:NetworkFirewallPolicyRule", **ANYBODY),
    resource("gcp:compute/networkFirewallPolicyWithRules:NetworkFirewallPolicyWithRules", rules=[ANYBODY]),
    resource("gcp:storage/bucket:Bucket", forceDestroy=True, publicAccessPrevention="inherited"),
    resource("gcp:storage/bucketACL:BucketACL", roleEntities=["READER:allUsers"], predefinedAcl="publicRead"),
    resource("gcp:bigquery/dataset:Dataset", accesses=[{"role": "READER", "specialGroup": "allAuthenticatedUsers"}]),
    resource("gcp:bigquery/datasetAccess:DatasetAccess", role="roles/owner", iamMember="allUsers"),
    resource("gcp:storage/bucketIAMBinding:BucketIAMBinding", role="roles/viewer", members=["allUsers"]),
    resource("gcp:projects/iAMPolicy:IAMPolicy", policyData='{"bindings": [{"role": "r", "members": ["allUsers"]}]}'),
    resource(
        "gcp:sql/databaseInstance:DatabaseInstance",
        settings={"ipConfiguration": {"ipv4Enabled": True, "authorizedNetworks": [{"value": "0.0.0.0/0"}]}},
    ),
    kubernetes("apps/v1", "Deployment", spec={"template": TEMPLATE}),
    kubernetes("v1", "Pod", spec=POD),
    kubernetes("v1", "PodTemplate", template=TEMPLATE),
    kubernetes("batch/v1", "CronJob", spec={"jobTemplate": {"spec": {"template": TEMPLATE}}}),
    kubernetes("argoproj.io/v1alpha1", "Rollout", spec={"template": TEMPLATE}),
    resource("kubernetes:apps/v1:DeploymentPatch", metadata={"name": "a"}, spec={"template": TEMPLATE}),
    kubernetes("v1", "Service", spec={"type": "NodePort", "externalIPs": ["192.0.2.1"]}),
    kubernetes("v1", "Namespace", metadata={"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}),
    kubernetes("v1", "ConfigMap", data={"password": "s3cret-value"}),
    resource(
        "kubernetes:helm.sh/v3:Release",
        values={"image": {"tag": "latest"}, "env": [{"name": "A_TOKEN", "value": "s3cret-value"}], "image2": ["a"]},
    ),
    kubernetes("networking.k8s.io/v1", "Ingress", **SOLVER),
    kubernetes(
        "networking.k8s.io/v1",
        "Ingress",
        metadata={"annotations": {"konghq.com/plugins": "a,b", "konghq.com/protocols": "http"}},
        spec={"ingressClassName": "gce", "rules": [{"host": "a.example.com"}], "tls": [{"secretName": "a"}]},
    ),
    kubernetes("gateway.networking.k8s.io/v1", "Gateway", spec={"gatewayClassName": "a", "listeners": [{"name": "b"}]}),
    kubernetes("gateway.networking.k8s.io/v1", "HTTPRoute", spec={"parentRefs": [{"name": "a"}], "rules": [{}]}),
    kubernetes("configuration.konghq.com/v1", "KongConsumer", credentials=["a"], username="b"),
    kubernetes("configuration.konghq.com/v1", "KongPlugin", plugin="cors", config={"a": 1}),
    kubernetes("cert-manager.io/v1", "Certificate", spec={"dnsNames": ["a"], "secretName": "b", "issuerRef": {}}),
    kubernetes(
        "rbac.authorization.k8s.io/v1",
        "ClusterRole",
        rules=[{"verbs": ["*"], "resources": ["roles"], "resourceNames": ["a"]}],
        aggregationRule={"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}, {}]},
    ),
    kubernetes("rbac.authorization.k8s.io/v1", "RoleBinding", roleRef={"name": "cluster-admin"}),
]


def _places(value: object, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where anything stands within a value."""
    inside: Any = ()
    if isinstance(value, Mapping):
        inside = value.items()
    elif isinstance(value, list):
        inside = enumerate(value)
    for key, each in inside:
        yield (*place, key)
        yield from _places(each, (*place, key))


def _with(value: Any, place: tuple[Any, ...], other: object) -> Any:
    """The same value, with another at a place."""
    if not place:
        return other
    copied = dict(value) if isinstance(value, Mapping) else list(value)
    copied[place[0]] = _with(value[place[0]], place[1:], other)
    return copied


def _changed(original: Resource, place: tuple[Any, ...], other: object) -> Resource:
    return replace(original, properties=_with(original.properties, place, other))


PLACES = [(each, place) for each in RESOURCES for place in _places(each.properties)]
ODD = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 1) | st.floats() | st.sampled_from(["", "a", "allUsers", "10.0.0.0/8"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["name", "a", "*"]), inner, max_size=2),
    max_leaves=4,
)


@given(changed=st.lists(st.tuples(st.sampled_from(PLACES), ODD), min_size=1, max_size=4))
def test_nothing_is_too_odd_to_be_judged(changed: list[tuple[tuple[Resource, tuple[Any, ...]], Any]]) -> None:
    resources = [*RESOURCES, *(_changed(original, place, odd) for (original, place), odd in changed)]
    for rule in RULES:
        for finding in rule.judge(resources):
            assert rule.message(finding)


ALONE = [*(rule for rule in RULES if isinstance(rule, ResourceRule)), RESTRICTED_PODS]


@pytest.mark.parametrize("original", RESOURCES, ids=lambda each: each.type)
def test_what_becomes_known_later_adds_no_finding(original: Resource) -> None:
    for place in _places(original.properties):
        later = _changed(original, place, None)
        for rule in ALONE:
            assert len(wrong(rule, later)) <= len(wrong(rule, original)), (rule.name, place)


def test_each_rule_for_single_resources_finds_something_in_one_of_them() -> None:
    silent = {rule.name for rule in ALONE if not wrong(rule, *RESOURCES)}
    # These are broken by a name, by the type alone, or by a label that the namespace here has otherwise.
    assert silent == {"names", "no-keys", "declared-namespaces", "restricted-namespaces"}
