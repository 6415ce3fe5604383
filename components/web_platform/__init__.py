"""Components that make up a web platform on Kubernetes.

Each component is a Pulumi `ComponentResource` with safe defaults; its arguments say what is wanted and leave the how
to the component. Components know nothing of stacks: two environments differ by the arguments they pass.
"""

from web_platform.certificates import CertificateManager, CertificateManagerArgs
from web_platform.charts import ChartSourceArgs
from web_platform.errors import ArgumentError, Fault
from web_platform.gateway import Gateway, GatewayArgs
from web_platform.helm_addon import HelmAddon, HelmAddonArgs
from web_platform.namespace import Namespace, NamespaceArgs, PodSecurity
from web_platform.service import WebService, WebServiceArgs

__all__ = [
    "ArgumentError",
    "CertificateManager",
    "CertificateManagerArgs",
    "ChartSourceArgs",
    "Fault",
    "Gateway",
    "GatewayArgs",
    "HelmAddon",
    "HelmAddonArgs",
    "Namespace",
    "NamespaceArgs",
    "PodSecurity",
    "WebService",
    "WebServiceArgs",
]
