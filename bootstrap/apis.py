"""The services of Google that must be enabled before a pipeline can do anything.

https://cloud.google.com/docs/quotas/quota-project: what an account asks of some services is counted in the project that
the account is in, and refused where they are not enabled there. So the deployers' project has all that stacks use.
"""

from typing import Final

from platforms.google import APIS

OF_STACKS: Final = ("cloudresourcemanager.googleapis.com", "serviceusage.googleapis.com")
"""In the project of a stack. Each stack enables the others by itself."""

_OF_BOOTSTRAP = (
    "cloudbilling.googleapis.com",
    "cloudkms.googleapis.com",
    "sts.googleapis.com",
)

OF_DEPLOYERS: Final = tuple(sorted({*APIS, *OF_STACKS, *_OF_BOOTSTRAP}))
"""In the project of the deployers: federation, state and keys, and all that a stack uses."""
