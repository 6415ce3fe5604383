"""A kubeconfig as ``gcloud container clusters get-credentials --dns-endpoint`` writes it, for simulated clusters.

It holds no key and no certificate authority: the plugin `gke-gcloud-auth-plugin` is asked for a token, and the endpoint
has a certificate that the machine trusts. https://cloud.google.com/kubernetes-engine/docs/how-to/cluster-access-for-kubectl
"""

from collections.abc import Iterable
from typing import Any

from localcloud.providers.google.clusters import dns_endpoint
from localcloud.providers.google.kind import Resource

_USER = {
    "exec": {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "gke-gcloud-auth-plugin",
        "installHint": "`make rehearse` lays its stand-in onto the PATH of `make shell`",
        "provideClusterInfo": True,
    }
}


def kubeconfig(clusters: Iterable[Resource]) -> dict[str, Any]:
    """A context a cluster that has a DNS endpoint, the first of them the current one."""
    servers = {_name(cluster): f"https://{host}" for cluster in clusters if (host := dns_endpoint(cluster.state))}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": server}} for name, server in servers.items()],
        "users": [{"name": name, "user": _USER} for name in servers],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}} for name in servers],
        "current-context": next(iter(servers), ""),
    }


def _name(cluster: Resource) -> str:
    return "gke_{project}_{location}_{name}".format_map(cluster.state)
