"""What the mock engine answers for resources of Google Cloud: what components read of them, in its real format."""

from collections.abc import Callable, Mapping
from typing import Any

Inputs = Mapping[str, Any]
Answer = tuple[str, dict[str, Any]]
"""A resource's id, and its outputs beside its inputs."""

PROJECT_NUMBER = "123456789012"
DNS_ENDPOINT = "gke-0123456789abcdef0123456789abcdef-123456789012.europe-west1.gke.goog"
DATABASE_ADDRESS = "10.16.0.3"


def answer(type_: str, name: str, inputs: Inputs) -> Answer | None:
    """The id and the computed outputs of a resource, or None for types that are not Google's."""
    given = {"name": name} | dict(inputs)
    return _ANSWERS[type_](given) if type_ in _ANSWERS else None


def _global(collection: str) -> Callable[[Inputs], Answer]:
    return lambda given: _with_link(f"projects/{given['project']}/global/{collection}/{given['name']}")


def _regional(collection: str) -> Callable[[Inputs], Answer]:
    return lambda given: _with_link(
        f"projects/{given['project']}/regions/{given['region']}/{collection}/{given['name']}"
    )


def _with_link(identifier: str) -> Answer:
    return identifier, {"selfLink": f"https://www.googleapis.com/compute/v1/{identifier}"}


def _address(given: Inputs) -> Answer:
    identifier, outputs = _regional("addresses")(given)
    return identifier, outputs | {"address": "203.0.113.7"}


def _cluster(given: Inputs) -> Answer:
    identifier = f"projects/{given['project']}/locations/{given['location']}/clusters/{given['name']}"
    return identifier, {
        "endpoint": "172.16.0.2",
        "selfLink": f"https://container.googleapis.com/v1/{identifier}",
        "controlPlaneEndpointsConfig": {
            "dnsEndpointConfig": {"endpoint": DNS_ENDPOINT, "allowExternalTraffic": True},
        },
        "masterAuth": {"clusterCaCertificate": "Q0E="},
        "masterVersion": "1.35.4-gke.1000000",
    }


def _key_ring(given: Inputs) -> Answer:
    return f"projects/{given['project']}/locations/{given['location']}/keyRings/{given['name']}", {}


def _crypto_key(given: Inputs) -> Answer:
    return f"{given['keyRing']}/cryptoKeys/{given['name']}", {}


def _identity_pool(given: Inputs) -> Answer:
    path = f"locations/global/workloadIdentityPools/{given['workloadIdentityPoolId']}"
    return f"projects/{given['project']}/{path}", {"name": f"projects/{PROJECT_NUMBER}/{path}"}


def _identity_pool_provider(given: Inputs) -> Answer:
    identifier, outputs = _identity_pool(given)
    path = f"providers/{given['workloadIdentityPoolProviderId']}"
    return f"{identifier}/{path}", {"name": f"{outputs['name']}/{path}"}


def _service_account(given: Inputs) -> Answer:
    email = f"{given['accountId']}@{given['project']}.iam.gserviceaccount.com"
    identifier = f"projects/{given['project']}/serviceAccounts/{email}"
    return identifier, {"email": email, "member": f"serviceAccount:{email}", "name": identifier}


def _custom_role(given: Inputs) -> Answer:
    identifier = f"projects/{given['project']}/roles/{given['roleId']}"
    return identifier, {"name": identifier, "deleted": False}


def _database_instance(given: Inputs) -> Answer:
    return given["name"], {
        "privateIpAddress": DATABASE_ADDRESS,
        "connectionName": f"{given['project']}:{given['region']}:{given['name']}",
        "serverCaCerts": [{"cert": "-----BEGIN CERTIFICATE-----"}],
    }


def _pubsub(collection: str) -> Callable[[Inputs], Answer]:
    return lambda given: (f"projects/{given['project']}/{collection}/{given['name']}", {})


def _dataset(given: Inputs) -> Answer:
    return f"projects/{given['project']}/datasets/{given['datasetId']}", {}


def _table(given: Inputs) -> Answer:
    return f"projects/{given['project']}/datasets/{given['datasetId']}/tables/{given['tableId']}", {}


def _bucket(given: Inputs) -> Answer:
    return given["name"], {"url": f"gs://{given['name']}"}


def _repository(given: Inputs) -> Answer:
    identifier = f"projects/{given['project']}/locations/{given['location']}/repositories/{given['repositoryId']}"
    return identifier, {
        "name": given["repositoryId"],
        "registryUri": f"{given['location']}-docker.pkg.dev/{given['project']}/{given['repositoryId']}",
    }


def _managed_zone(given: Inputs) -> Answer:
    identifier = f"projects/{given['project']}/managedZones/{given['name']}"
    return identifier, {"nameServers": [f"ns-cloud-a{number}.googledomains.com." for number in range(1, 5)]}


def _service(given: Inputs) -> Answer:
    return f"{given['project']}/{given['service']}", {}


def _password(given: Inputs) -> Answer:
    return "none", {"result": "p" * int(given["length"])}


def _random_id(given: Inputs) -> Answer:
    return "q83v", {"hex": "ab" * int(given["byteLength"]), "dec": "1", "b64Url": "q83v", "b64Std": "q83v"}


_ANSWERS: dict[str, Callable[[Inputs], Answer]] = {
    "gcp:artifactregistry/repository:Repository": _repository,
    "gcp:bigquery/dataset:Dataset": _dataset,
    "gcp:bigquery/table:Table": _table,
    "gcp:compute/address:Address": _address,
    "gcp:compute/globalAddress:GlobalAddress": _global("addresses"),
    "gcp:compute/firewall:Firewall": _global("firewalls"),
    "gcp:compute/network:Network": _global("networks"),
    "gcp:compute/router:Router": _regional("routers"),
    "gcp:compute/subnetwork:Subnetwork": _regional("subnetworks"),
    "gcp:container/cluster:Cluster": _cluster,
    "gcp:dns/managedZone:ManagedZone": _managed_zone,
    "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": _identity_pool,
    "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": _identity_pool_provider,
    "gcp:kms/cryptoKey:CryptoKey": _crypto_key,
    "gcp:kms/keyRing:KeyRing": _key_ring,
    "gcp:projects/iAMCustomRole:IAMCustomRole": _custom_role,
    "gcp:projects/service:Service": _service,
    "gcp:pubsub/schema:Schema": _pubsub("schemas"),
    "gcp:pubsub/subscription:Subscription": _pubsub("subscriptions"),
    "gcp:pubsub/topic:Topic": _pubsub("topics"),
    "gcp:serviceaccount/account:Account": _service_account,
    "gcp:sql/databaseInstance:DatabaseInstance": _database_instance,
    "gcp:storage/bucket:Bucket": _bucket,
    "random:index/randomId:RandomId": _random_id,
    "random:index/randomPassword:RandomPassword": _password,
    # More types whose outputs a component reads go here.
}
