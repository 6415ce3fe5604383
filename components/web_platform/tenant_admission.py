"""What the API server takes into a tenant's namespace: routes to the tenant's own hosts, by the gateway alone.

Owns a ValidatingAdmissionPolicy of that namespace, and the binding that puts it in force. A Role knows kinds and no
contents: whoever may make a Service may make one that the Internet reaches, or that leads the gateway to its own admin
API; and whoever may make an Ingress or a Certificate may claim the hosts of others. So the policy looks at contents. It
holds for everybody, since controllers make objects of what others wrote: cert-manager of an Ingress, for one.

Does not say what pods may be, which the Pod Security Standard does, nor of which groups consumers are.
https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions

from web_platform import labels
from web_platform.errors import Fault
from web_platform.gateway_values import INGRESS_CLASS
from web_platform.kong_names import CLASS_ANNOTATION, HOSTS_ANNOTATION
from web_platform.kong_plugins import KINDS


class _Rule(NamedTuple):
    """One thing that an object of a kind must be."""

    kind: str
    field: str
    sound: str
    """Expression in CEL that is true of an object with nothing wrong; `it` is the object."""

    fault: Fault


LOOKED_AT: Final = {
    "Service": ("", "services"),
    "Ingress": ("networking.k8s.io", "ingresses"),
    "NetworkPolicy": ("networking.k8s.io", "networkpolicies"),
    "Gateway": ("gateway.networking.k8s.io", "gateways"),
    "HTTPRoute": ("gateway.networking.k8s.io", "httproutes"),
    "Certificate": ("cert-manager.io", "certificates"),
    "KongPlugin": ("configuration.konghq.com", "kongplugins"),
}
"""The kinds that are looked at, each with its API group and what its objects are called in URLs."""


def declare_tenant_admission(
    parent: pulumi.ComponentResource,
    name: str,
    namespace: str,
    hosts: Sequence[Input[str]],
    deployers: Sequence[Input[str]],
    kept: Sequence[str],
) -> pulumi.Resource:
    """Hold a namespace to the rules of a tenant's.

    Args:
        parent: The component.
        name: Name of both objects, which belong to no namespace.
        namespace: The namespace.
        hosts: Public hosts that are the tenant's; `*.` and a domain stand for every host one label below it as well.
        deployers: Users who deploy there.
        kept: Network policies that these neither change nor delete.

    Returns:
        What is there once the rules are in force.
    """
    admission, child = kubernetes.admissionregistration.v1, ResourceOptions(parent=parent)
    metadata = {"name": name, "labels": labels.MANAGED}
    spec: Output[Any] = Output.all(Output.all(*hosts), Output.all(*deployers)).apply(
        lambda known: admission_spec(namespace, known[0], known[1], kept)
    )
    policy = admission.ValidatingAdmissionPolicy(name, metadata=metadata, spec=spec, opts=child)
    return admission.ValidatingAdmissionPolicyBinding(
        name,
        metadata=metadata,
        spec={"policyName": name, "validationActions": ["Deny"]},
        opts=ResourceOptions(parent=parent, depends_on=[policy]),
    )


def admission_spec(
    namespace: str, hosts: Sequence[str], deployers: Sequence[str], kept: Sequence[str]
) -> dict[str, Any]:
    """What the policy says."""
    return {
        "failurePolicy": "Fail",
        "matchConstraints": {
            # Every namespace has its name as a label, which nobody can change.
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
            "resourceRules": [
                {
                    "apiGroups": [group],
                    "apiVersions": ["*"],
                    "resources": [resource],
                    "operations": ["CREATE", "UPDATE", *(["DELETE"] if kind == "NetworkPolicy" else [])],
                }
                for kind, (group, resource) in LOOKED_AT.items()
            ],
        },
        "variables": [
            # Each rule is about one kind: without `dyn`, the API server warns of its fields in those of all others.
            {"name": "it", "expression": "dyn(object)"},
            {"name": "hosts", "expression": _listed(hosts)},
        ],
        "validations": [
            {
                "expression": f'request.kind.kind != "{rule.kind}" || ({rule.sound})',
                "message": f"{rule.kind}: {rule.field} {rule.fault.what}. Danger: {rule.fault.danger}. "
                f"Remedy: {rule.fault.remedy}.",
                "reason": "Forbidden",
            }
            for rule in _rules(hosts, deployers, kept)
        ],
    }


def _rules(hosts: Sequence[str], deployers: Sequence[str], kept: Sequence[str]) -> Iterator[_Rule]:
    it, spec = "variables.it", "variables.it.spec"
    foreign = _FOREIGN._replace(what=f"is not, or not only, of the tenant's hosts: {', '.join(hosts) or 'it has none'}")

    yield _Rule("Service", "spec.type", f'{spec}.type == "ClusterIP"', _PAST_IT)
    yield _Rule("Service", "spec.externalIPs", _empty(f"{spec}.?externalIPs"), _OTHERS_ADDRESSES)

    named = f'{spec}.?ingressClassName.orValue("") == "{INGRESS_CLASS}"'
    yield _Rule("Ingress", "spec.ingressClassName", named, _OTHER_CLASS)
    # The API server compares the two where an Ingress is made, and no more when it is changed.
    annotated = f'{it}.metadata.?annotations[?"{CLASS_ANNOTATION}"].orValue("{INGRESS_CLASS}") == "{INGRESS_CLASS}"'
    yield _Rule("Ingress", f"annotation {CLASS_ANNOTATION}", annotated, _OTHER_CLASS)
    yield _Rule("Ingress", "spec.defaultBackend", f"!has({spec}.defaultBackend)", _EVERY_HOST)
    hosts_of_rules = f'{spec}.?rules.orValue([]).map(rule, rule.?host.orValue(""))'
    yield _Rule("Ingress", "spec.rules[*].host", _ours(hosts_of_rules), foreign)
    hosts_of_tls = _ours('tls.?hosts.orValue([""])')
    yield _Rule("Ingress", "spec.tls[*].hosts", f"{spec}.?tls.orValue([]).all(tls, {hosts_of_tls})", foreign)

    yield _Rule("Gateway", "spec.gatewayClassName", f'{spec}.gatewayClassName == "{INGRESS_CLASS}"', _OTHER_CLASS)
    hostnames = f'{spec}.?listeners.orValue([]).map(listener, listener.?hostname.orValue(""))'
    yield _Rule("Gateway", "spec.listeners[*].hostname", _ours(hostnames), foreign)
    hostnames = f"{spec}.?hostnames.orValue([])"
    yield _Rule("HTTPRoute", "spec.hostnames", f"{hostnames}.size() > 0 && {_ours(hostnames)}", foreign)
    for kind in ("Ingress", "HTTPRoute"):
        further = f'"{HOSTS_ANNOTATION}" in {it}.metadata.?annotations.orValue({{}})'
        yield _Rule(kind, f"annotation {HOSTS_ANNOTATION}", f"!({further})", _MORE_HOSTS)

    yield _Rule("Certificate", "spec.dnsNames", _ours(f"{spec}.?dnsNames.orValue([])"), foreign)
    called = f'[{spec}.?commonName.orValue("")].filter(name, name != "")'
    yield _Rule("Certificate", "spec.commonName", _ours(called), foreign)
    for field in ("ipAddresses", "uris", "emailAddresses", "otherNames"):
        yield _Rule("Certificate", f"spec.{field}", _empty(f"{spec}.?{field}"), _NO_HOSTS)
    yield _Rule("Certificate", "spec.literalSubject", f'{spec}.?literalSubject.orValue("") == ""', _NO_HOSTS)
    yield _Rule("Certificate", "spec.isCA", f"!{spec}.?isCA.orValue(false)", _AUTHORITY)

    plugins = _listed(sorted(kind.name for kind in KINDS.values()))
    yield _Rule("KongPlugin", "plugin", f"{it}.plugin in {plugins}", _OTHER_PLUGIN)

    theirs = f"request.userInfo.username in {_listed(deployers)}"
    yield _Rule("NetworkPolicy", "metadata.name", f"!({theirs} && request.name in {_listed(kept)})", _KEPT)


def _listed(texts: Sequence[str]) -> str:
    """A list of texts in CEL, which has JSON's way to write them."""
    return json.dumps([*texts])


def _empty(optional: str) -> str:
    return f"{optional}.orValue([]).size() == 0"


def _ours(hosts: str) -> str:
    """Whether each of a list of hosts is the tenant's, or one label below a wildcard that is."""
    above = 'host.replace(host.split(".")[0], "*", 1)'
    return f"{hosts}.all(host, host in variables.hosts || {above} in variables.hosts)"


_BY_WEB_SERVICE = "publish it by `public_host` of a WebService"

_PAST_IT = Fault(
    what="is not ClusterIP",
    danger="it would be reached past the gateway, or lead the gateway to what is not the tenant's",
    remedy=_BY_WEB_SERVICE,
)

_OTHERS_ADDRESSES = Fault(
    what="gives it addresses",
    danger="it would get what is sent to others at these addresses",
    remedy=f"leave them out, and {_BY_WEB_SERVICE}",
)

_OTHER_CLASS = Fault(
    what=f"is not {INGRESS_CLASS}",
    danger="another load balancer would open it to the Internet, without the gateway's limits, keys and TLS",
    remedy=f"name the class {INGRESS_CLASS}, as a WebService does",
)

_EVERY_HOST = Fault(
    what="is given",
    danger="it would get requests to every host that nobody else answers",
    remedy="name the hosts among the rules",
)

_MORE_HOSTS = Fault(
    what="is given",
    danger="it claims hosts that nobody compares with the tenant's",
    remedy="make another route for each host",
)

_FOREIGN = Fault(
    what="",
    danger="requests to somebody else would come here, or somebody else's host be certified here",
    remedy="use one of them, or have the platform add the host to the tenant's `hosts`",
)

_NO_HOSTS = Fault(
    what="is given",
    danger="what is certified by it is not among the tenant's hosts",
    remedy="leave it out, and name hosts in spec.dnsNames",
)

_AUTHORITY = Fault(
    what="is true",
    danger="whoever has its key could certify any host",
    remedy="leave it out",
)

_OTHER_PLUGIN = Fault(
    what="is none that the components know by its fields",
    danger="it could run programs in the gateway, which all tenants share",
    remedy="use a typed key of `plugins`, not `other`",
)

_KEPT = Fault(
    what="is that of a policy of the platform's",
    danger="pods would be open to everybody, or closed to what the platform gives them",
    remedy="add a policy of another name",
)
