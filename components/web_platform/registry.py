"""A registry: where images and charts are kept, and copies of those that others publish.

Owns one repository of Artifact Registry for images, one for charts, and one for each registry that is mirrored, with
their clean-up, who may read them, and who may push images. Does not own who may push charts: a cluster installs them
with rights to all of it, so that only who deploys the cluster should, by a role on the project. Nor the scanning API,
which the project pays for per image, nor what is inside.
"""

import re
from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from web_platform.component_arguments import checked_component
from web_platform.errors import Fault, refuse
from web_platform.locations import region_fault
from web_platform.physical_name import physical_name, physical_name_fault
from web_platform.whole_numbers import MOST_DAYS, range_fault

# https://cloud.google.com/artifact-registry/docs/repositories/create-repos
_MAXIMUM_NAME = 63

# https://cloud.google.com/artifact-registry/docs/repositories/repo-locations
_MULTI_REGIONS = ("asia", "europe", "us")

_UPSTREAM = re.compile(r"https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d+)?(/[A-Za-z0-9._-]+)*", re.ASCII)

_CHARTS = "charts"

# Nearly every public image and chart comes from one of these.
_MIRRORS = {
    "docker-hub": "https://registry-1.docker.io",
    "ghcr": "https://ghcr.io",
    "quay": "https://quay.io",
    "k8s": "https://registry.k8s.io",
}

# A copy can be had again as long as its publisher keeps it, so that age alone decides.
_MIRRORED_DAYS = 90


# Google counts them in 32 bits.
_MOST_VERSIONS = 2**31 - 1


class RegistryArgs(TypedDict):
    """Arguments of `Registry`."""

    project: Input[str]
    """Project that the repositories belong to."""

    location: str
    """Region, such as `europe-west1`, or multi-region, such as `europe`. Images travel free of charge to a cluster in
    the same one."""

    readers: NotRequired[Mapping[str, Input[str]]]
    """IAM members that may pull from every repository, such as `serviceAccount:nodes@…`, by a name of your own that
    stays the same when the member changes. Default: none."""

    writers: NotRequired[Mapping[str, Input[str]]]
    """IAM members that may push images, those under names of others included, and nothing to any other repository; by
    names of your own, as `readers`. A tag that is taken they can neither move nor delete. Default: none."""

    kept_versions: NotRequired[int]
    """How many of the newest versions of each image or chart the clean-up never takes, tagged or not. Default: 10."""

    untagged_days: NotRequired[int]
    """Days after which a version without a tag is deleted. A version with a tag stays until somebody deletes it, since
    tags are immutable. Default: 14."""

    mirrors: NotRequired[Mapping[str, str]]
    """Addresses of registries of which copies are kept, by name: a pull goes on while the publisher is away or limits
    how often one may ask. Default: `docker-hub`, `ghcr`, `quay` and `k8s`."""


class Registry(pulumi.ComponentResource):
    """Repositories for images and charts, and mirrors of public ones."""

    images: Output[str]
    """Where images are pushed and pulled, such as `europe-west1-docker.pkg.dev/acme-prod/registry`."""

    charts: Output[str]
    """Where charts are pushed and pulled, such as `oci://europe-west1-docker.pkg.dev/acme-prod/registry-charts`."""

    mirrors: Output[dict[str, str]]
    """What to write instead of each mirrored registry's host, by the mirror's name: `docker-hub` gives
    `europe-west1-docker.pkg.dev/acme-prod/registry-docker-hub`, below which are `library/nginx` and the like."""

    def __init__(self, name: str, args: RegistryArgs, opts: ResourceOptions | None = None) -> None:
        component = checked_component("Registry", name, args, RegistryArgs)
        refuse(component, "name", physical_name_fault(name))
        # Numbers arrive as floats when the component is used from another language.
        kept_versions = int(args.get("kept_versions", 10))
        untagged_days = int(args.get("untagged_days", 14))
        mirrors = args.get("mirrors", _MIRRORS)
        if args["location"] not in _MULTI_REGIONS:
            refuse(component, "location", region_fault(args["location"]))
        refuse(component, "kept_versions", _kept_versions_fault(kept_versions))
        refuse(component, "untagged_days", _untagged_days_fault(untagged_days))
        for key, upstream in mirrors.items():
            refuse(component, f"mirrors {key!r}", _mirror_fault(key, upstream))

        super().__init__("web-platform:index:Registry", name, None, opts)
        own = _cleanup_policies(kept_versions, "UNTAGGED", untagged_days)
        copied = _cleanup_policies(kept_versions, "ANY", _MIRRORED_DAYS)
        images = self._repository(name, args, "Images", own)
        self._grant(f"{name}-writer", args, images, "roles/artifactregistry.writer", args.get("writers", {}))
        charts = self._repository(f"{name}-{_CHARTS}", args, "Helm charts", own)
        copies: dict[str, Any] = {
            key: self._repository(f"{name}-{key}", args, f"Copies from {upstream}", copied, upstream).registry_uri
            for key, upstream in sorted(mirrors.items())
        }
        self.images = images.registry_uri
        self.charts = Output.concat("oci://", charts.registry_uri)
        self.mirrors = Output.from_input(copies)
        self.register_outputs({"images": self.images, "charts": self.charts, "mirrors": self.mirrors})

    def _repository(
        self,
        name: str,
        args: RegistryArgs,
        description: str,
        cleanup_policies: list[gcp.artifactregistry.RepositoryCleanupPolicyArgs],
        upstream: str | None = None,
    ) -> gcp.artifactregistry.Repository:
        """A repository in the format that images and charts share, and who may read it."""
        repository = gcp.artifactregistry.Repository(
            name,
            project=args["project"],
            location=args["location"],
            repository_id=physical_name(name, _MAXIMUM_NAME),
            format="DOCKER",
            description=description,
            mode="STANDARD_REPOSITORY" if upstream is None else "REMOTE_REPOSITORY",
            # A tag names one version for ever, so that what was tested is what runs. A mirror's tags are not ours.
            docker_config=(
                gcp.artifactregistry.RepositoryDockerConfigArgs(immutable_tags=True) if upstream is None else None
            ),
            remote_repository_config=None if upstream is None else _remote(upstream),
            # Scanned where the project has the scanning API, which is paid for per image.
            vulnerability_scanning_config=gcp.artifactregistry.RepositoryVulnerabilityScanningConfigArgs(
                enablement_config="INHERITED"
            ),
            cleanup_policies=cleanup_policies,
            cleanup_policy_dry_run=False,
            opts=ResourceOptions(parent=self),
        )
        self._grant(f"{name}-reader", args, repository, "roles/artifactregistry.reader", args.get("readers", {}))
        return repository

    def _grant(
        self,
        name: str,
        args: RegistryArgs,
        repository: gcp.artifactregistry.Repository,
        role: str,
        members: Mapping[str, Input[str]],
    ) -> None:
        for key, member in sorted(members.items()):
            gcp.artifactregistry.RepositoryIamMember(
                f"{name}-{key}",
                project=args["project"],
                location=args["location"],
                repository=repository.name,
                role=role,
                member=member,
                opts=ResourceOptions(parent=self),
            )


def _cleanup_policies(
    kept_versions: int, tag_state: str, days: int
) -> list[gcp.artifactregistry.RepositoryCleanupPolicyArgs]:
    """What is deleted, and what stays nonetheless: where two policies meet, the one that keeps wins.

    https://cloud.google.com/artifact-registry/docs/repositories/cleanup-policy-overview
    """
    registry = gcp.artifactregistry
    return [
        registry.RepositoryCleanupPolicyArgs(
            id="delete-old",
            action="DELETE",
            condition=registry.RepositoryCleanupPolicyConditionArgs(
                tag_state=tag_state, older_than=f"{days * 24 * 3600}s"
            ),
        ),
        registry.RepositoryCleanupPolicyArgs(
            id="keep-newest",
            action="KEEP",
            most_recent_versions=registry.RepositoryCleanupPolicyMostRecentVersionsArgs(keep_count=kept_versions),
        ),
    ]


def _remote(upstream: str) -> gcp.artifactregistry.RepositoryRemoteRepositoryConfigArgs:
    registry = gcp.artifactregistry
    return registry.RepositoryRemoteRepositoryConfigArgs(
        common_repository=registry.RepositoryRemoteRepositoryConfigCommonRepositoryArgs(uri=upstream)
    )


def _mirror_fault(key: str, upstream: str) -> Fault | None:
    if key == _CHARTS:
        return Fault(
            what="has the name of the repository for charts",
            danger="two repositories would have one name",
            remedy="give the mirror another name",
        )
    if not _UPSTREAM.fullmatch(upstream):
        return Fault(
            what=f"is {upstream!r}, which is not the address of a registry",
            danger="Google would refuse the mirror, or every pull through it would fail",
            remedy="write the registry's address without a slash at its end, such as 'https://ghcr.io'",
        )
    return physical_name_fault(key)


def _kept_versions_fault(versions: int) -> Fault | None:
    if versions >= 1:
        return range_fault(versions, 1, _MOST_VERSIONS, "Google would refuse the clean-up, and the repository with it")
    return Fault(
        what=f"is {versions}",
        danger="the clean-up could delete the version that runs, and no node could pull it again",
        remedy="keep one version or more",
    )


def _untagged_days_fault(days: int) -> Fault | None:
    if days >= 1:
        return range_fault(days, 1, MOST_DAYS, "Google would refuse the clean-up, and the repository with it")
    return Fault(
        what=f"is {days}",
        danger="a version could be deleted between its push and the moment that it gets its tag",
        remedy="pass a day or more",
    )
