"""Objects as anyone hands them over: looked up by kind and name, and read without trust in their shape.

Whatever is not of the shape that is asked for reads as nothing there: a value that Pulumi knows only later is None, and
the API server leaves empty lists out.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from web_platform.errors import Fault

CERTIFICATE = "cert-manager.io/Certificate"
CLUSTER_ISSUER = "cert-manager.io/ClusterIssuer"
CLUSTER_PLUGIN = "configuration.konghq.com/KongClusterPlugin"
CONSUMER = "configuration.konghq.com/KongConsumer"
CONSUMER_GROUP = "configuration.konghq.com/KongConsumerGroup"
GATEWAY = "gateway.networking.k8s.io/Gateway"
GATEWAY_CLASS = "gateway.networking.k8s.io/GatewayClass"
HTTP_ROUTE = "gateway.networking.k8s.io/HTTPRoute"
INGRESS = "networking.k8s.io/Ingress"
INGRESS_CLASS = "networking.k8s.io/IngressClass"
ISSUER = "cert-manager.io/Issuer"
NAMESPACE = "Namespace"
NETWORK_POLICY = "networking.k8s.io/NetworkPolicy"
PLUGIN = "configuration.konghq.com/KongPlugin"
REFERENCE_GRANT = "gateway.networking.k8s.io/ReferenceGrant"
SECRET = "Secret"  # noqa: S105 - a kind
SERVICE = "Service"

_CLUSTER_WIDE = frozenset({CLUSTER_ISSUER, CLUSTER_PLUGIN, GATEWAY_CLASS, INGRESS_CLASS, NAMESPACE})


class Dangling(NamedTuple):
    """One thing that leads nowhere."""

    object: str
    """Kind, namespace and name of the object to change, such as `Ingress services/shop`."""

    field: str
    """Where in the object, such as `metadata.annotations['konghq.com/plugins']`."""

    fault: Fault
    """What is wrong there."""


@dataclass(frozen=True, eq=False)
class Object:
    """An object of Kubernetes."""

    type: str
    """Its group and kind, without a version; the kind alone for those of the core."""

    namespace: str
    """Its namespace, or nothing for what belongs to the whole cluster."""

    name: str
    """Its name, or nothing where that is only known later."""

    content: Mapping[str, object]
    """All of it."""

    @property
    def kind(self) -> str:
        """Its kind alone."""
        return self.type.rpartition("/")[2]

    @property
    def annotations(self) -> dict[str, str]:
        """Its annotations."""
        return strings(self.content, "metadata.annotations")

    def has_annotation(self, name: str) -> bool:
        """Whether it has an annotation, though that may be known only later."""
        found = at(self.content, "metadata.annotations")
        return isinstance(found, Mapping) and name in found

    @property
    def labels(self) -> dict[str, str]:
        """Its labels."""
        return strings(self.content, "metadata.labels")

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"

    def dangling(self, field: str, what: str, danger: str, remedy: str) -> Dangling:
        """Say that something dangles from one of its fields."""
        return Dangling(str(self), field, Fault(what, danger, remedy))


class Objects:
    """The objects of a stack. Of two with one name the later counts: it is what the API server would keep."""

    def __init__(self, objects: Iterable[object]) -> None:
        self._by_type: dict[str, dict[tuple[str, str], Object]] = {}
        for number, content in enumerate(objects):
            made = _object(content)
            if made is not None:
                # Those whose names are not known yet are each another.
                key = (made.namespace, made.name or f"\0{number}")
                self._by_type.setdefault(made.type, {})[key] = made

    def all(self, *types: str) -> list[Object]:
        """All objects of some types, in order."""
        return [found for type_ in types for _, found in sorted(self._by_type.get(type_, {}).items())]

    def find(self, type_: str, namespace: str, name: str) -> Object | None:
        """The object of a type and name, in a namespace where the type has any."""
        return self._by_type.get(type_, {}).get(("" if type_ in _CLUSTER_WIDE else namespace, name))


def _object(content: object) -> Object | None:
    kind, version = text(content, "kind"), text(content, "apiVersion")
    if not isinstance(content, Mapping) or not kind:
        return None
    group = version.rpartition("/")[0]
    type_ = f"{group}/{kind}" if group else kind
    # Where none is said, kubectl takes this one.
    namespace = "" if type_ in _CLUSTER_WIDE else text(content, "metadata.namespace") or "default"
    return Object(type_, namespace, text(content, "metadata.name"), content)


def at(holder: object, path: str) -> object:
    """What stands at a path, its keys joined by dots, or None."""
    for key in path.split("."):
        holder = holder.get(key) if isinstance(holder, Mapping) else None
    return holder


def has(holder: object, path: str) -> bool:
    """Whether anything stands at a path, though it may be known only later."""
    inside, _, key = path.rpartition(".")
    last = at(holder, inside) if inside else holder
    return isinstance(last, Mapping) and key in last


def text(holder: object, path: str) -> str:
    """The text at a path, or an empty one."""
    value = at(holder, path)
    return value if isinstance(value, str) else ""


def whole(holder: object, path: str) -> int | None:
    """The whole number at a path. It may be a float, since numbers arrive as such from other languages."""
    value = at(holder, path)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        return None
    return int(value)


def strings(holder: object, path: str) -> dict[str, str]:
    """The texts by name at a path, such as labels."""
    value = at(holder, path)
    named = value.items() if isinstance(value, Mapping) else ()
    return {key: said for key, said in named if isinstance(key, str) and isinstance(said, str)}


def listed(holder: object, path: str, field: str = "") -> Iterator[tuple[str, object]]:
    """Each item of the list at a path, with its field, inside of the holder's own `field`."""
    value = at(holder, path)
    place = f"{field}.{path}" if field else path
    for number, item in enumerate(value if isinstance(value, list | tuple) else ()):
        yield f"{place}[{number}]", item


def texts(holder: object, path: str, field: str = "") -> list[tuple[str, str]]:
    """Each text of the list at a path, with its field."""
    return [(place, item) for place, item in listed(holder, path, field) if isinstance(item, str)]


def selects(selector: object, labels: Mapping[str, str]) -> bool:
    """Whether a label selector matches labels. An empty one matches all."""
    if any(labels.get(key) != value for key, value in strings(selector, "matchLabels").items()):
        return False
    return all(_meets(expression, labels) for _, expression in listed(selector, "matchExpressions"))


def _meets(expression: object, labels: Mapping[str, str]) -> bool:
    key, operator = text(expression, "key"), text(expression, "operator")
    among = labels.get(key) in [value for _, value in texts(expression, "values")]
    return {"In": among, "NotIn": not among, "Exists": key in labels, "DoesNotExist": key not in labels}.get(
        operator, False
    )


def keys_of_secret(secret: Object) -> set[str] | None:
    """The keys of a Secret, or None where they are only known later."""
    parts = [secret.content.get(part) for part in ("data", "stringData") if part in secret.content]
    if any(part is None for part in parts):
        return None
    return {key for part in parts if isinstance(part, Mapping) for key in part if isinstance(key, str)}


def granted(objects: Objects, source: Object, type_: str, namespace: str, name: str) -> bool:
    """Whether a ReferenceGrant lets an object name one of a type in another namespace."""
    return any(
        grant.namespace == namespace
        and any(
            _type(origin) == source.type and text(origin, "namespace") == source.namespace
            for _, origin in listed(grant.content, "spec.from")
        )
        and any(
            _type(target) == type_ and text(target, "name") in ("", name)
            for _, target in listed(grant.content, "spec.to")
        )
        for grant in objects.all(REFERENCE_GRANT)
    )


def _type(reference: object) -> str:
    group, kind = text(reference, "group"), text(reference, "kind")
    return f"{group}/{kind}" if group else kind
