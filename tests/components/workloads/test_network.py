"""Who may connect to a workload's pods, and where these may connect to."""

from typing import Any

import pytest
from pulumi import Alias, Output
from web_platform import WebService, Worker
from web_platform.workloads.network import (
    NetworkPathArgs,
    NetworkPeerArgs,
    admission_policy,
    cidr_fault,
    default_deny_policy,
    network_policy,
    path_faults,
    peer_faults,
)

from tests.components.resource_options import options_of
from tests.components.workloads.pods import (
    CLOSED_POLICY,
    DNS,
    METADATA,
    MORE,
    POLICY,
    SELECTOR,
    Workload,
    arguments,
    controller,
    make,
    policy,
    refusal,
    shop,
)
from tests.recording import declare

HTTPS_ANYWHERE = {"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}], "ports": [{"port": 443, "protocol": "TCP"}]}


def namespace(name: str) -> dict[str, Any]:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def workload(name: str) -> dict[str, Any]:
    return {"podSelector": {"matchLabels": {"app.kubernetes.io/name": name}}}


def ways(*paths: NetworkPathArgs) -> list[dict[str, Any]]:
    """Where the paths lead to, beside DNS."""
    spec = network_policy({"matchLabels": SELECTOR}, paths, internet=False)
    assert spec["egress"][0] == DNS
    further: list[dict[str, Any]] = spec["egress"][1:]
    return further


@pytest.mark.parametrize("kind", MORE)
def test_nobody_connects_to_a_workload_and_it_to_nothing_but_dns(kind: Workload) -> None:
    made = shop(kind).one(POLICY, "shop-network").inputs
    assert made["metadata"] == METADATA
    assert made["spec"] == CLOSED_POLICY


@pytest.mark.parametrize("kind", MORE)
def test_a_workload_connects_to_its_paths_and_to_https_anywhere_where_it_is_asked_for(kind: Workload) -> None:
    made = policy(shop(kind, internet=True, network_paths=[{"namespace": "data"}]))
    assert made == CLOSED_POLICY | {"egress": [DNS, HTTPS_ANYWHERE, {"to": [namespace("data")]}]}


@pytest.mark.parametrize("kind", MORE)
def test_no_pod_is_there_before_its_policy_is(kind: Workload) -> None:
    recording = shop(kind)
    assert recording.one(POLICY, "shop-network").urn in controller(recording).depends_on


def test_a_policy_is_the_same_one_as_when_it_was_called_after_what_pods_connect_to() -> None:
    seen = options_of(lambda opts: WebService("shop", arguments(WebService), opts))  # type: ignore[arg-type]
    aliases = [alias for alias in seen[POLICY, "shop-network"].aliases or [] if isinstance(alias, Alias)]
    assert "shop-egress" in [alias.name for alias in aliases]


def test_a_path_leads_to_a_port_of_addresses() -> None:
    paths: list[Any] = [{"cidr": "10.1.0.0/16", "port": 80}, {"cidr": "10.16.0.3/32", "port": 5432.0}]
    assert ways(*paths) == [
        {"to": [{"ipBlock": {"cidr": "10.1.0.0/16"}}], "ports": [{"port": 80, "protocol": "TCP"}]},
        {"to": [{"ipBlock": {"cidr": "10.16.0.3/32"}}], "ports": [{"port": 5432, "protocol": "TCP"}]},
    ]


def test_a_path_leads_to_pods_of_a_namespace_or_of_one_workload_in_it() -> None:
    assert ways({"namespace": "data"}, {"namespace": "data", "workload": "cache"}) == [
        {"to": [namespace("data")]},
        {"to": [namespace("data") | workload("cache")]},
    ]


def test_a_path_to_pods_may_be_narrowed_to_a_port() -> None:
    assert ways({"namespace": "data", "workload": "cache", "port": 6379}) == [
        {"to": [namespace("data") | workload("cache")], "ports": [{"port": 6379, "protocol": "TCP"}]}
    ]


def test_what_is_none_is_as_what_is_left_out() -> None:
    assert ways({"namespace": "data", "cidr": None, "workload": None, "port": None}) == ways({"namespace": "data"})


def test_addresses_and_namespaces_may_be_known_later() -> None:
    def program() -> None:
        cidr = Output.concat("10.16.0.3", "/32")
        paths = [{"cidr": cidr, "port": 5432}, {"namespace": Output.from_input("data")}]
        make(Worker, network_paths=paths)

    assert policy(declare(program))["egress"] == [
        DNS,
        {"to": [{"ipBlock": {"cidr": "10.16.0.3/32"}}], "ports": [{"port": 5432, "protocol": "TCP"}]},
        {"to": [namespace("data")]},
    ]


def test_callers_connect_to_one_port() -> None:
    callers: list[NetworkPeerArgs] = [{"namespace": "a"}, {"namespace": "b", "workload": "cart"}]
    spec = network_policy({"matchLabels": SELECTOR}, [], internet=False, callers=callers, port=80)
    assert spec == CLOSED_POLICY | {
        "ingress": [
            {"from": [namespace("a"), namespace("b") | workload("cart")], "ports": [{"port": 80, "protocol": "TCP"}]}
        ]
    }


def test_a_port_without_callers_is_nobodys() -> None:
    # A rule whose list of peers is empty would let everybody in.
    assert network_policy({"matchLabels": SELECTOR}, [], internet=False, port=80) == CLOSED_POLICY


def test_a_closed_namespace_says_both_directions_and_lets_nothing_through() -> None:
    assert default_deny_policy() == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_an_admission_is_about_one_direction_and_one_port() -> None:
    assert admission_policy({"matchLabels": {"a": "b"}}, {"namespace": "kong"}, 8089) == {
        "podSelector": {"matchLabels": {"a": "b"}},
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [namespace("kong")], "ports": [{"port": 8089, "protocol": "TCP"}]}],
    }


@pytest.mark.parametrize(
    "path",
    [
        {"cidr": "10.0.0.0/8", "port": 1},
        {"cidr": "0.0.0.0/0", "port": 65535},
        {"namespace": "data"},
        {"namespace": "data", "port": 65535},
        {"namespace": "data", "workload": "cache"},
    ],
)
def test_a_path_that_leads_somewhere_has_no_fault(path: dict[str, Any]) -> None:
    assert list(path_faults("network_paths", [path])) == []


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ({}, "cidr is missing, and so is namespace"),
        ({"port": 1}, "cidr is missing, and so is namespace"),
        ({"workload": "cache"}, "cidr is missing, and so is namespace"),
        ({"cidr": "10.0.0.1/32", "namespace": "data", "port": 1}, "cidr is given beside another place"),
        ({"cidr": "10.0.0.1/32", "workload": "cache", "port": 1}, "workload is given beside another place"),
        ({"cidr": "10.0.0.1/32"}, "port is missing"),
        ({"cidr": "10.0.0.1", "port": 1}, "cidr is '10.0.0.1', which is no range of IPv4 addresses"),
        ({"cidr": "10.0.0.1/32", "port": 0}, "port is 0"),
        ({"cidr": "10.0.0.1/32", "port": 65536}, "port is 65536"),
        ({"namespace": "data", "port": 65536}, "port is 65536"),
        ({"namespace": ""}, "namespace is not a name that Kubernetes accepts"),
        ({"namespace": "Data_EU"}, "namespace is not a name that Kubernetes accepts"),
        ({"namespace": "data", "workload": "Cache"}, "workload is not a name that Kubernetes accepts"),
        ({"cidr": "10.0.0.1/32", "prot": 1}, "prot is not a known key"),
        ({"cidr": 10, "port": 1}, "cidr is a number, which is not text"),
    ],
)
def test_a_path_that_leads_nowhere_or_too_far_is_refused(path: dict[str, Any], message: str) -> None:
    assert refusal(Worker, network_paths=[{"namespace": "data"}, path]).startswith(f"network_paths[1].{message}")


def test_peers_are_namespaces_and_maybe_workloads_in_them() -> None:
    right: list[dict[str, Any]] = [{"namespace": "a"}, {"namespace": "b", "workload": "cart"}]
    peers = [*right, {"namespace": "c", "workload": "A b"}, {"namespace": ""}]
    assert [field for field, _ in peer_faults("callers", peers)] == ["callers[2].workload", "callers[3].namespace"]


@pytest.mark.parametrize("cidr", ["10.16.0.3/32", "10.0.0.0/8", "0.0.0.0/0"])
def test_a_range_of_addresses_is_accepted(cidr: str) -> None:
    assert cidr_fault(cidr) is None


@pytest.mark.parametrize("cidr", ["10.16.0.3", "10.16.0.3/24", "10.16.0/24", "10.16.0.3/33", "fd00::/8", "sql", ""])
def test_what_the_api_server_would_refuse_or_read_otherwise_is_refused(cidr: str) -> None:
    fault = cidr_fault(cidr)
    assert fault is not None
    assert fault.what == f"is {cidr!r}, which is no range of IPv4 addresses"


@pytest.mark.parametrize("cidr", ["10.0.0.0/255.0.0.0", "10.0.0.0/0.255.255.255"])
def test_a_mask_is_a_length(cidr: str) -> None:
    assert cidr_fault(cidr) is not None


def test_the_name_of_a_workload_is_a_label() -> None:
    peer = {"namespace": "a", "workload": "x" * 64}
    assert refusal(Worker, network_paths=[peer]).startswith("network_paths[0].workload")
    assert refusal(WebService, callers=[peer]).startswith("callers[0].workload")
