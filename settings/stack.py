"""All of a stack file: the sections, and the questions that take more than one of them to answer."""

from graphlib import TopologicalSorter
from typing import Annotated, Literal

from pydantic import BeforeValidator
from web_platform import PodSecurity
from web_platform.route import example_host

from settings import admission
from settings.cloud import BucketSettings, DatabaseSettings, DatasetSettings, GoogleSettings, TopicSettings
from settings.consumers import ConsumerSettings
from settings.fields import ConsumerName, Host, ReleaseName, ResourceName, Section, ServiceName
from settings.sections import (
    AddonSettings,
    CertificateSettings,
    ChartSettings,
    ClusterSettings,
    GatewaySettings,
    ServiceSettings,
)


class Settings(Section):
    """Everything that a stack file may say."""

    platform: Literal["local", "google"]
    """`google`: everything is on Google Cloud. `local`: on the cluster that the kubeconfig names, with stand-ins for
    what Google Cloud would give."""

    # Pulumi.yaml cannot declare a key without a default that may be left out; it gives an empty section.
    google: Annotated[GoogleSettings | None, BeforeValidator(lambda given: given or None)] = None
    """Where on Google Cloud the stack is. Required with the platform `google`."""

    protected: bool = True
    """Whether cluster, database, topics and tables refuse to be deleted, and buckets that hold files."""

    domain: Host
    """Domain under which services have their hosts."""

    other_domains: list[Host] = []
    """Further domains in which services may have hosts. Somebody else keeps their DNS and lets it lead to the
    gateway."""

    cluster: ClusterSettings
    """The nodes that everything runs on."""

    charts: ChartSettings = ChartSettings()
    """Where Helm charts come from."""

    gateway: GatewaySettings = GatewaySettings()
    """Kong, through which requests from outside reach services."""

    certificates: CertificateSettings = CertificateSettings()
    """cert-manager, which certifies every public host."""

    database: DatabaseSettings = DatabaseSettings()
    """PostgreSQL, of which each service that asks for it has a database."""

    topics: dict[ResourceName, TopicSettings] = {}
    """Pub/Sub topics by name."""

    datasets: dict[ResourceName, DatasetSettings] = {}
    """BigQuery datasets by name."""

    buckets: dict[ResourceName, BucketSettings] = {}
    """Cloud Storage buckets by name."""

    consumers: dict[ConsumerName, ConsumerSettings] = {}
    """Who calls services through the gateway and is known there, by name."""

    services: dict[ServiceName, ServiceSettings]
    """Web services by name."""

    addons: dict[ReleaseName, AddonSettings] = {}
    """Helm charts by the name of their release."""

    def host(self, service: str) -> str:
        """The public host of a service."""
        return self.services[service].host_of(service, self.domain)

    def example_host(self, service: str) -> str:
        """A host that leads to a service: its own, or of a wildcard one of many."""
        return example_host(self.host(service))

    def hosts(self) -> list[str]:
        """Every public host, once."""
        return sorted({self.host(name) for name in self.services})

    def groups(self) -> dict[str, list[str]]:
        """Every group of consumers with its members; each consumer is one of its own name."""
        return admission.groups(self.consumers)

    def databases(self) -> list[str]:
        """The services that have a database."""
        return sorted(name for name, service in self.services.items() if service.database)

    def subscribers(self, topic: str) -> list[str]:
        """The services that have a subscription to a topic."""
        return sorted(name for name, service in self.services.items() if topic in service.subscribes)

    def addon_namespace(self, addon: str) -> str:
        """The namespace of an add-on."""
        return self.addons[addon].namespace_of(addon)

    def enabled_addons(self) -> dict[str, AddonSettings]:
        """The add-ons that are installed, each behind those that it depends on."""
        enabled = {name: addon for name, addon in sorted(self.addons.items()) if addon.enabled}
        order = TopologicalSorter({name: addon.depends_on for name, addon in enabled.items()}).static_order()
        return {name: enabled[name] for name in order}

    def addon_namespaces(self) -> dict[str, PodSecurity]:
        """The namespaces of all add-ons that are installed, each with the Pod Security Standard of those in it."""
        addons = self.enabled_addons()
        return {self.addon_namespace(name): PodSecurity(addon.pod_security) for name, addon in addons.items()}
