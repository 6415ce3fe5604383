"""The projects of the organisation: this one, and that of each stack.

Owns that they exist, where nobody else makes them. Does not own what is in them.
"""

from collections.abc import Iterable

import pulumi_gcp as gcp
from pulumi import Input, ResourceOptions

from bootstrap.organisation import NewProjects


def declare_projects(
    identifiers: Iterable[str], wanted: NewProjects | None, opts: ResourceOptions
) -> dict[str, Input[str]]:
    """The projects by id; what takes its id from here waits until the project exists."""
    if wanted is None:
        return {identifier: identifier for identifier in identifiers}
    kind, _, number = wanted.parent.partition("/")
    return {
        identifier: gcp.organizations.Project(
            identifier,
            project_id=identifier,
            name=identifier,
            org_id=number if kind == "organizations" else None,
            folder_id=number if kind == "folders" else None,
            billing_account=wanted.billing_account,
            # Google's default network has a subnetwork in every region and lets in SSH from anywhere.
            auto_create_network=False,
            deletion_policy="PREVENT",
            opts=ResourceOptions.merge(opts, ResourceOptions(protect=True)),
        ).project_id
        for identifier in identifiers
    }
