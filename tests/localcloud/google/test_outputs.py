"""Everything that the simulated types have is declared by the real provider, and what it promises is there."""

from typing import Any

import pytest

from localcloud.providers.google import (
    artifact_registry,
    bigquery,
    gke_backup,
    iam,
    kms,
    projects,
    pubsub,
    schema,
    secret_manager,
    storage,
    tokens,
)
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.kind import Kind, Place, Resource
from localcloud.providers.google.principals import agent
from tests.localcloud.google.conftest import PROJECT, enable, kinds_of

KINDS = kinds_of(
    *("artifact_registry", "bigquery", "gke_backup", "iam", "kms", "projects", "pubsub", "secret_manager", "storage")
)
SERVICES = ("artifactregistry", "bigquery", "cloudkms", "gkebackup", "iam", "pubsub", "secretmanager", "storage")

ROOT = f"projects/{PROJECT}"
CLUSTER = f"{ROOT}/locations/europe-west1-b/clusters/main"
RING = f"{ROOT}/locations/europe-west1/keyRings/ring"
ACCOUNT = f"{ROOT}/serviceAccounts/orders@{PROJECT}.iam.gserviceaccount.com"
BACKUP = f"{ROOT}/locations/europe-west1/backupPlans/daily"
WHO = {"member": "group:dev@example.com"}
PUBLISHER = {"role": "roles/pubsub.publisher", "member": f"serviceAccount:{agent(PROJECT, 'storage.googleapis.com')}"}

# In an order in which they can be made.
INPUTS: dict[type[Kind], dict[str, Any]] = {
    projects.Project: {"projectId": PROJECT},
    projects.Service: {"service": "compute.googleapis.com"},
    projects.ServiceIdentity: {"service": "pubsub.googleapis.com"},
    projects.IAMCustomRole: {"roleId": "reader", "title": "Reader", "permissions": ["pubsub.topics.get"]},
    projects.IAMMember: {"project": PROJECT, "role": "roles/viewer", **WHO},
    projects.IAMBinding: {"project": PROJECT, "role": "roles/browser", "members": [WHO["member"]]},
    projects.IAMAuditConfig: {"project": PROJECT, "service": "allServices", "auditLogConfigs": []},
    iam.Account: {"accountId": "orders"},
    iam.Key: {"serviceAccountId": ACCOUNT},
    iam.AccountIAMMember: {"serviceAccountId": ACCOUNT, "role": "roles/iam.serviceAccountUser", **WHO},
    iam.AccountIAMBinding: {"serviceAccountId": ACCOUNT, "role": "roles/iam.serviceAccountUser", "members": []},
    iam.WorkloadIdentityPool: {"workloadIdentityPoolId": "gitlab"},
    iam.WorkloadIdentityPoolProvider: {
        "workloadIdentityPoolId": "gitlab",
        "workloadIdentityPoolProviderId": "gitlab",
    },
    pubsub.Schema: {"name": "order", "type": "AVRO", "definition": "{}"},
    pubsub.Topic: {"name": "orders"},
    pubsub.Subscription: {"name": "orders", "topic": "orders"},
    pubsub.TopicIAMMember: {"topic": "orders", **PUBLISHER},
    pubsub.SubscriptionIAMMember: {"subscription": "orders", "role": "roles/pubsub.subscriber", **WHO},
    bigquery.Dataset: {"datasetId": "shop"},
    bigquery.Table: {"datasetId": "shop", "tableId": "orders"},
    bigquery.Routine: {"datasetId": "shop", "routineId": "total", "routineType": "PROCEDURE", "definitionBody": ""},
    bigquery.DatasetIamMember: {"datasetId": "shop", "role": "roles/bigquery.dataViewer", **WHO},
    bigquery.IamMember: {"datasetId": "shop", "tableId": "orders", "role": "roles/bigquery.dataViewer", **WHO},
    bigquery.DatasetAccess: {"datasetId": "shop", "role": "READER", "domain": "example.com"},
    storage.Bucket: {"name": "acme-files", "location": "EU"},
    storage.BucketObject: {"bucket": "acme-files", "name": "a", "content": "a"},
    storage.Notification: {"bucket": "acme-files", "topic": "orders", "payloadFormat": "NONE"},
    storage.BucketIAMMember: {"bucket": "acme-files", "role": "roles/storage.objectViewer", **WHO},
    artifact_registry.Repository: {"repositoryId": "images", "format": "DOCKER"},
    artifact_registry.RepositoryIamMember: {"repository": "images", "role": "roles/artifactregistry.reader", **WHO},
    secret_manager.Secret: {"secretId": "orders", "replication": {"auto": {}}},
    secret_manager.SecretVersion: {"secret": "orders", "secretData": "hush"},
    secret_manager.SecretIamMember: {"secretId": "orders", "role": "roles/secretmanager.viewer", **WHO},
    kms.KeyRing: {"name": "ring", "location": "europe-west1"},
    kms.CryptoKey: {"name": "key", "keyRing": RING},
    kms.CryptoKeyIAMMember: {"cryptoKeyId": f"{RING}/cryptoKeys/key", "role": "roles/cloudkms.viewer", **WHO},
    gke_backup.BackupPlan: {"name": "daily", "cluster": CLUSTER, "location": "europe-west1"},
    gke_backup.RestorePlan: {"name": "all", "cluster": CLUSTER, "location": "europe-west1", "backupPlan": BACKUP},
}

# The provider adds labels to whatever can have them; it does not ask the type.
LABELS = {"effectiveLabels", "pulumiLabels"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[type[Kind], Resource]:
    cloud = Cloud(tmp_path_factory.mktemp("google"))
    enable(cloud, *(f"{name}.googleapis.com" for name in SERVICES))
    cloud.adopt(Resource(tokens.CLUSTER, CLUSTER, {"project": PROJECT}))
    place = Place(PROJECT, "europe-west1", "europe-west1-b")
    return {kind: cloud.create(kind(), inputs, place) for kind, inputs in INPUTS.items()}


def test_every_type_is_tried() -> None:
    assert set(INPUTS) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.token)
def test_nothing_is_there_that_the_real_provider_does_not_declare(
    kind: type[Kind], made: dict[type[Kind], Resource]
) -> None:
    declared = schema.inputs(kind.token).keys() | schema.outputs(kind.token).keys()
    assert made[kind].state.keys() - declared == set()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.token)
def test_every_output_is_there_that_the_real_provider_promises(
    kind: type[Kind], made: dict[type[Kind], Resource]
) -> None:
    promised = {name for name, field in schema.outputs(kind.token).items() if field.required}
    assert promised - made[kind].state.keys() - LABELS == set()
