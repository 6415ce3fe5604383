"""The services of Google that must be enabled before a pipeline can do anything.

https://cloud.google.com/docs/quotas/quota-project: what an account asks of some services is counted in the project that
the account is in, and refused where they are not enabled there. So the deployers' project has all that stacks use.
"""

from typing import Final

OF_STACKS: Final = ("cloudresourcemanager.googleapis.com", "serviceusage.googleapis.com")
"""In the project of a stack. Each stack enables the others by itself."""

OF_DEPLOYERS: Final = (
    "artifactregistry.googleapis.com",
    "bigquery.googleapis.com",
    "cloudbilling.googleapis.com",
    "cloudkms.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "compute.googleapis.com",
    "container.googleapis.com",
    "dns.googleapis.com",
    "gkebackup.googleapis.com",
    "iam.googleapis.com",
    "iamcredentials.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "pubsub.googleapis.com",
    "servicenetworking.googleapis.com",
    "serviceusage.googleapis.com",
    "sqladmin.googleapis.com",
    "storage.googleapis.com",
    "sts.googleapis.com",
)
"""In the project of the deployers: federation, state and keys, and all that a stack uses."""
