"""A bucket of Cloud Storage.

Owns the bucket: who cannot see it (the public), how long what is overwritten or deleted can be had back, and which
sites' scripts may use it from a browser. Does not own who may use it (see `WorkloadIdentity`), nor its objects.
"""

import re
from collections.abc import Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from web_platform.component_arguments import checked_component
from web_platform.errors import Fault, refuse
from web_platform.locations import region_fault
from web_platform.physical_name import physical_name, physical_name_fault
from web_platform.whole_numbers import MOST_DAYS, range_fault, whole

# https://cloud.google.com/storage/docs/buckets#naming
MAXIMUM_NAME = 63

# https://cloud.google.com/storage/docs/locations
_MULTI_REGIONS = ("ASIA", "ASIA1", "EU", "EUR4", "EUR5", "EUR7", "EUR8", "NAM4", "US")

_ORIGIN = re.compile(r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d+)?", re.ASCII)

_DAY_SECONDS = 24 * 3600

_NONCURRENT_DAYS = 30

# Google's own default, which is the least that it takes, and the most: https://cloud.google.com/storage/docs/soft-delete
_SOFT_DELETE_DAYS = 7
_LONGEST_SOFT_DELETE_DAYS = 90

# The parts of an upload that was given up are paid for and shown nowhere; one that goes on is done within a week.
_UPLOAD_DAYS = 7


class BucketArgs(TypedDict):
    """Arguments of `Bucket`."""

    project: Input[str]
    """Project that the bucket belongs to. It begins the bucket's name, since buckets share one namespace worldwide."""

    location: str
    """Region, such as `europe-west1`, or multi-region, such as `EU`."""

    versioned: NotRequired[bool]
    """Whether an object that is overwritten or deleted stays as a former version. Default: true."""

    noncurrent_days: NotRequired[int]
    """Days after which a former version is deleted. Default: 30."""

    soft_delete_days: NotRequired[int]
    """Days for which everything that is deleted can be had back, former versions and the bucket itself too, whoever
    deleted it. It is paid for as long. Default: 7."""

    expire_days: NotRequired[int | None]
    """Days after which an object is deleted; with versions, it then becomes a former one. Default: never."""

    cors_origins: NotRequired[Sequence[str]]
    """Sites, such as `https://shop.example.com`, whose scripts may read and write in a browser with a signed address.
    Default: none."""

    force_destroy: NotRequired[bool]
    """Whether the bucket may be destroyed with everything in it. Default: false, so that only an empty one can be."""


class Bucket(pulumi.ComponentResource):
    """A private bucket that keeps former versions of its objects for a while."""

    bucket: Output[str]
    """Name of the bucket. What uses it is created after it."""

    url: Output[str]
    """Address of the bucket, such as `gs://acme-prod-uploads`."""

    def __init__(self, name: str, args: BucketArgs, opts: ResourceOptions | None = None) -> None:
        check_bucket(name, args)
        versioned = args.get("versioned", True)
        noncurrent_days = int(args.get("noncurrent_days", _NONCURRENT_DAYS))
        soft_delete_days = int(args.get("soft_delete_days", _SOFT_DELETE_DAYS))
        expire_days = whole(args.get("expire_days"))
        origins = args.get("cors_origins", [])

        super().__init__("web-platform:index:Bucket", name, None, opts)
        bucket = gcp.storage.Bucket(
            name,
            project=args["project"],
            name=Output.from_input(args["project"]).apply(
                lambda project: physical_name(f"{project}-{name}", MAXIMUM_NAME)
            ),
            location=args["location"],
            # Access by IAM alone, on the whole bucket: object ACLs are where leaks hide. And never by the public.
            uniform_bucket_level_access=True,
            public_access_prevention="enforced",
            versioning=gcp.storage.BucketVersioningArgs(enabled=versioned),
            soft_delete_policy=gcp.storage.BucketSoftDeletePolicyArgs(
                retention_duration_seconds=soft_delete_days * _DAY_SECONDS
            ),
            lifecycle_rules=_lifecycle_rules(noncurrent_days if versioned else None, expire_days),
            cors=[_cors(origins)] if origins else None,
            force_destroy=args.get("force_destroy", False),
            # The name is fixed, so that a bucket elsewhere can only be made once this one is gone.
            opts=ResourceOptions(parent=self, delete_before_replace=True),
        )
        self.bucket = bucket.name
        self.url = bucket.url
        self.register_outputs({"bucket": self.bucket, "url": self.url})


def _lifecycle_rules(
    noncurrent_days: int | None, expire_days: int | None
) -> "list[gcp.storage.BucketLifecycleRuleArgs]":
    """What is deleted by itself: https://cloud.google.com/storage/docs/lifecycle."""
    condition = gcp.storage.BucketLifecycleRuleConditionArgs
    rules = [_rule("AbortIncompleteMultipartUpload", condition(age=_UPLOAD_DAYS))]
    if noncurrent_days is not None:
        rules.append(_rule("Delete", condition(days_since_noncurrent_time=noncurrent_days, with_state="ARCHIVED")))
    if expire_days is not None:
        rules.append(_rule("Delete", condition(age=expire_days, with_state="LIVE")))
    return rules


def _rule(
    action: str, condition: "gcp.storage.BucketLifecycleRuleConditionArgs"
) -> "gcp.storage.BucketLifecycleRuleArgs":
    return gcp.storage.BucketLifecycleRuleArgs(
        action=gcp.storage.BucketLifecycleRuleActionArgs(type=action), condition=condition
    )


def _cors(origins: Sequence[str]) -> "gcp.storage.BucketCorArgs":
    """What a script needs for downloads and for uploads in one piece or in several."""
    return gcp.storage.BucketCorArgs(
        origins=sorted(origins),
        methods=["GET", "HEAD", "POST", "PUT"],
        # The headers that the script may send and see: https://cloud.google.com/storage/docs/cross-origin
        response_headers=["Content-Range", "Content-Type", "Location", "x-goog-resumable"],
        max_age_seconds=3600,
    )


def check_bucket(name: str, args: BucketArgs) -> None:
    """Refuse arguments of which no bucket can be made, before anything is."""
    component = checked_component("Bucket", name, args, BucketArgs)
    refuse(component, "name", _name_fault(name))
    if args["location"] not in _MULTI_REGIONS:
        refuse(component, "location", region_fault(args["location"]))
    refuse(component, "noncurrent_days", _days_fault(int(args.get("noncurrent_days", _NONCURRENT_DAYS))))
    if not args.get("versioned", True) and "noncurrent_days" in args:
        refuse(component, "noncurrent_days", _NO_VERSIONS)
    soft_delete_days = int(args.get("soft_delete_days", _SOFT_DELETE_DAYS))
    refuse(
        component,
        "soft_delete_days",
        range_fault(soft_delete_days, _SOFT_DELETE_DAYS, _LONGEST_SOFT_DELETE_DAYS, _REFUSED),
    )
    expire_days = whole(args.get("expire_days"))
    if expire_days is not None:
        refuse(component, "expire_days", _days_fault(expire_days))
    for origin in args.get("cors_origins", []):
        refuse(component, "cors_origins", _origin_fault(origin))


def _name_fault(name: str) -> Fault | None:
    # https://cloud.google.com/storage/docs/buckets#naming
    if "google" in name:
        return Fault(
            what="contains 'google'",
            danger="Google refuses such names for buckets",
            remedy="choose a name that says what is inside, such as 'uploads'",
        )
    return physical_name_fault(name)


_NO_VERSIONS = Fault(
    what="is given, though the bucket keeps no former versions",
    danger="it would be ignored, and what is overwritten would be gone at once",
    remedy="leave it out, or leave versioned on",
)

_REFUSED = "Google would refuse the bucket, after what it depends on was created"


def _days_fault(days: int) -> Fault | None:
    if days >= 1:
        return range_fault(days, 1, MOST_DAYS, _REFUSED)
    return Fault(
        what=f"is {days}",
        danger="the provider would leave the condition out, and the rule would delete everything",
        remedy="pass a day or more",
    )


def _origin_fault(origin: str) -> Fault | None:
    if _ORIGIN.fullmatch(origin):
        return None
    return Fault(
        what=f"has {origin!r}, which is not one site",
        danger="browsers would refuse the site's scripts, or those of every site would be let in",
        remedy="write scheme and host alone, such as 'https://shop.example.com'",
    )
