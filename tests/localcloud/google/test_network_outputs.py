"""What is made of networks, databases and zones has every property that the real provider's schema declares."""

from collections.abc import Iterator
from typing import Any

from localcloud.providers.google import compute, dns, schema, service_networking, sql
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.kind import Kind, Place
from tests.localcloud.google.conftest import enable, kinds_of

_APIS = ("compute", "dns", "servicenetworking", "sqladmin")

# The provider adds these itself, to whatever can have labels.
_LABELS = {"effectiveLabels", "pulumiLabels"}

_SERVICE = "servicenetworking.googleapis.com"
_PEERING = "servicenetworking-googleapis-com"
_ROUTES = {"importCustomRoutes": True, "exportCustomRoutes": True}
_RANGE = {"addressType": "INTERNAL", "purpose": "VPC_PEERING", "prefixLength": 16}
_RULE: dict[str, Any] = {"allows": [{"protocol": "tcp"}], "sourceTags": ["web"]}


def _one_of_each() -> Iterator[tuple[Kind, dict[str, Any]]]:
    """Each type's least inputs, after those of the types that it needs."""
    yield compute.Network(), {"name": "main", "autoCreateSubnetworks": False}
    yield compute.Subnetwork(), {"name": "nodes", "network": "main", "ipCidrRange": "10.0.0.0/20"}
    yield compute.Router(), {"name": "router", "network": "main"}
    nat = {"name": "nat", "router": "router", "sourceSubnetworkIpRangesToNat": "ALL_SUBNETWORKS_ALL_IP_RANGES"}
    yield compute.RouterNat(), nat
    yield compute.Firewall(), {"name": "web", "network": "main", **_RULE}
    yield compute.Address(), {"name": "gateway"}
    yield compute.GlobalAddress(), {"name": "services", "network": "main", **_RANGE}
    yield compute.Route(), {"name": "out", "network": "main", "destRange": "10.99.0.0/16", "nextHopIp": "10.0.0.5"}
    yield compute.SecurityPolicy(), {"name": "edge"}
    connection = {"network": "main", "service": _SERVICE, "reservedPeeringRanges": ["services"]}
    yield service_networking.Connection(), connection
    yield compute.NetworkPeeringRoutesConfig(), {"network": "main", "peering": _PEERING, **_ROUTES}
    settings = {"tier": "db-perf-optimized-N-2", "ipConfiguration": {"privateNetwork": "main"}}
    yield sql.DatabaseInstance(), {"name": "main", "databaseVersion": "POSTGRES_17", "settings": settings}
    yield sql.Database(), {"name": "shop", "instance": "main"}
    yield sql.User(), {"name": "shop", "instance": "main", "password": "x"}
    yield sql.SslCert(), {"commonName": "shop", "instance": "main"}
    yield dns.ManagedZone(), {"name": "public", "dnsName": "example.com."}
    record = {"name": "www.example.com.", "type": "A", "rrdatas": ["203.0.113.1"]}
    yield dns.RecordSet(), {"managedZone": "public", **record}


def test_every_declared_output_is_there_and_no_other(cloud: Cloud, place: Place) -> None:
    enable(cloud, *(f"{api}.googleapis.com" for api in _APIS))
    made = [cloud.create(kind, inputs, place) for kind, inputs in _one_of_each()]
    for each in made:
        outputs, inputs = schema.outputs(each.type).keys(), schema.inputs(each.type).keys()
        assert outputs - each.state.keys() - _LABELS == set(), each.type
        assert each.state.keys() - outputs - inputs == set(), each.type
    kinds = kinds_of("compute", "service_networking", "sql", "dns")
    assert {each.type for each in made} == {kind.token for kind in kinds}
