"""From a host to who vouches for it: TLS of Ingresses and Gateways, Secrets, Certificates and issuers."""

from collections.abc import Iterator, Mapping

from web_platform.relations.cert_manager import (
    SOLVER_LABEL,
    Wanted,
    issuers_of,
    solvers_of,
    wanted_of,
    writers_of,
)
from web_platform.relations.hosts import certified
from web_platform.relations.objects import (
    CLUSTER_ISSUER,
    GATEWAY,
    INGRESS,
    SECRET,
    Dangling,
    Object,
    Objects,
    at,
    granted,
    has,
    keys_of_secret,
    listed,
    text,
    texts,
)

_UNTRUSTED = "the gateway shows a certificate of its own, which no client accepts for the host"
_UNSIGNED = "the certificate is never issued, and the gateway shows one of its own, which no client accepts"

Writers = Mapping[tuple[str, str], list[Wanted]]


def certificates(objects: Objects) -> Iterator[Dangling]:
    """Find hosts that no certificate is for, and certificates that nobody will issue."""
    writers = writers_of(objects)
    for ingress in objects.all(INGRESS):
        # Let's Encrypt asks over plain HTTP.
        if SOLVER_LABEL not in ingress.labels:
            yield from _ingress(objects, ingress, writers)
    for gateway in objects.all(GATEWAY):
        for field, listener in listed(gateway.content, "spec.listeners"):
            yield from _listener(objects, gateway, field, listener, writers)
    for (_, secret), (first, *others) in writers.items():
        for wanted in others:
            yield wanted.object.dangling(
                wanted.secret_field,
                f"is {secret!r}, which {first.object} writes too",
                "each certificate replaces the other for ever, until its issuer refuses to sign any more",
                "give each certificate a Secret of its own, or let both hosts share one certificate",
            )
    for wanted in wanted_of(objects):
        yield from _wanted(objects, wanted)
    for issuer in issuers_of(objects):
        yield from _issuer(objects, issuer, writers)


def _ingress(objects: Objects, ingress: Object, writers: Writers) -> Iterator[Dangling]:
    secured: list[str] = []
    for field, entry in listed(ingress.content, "spec.tls"):
        hosts = texts(entry, "hosts", field)
        secured += [host for _, host in hosts]
        if not has(entry, "secretName"):
            remedy = "name the Secret that holds the certificate, or will"
            yield ingress.dangling(f"{field}.secretName", "is missing", _UNTRUSTED, remedy)
        secret = text(entry, "secretName")
        yield from _secret(objects, ingress, f"{field}.secretName", ingress.namespace, secret, hosts, writers)
    for field, rule in listed(ingress.content, "spec.rules"):
        host = text(rule, "host")
        if host and not any(certified(name, host) for name in secured):
            yield ingress.dangling(
                f"{field}.host",
                f"is {host!r}, which is in no hosts of spec.tls",
                _UNTRUSTED,
                "add the host to spec.tls, with the Secret of its certificate",
            )


def _listener(objects: Objects, gateway: Object, field: str, listener: object, writers: Writers) -> Iterator[Dangling]:
    host = text(listener, "hostname")
    hosts = [(f"{field}.hostname", host)] if host else []
    for place, reference in listed(listener, "tls.certificateRefs", field):
        namespace, name = text(reference, "namespace") or gateway.namespace, text(reference, "name")
        if text(reference, "kind") not in ("", SECRET):
            continue
        if namespace != gateway.namespace and not granted(objects, gateway, SECRET, namespace, name):
            yield gateway.dangling(
                f"{place}.namespace",
                f"is {namespace}, where no ReferenceGrant lets Gateways of {gateway.namespace} in",
                _UNTRUSTED,
                f"create a ReferenceGrant in namespace {namespace}, or keep the Secret beside the Gateway",
            )
        else:
            yield from _secret(objects, gateway, f"{place}.name", namespace, name, hosts, writers)


def _secret(
    objects: Objects,
    user: Object,
    field: str,
    namespace: str,
    name: str,
    hosts: list[tuple[str, str]],
    writers: Writers,
) -> Iterator[Dangling]:
    """Find what is wrong with the Secret that is to hold the certificate of some hosts."""
    writing = writers.get((namespace, name), [])
    if name and not writing and objects.find(SECRET, namespace, name) is None:
        yield user.dangling(
            field,
            f"names Secret {name!r}, which namespace {namespace} does not have and no Certificate there writes",
            _UNTRUSTED,
            "name the `secretName` of a Certificate in that namespace",
        )
    for place, host in hosts if writing else ():
        if not any(wanted.covers(host) for wanted in writing):
            yield user.dangling(
                place,
                f"is {host!r}, which {writing[0].object}, the writer of Secret {name!r}, is not for",
                "the gateway shows a certificate of another host, and every client refuses it",
                "add the host to the certificate's dnsNames (a wildcard stands for one label), or name another Secret",
            )


def _wanted(objects: Objects, wanted: Wanted) -> Iterator[Dangling]:
    if not wanted.issuer or not wanted.issuer_type.startswith("cert-manager.io/"):
        return
    issuer = wanted.signer(objects)
    if issuer is None:
        kind = wanted.issuer_type.rpartition("/")[2]
        where = "which there is not"
        if wanted.issuer_type != CLUSTER_ISSUER:
            where = f"which namespace {wanted.object.namespace} does not have"
        remedy = "name an issuer that there is, and its kind: an Issuer signs for its own namespace only"
        yield wanted.object.dangling(wanted.issuer_field, f"names {kind} {wanted.issuer!r}, {where}", _UNSIGNED, remedy)
        return
    solvers = solvers_of(issuer)
    for field, host in wanted.hosts if solvers else ():
        answering = [solver for solver in solvers if solver.answers(wanted, host)]
        if not answering:
            yield wanted.object.dangling(
                field,
                f"is {host!r}, which no solver of {issuer} is meant for",
                _UNSIGNED,
                "add a solver without a selector to the issuer, or one whose selector has the name",
            )
        elif host.startswith("*.") and not any(has(solver.content, "dns01") for solver in answering):
            yield wanted.object.dangling(
                field,
                f"is {host!r}, and {issuer} has no DNS01 solver for it",
                _UNSIGNED,
                "name each host without a wildcard, or add a DNS01 solver: nothing else proves a wildcard",
            )


def _issuer(objects: Objects, issuer: Object, writers: Writers) -> Iterator[Dangling]:
    namespace = _namespace_of_cert_manager(objects) if issuer.type == CLUSTER_ISSUER else issuer.namespace
    authority = text(issuer.content, "spec.ca.secretName")
    if authority and (namespace, authority) not in writers and objects.find(SECRET, namespace, authority) is None:
        yield issuer.dangling(
            "spec.ca.secretName",
            f"names Secret {authority!r}, which namespace {namespace} does not have and no Certificate there writes",
            "the issuer never becomes ready, and no certificate of it is ever issued",
            f"let a Certificate in namespace {namespace} write it, or create it there",
        )
    for field, reference in _references(issuer.content.get("spec"), "spec"):
        name, key = text(reference, "name"), text(reference, "key")
        secret = objects.find(SECRET, namespace, name)
        keys = keys_of_secret(secret) if secret else set()
        if name and (secret is None or (key and keys is not None and key not in keys)):
            what = f"names {key!r} of Secret {name!r}" if key else f"names Secret {name!r}"
            yield issuer.dangling(
                field,
                f"{what}, which namespace {namespace} does not have",
                "the issuer is refused where it signs in, and no certificate of it is ever issued",
                f"create the Secret in namespace {namespace}, where cert-manager looks for it",
            )
    account = at(issuer.content, "spec.acme")
    if isinstance(account, Mapping) and account.get("solvers", []) == []:
        yield issuer.dangling(
            "spec.acme.solvers",
            "is empty",
            "no challenge is ever answered, and no certificate is ever issued",
            "add an HTTP01 solver with the gateway's class, or a DNS01 solver",
        )


def _references(holder: object, field: str) -> Iterator[tuple[str, object]]:
    """The Secrets that an issuer reads, each with its field. The key of its ACME account it writes itself."""
    for key, value in holder.items() if isinstance(holder, Mapping) else ():
        place = f"{field}.{key}"
        if str(key).endswith("SecretRef") and key != "privateKeySecretRef":
            yield place, value
        elif isinstance(value, Mapping):
            yield from _references(value, place)
        elif isinstance(value, list | tuple):
            for number, item in enumerate(value):
                yield from _references(item, f"{place}[{number}]")


def _namespace_of_cert_manager(objects: Objects) -> str:
    for deployment in objects.all("apps/Deployment"):
        if deployment.labels.get("app.kubernetes.io/name") == "cert-manager":
            return deployment.namespace
    return "cert-manager"
