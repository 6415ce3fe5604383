"""The policy pack: every rule of the project, in the order of docs/policy.md."""

import sys
from pathlib import Path

# The engine runs this folder by its path, and rules share what the project knows.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from policy import levels
from policy.rule import Rule
from policy.rules import (
    access,
    buckets,
    clusters,
    databases,
    deletion,
    firewalls,
    gateway,
    images,
    limits,
    names,
    pod_security,
    rights,
    secrets,
)

RULES: tuple[Rule, ...] = (
    clusters.PRIVATE_NODES,
    clusters.WORKLOAD_IDENTITY,
    clusters.SHIELDED_NODES,
    clusters.NODE_ACCOUNT,
    clusters.NO_OLD_LOGINS,
    databases.NO_PUBLIC_SQL,
    databases.ENCRYPTED_SQL,
    databases.SQL_BACKUPS,
    deletion.DELETION_PROTECTION,
    buckets.PRIVATE_BUCKETS,
    firewalls.NO_OPEN_FIREWALL,
    access.NO_KEYS,
    access.NO_BASIC_ROLES,
    access.NO_PUBLIC_ACCESS,
    images.NO_LATEST,
    limits.LIMITS,
    secrets.NO_PLAIN_SECRETS,
    pod_security.RESTRICTED_PODS,
    pod_security.DECLARED_NAMESPACES,
    pod_security.PRIVILEGED_NAMESPACES,
    pod_security.RESTRICTED_NAMESPACES,
    rights.NO_CLUSTER_ADMIN,
    gateway.ONE_GATEWAY,
    gateway.ONLY_TLS,
    gateway.TLS,
    gateway.PLUGINS,
    names.NAMES,
    names.LABELS,
)

if __name__ == "__main__":
    from policy import pack

    try:
        pack.serve(RULES, levels.read(Path(__file__).with_name("levels.yaml"), {rule.name for rule in RULES}))
    except levels.LevelsError as error:
        sys.exit(str(error))
