"""Which pods a stack will have, and which ports they listen on. Templates of pods count, and pods made by hand."""

from collections.abc import Mapping
from typing import NamedTuple

from web_platform.relations.objects import NAMESPACE, Object, Objects, at, listed, strings, text, whole

_TEMPLATES = {
    "Pod": "",
    "ReplicationController": "spec.template",
    "apps/DaemonSet": "spec.template",
    "apps/Deployment": "spec.template",
    "apps/ReplicaSet": "spec.template",
    "apps/StatefulSet": "spec.template",
    "batch/CronJob": "spec.jobTemplate.spec.template",
    "batch/Job": "spec.template",
}


class Port(NamedTuple):
    """A port that a container says it listens on."""

    name: str
    number: int | None
    protocol: str


class Pods(NamedTuple):
    """Pods that are alike."""

    owner: Object
    labels: Mapping[str, str]
    ports: list[Port]
    images: Mapping[str, str]
    """Image of each container, by its name."""

    def number_of(self, port: object, protocol: str) -> int | None:
        """The number of the port that a Service or a policy means, or None where nothing listens on it.

        Kubernetes needs no container to declare a number: it counts as listened on where none declares any port.
        """
        if isinstance(port, str):
            return next(
                (known.number for known in self.ports if (known.name, known.protocol) == (port, protocol)), None
            )
        number = whole({"port": port}, "port")
        return number if not self.ports or any(known.number == number for known in self.ports) else None


def pods_of(objects: Objects, namespace: str | None = None) -> list[Pods]:
    """The pods of a namespace, or of all."""
    return [
        _pods(owner, at(owner.content, path) if path else owner.content)
        for type_, path in _TEMPLATES.items()
        for owner in objects.all(type_)
        if namespace in (None, owner.namespace)
    ]


def selected(objects: Objects, service: Object) -> list[Pods]:
    """The pods that a Service leads to."""
    selector = strings(service.content, "spec.selector")
    # Without a selector somebody else says where it leads to.
    alike = pods_of(objects, service.namespace) if selector else []
    return [pods for pods in alike if selector.items() <= pods.labels.items()]


def gateways_of(objects: Objects) -> list[Pods]:
    """The pods of the gateway: those with a container `proxy`, as Kong's charts call it."""
    proxies = [pods for pods in pods_of(objects) if "proxy" in pods.images]
    kongs = [pods for pods in proxies if "kong" in pods.images["proxy"]]
    labelled = [pods for pods in pods_of(objects) if pods.labels.get("app.kubernetes.io/name") == "gateway"]
    return kongs or proxies or labelled


def labels_of_namespace(objects: Objects, namespace: str) -> dict[str, str]:
    """The labels of a namespace, with the one that Kubernetes gives to all."""
    known = objects.find(NAMESPACE, "", namespace)
    return (known.labels if known else {}) | {"kubernetes.io/metadata.name": namespace}


def _pods(owner: Object, template: object) -> Pods:
    containers = [container for _, container in listed(template, "spec.containers")]
    # What restarts for ever beside the containers listens as they do.
    containers += [
        container
        for _, container in listed(template, "spec.initContainers")
        if text(container, "restartPolicy") == "Always"
    ]
    ports = [
        Port(text(port, "name"), whole(port, "containerPort"), text(port, "protocol") or "TCP")
        for container in containers
        for _, port in listed(container, "ports")
    ]
    images = {text(container, "name"): text(container, "image") for container in containers}
    return Pods(owner, strings(template, "metadata.labels"), ports, images)
