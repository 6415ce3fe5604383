"""Certificates on the embedded cluster: cert-manager's own controllers issue them, and reach nothing outside."""

import base64
import datetime
import ipaddress
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import psutil
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from kubernetes import client
from kubernetes import config as kubernetes_config
from kubernetes.dynamic import DynamicClient

from localcloud import toolchain
from localcloud.charts import assemble
from localcloud.cluster import NodePool
from localcloud.cluster.embedded import EmbeddedCluster
from localcloud.cluster.machine_types import machine_type
from localcloud.cluster.processes import Processes, wait_until
from localcloud.toolchain import Toolchain

POOLS = [NodePool(2, machine_type("e2-standard-2"))]
PART = "cert-manager-controller"
REFUSAL = "The local cloud reaches nothing outside this machine and plays no service but Let's Encrypt"
Manifest = dict[str, Any]
Spec = Mapping[str, Any]


class Cluster:
    """A cluster with cert-manager and Kong, installed by Helm as Pulumi does, and what tests ask of it."""

    def __init__(self, embedded: EmbeddedCluster) -> None:
        self.embedded = embedded
        self.api = kubernetes_config.new_client_from_config(str(embedded.kubeconfig))
        self.core = client.CoreV1Api(self.api)
        self.custom = client.CustomObjectsApi(self.api)
        self._kinds = DynamicClient(self.api).resources

    def create(self, *manifests: Manifest) -> None:
        for manifest in manifests:
            kind = self._kinds.get(api_version=manifest["apiVersion"], kind=manifest["kind"])
            kind.create(body=manifest, namespace=manifest["metadata"].get("namespace"))

    def issuer(self, name: str, **spec: object) -> None:
        self.create(
            {"apiVersion": "cert-manager.io/v1", "kind": "ClusterIssuer", "metadata": {"name": name}, "spec": spec}
        )

    def certify(self, name: str, issuer: str, hosts: Sequence[str], namespace: str = "default", **spec: object) -> None:
        """Asks for a certificate, whose Secret has its name."""
        self.create(
            {
                "apiVersion": "cert-manager.io/v1",
                "kind": "Certificate",
                "metadata": {"name": name, "namespace": namespace},
                "spec": {
                    "secretName": name,
                    "issuerRef": {"name": issuer, "kind": "ClusterIssuer"},
                    "dnsNames": list(hosts),
                    **spec,
                },
            }
        )

    def change(self, name: str, **spec: object) -> None:
        where = ("cert-manager.io", "v1", "default", "certificates", name)
        self.custom.patch_namespaced_custom_object(*where, {"spec": spec})

    def issuer_condition(self, name: str) -> tuple[str, str]:
        """Whether an issuer is ready, and what it says of that; empty before it says anything."""
        found = self.custom.get_cluster_custom_object("cert-manager.io", "v1", "clusterissuers", name)
        conditions = found.get("status", {}).get("conditions", [])
        return next(((each["status"], each.get("message", "")) for each in conditions), ("", ""))

    def status(self, name: str, namespace: str = "default") -> Manifest:
        where = ("cert-manager.io", "v1", namespace, "certificates", name)
        status: Manifest = self.custom.get_namespaced_custom_object(*where).get("status", {})
        return status

    def is_issued(self, name: str, revision: int = 1, namespace: str = "default") -> bool:
        status = self.status(name, namespace)
        ready = {condition["type"]: condition["status"] for condition in status.get("conditions", [])}.get("Ready")
        return ready == "True" and status.get("revision") == revision

    def certificates(self, name: str, namespace: str = "default") -> list[x509.Certificate]:
        """The certificate in a Secret, which the key there belongs to, and those of the authorities that come along."""
        data = self.core.read_namespaced_secret(name, namespace).data
        found = x509.load_pem_x509_certificates(base64.b64decode(data["tls.crt"]))
        key = serialization.load_pem_private_key(base64.b64decode(data["tls.key"]), password=None)
        assert found[0].public_key() == key.public_key()
        return found

    def challenges(self, namespace: str) -> list[str]:
        """What the open challenges of a namespace wait for."""
        found = self.custom.list_namespaced_custom_object("acme.cert-manager.io", "v1", namespace, "challenges")
        return [challenge.get("status", {}).get("reason", "") for challenge in found["items"]]

    def controller(self) -> psutil.Process:
        return Processes(self.embedded.directory).running()[PART]


@pytest.fixture(scope="module")
def cluster(programs: Toolchain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    directory = tmp_path_factory.mktemp("certificates")
    embedded = EmbeddedCluster("test", directory / "cluster", programs)
    try:
        embedded.start(POOLS)
        assemble(directory / "charts")
        for name, chart, values in (("cert-manager", "cert-manager", "crds.enabled=true"), ("kong", "ingress", "")):
            where = ("--namespace", name, "--create-namespace", "--kubeconfig", embedded.kubeconfig)
            command = (programs["helm"], "install", name, directory / "charts" / chart, "--set", values, "--wait")
            subprocess.run([*command, *where], check=True, capture_output=True)
        made = Cluster(embedded)
        made.issuer("self-signed", selfSigned={})
        yield made
    finally:
        embedded.delete()


def _acme(annotations: Mapping[str, str], ingress_class: str = "kong", **spec: object) -> Manifest:
    template = {"metadata": {"annotations": dict(annotations)}}
    solver = {"http01": {"ingress": {"ingressClassName": ingress_class, "ingressTemplate": template}}}
    return {
        "server": "https://acme-v02.api.letsencrypt.org/directory",
        "email": "platform@example.com",
        "privateKeySecretRef": {"name": "account"},
        "solvers": [solver],
        **spec,
    }


OVER_HTTP = {"konghq.com/protocols": "http,https"}


@pytest.fixture(scope="module")
def lets_encrypt(cluster: Cluster) -> str:
    """An issuer of Let's Encrypt whose challenges can be met."""
    cluster.issuer("lets-encrypt", acme=_acme(OVER_HTTP))
    return "lets-encrypt"


def _names(certificate: x509.Certificate) -> set[str]:
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return set(names.get_values_for_type(x509.DNSName))


def _time(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


def test_a_certificate_has_the_host_the_lifetime_and_the_renewal_that_were_asked_for(cluster: Cluster) -> None:
    key = {"algorithm": "ECDSA", "size": 256}
    times = {"duration": "240h", "renewBefore": "80h"}
    cluster.certify("hello", "self-signed", ["hello.example.com"], privateKey=key, **times)
    assert wait_until(lambda: cluster.is_issued("hello"), 10), cluster.status("hello")
    (certificate,) = cluster.certificates("hello")
    lifetime = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    status = cluster.status("hello")
    assert _names(certificate) == {"hello.example.com"}
    assert lifetime == datetime.timedelta(hours=240)
    assert _time(status["notAfter"]) == certificate.not_valid_after_utc
    assert _time(status["notAfter"]) - _time(status["renewalTime"]) == datetime.timedelta(hours=80)


def test_a_certificate_is_issued_anew_when_its_hosts_change(cluster: Cluster) -> None:
    cluster.certify("changed", "self-signed", ["old.example.com"])
    assert wait_until(lambda: cluster.is_issued("changed"), 10), cluster.status("changed")
    (before,) = cluster.certificates("changed")
    cluster.change("changed", dnsNames=["old.example.com", "new.example.com"])
    assert wait_until(lambda: cluster.is_issued("changed", revision=2), 10), cluster.status("changed")
    (after,) = cluster.certificates("changed")
    assert _names(after) == {"old.example.com", "new.example.com"}
    assert after.serial_number != before.serial_number


def test_a_private_authority_signs_for_every_namespace(cluster: Cluster) -> None:
    cluster.certify("authority", "self-signed", [], namespace="cert-manager", isCA=True, commonName="Example")
    cluster.issuer("private", ca={"secretName": "authority"})
    cluster.certify("internal", "private", ["internal.example.com"])
    assert wait_until(lambda: cluster.is_issued("internal"), 20), cluster.status("internal")
    (root,) = cluster.certificates("authority", "cert-manager")
    (leaf,) = cluster.certificates("internal")
    leaf.verify_directly_issued_by(root)
    assert root.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert _names(leaf) == {"internal.example.com"}


def test_lets_encrypt_issues_once_kong_would_lead_its_challenges_to_their_solvers(
    cluster: Cluster, lets_encrypt: str
) -> None:
    cluster.certify("public", lets_encrypt, ["a.example.com", "b.example.com"], renewBeforePercentage=25)
    assert wait_until(lambda: cluster.is_issued("public"), 60), cluster.challenges("default")
    leaf, intermediate = cluster.certificates("public")
    lifetime = leaf.not_valid_after_utc - leaf.not_valid_before_utc + datetime.timedelta(seconds=1)
    status = cluster.status("public")
    leaf.verify_directly_issued_by(intermediate)
    assert _names(leaf) == {"a.example.com", "b.example.com"}
    assert lifetime in [datetime.timedelta(days=days) for days in (90, 64, 45)]
    renewed_before = _time(status["notAfter"]) - _time(status["renewalTime"])
    assert abs(renewed_before - lifetime / 4) < datetime.timedelta(minutes=1)
    ingresses = client.NetworkingV1Api(cluster.api)
    assert wait_until(lambda: not ingresses.list_namespaced_ingress("default").items, 20)


def test_after_a_crash_lets_encrypt_goes_on_issuing(cluster: Cluster, lets_encrypt: str) -> None:
    assert wait_until(lambda: cluster.issuer_condition(lets_encrypt)[0] == "True", 20)
    crashed = cluster.controller()
    os.kill(crashed.pid, signal.SIGKILL)
    crashed.wait(5)
    cluster.embedded.start(POOLS)
    cluster.certify("after-crash", lets_encrypt, ["c.example.com"])
    assert wait_until(lambda: cluster.is_issued("after-crash"), 60), cluster.challenges("default")


def _plugin(kind: str, **metadata: object) -> Manifest:
    return {
        "apiVersion": "configuration.konghq.com/v1",
        "kind": kind,
        "metadata": {"name": "guard", **metadata},
        "plugin": "key-auth",
    }


def _policy(namespace: str, name: str) -> Manifest:
    """Closes a namespace to all but pods of the namespace `name`."""
    labels = {"kubernetes.io/metadata.name": name}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "closed", "namespace": namespace},
        "spec": {
            "podSelector": {},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": [{"namespaceSelector": {"matchLabels": labels}}]}],
        },
    }


def _other_route(namespace: str) -> Manifest:
    """A route that leads elsewhere, and has one condition more than the solver's."""
    backend = {"service": {"name": "elsewhere", "port": {"number": 80}}}
    path = {"path": "/", "pathType": "Prefix", "backend": backend}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {
            "name": "elsewhere",
            "namespace": namespace,
            "annotations": {"konghq.com/methods": "GET"},
        },
        "spec": {
            "ingressClassName": "kong",
            "rules": [{"host": f"{namespace}.example.com", "http": {"paths": [path]}}],
        },
    }


Makes = Callable[[str], list[Manifest]]


@pytest.mark.parametrize(
    ("name", "annotations", "ingress_class", "beside", "status"),
    [
        ("https-only", {"konghq.com/protocols": "https"}, "kong", lambda _: [], 426),
        ("other-class", OVER_HTTP, "nginx", lambda _: [], 404),
        (
            "guarded",
            {**OVER_HTTP, "konghq.com/plugins": "guard"},
            "kong",
            lambda ns: [_plugin("KongPlugin", namespace=ns)],
            401,
        ),
        ("stripped", {**OVER_HTTP, "konghq.com/strip-path": "true"}, "kong", lambda _: [], 404),
        ("outranked", OVER_HTTP, "kong", lambda ns: [_other_route(ns)], 503),
        ("closed", OVER_HTTP, "kong", lambda ns: [_policy(ns, "elsewhere")], 504),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_lets_encrypt_issues_nothing_where_kong_would_not_lead_to_the_solver(
    name: str, annotations: Mapping[str, str], ingress_class: str, beside: Makes, status: int, cluster: Cluster
) -> None:
    cluster.core.create_namespace({"metadata": {"name": name}})
    cluster.create(*beside(name))
    cluster.issuer(name, acme=_acme(annotations, ingress_class))
    cluster.certify(name, name, [f"{name}.example.com"], namespace=name)
    said = f"wrong status code '{status}', expected '200'"
    assert wait_until(lambda: any(said in reason for reason in cluster.challenges(name)), 30), cluster.challenges(name)
    assert not cluster.is_issued(name, namespace=name)
    cluster.core.delete_namespace(name)


def test_a_plugin_for_every_route_stands_before_the_solver_too(cluster: Cluster, lets_encrypt: str) -> None:
    ours = {"kubernetes.io/ingress.class": "kong"}
    cluster.create(_plugin("KongClusterPlugin", labels={"global": "true"}, annotations=ours))
    cluster.certify("behind-keys", lets_encrypt, ["keys.example.com"])
    try:
        said = "wrong status code '401', expected '200'"
        assert wait_until(lambda: any(said in reason for reason in cluster.challenges("default")), 30)
    finally:
        where = ("configuration.konghq.com", "v1", "kongclusterplugins", "guard")
        cluster.custom.delete_cluster_custom_object(*where)
    assert wait_until(lambda: cluster.is_issued("behind-keys"), 90), cluster.challenges("default")


@pytest.mark.parametrize(
    ("name", "spec", "said"),
    [
        (
            "another-directory",
            {"acme": _acme(OVER_HTTP, server="https://acme.example.com/directory")},
            f'Failed to register ACME account: Get "https://acme.example.com/directory": {REFUSAL}',
        ),
        (
            "vault",
            {"vault": {"server": "http://vault:8200", "path": "p", "auth": {"tokenSecretRef": {"name": "t"}}}},
            REFUSAL,
        ),
        (
            "name-server",
            {"acme": _acme(OVER_HTTP, solvers=[{"dns01": {"rfc2136": {"nameserver": "192.0.2.1:53"}}}])},
            f"{REFUSAL}: its solver would update a name server by RFC 2136",
        ),
    ],
)
def test_an_issuer_that_would_reach_outside_says_why_it_is_not_ready(
    name: str, spec: Spec, said: str, cluster: Cluster
) -> None:
    cluster.issuer(name, **spec)
    assert wait_until(lambda: cluster.issuer_condition(name) == ("False", said), 20), cluster.issuer_condition(name)


def test_a_challenge_by_dns_asks_no_real_name_server(cluster: Cluster) -> None:
    cloud_dns = {"cloudDNS": {"project": "example-prod"}}
    cluster.issuer("dns", acme=_acme({}, solvers=[{"dns01": cloud_dns}]))
    cluster.certify("wildcard", "dns", ["*.example.com"])
    # The machine's own credentials, with which a cloud's cert-manager would go on, are none of its business.
    assert wait_until(lambda: "empty credentials" in " ".join(cluster.challenges("default")), 30)


def test_the_controller_is_connected_to_nothing_but_this_machine(cluster: Cluster, lets_encrypt: str) -> None:
    assert wait_until(lambda: cluster.issuer_condition(lets_encrypt)[0] == "True", 20)
    connections = cluster.controller().net_connections()
    addresses = {end.ip for each in connections for end in (each.laddr, each.raddr) if end}
    assert addresses
    assert all(ipaddress.ip_address(address).is_loopback for address in addresses), addresses


def test_the_controller_ends_when_it_is_told_to(cluster: Cluster) -> None:
    told = cluster.controller()
    told.terminate()
    told.wait(1)
    cluster.embedded.start(POOLS)
    assert wait_until(lambda: cluster.controller().is_running(), 5)


def test_the_controller_is_of_the_charts_version(programs: Toolchain) -> None:
    said = subprocess.run([programs[PART], "--version"], capture_output=True, text=True, check=True).stdout
    assert said.strip() == f"v{toolchain.version(PART)}"
