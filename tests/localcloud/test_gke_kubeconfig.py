"""The kubeconfig of simulated clusters."""

from localcloud.gke_kubeconfig import kubeconfig
from localcloud.providers.google.kind import Resource


def _cluster(name: str, **state: object) -> Resource:
    place = {"name": name, "project": "acme-prod", "location": "europe-west1-b"}
    return Resource("gcp:container/cluster:Cluster", name, {**place, **state})


def _reachable(endpoint: str) -> dict[str, object]:
    return {"controlPlaneEndpointsConfig": {"dnsEndpointConfig": {"endpoint": endpoint}}}


def test_it_is_what_gcloud_writes_for_a_dns_endpoint() -> None:
    name = "gke_acme-prod_europe-west1-b_platform"
    config = kubeconfig([_cluster("platform", **_reachable("127.0.0.1:6443"))])
    # No certificate authority and no credentials: the one is trusted, the others are asked for.
    assert config["clusters"] == [{"name": name, "cluster": {"server": "https://127.0.0.1:6443"}}]
    assert config["contexts"] == [{"name": name, "context": {"cluster": name, "user": name}}]
    assert config["current-context"] == name
    (user,) = config["users"]
    assert set(user["user"]) == {"exec"}
    assert user["user"]["exec"]["command"] == "gke-gcloud-auth-plugin"
    assert user["user"]["exec"]["apiVersion"] == "client.authentication.k8s.io/v1beta1"
    assert user["user"]["exec"]["provideClusterInfo"] is True


def test_each_cluster_has_a_context_and_the_first_is_the_current_one() -> None:
    config = kubeconfig([_cluster(name, **_reachable(f"127.0.0.1:{port}")) for name, port in (("a", 1), ("b", 2))])
    assert [context["name"] for context in config["contexts"]] == [f"gke_acme-prod_europe-west1-b_{n}" for n in "ab"]
    assert config["current-context"] == "gke_acme-prod_europe-west1-b_a"


def test_before_there_is_a_cluster_it_names_none() -> None:
    for clusters in ([], [_cluster("platform")], [_cluster("platform", controlPlaneEndpointsConfig=None)]):
        config = kubeconfig(clusters)
        assert (config["clusters"], config["current-context"]) == ([], "")
