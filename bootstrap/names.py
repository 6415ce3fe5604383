"""What things are called after what they are for, and how long Google lets that be.

Pipelines know these names too: ci/templates/google.yml puts them together in the same way. So no name is ever cut.
"""

from typing import Final

from web_platform import Fault
from web_platform.bucket import MAXIMUM_NAME

PROVIDER: Final = "gitlab"
"""Name of the one provider of each pool."""

# https://cloud.google.com/iam/docs/service-accounts-create. A pool may have 32, and so has none that is too long where
# its account has not.
_MAXIMUM_ACCOUNT = 30


def beside(service: str, stack: str) -> str:
    """What a service is called that is deployed beside a stack of the platform."""
    return f"{service}-{stack}"


def account(name: str) -> str:
    """Id of the service account that deploys."""
    return f"deploy-{name}"


def pool(name: str) -> str:
    """Id of the pool through which jobs become it."""
    return f"gitlab-{name}"


def bucket(project: str, middle: str, name: str) -> str:
    """Name of the bucket that has the state."""
    return f"{project}-{middle}-{name}"


def length_fault(name: str, project: str, middle: str) -> Fault | None:
    """What is wrong with a name after which something would be called that is too long for Google."""
    for kind, called, maximum in (
        ("service account", account(name), _MAXIMUM_ACCOUNT),
        ("bucket", bucket(project, middle, name), MAXIMUM_NAME),
    ):
        if len(called) > maximum:
            return Fault(
                what=f"makes a {kind} whose name has {len(called)} characters, of which Google takes {maximum}",
                danger=f"{called!r} would be refused, after half of the rest exists",
                remedy=f"choose a name that is shorter by {len(called) - maximum} or more",
            )
    return None
