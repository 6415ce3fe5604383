"""Who a service is to Google Cloud, and what it may do there.

Owns the rights that a ServiceAccount of the cluster has, each granted on the resource it is about where Google allows
that. Does not own the ServiceAccount (see `WebService`), nor the resources. No service account of Google's stands
between the two and there is no key: the cluster itself vouches for its pods.
https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from web_platform.component_arguments import checked_component
from web_platform.errors import Fault, refuse
from web_platform.order import after

# Google grants the right to start a query only on the project that pays for it. It reads no data.
# https://cloud.google.com/bigquery/docs/access-control#bigquery.jobUser
_QUERIES = "roles/bigquery.jobUser"

# https://cloud.google.com/iam/docs/roles-overview: predefined roles, and custom ones of a project or an organisation.
_ROLE = re.compile(r"((projects|organizations)/[a-z0-9:.-]+/)?roles/[A-Za-z0-9_.]+")
_BASIC_ROLES = ("roles/owner", "roles/editor", "roles/viewer", "roles/writer", "roles/reader", "roles/admin")


class WorkloadIdentityArgs(TypedDict):
    """Arguments of `WorkloadIdentity`."""

    project: Input[str]
    """Project of the cluster and of everything that is granted."""

    project_number: Input[str]
    """Number of the project. The identity is named by it."""

    identity_pool: Input[str]
    """Pool in which the cluster vouches for its pods, such as `acme-prod.svc.id.goog`: `cluster.identity_pool`."""

    namespace: Input[str]
    """Namespace of the ServiceAccount."""

    service_account: Input[str]
    """ServiceAccount of the cluster that gets the rights. Pods need no token of it: the metadata server on their node
    knows who they are."""

    publishes: NotRequired[Mapping[str, Input[str]]]
    """Topics to publish to: full ids, by name. Default: none."""

    subscribes: NotRequired[Mapping[str, Input[str]]]
    """Subscriptions to get messages from: full ids, by name. Default: none."""

    datasets: NotRequired[Mapping[str, Input[str]]]
    """BigQuery datasets to read, write and query: their ids, by name. Default: none."""

    buckets: NotRequired[Mapping[str, Input[str]]]
    """Buckets whose objects to read, write and delete: their names, by a name of your own. Default: none."""

    project_roles: NotRequired[Sequence[str]]
    """Roles on the whole project, for what has no resource to grant them on, such as `roles/cloudtrace.agent`.
    Default: none."""


class WorkloadIdentity(pulumi.ComponentResource):
    """An identity on Google Cloud for one service of the cluster, with rights to exactly what is named."""

    member: Output[str]
    """The identity as IAM knows it, `principal://…`. Known once everything is granted, so that what waits for it finds
    its rights. Google may still take minutes until a right is seen everywhere."""

    def __init__(self, name: str, args: WorkloadIdentityArgs, opts: ResourceOptions | None = None) -> None:
        component = checked_component("WorkloadIdentity", name, args, WorkloadIdentityArgs)
        for role in args.get("project_roles", []):
            refuse(component, "project_roles", role_fault(role))

        super().__init__("web-platform:index:WorkloadIdentity", name, None, opts)
        member = principal(args["project_number"], args["identity_pool"], args["namespace"], args["service_account"])
        granted = [
            *self._granted(f"{name}-publishes", args.get("publishes", {}), _publisher(args["project"], member)),
            *self._granted(f"{name}-subscribes", args.get("subscribes", {}), _subscriber(args["project"], member)),
            *self._granted(f"{name}-dataset", args.get("datasets", {}), _data_editor(args["project"], member)),
            *self._granted(f"{name}-bucket", args.get("buckets", {}), _object_user(member)),
            *self._granted(f"{name}-project", _project_roles(args), _on_project(args["project"], member)),
        ]
        self.member = after(member, *(grant.urn for grant in granted))
        self.register_outputs({"member": self.member})

    def _granted(self, prefix: str, resources: Mapping[str, Input[str]], grant: "_Grant") -> list[pulumi.Resource]:
        return [
            grant(f"{prefix}-{key}", resource, ResourceOptions(parent=self))
            for key, resource in sorted(resources.items())
        ]


# Grants a role on one resource, under a name.
_Grant = Callable[[str, Input[str], ResourceOptions], pulumi.Resource]


def principal(
    project_number: Input[str], pool: Input[str], namespace: Input[str], service_account: Input[str]
) -> Output[str]:
    """How IAM names a ServiceAccount of a cluster.

    https://cloud.google.com/iam/docs/principal-identifiers
    """
    return Output.concat(
        "principal://iam.googleapis.com/projects/",
        project_number,
        "/locations/global/workloadIdentityPools/",
        pool,
        "/subject/ns/",
        namespace,
        "/sa/",
        service_account,
    )


def role_fault(role: str) -> Fault | None:
    """A role is a predefined or a custom one. The basic roles, which hold rights to everything, are refused."""
    if role in _BASIC_ROLES:
        return Fault(
            what=f"has {role!r}, a basic role with thousands of rights",
            danger="whoever breaks into the service could read, and mostly change, everything in the project",
            remedy="name the roles for what the service does, such as 'roles/cloudtrace.agent'",
        )
    if _ROLE.fullmatch(role):
        return None
    return Fault(
        what=f"has {role!r}, which is not the name of a role",
        danger="Google would refuse to grant it, after the service has been created",
        remedy="write the full name, such as 'roles/cloudtrace.agent' or 'projects/acme-prod/roles/reporter'",
    )


def _project_roles(args: WorkloadIdentityArgs) -> dict[str, Input[str]]:
    """Roles on the project by what their resources are called, each once."""
    roles = [*args.get("project_roles", []), *([_QUERIES] if args.get("datasets") else [])]
    return {role.removeprefix("roles/").replace("/", "-"): role for role in roles}


def _publisher(project: Input[str], member: Output[str]) -> _Grant:
    return lambda name, topic, opts: gcp.pubsub.TopicIAMMember(
        name, project=project, topic=topic, role="roles/pubsub.publisher", member=member, opts=opts
    )


def _subscriber(project: Input[str], member: Output[str]) -> _Grant:
    return lambda name, subscription, opts: gcp.pubsub.SubscriptionIAMMember(
        name, project=project, subscription=subscription, role="roles/pubsub.subscriber", member=member, opts=opts
    )


def _data_editor(project: Input[str], member: Output[str]) -> _Grant:
    # A dataset lists people, groups and service accounts apart, and takes every other kind of member by this prefix.
    # https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/bigquery_dataset_iam
    other_member = Output.concat("iamMember:", member)
    return lambda name, dataset, opts: gcp.bigquery.DatasetIamMember(
        name, project=project, dataset_id=dataset, role="roles/bigquery.dataEditor", member=other_member, opts=opts
    )


def _object_user(member: Output[str]) -> _Grant:
    return lambda name, bucket, opts: gcp.storage.BucketIAMMember(
        name, bucket=bucket, role="roles/storage.objectUser", member=member, opts=opts
    )


def _on_project(project: Input[str], member: Output[str]) -> _Grant:
    return lambda name, role, opts: gcp.projects.IAMMember(name, project=project, role=role, member=member, opts=opts)
