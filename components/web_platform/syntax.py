"""The syntax that Kubernetes, container registries and Kong demand of names, hosts, paths, images and quantities.

Pure functions: each takes a value and returns what is wrong with it, or None. The API server would refuse most of
these values too, but only after half of a stack exists; here they are refused before anything does.
"""

import re
from decimal import Decimal

from web_platform.errors import Fault

# A pod is called <service>-<10 characters>-<5 characters>, and its name is also its host name, of at most 63. A longer
# service name would be cut there, and every pod of the service would report the same host name.
MAXIMUM_SERVICE_NAME = 63 - len("-0123456789-01234")

# Helm adds its own suffixes to a release's name, and refuses names that are longer than this.
MAXIMUM_RELEASE_NAME = 53

_DNS_1035_LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_DNS_1123_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_VERSION = re.compile(
    r"v?(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?",
    re.ASCII,
)
_ENVIRONMENT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_IPV4_ADDRESS = re.compile(r"\d+(\.\d+){3}", re.ASCII)
_PATH = re.compile(r"/|(/[A-Za-z0-9._~-]+)+")
_QUANTITY = re.compile(r"(?P<number>\d+(\.\d+)?)(?P<unit>m|k|M|G|T|Ki|Mi|Gi|Ti)?", re.ASCII)
_IMAGE = re.compile(
    r"(?P<name>([a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?(:\d+)?/)?"
    r"[a-zA-Z0-9]+([._-]+[a-zA-Z0-9]+)*(/[a-zA-Z0-9]+([._-]+[a-zA-Z0-9]+)*)*)"
    r"(:(?P<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?"
    r"(@(?P<digest>sha256:[0-9a-f]{64}))?",
    re.ASCII,
)
_UNITS = {
    None: Decimal(1),
    "m": Decimal("0.001"),
    "k": Decimal(10) ** 3,
    "M": Decimal(10) ** 6,
    "G": Decimal(10) ** 9,
    "T": Decimal(10) ** 12,
    "Ki": Decimal(2) ** 10,
    "Mi": Decimal(2) ** 20,
    "Gi": Decimal(2) ** 30,
    "Ti": Decimal(2) ** 40,
}
_SMALLEST_MEMORY = 4 * _UNITS["Mi"]


def service_name_fault(name: str) -> Fault | None:
    """A service's name becomes a Kubernetes Service's, which must be a DNS-1035 label, and the start of pods' names."""
    if not _DNS_1035_LABEL.fullmatch(name):
        return Fault(
            what="is not a name that Kubernetes accepts for a Service",
            danger="the API server would refuse the Service and leave its Deployment without an address",
            remedy="use lower-case letters, digits and hyphens, beginning with a letter, such as 'web-shop'",
        )
    if len(name) > MAXIMUM_SERVICE_NAME:
        return Fault(
            what=f"has {len(name)} characters, of {MAXIMUM_SERVICE_NAME} at most",
            danger="pods' host names would be cut, and all pods of the service would look like one",
            remedy="shorten the name",
        )
    return None


def release_name_fault(name: str) -> Fault | None:
    """A Helm release's name starts the names of everything in it."""
    if not _DNS_1123_LABEL.fullmatch(name) or len(name) > MAXIMUM_RELEASE_NAME:
        return Fault(
            what="is not a name that Helm accepts for a release",
            danger="the chart would not be installed",
            remedy=f"use at most {MAXIMUM_RELEASE_NAME} lower-case letters, digits and hyphens",
        )
    return None


def namespace_fault(name: str) -> Fault | None:
    """A namespace's name is a DNS-1123 label."""
    if not _DNS_1123_LABEL.fullmatch(name) or len(name) > 63:
        return Fault(
            what="is not a name that Kubernetes accepts for a namespace",
            danger="the API server would refuse the namespace, and everything in it would have no place",
            remedy="use at most 63 lower-case letters, digits and hyphens",
        )
    return None


def object_name_fault(name: str) -> Fault | None:
    """The name of most objects may be longer than a label."""
    if not _DNS_1123_LABEL.fullmatch(name) or len(name) > 253:
        return Fault(
            what="is not a name that Kubernetes accepts for an object",
            danger="the API server would refuse the object, and what names it would name nothing",
            remedy="use at most 253 lower-case letters, digits and hyphens",
        )
    return None


def host_fault(host: str) -> Fault | None:
    """A host is a full DNS name in lower case, without scheme, port or wildcard."""
    labels = host.split(".")
    if len(host) > 253 or len(labels) < 2 or not all(_DNS_1123_LABEL.fullmatch(part) for part in labels):
        return Fault(
            what="is not a full host name",
            danger="no certificate could be issued for it, and the gateway would never match a request to it",
            remedy="write the host alone, in lower case, such as 'shop.example.com'",
        )
    if _IPV4_ADDRESS.fullmatch(host):
        return Fault(
            what="is an IP address, not a host name",
            danger="the API server would refuse the route, and no certificate could be issued for it",
            remedy="write a name that DNS resolves to that address, such as 'shop.example.com'",
        )
    if any(len(part) > 63 for part in labels):
        return Fault(
            what="has a part of more than 63 characters between two dots",
            danger="DNS cannot hold the name",
            remedy="shorten that part",
        )
    return None


def public_host_fault(host: str) -> Fault | None:
    """A host, or every host one label below it: `*.shop.example.com`."""
    return host_fault(host.removeprefix("*."))


def is_within(host: str, domain: str) -> bool:
    """Whether a host is in a domain, or the domain itself."""
    return f".{host}".endswith(f".{domain}")


def path_fault(path: str) -> Fault | None:
    """A path is a prefix of URL paths. Kong would read one that begins with `/~` as a regular expression."""
    if not _is_path(path) or path.startswith("/~"):
        return Fault(
            what="is not a path that the gateway can match as a prefix",
            danger="the gateway would refuse the route, or match other requests than are meant",
            remedy="begin with '/', do not end with one, and use letters, digits, '.', '_', '~' and '-': '/api/v1'",
        )
    return None


def probe_path_fault(path: str) -> Fault | None:
    """A probe's path is what Kubernetes asks each pod for, at its own address."""
    if not _is_path(path):
        return Fault(
            what="is not a path that Kubernetes can ask a pod for",
            danger="the probe would ask for something else, and pods would be restarted or never become ready",
            remedy="begin with '/', do not end with one, and use letters, digits, '.', '_', '~' and '-': '/healthz'",
        )
    return None


def _is_path(path: str) -> bool:
    return _PATH.fullmatch(path) is not None and not {".", ".."} & set(path.split("/"))


def image_fault(image: str) -> Fault | None:
    """An image names what exactly is to run: a tag other than `latest`, or a digest."""
    match = _IMAGE.fullmatch(image)
    if match is None:
        return Fault(
            what="is not an image reference",
            danger="no node could pull it, and the service would never become ready",
            remedy="write registry/repository:tag, such as 'ghcr.io/acme/shop:1.4.2'",
        )
    if match["name"] != match["name"].lower():
        return Fault(
            what="has upper-case letters in its registry or repository",
            danger="registries know names in lower case only: no node could pull it, and no pod would start",
            remedy=f"write {match['name'].lower()!r} before the tag or digest",
        )
    if match["digest"]:
        return None
    if match["tag"] is None:
        return Fault(
            what="has neither tag nor digest",
            danger="each node would run whatever 'latest' is when it pulls, and nobody could say which version is live",
            remedy="add the tag that was tested, such as ':1.4.2', or a digest",
        )
    if match["tag"] == "latest":
        return Fault(
            what="has the tag 'latest'",
            danger="each node would run whatever that is when it pulls, and nobody could say which version is live",
            remedy="name the tag that was tested, such as ':1.4.2', or a digest",
        )
    return None


def chart_version_fault(version: str) -> Fault | None:
    """A chart's version is a full semantic one. Helm reads anything shorter, such as `1.2`, as a range."""
    if _VERSION.fullmatch(version):
        return None
    return Fault(
        what="is not one exact version",
        danger="each `up` would install whatever is newest in the range, and no rebuild would be like the last",
        remedy="write all three numbers of the version that was tested, such as '1.4.2'",
    )


def environment_name_fault(name: str) -> Fault | None:
    """An environment variable's name is one that every shell can read."""
    if not _ENVIRONMENT_NAME.fullmatch(name):
        return Fault(
            what="is not a name for an environment variable",
            danger="the variable could not be read by a shell, and the API server may refuse the pods",
            remedy="use letters, digits and '_', not beginning with a digit, such as 'LOG_LEVEL'",
        )
    return None


def cpu_fault(quantity: str) -> Fault | None:
    """A CPU request: cores, or thousandths of one."""
    amount = quantity_of(quantity)
    if amount is None or amount < _UNITS["m"] or quantity[-1] not in "m0123456789":
        return Fault(
            what="is not an amount of CPU",
            danger="the API server would refuse the pods",
            remedy="write cores, such as '2' or '0.5', or thousandths of one, such as '250m'",
        )
    return None


def memory_fault(quantity: str) -> Fault | None:
    """A memory request: bytes with a unit. `128m`, which Kubernetes reads as 0.128 bytes, is refused."""
    amount = quantity_of(quantity)
    if amount is None or amount < _SMALLEST_MEMORY:
        return Fault(
            what="is not an amount of memory that a container can start in",
            danger="the API server would refuse the pods, or the kernel would kill them at once",
            remedy="write bytes with a unit, such as '128Mi' or '1Gi' ('m' means thousandths)",
        )
    return None


def disk_fault(quantity: str) -> Fault | None:
    """The size of a directory: bytes with a unit."""
    amount = quantity_of(quantity)
    if amount is None or amount < _UNITS["Mi"]:
        return Fault(
            what=f"is {quantity!r}, which is no size of a directory",
            danger="the API server would refuse the pods, or they would be ended once they write anything",
            remedy="write bytes with a unit, such as '128Mi' or '1Gi' ('m' means thousandths)",
        )
    return None


def quantity_of(quantity: str) -> Decimal | None:
    """The number that a Kubernetes quantity stands for, or None where it is not one."""
    match = _QUANTITY.fullmatch(quantity)
    return Decimal(match["number"]) * _UNITS[match["unit"]] if match else None
