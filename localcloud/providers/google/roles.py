"""Predefined roles, and where they may be granted.

Of the services that a platform like this one uses, every role is here; of other services any is believed.
https://cloud.google.com/iam/docs/roles-permissions lists them, each with the lowest-level resource that takes it.
"""

from __future__ import annotations

import difflib
from typing import Final

BASIC: Final = frozenset({"admin", "browser", "editor", "owner", "reader", "viewer", "writer"})

_NAMES = {
    "artifactregistry": """
        admin attachmentReader attachmentWriter containerRegistryMigrationAdmin createOnPushRepoAdmin
        createOnPushWriter editor reader repoAdmin serviceAgent viewer writer
    """,
    "bigquery": """
        admin connectedSheetsServiceAgent connectionAdmin connectionUser dataEditor dataOwner dataViewer
        filteredDataViewer jobUser metadataViewer objectRefAdmin objectRefReader readSessionUser resourceAdmin
        resourceEditor resourceViewer routineAdmin routineDataEditor routineDataViewer routineMetadataViewer
        securityAdmin studioAdmin studioUser user
    """,
    "billing": """
        admin carbonViewer costsManager creator foundationsOnboardingSuperUser linkAdmin projectCostsManager
        projectManager user viewer
    """,
    "certificatemanager": "admin editor owner serviceAgent viewer",
    "cloudkms": """
        admin autokeyAdmin autokeyUser cryptoKeyDecrypter cryptoKeyDecrypterViaDelegation cryptoKeyEncrypter
        cryptoKeyEncrypterDecrypter cryptoKeyEncrypterDecrypterViaDelegation cryptoKeyEncrypterViaDelegation
        cryptoOperator decapsulator ekmConnectionsAdmin encryptionDashboardViewer expertPqcSigner
        expertRawAesCbc expertRawAesCtr expertRawPKCS1 hsmSingleTenantExecutor hsmSingleTenantKeyCreator
        hsmSingleTenantProposer hsmSingleTenantQuorumMember importer
        keyAccessJustificationsEnrollmentConfigViewer keyAccessJustificationsPolicyConfigAdmin orgServiceAgent
        protectedResourcesViewer publicKeyViewer serviceAgent signer signerVerifier verifier viewer
    """,
    "cloudprofiler": "admin agent user viewer",
    "cloudsql": "admin client editor instanceUser schemaViewer serviceAgent studioUser viewer",
    "cloudtrace": "admin agent user",
    "compute": """
        admin editor futureReservationAdmin futureReservationUser futureReservationViewer imageUser
        instanceAdmin instanceAdmin.v1 instanceGroupManagerServiceAgent interconnectAttachmentGroupAnalyzer
        interconnectGroupAnalyzer loadBalancerAdmin loadBalancerServiceUser networkAdmin networkUser
        networkViewer orgFirewallPolicyAdmin orgFirewallPolicyUser orgSecurityPolicyAdmin orgSecurityPolicyUser
        orgSecurityResourceAdmin osAdminLogin osLogin osLoginExternalUser packetMirroringAdmin
        packetMirroringUser peerSubnetMigrationAdmin publicIpAdmin securityAdmin serviceAgent soleTenantViewer
        storageAdmin viewer vmExtensionPolicyAdmin vmExtensionPolicyViewer xpnAdmin
    """,
    "container": """
        admin cloudKmsKeyUser clusterAdmin clusterViewer defaultNodeServiceAccount defaultNodeServiceAgent
        developer editor hostServiceAgentUser nodeServiceAccount nodeServiceAgent serviceAgent viewer
    """,
    "dns": "admin editor peer reader serviceAgent viewer",
    "errorreporting": "admin user viewer writer",
    "gkebackup": """
        admin backupAdmin crossProjectServiceAgent delegatedBackupAdmin delegatedRestoreAdmin editor
        restoreAdmin serviceAgent viewer
    """,
    "gkehub": """
        admin connect crossProjectServiceAgent editor gatewayAdmin gatewayEditor gatewayReader scopeAdmin
        scopeEditor scopeEditorProjectLevel scopeViewer scopeViewerProjectLevel serviceAgent viewer
    """,
    "iam": """
        accessPolicyAdmin accessPolicyUser accessPolicyViewer admin dataScientist databasesAdmin denyAdmin
        denyReviewer devOps editor infrastructureAdmin mlEngineer networkAdmin oauthClientAdmin
        oauthClientViewer operationViewer organizationRoleAdmin organizationRoleViewer
        principalAccessBoundaryAdmin principalAccessBoundaryUser principalAccessBoundaryViewer roleAdmin
        roleViewer scimSyncer securityAdmin securityAuditor securityReviewer serviceAccountAdmin
        serviceAccountApiKeyBindingAdmin serviceAccountCreator serviceAccountDeleter serviceAccountKeyAdmin
        serviceAccountOpenIdTokenCreator serviceAccountTokenCreator serviceAccountUser serviceAccountViewer
        siteReliabilityEngineer supportUser viewer workforcePoolAdmin workforcePoolEditor workforcePoolViewer
        workloadIdentityPoolAdmin workloadIdentityPoolViewer workloadIdentityUser workspacePoolAdmin
    """,
    "logging": """
        admin bucketWriter configWriter fieldAccessor linkViewer logWriter privateLogViewer serviceAgent
        sqlAlertWriter viewAccessor viewer
    """,
    "monitoring": """
        admin alertPolicyEditor alertPolicyViewer alertViewer cloudConsoleIncidentEditor
        cloudConsoleIncidentViewer dashboardEditor dashboardViewer editor metricWriter metricsScopesAdmin
        metricsScopesViewer notificationChannelEditor notificationChannelViewer notificationServiceAgent
        servicesEditor servicesViewer snoozeEditor snoozeViewer uptimeCheckConfigEditor uptimeCheckConfigViewer
        viewer
    """,
    "networkmanagement": """
        CloudNetworkInsightsAdmin CloudNetworkInsightsEditor CloudNetworkInsightsViewer admin editor
        serviceAgent viewer
    """,
    "orgpolicy": "policyAdmin policyViewer",
    "pubsub": "admin editor publisher serviceAgent subscriber viewer",
    "redis": "admin dbConnectionUser editor serviceAgent viewer",
    "resourcemanager": """
        folderAdmin folderCreator folderEditor folderIamAdmin folderMover folderViewer lienModifier
        organizationAdmin organizationViewer projectCreator projectDeleter projectIamAdmin projectMover tagAdmin
        tagHoldAdmin tagUser tagViewer
    """,
    "run": """
        admin builder developer editor invoker jobsExecutor jobsExecutorWithOverrides serviceAgent
        servicesInvoker sourceDeveloper sourceViewer sshReader sshRoot viewer
    """,
    "secretmanager": "admin editor secretAccessor secretVersionAdder secretVersionManager viewer",
    "servicemanagement": """
        admin checker configEditor editor quotaAdmin quotaViewer reporter serviceConsumer serviceController
        viewer
    """,
    "servicenetworking": "admin editor networksAdmin serviceAgent viewer",
    "serviceusage": "apiKeysAdmin apiKeysViewer serviceUsageAdmin serviceUsageConsumer serviceUsageViewer",
    "stackdriver": "accounts.editor accounts.viewer admin resourceMetadata.writer viewer",
    "storage": """
        admin annotationGeneratorService bucketViewer editor expressModeServiceInput expressModeServiceOutput
        expressModeUserAccess folderAdmin hmacKeyAdmin insightsCollectorService legacyBucketOwner
        legacyBucketReader legacyBucketWriter legacyObjectOwner legacyObjectReader objectAdmin objectCreator
        objectUser objectViewer viewer
    """,
}

PREDEFINED: Final = {service: frozenset(names.split()) for service, names in _NAMES.items()}
"""Service -> its roles, each without ``roles/`` and the service."""

# "you can grant legacy roles only to individual buckets"
# https://cloud.google.com/storage/docs/access-control/iam-roles
_BUCKETS_ONLY = frozenset(f"storage.{name}" for name in PREDEFINED["storage"] if name.startswith("legacy"))

# Their lowest-level resource is an organization, a folder or a billing account.
# https://cloud.google.com/iam/docs/roles-permissions/resourcemanager (and /billing, /compute, /iam, /orgpolicy)
_ABOVE_PROJECTS = frozenset(
    {
        "billing.admin",
        "billing.creator",
        "billing.user",
        "compute.xpnAdmin",
        "iam.organizationRoleAdmin",
        "iam.organizationRoleViewer",
        "orgpolicy.policyAdmin",
        "resourcemanager.folderAdmin",
        "resourcemanager.folderCreator",
        "resourcemanager.organizationAdmin",
        "resourcemanager.projectCreator",
    }
)

NOT_ON_PROJECTS: Final = _BUCKETS_ONLY | _ABOVE_PROJECTS

# https://cloud.google.com/bigquery/docs/access-control: their lowest-level resource is a project, or a connection.
# https://cloud.google.com/storage/docs/access-control/iam-roles: "This role can only be applied to a project."
ONLY_ON_PROJECTS: Final = frozenset(
    {
        "bigquery.connectionAdmin",
        "bigquery.connectionUser",
        "bigquery.jobUser",
        "bigquery.readSessionUser",
        "bigquery.resourceAdmin",
        "bigquery.resourceEditor",
        "bigquery.resourceViewer",
        "bigquery.studioAdmin",
        "bigquery.studioUser",
        "storage.hmacKeyAdmin",
    }
)


def exists(role: str) -> bool:
    """Whether a predefined role, without ``roles/``, exists or may exist."""
    service, dot, name = role.partition(".")
    if not dot:
        return role in BASIC
    return service not in PREDEFINED or name in PREDEFINED[service]


def similar(role: str) -> str | None:
    """The role, with ``roles/``, that one which does not exist was probably meant to be."""
    names = [*BASIC, *(f"{service}.{name}" for service, names in PREDEFINED.items() for name in names)]
    lower = {name.lower(): name for name in names}
    close = difflib.get_close_matches(role.lower(), lower, n=1, cutoff=0.7)
    return f"roles/{lower[close[0]]}" if close else None
