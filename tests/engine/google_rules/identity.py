"""Projects, the services that are enabled in them, who there is, and what they may do."""

from __future__ import annotations

from localcloud.providers.google.cloud import SERVICE
from localcloud.providers.google.tokens import (
    ACCOUNT,
    ACCOUNT_BINDING,
    ACCOUNT_KEY,
    ACCOUNT_MEMBER,
    AUDIT_CONFIG,
    CUSTOM_ROLE,
    IDENTITY_POOL,
    IDENTITY_POOL_PROVIDER,
    PROJECT_BINDING,
    PROJECT_MEMBER,
    SERVICE_IDENTITY,
)
from localcloud.providers.google.tokens import PROJECT as PROJECT_TYPE
from tests.engine.google_program import NUMBER, PROJECT, Declared, wrong
from tests.engine.google_rules import Differing, Kept, Rules

WEB = f"projects/{PROJECT}/serviceAccounts/web-server@{PROJECT}.iam.gserviceaccount.com"
WEB_MEMBER = f"serviceAccount:web-server@{PROJECT}.iam.gserviceaccount.com"
NOBODY = f"projects/{PROJECT}/serviceAccounts/nobody@{PROJECT}.iam.gserviceaccount.com"
POOLS = "//iam.googleapis.com/projects/{}/locations/global/workloadIdentityPools/{}"
LOGS = {"project": PROJECT, "role": "roles/logging.logWriter"}
GITLAB = {
    "workloadIdentityPoolId": "pipelines",
    "attributeMapping": {"google.subject": "assertion.sub"},
    "attributeCondition": "assertion.namespace_path == 'acme'",
    "oidc": {"issuerUri": "https://gitlab.com"},
}
PERMISSIONS = {"title": "Publisher", "permissions": ["pubsub.topics.publish"]}

BASE = [
    [
        Declared("iam", SERVICE, {"service": "iam.googleapis.com"}),
        Declared("container", SERVICE, {"service": "container.googleapis.com"}),
        Declared("monitoring", SERVICE, {"service": "monitoring.googleapis.com"}),
        Declared("logging", SERVICE, {"service": "logging.googleapis.com", "disableOnDestroy": True}),
        Declared("project", PROJECT_TYPE, {"projectId": "acme-shop", "name": "Shop", "orgId": "1"}),
    ],
    [
        Declared("web-account", ACCOUNT, {"accountId": "web-server", "displayName": "Web"}),
        Declared("publisher", CUSTOM_ROLE, {**PERMISSIONS, "roleId": "publisher"}),
        Declared("pipelines", IDENTITY_POOL, {"workloadIdentityPoolId": "pipelines"}),
        Declared("former", IDENTITY_POOL, {"workloadIdentityPoolId": "former"}),
        Declared("agent", SERVICE_IDENTITY, {"service": "container.googleapis.com"}),
        Declared(
            "audit",
            AUDIT_CONFIG,
            {"project": PROJECT, "service": "allServices", "auditLogConfigs": [{"logType": "DATA_READ"}]},
        ),
    ],
    [
        Declared("gitlab", IDENTITY_POOL_PROVIDER, {**GITLAB, "workloadIdentityPoolProviderId": "gitlab"}),
        Declared("former-gitlab", IDENTITY_POOL_PROVIDER, {**GITLAB, "workloadIdentityPoolProviderId": "former"}),
        Declared("web-key", ACCOUNT_KEY, {"serviceAccountId": WEB}),
        Declared("web-logs", PROJECT_MEMBER, {**LOGS, "member": WEB_MEMBER}),
        Declared(
            "web-publishes",
            PROJECT_BINDING,
            {"project": PROJECT, "role": f"projects/{PROJECT}/roles/publisher", "members": [WEB_MEMBER]},
        ),
        Declared(
            "pipelines-are-web",
            ACCOUNT_MEMBER,
            {
                "serviceAccountId": WEB,
                "role": "roles/iam.workloadIdentityUser",
                "member": f"principalSet:{POOLS.format(NUMBER, 'pipelines')}/*",
            },
        ),
    ],
]
BY_NAME = {each.name: each for wave in BASE for each in wave}

CHECKED = [
    wrong(
        "account",
        ACCOUNT,
        {"accountId": "web", "displayName": "W" * 101, "description": "w" * 257},
        "accountId is 'web', but an id has 6 to 30 small letters, digits and hyphens",
        "displayName has 101 bytes, but Google takes 100",
        "description has 257 bytes, but Google takes 256",
    ),
    wrong(
        "key",
        ACCOUNT_KEY,
        {"serviceAccountId": WEB, "keyAlgorithm": "RSA", "publicKeyType": "PEM", "privateKeyType": "PEM"},
        "keyAlgorithm is 'RSA', which Google does not know",
        "publicKeyType is 'PEM', which Google does not know",
        "privateKeyType is 'PEM', which Google does not know",
    ),
    wrong(
        "grant-on-a-bare-account",
        ACCOUNT_MEMBER,
        {"serviceAccountId": "web-server", "role": "roles/iam.serviceAccountUser", "member": WEB_MEMBER},
        "serviceAccountId is 'web-server', but it is an account's full name, 'projects/",
    ),
    wrong(
        "pool",
        IDENTITY_POOL,
        {"workloadIdentityPoolId": "gcp-pool", "displayName": "P" * 33, "mode": "OPEN"},
        "workloadIdentityPoolId is 'gcp-pool', but an id has 4 to 32 small letters, digits and hyphens",
        "displayName has 33 characters, but Google takes 32",
        "mode is 'OPEN', which Google does not know",
    ),
    wrong(
        "identity-provider",
        IDENTITY_POOL_PROVIDER,
        {
            **GITLAB,
            "workloadIdentityPoolProviderId": "gcp",
            "attributeMapping": {"project": "assertion.project_path"},
            "attributeCondition": "a" * 4097,
            "description": "g" * 257,
            "oidc": {"issuerUri": "http://gitlab.com"},
            "aws": {"accountId": "1"},
        },
        "workloadIdentityPoolProviderId is 'gcp', but an id has 4 to 32 small letters",
        "oidc must have one of 'aws', 'oidc', 'saml', 'x509', but has aws and oidc",
        "oidc.issuerUri is 'http://gitlab.com', but identities are only believed over https",
        "attributeMapping must say what 'google.subject' is",
        "attributeMapping has the key 'project', but keys are 'google.subject', 'google.groups' or begin with",
        "attributeCondition has 4097 characters of 4096",
        "description has 257 characters, but Google takes 256",
    ),
    wrong(
        "identity-provider-of-everybody",
        IDENTITY_POOL_PROVIDER,
        {
            "workloadIdentityPoolId": "pipelines",
            "workloadIdentityPoolProviderId": "gitlab",
            "attributeMapping": {"google.subject": "assertion.sub"},
            "oidc": {"issuerUri": "https://gitlab.com"},
        },
        "attributeCondition is absent, but https://gitlab.com vouches for everybody's pipelines",
    ),
    *(
        wrong(
            f"role-{name}", PROJECT_MEMBER, {"project": PROJECT, "role": role, "member": WEB_MEMBER}, f"role is {told}"
        )
        for name, role, told in (
            ("that-is-none", "logWriter", "'logWriter', which is no role: write 'roles/…'"),
            (
                "misspelled",
                "roles/logging.logwriter",
                "'roles/logging.logwriter', which is not supported for this resource: did you mean",
            ),
            (
                "of-buckets",
                "roles/storage.legacyBucketReader",
                "'roles/storage.legacyBucketReader', which is not supported for this resource: grant it on what takes",
            ),
        )
    ),
    wrong(
        "role-of-another-service",
        ACCOUNT_MEMBER,
        {"serviceAccountId": WEB, "role": "roles/pubsub.publisher", "member": WEB_MEMBER},
        "role is 'roles/pubsub.publisher', which is not supported for this resource: choose one of 'roles/iam.…'",
    ),
    *(
        wrong(f"member-{name}", PROJECT_MEMBER, {**LOGS, "member": member}, f"member is {member!r}, {told}")
        for name, member, told in (
            ("that-was-deleted", "deleted:user:a@acme.test?uid=1", "a principal that was deleted and can do nothing"),
            ("without-address", "user:anna", "but after 'user:' comes an e-mail address"),
            ("without-kind", "a@acme.test", "of which Google cannot tell what it is: write 'user:a@acme.test'"),
            ("of-no-kind", "robot:a", "which is no principal: begin it with one of 'user:'"),
        )
    ),
    wrong(
        "members",
        ACCOUNT_BINDING,
        {"serviceAccountId": WEB, "role": "roles/iam.serviceAccountUser", "members": [WEB_MEMBER, "anna"]},
        "members[1] is 'anna', which is no principal",
    ),
    wrong(
        "project-of-two-parents",
        PROJECT_TYPE,
        {"projectId": "Acme", "orgId": "1", "folderId": "2"},
        "projectId is 'Acme', but an id has 6 to 30 small letters",
        "folderId is given beside 'orgId', but a project has one parent",
    ),
    wrong(
        "service-without-domain",
        SERVICE,
        {"service": "compute"},
        "service is 'compute', which is no service's name: write 'compute.googleapis.com'",
    ),
    wrong(
        "service-misspelled",
        SERVICE,
        {"service": "artefactregistry.googleapis.com"},
        "service is 'artefactregistry.googleapis.com', which does not exist: did you mean",
    ),
    wrong(
        "custom-role",
        CUSTOM_ROLE,
        {**PERMISSIONS, "roleId": "web-publisher", "stage": "NEW", "permissions": ["pubsub.*"]},
        "roleId is 'web-publisher', but the id of a role has 3 to 64 letters, digits, underscores and periods",
        "stage is 'NEW', which Google does not know",
        "permissions[0] is 'pubsub.*', which is no permission",
    ),
    wrong(
        "custom-role-for-nothing",
        CUSTOM_ROLE,
        {**PERMISSIONS, "roleId": "nothing", "permissions": []},
        "permissions is empty, but a role that permits nothing is refused",
    ),
    wrong(
        "audit-of-everything",
        AUDIT_CONFIG,
        {"project": PROJECT, "service": "allServices", "auditLogConfigs": [{"logType": "ALL"}]},
        "auditLogConfigs[0].logType is 'ALL': choose 'ADMIN_READ', 'DATA_READ', 'DATA_WRITE'",
    ),
]

REFUSED = [
    wrong("key-of-nobody", ACCOUNT_KEY, {"serviceAccountId": NOBODY}, f"404: the Account '{NOBODY}' does not exist"),
    wrong(
        "grant-on-nobody",
        ACCOUNT_MEMBER,
        {"serviceAccountId": NOBODY, "role": "roles/iam.serviceAccountUser", "member": WEB_MEMBER},
        f"404: the Account '{NOBODY}' does not exist, notFound",
    ),
    wrong(
        "grant-to-nobody",
        PROJECT_MEMBER,
        {**LOGS, "member": f"serviceAccount:nobody@{PROJECT}.iam.gserviceaccount.com"},
        "400: Service account nobody@acme-prod.iam.gserviceaccount.com does not exist., badRequest",
    ),
    wrong(
        "grant-to-an-agent-that-nobody-asked-for",
        PROJECT_MEMBER,
        {**LOGS, "member": f"serviceAccount:service-{NUMBER}@gcp-sa-secretmanager.iam.gserviceaccount.com"},
        f"400: Service account service-{NUMBER}@gcp-sa-secretmanager.iam.gserviceaccount.com does not exist.,",
    ),
    wrong(
        "grant-to-all",
        PROJECT_MEMBER,
        {**LOGS, "member": "allUsers"},
        "400: Policy members allUsers are not supported on a project, badRequest",
    ),
    wrong(
        "grant-of-no-role",
        PROJECT_MEMBER,
        {"project": PROJECT, "role": f"projects/{PROJECT}/roles/none", "member": WEB_MEMBER},
        "400: Role (projects/acme-prod/roles/none) does not exist in the resource's hierarchy., badRequest",
    ),
    wrong(
        "grant-by-the-projects-name",
        PROJECT_MEMBER,
        {**LOGS, "member": f"principalSet:{POOLS.format(PROJECT, 'pipelines')}/*"},
        "400: Invalid principal member 'principalSet://iam.googleapis.com/projects/acme-prod/",
    ),
    wrong(
        "grant-by-another-projects-number",
        PROJECT_MEMBER,
        {**LOGS, "member": f"principal:{POOLS.format(1, f'{PROJECT}.svc.id.goog')}/subject/ns/a/sa/b"},
        "400: Invalid principal member 'principal://iam.googleapis.com/projects/1/",
    ),
    wrong(
        "grant-to-no-pool",
        PROJECT_MEMBER,
        {**LOGS, "member": f"principalSet:{POOLS.format(NUMBER, 'none')}/*"},
        "400: Identity Pool does not exist (none).",
    ),
    wrong(
        "grant-to-workloads-of-no-cluster",
        PROJECT_MEMBER,
        {**LOGS, "member": f"serviceAccount:{PROJECT}.svc.id.goog[web/server]"},
        "400: Identity Pool does not exist (acme-prod.svc.id.goog).",
    ),
    wrong(
        "identity-provider-of-no-pool",
        IDENTITY_POOL_PROVIDER,
        {**GITLAB, "workloadIdentityPoolId": "none", "workloadIdentityPoolProviderId": "gitlab"},
        "404: the WorkloadIdentityPool 'projects/acme-prod/locations/global/workloadIdentityPools/none' does not exist",
    ),
    wrong(
        "agent-of-a-service-that-is-off",
        SERVICE_IDENTITY,
        {"service": "redis.googleapis.com"},
        "403: redis.googleapis.com has not been used in project acme-prod before or it is disabled, SERVICE_DISABLED",
    ),
]

DIFFERING = [
    Differing(BY_NAME["web-account"].changed(displayName="Web server"), {"displayName": "update"}),
    Differing(BY_NAME["web-logs"].changed(role="roles/logging.viewer"), {"role": "update-replace"}),
    Differing(BY_NAME["gitlab"].changed(disabled=True), {"disabled": "add"}),
    Differing(BY_NAME["publisher"].changed(roleId="sender"), {"roleId": "update-replace"}),
]

KEPT = [
    Kept(
        "compute",
        "400: The service compute.googleapis.com is depended on by the following active service(s): container",
    ),
    Kept("project", "412: the Project 'projects/acme-shop' has deletionPolicy PREVENT"),
]

DELETED = ["former", "former-gitlab", "monitoring", "logging"]

_TAKEN = "409: Requested entity already exists: 'projects/acme-prod/locations/global/workloadIdentityPools/"
AFTERWARDS = [
    BY_NAME["former"].wrongly(f"{_TAKEN}former' was deleted less than 30 days ago"),
    BY_NAME["former-gitlab"].wrongly(f"{_TAKEN}pipelines/providers/former' was deleted less than 30 days ago"),
]

RULES = Rules(
    BASE,
    CHECKED,
    REFUSED,
    differing=DIFFERING,
    kept=KEPT,
    deleted=DELETED,
    afterwards=AFTERWARDS,
    unheard=[
        # Told of the property 'oidc'.
        "iam: exactly_one('provider')",
        # What is known of a role is known when the inputs are checked.
        "grants: f'Role {role} is not supported for this resource., badRequest'",
    ],
)
