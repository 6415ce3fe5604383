"""All of a stack file: the sections, and the questions that take more than one of them to answer."""

from typing import Annotated, Literal

from pydantic import BeforeValidator
from web_platform import PodSecurity

from settings.cloud import BucketSettings, DatabaseSettings, DatasetSettings, GoogleSettings, TopicSettings
from settings.fields import Host, ReleaseName, ResourceName, Section, ServiceName
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

    services: dict[ServiceName, ServiceSettings]
    """Web services by name."""

    addons: dict[ReleaseName, AddonSettings] = {}
    """Helm charts by the name of their release."""

    def host(self, service: str) -> str:
        """The public host of a service."""
        return self.services[service].host_of(service, self.domain)

    def hosts(self) -> list[str]:
        """Every public host, once."""
        return sorted({self.host(name) for name in self.services})

    def databases(self) -> list[str]:
        """The services that have a database."""
        return sorted(name for name, service in self.services.items() if service.database)

    def subscribers(self, topic: str) -> list[str]:
        """The services that have a subscription to a topic."""
        return sorted(name for name, service in self.services.items() if topic in service.subscribes)

    def addon_namespace(self, addon: str) -> str:
        """The namespace of an add-on."""
        return self.addons[addon].namespace_of(addon)

    def addon_namespaces(self) -> dict[str, PodSecurity]:
        """The namespaces of all add-ons, each with the Pod Security Standard of those in it."""
        return {self.addon_namespace(name): PodSecurity(addon.pod_security) for name, addon in self.addons.items()}
