"""Service accounts and their keys, and pools of workload identities from elsewhere.

Simulated: names, addresses and numbers; that a deleted pool's name stays taken. Not simulated: tokens; that keys open
anything; quotas.
"""

from localcloud.providers.google.iam.service_accounts import Account, AccountIAMBinding, AccountIAMMember, Key
from localcloud.providers.google.iam.workload_identity_pools import (
    DELETED_POOL,
    WorkloadIdentityPool,
    WorkloadIdentityPoolProvider,
)

__all__ = [
    "DELETED_POOL",
    "Account",
    "AccountIAMBinding",
    "AccountIAMMember",
    "Key",
    "WorkloadIdentityPool",
    "WorkloadIdentityPoolProvider",
]
