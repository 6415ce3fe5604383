"""Images, secrets, keys and backups."""

from __future__ import annotations

from typing import Any

from localcloud.providers.google.cloud import SERVICE
from localcloud.providers.google.tokens import (
    BACKUP_PLAN,
    CRYPTO_KEY,
    CRYPTO_KEY_MEMBER,
    KEY_RING,
    REPOSITORY,
    REPOSITORY_MEMBER,
    RESTORE_PLAN,
    SECRET,
    SECRET_MEMBER,
    SECRET_VERSION,
)
from tests.engine.google_program import PROJECT, REGION, Declared, wrong
from tests.engine.google_rules import Differing, Kept, Rules

HERE = {"location": REGION}
IMAGES = {**HERE, "format": "DOCKER"}
AUTO: dict[str, Any] = {"replication": {"auto": {}}}
WEB_MEMBER = f"serviceAccount:web-server@{PROJECT}.iam.gserviceaccount.com"
RING = f"projects/{PROJECT}/locations/{REGION}/keyRings/ring"
CLUSTER = f"projects/{PROJECT}/locations/{REGION}/clusters/web"
NO_CLUSTER = f"projects/{PROJECT}/locations/{REGION}/clusters/none"
PLAN = f"projects/{PROJECT}/locations/{REGION}/backupPlans/daily"
DAILY = {"backupSchedule": {"cronSchedule": "10 3 * * *"}, "retentionPolicy": {"backupRetainDays": 7}}
ALL = {"backupConfig": {"allNamespaces": True}}


def restore(**given: Any) -> dict[str, Any]:
    config = {"allNamespaces": True}
    return {**HERE, "name": "restore", "cluster": CLUSTER, "backupPlan": PLAN, "restoreConfig": config, **given}


def mirror(**upstream: Any) -> dict[str, Any]:
    return {**IMAGES, "repositoryId": "mirror", "mode": "REMOTE_REPOSITORY", "remoteRepositoryConfig": upstream}


BASE = [
    [
        Declared(name, SERVICE, {"service": f"{name}.googleapis.com"})
        for name in ("artifactregistry", "secretmanager", "cloudkms", "gkebackup")
    ],
    [
        Declared("images", REPOSITORY, {**IMAGES, "repositoryId": "images"}),
        Declared("password", SECRET, {**AUTO, "secretId": "password", "deletionProtection": True}),
        Declared("ring", KEY_RING, {**HERE, "name": "ring"}),
        Declared("former-ring", KEY_RING, {**HERE, "name": "former"}),
        Declared("daily", BACKUP_PLAN, {**HERE, **ALL, **DAILY, "name": "daily", "cluster": CLUSTER}),
        Declared("deactivated", BACKUP_PLAN, {**HERE, **ALL, "name": "old", "cluster": CLUSTER, "deactivated": True}),
    ],
    [
        Declared("password-now", SECRET_VERSION, {"secret": "password", "secretData": "secret"}),
        Declared("disks", CRYPTO_KEY, {"keyRing": RING, "name": "disks"}),
        Declared("former-key", CRYPTO_KEY, {"keyRing": RING, "name": "former"}),
        Declared("restore", RESTORE_PLAN, restore()),
        Declared(
            "web-pulls",
            REPOSITORY_MEMBER,
            {**HERE, "repository": "images", "role": "roles/artifactregistry.reader", "member": "allUsers"},
        ),
    ],
]
BY_NAME = {each.name: each for wave in BASE for each in wave}

CHECKED = [
    wrong(
        "repository",
        REPOSITORY,
        {"repositoryId": "Images", "location": "europe-west", "format": "TAR", "mode": "HIDDEN"},
        "repositoryId is 'Images', but an id has up to 63 small letters",
        "location is 'europe-west', but there is no such region",
        "format is 'TAR', which Google does not know",
        "mode is 'HIDDEN', which Google does not know",
    ),
    wrong(
        "mirror-of-nothing",
        REPOSITORY,
        {**IMAGES, "repositoryId": "a", "mode": "REMOTE_REPOSITORY"},
        "remoteRepositoryConfig is absent, but a REMOTE_REPOSITORY is nothing without it",
    ),
    wrong(
        "repository-of-others",
        REPOSITORY,
        {**IMAGES, "repositoryId": "a", "virtualRepositoryConfig": {"upstreamPolicies": []}},
        "virtualRepositoryConfig is given, but the mode is 'STANDARD_REPOSITORY'",
    ),
    wrong(
        "mirror-of-two",
        REPOSITORY,
        mirror(
            dockerRepository={"publicRepository": "DOCKER_HUB"}, commonRepository={"uri": "https://registry.acme.test"}
        ),
        "remoteRepositoryConfig must have one of aptRepository",
    ),
    wrong(
        "mirror-of-another-format",
        REPOSITORY,
        mirror(npmRepository={"publicRepository": "QUAY"}),
        "remoteRepositoryConfig.npmRepository does not fit the format 'DOCKER'",
        "remoteRepositoryConfig.npmRepository.publicRepository is 'QUAY', which Google does not know: choose 'NPMJS'",
    ),
    wrong(
        "mirror-in-the-open",
        REPOSITORY,
        mirror(commonRepository={"uri": "http://registry.acme.test"}),
        "remoteRepositoryConfig.commonRepository.uri is 'http://registry.acme.test', but an upstream is another",
    ),
    wrong(
        "cleanup",
        REPOSITORY,
        {
            **IMAGES,
            "repositoryId": "a",
            "cleanupPolicies": [
                {"id": "old", "action": "REMOVE", "condition": {"olderThan": "a month"}},
                {"id": "old", "action": "DELETE", "mostRecentVersions": {"keepCount": 5}},
            ],
        },
        "cleanupPolicies[0].action is 'REMOVE', which Google does not know: choose 'DELETE', 'KEEP'",
        "cleanupPolicies[0].condition.olderThan is 'a month', but an age is seconds, minutes, hours or days",
        "cleanupPolicies[1].id is 'old', which another policy has",
        "cleanupPolicies[1].mostRecentVersions is given with the action 'DELETE', but it can only keep versions",
        "cleanupPolicies[1].condition is absent: say which versions go, or all of them would",
    ),
    wrong(
        "secret",
        SECRET,
        {"secretId": "pass/word", "replication": {}},
        "secretId is 'pass/word', but an id has 1 to 255 letters, digits, hyphens and underscores",
        "replication must have one of 'auto', 'userManaged', but has none",
    ),
    wrong(
        "secret-of-nothing",
        SECRET_VERSION,
        {"secret": "password"},
        "secretData or 'secretDataWo' is what is secret, but neither is given",
    ),
    wrong(
        "secret-of-too-much",
        SECRET_VERSION,
        {"secret": "password", "secretData": "!" * 65537, "isSecretDataBase64": True},
        "secretData has 65537 bytes of 65536",
        "secretData is no base64, but isSecretDataBase64 is set",
    ),
    wrong(
        "ring",
        KEY_RING,
        {"name": "key ring", "location": "mars"},
        "name is 'key ring', but a name has 1 to 63 letters, digits, hyphens and underscores",
        "location is 'mars', but there is no such region",
    ),
    wrong(
        "crypto-key",
        CRYPTO_KEY,
        {"name": "a.b", "keyRing": "ring", "purpose": "SECRECY", "rotationPeriod": "60s"},
        "name is 'a.b', but a name has 1 to 63 letters",
        "keyRing is 'ring', but it is a ring's path 'projects/",
        "purpose is 'SECRECY', which Google does not know",
        "rotationPeriod is '60s', but Google takes seconds from '86400s'",
    ),
    wrong(
        "backup-plan",
        BACKUP_PLAN,
        {
            "name": "Daily",
            "cluster": "web",
            "location": "europe",
            "backupConfig": {},
            "retentionPolicy": {"backupDeleteLockDays": 91, "backupRetainDays": 366},
            "backupSchedule": {"cronSchedule": "daily", "rpoConfig": {"targetRpoMinutes": 1}},
        },
        "name is 'Daily', but a name has up to 63 small letters",
        "cluster is 'web', but a cluster is named by its path",
        "location is 'europe', but there is no such region",
        "backupConfig must have one of 'allNamespaces', 'selectedApplications'",
        "retentionPolicy.backupDeleteLockDays is 91, but Google takes 0 to 90 days",
        "retentionPolicy.backupRetainDays is 366, but Google takes 0 to 365 days",
        "backupSchedule.rpoConfig.targetRpoMinutes is 1, but Google takes 60 to 86400 minutes",
        "backupSchedule.rpoConfig is given beside 'cronSchedule', but a plan has one schedule",
        "backupSchedule.cronSchedule is 'daily', which is no cron schedule",
    ),
    wrong(
        "backup-plan-that-locks-longer-than-it-keeps",
        BACKUP_PLAN,
        {
            **HERE,
            **ALL,
            "name": "a",
            "cluster": CLUSTER,
            "retentionPolicy": {"backupDeleteLockDays": 9, "backupRetainDays": 7},
        },
        "retentionPolicy.backupDeleteLockDays is 9, longer than backupRetainDays, which is 7",
    ),
    wrong(
        "backup-plan-that-keeps-for-ever",
        BACKUP_PLAN,
        {**HERE, **ALL, "name": "a", "cluster": CLUSTER, "backupSchedule": {"cronSchedule": "10 3 * * *"}},
        "retentionPolicy.backupRetainDays is absent, but backups made by 'cronSchedule' need an age to go at",
    ),
    wrong(
        "restore-plan",
        RESTORE_PLAN,
        restore(name="Restore", cluster="web", location="europe", restoreConfig={}),
        "name is 'Restore', but a name has up to 63 small letters",
        "cluster is 'web', but a cluster is named by its path",
        "location is 'europe', but there is no such region",
        "restoreConfig must have one of 'allNamespaces', 'excludedNamespaces'",
    ),
]

REFUSED = [
    wrong(
        "repository-nowhere",
        REPOSITORY,
        {"format": "DOCKER", "repositoryId": "a"},
        "400: location: required field is not set",
    ),
    wrong(
        "repository-of-no-other",
        REPOSITORY,
        {
            **IMAGES,
            "repositoryId": "a",
            "mode": "VIRTUAL_REPOSITORY",
            "virtualRepositoryConfig": {"upstreamPolicies": [{"id": "a", "repository": "none", "priority": 1}]},
        },
        f"404: the Repository 'projects/acme-prod/locations/{REGION}/repositories/none' does not exist, notFound",
    ),
    wrong(
        "reader-of-no-repository",
        REPOSITORY_MEMBER,
        {**HERE, "repository": "none", "role": "roles/artifactregistry.reader", "member": WEB_MEMBER},
        f"404: the Repository 'projects/acme-prod/locations/{REGION}/repositories/none' does not exist, notFound",
    ),
    wrong(
        "version-of-no-secret",
        SECRET_VERSION,
        {"secret": "none", "secretData": "secret"},
        "404: the Secret 'projects/acme-prod/secrets/none' does not exist, notFound",
    ),
    wrong(
        "reader-of-no-secret",
        SECRET_MEMBER,
        {"secretId": "none", "role": "roles/secretmanager.secretAccessor", "member": WEB_MEMBER},
        "404: the Secret 'projects/acme-prod/secrets/none' does not exist, notFound",
    ),
    wrong(
        "key-in-no-ring",
        CRYPTO_KEY,
        {"keyRing": f"{RING}-none", "name": "a"},
        f"404: the KeyRing '{RING}-none' does not exist, notFound",
    ),
    wrong(
        "user-of-no-key",
        CRYPTO_KEY_MEMBER,
        {
            "cryptoKeyId": f"{RING}/cryptoKeys/none",
            "role": "roles/cloudkms.cryptoKeyEncrypterDecrypter",
            "member": WEB_MEMBER,
        },
        f"404: the CryptoKey '{RING}/cryptoKeys/none' does not exist, notFound",
    ),
    wrong(
        "backup-of-no-cluster",
        BACKUP_PLAN,
        {**HERE, **ALL, "name": "a", "cluster": NO_CLUSTER},
        f"404: the Cluster '{NO_CLUSTER}' does not exist, notFound",
    ),
    wrong(
        "restore-into-no-cluster",
        RESTORE_PLAN,
        restore(name="a", cluster=NO_CLUSTER),
        f"404: the Cluster '{NO_CLUSTER}' does not exist, notFound",
    ),
    wrong(
        "restore-of-no-plan",
        RESTORE_PLAN,
        restore(name="a", backupPlan=f"{PLAN}-none"),
        f"404: the BackupPlan '{PLAN}-none' does not exist, notFound",
    ),
]

CHANGED = [
    BY_NAME["deactivated"].wrongly(
        "400: the BackupPlan 'old' is deactivated and cannot be changed, failedPrecondition", description="again"
    ),
]

DIFFERING = [
    Differing(BY_NAME["images"].changed(format="MAVEN"), {"format": "update-replace"}),
    Differing(BY_NAME["password"].changed(annotations={"team": "web"}), {"annotations": "add"}),
    Differing(BY_NAME["password-now"].changed(secretData="other"), {"secretData": "update-replace"}),
    Differing(BY_NAME["disks"].changed(rotationPeriod="7776000s"), {"rotationPeriod": "add"}),
    Differing(
        BY_NAME["daily"].changed(retentionPolicy={"backupRetainDays": 14}),
        {"retentionPolicy.backupRetainDays": "update"},
    ),
]

KEPT = [
    Kept("password", "400: cannot destroy secret 'password' while deletionProtection is set"),
    Kept(
        "daily",
        f"400: the BackupPlan 'daily' is used by the RestorePlan 'projects/acme-prod/locations/{REGION}/restore",
    ),
]

DELETED = ["former-ring", "former-key"]

AFTERWARDS = [
    BY_NAME["former-ring"].wrongly(
        f"409: 'projects/acme-prod/locations/{REGION}/keyRings/former' already exists, alreadyExists: it was made"
    ),
    BY_NAME["former-key"].wrongly(
        f"409: '{RING}/cryptoKeys/former' already exists, alreadyExists: it was made before, and cannot be deleted"
    ),
]

RULES = Rules(
    BASE,
    CHECKED,
    REFUSED,
    changed=CHANGED,
    differing=DIFFERING,
    kept=KEPT,
    deleted=DELETED,
    afterwards=AFTERWARDS,
)
