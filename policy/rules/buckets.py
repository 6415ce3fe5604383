"""What buckets must be: closed, and with one list of who may do what."""

from collections.abc import Iterator

from policy.resource import Resource
from policy.rule import ResourceRule


def _open(bucket: Resource) -> Iterator[str]:
    if bucket.get("uniformBucketLevelAccess", False) is False:
        yield "uniformBucketLevelAccess is not true"
    if bucket.get("publicAccessPrevention", "inherited") not in (None, "enforced"):
        yield "publicAccessPrevention is not enforced"


PRIVATE_BUCKETS = ResourceRule(
    name="private-buckets",
    demand="Buckets are closed to the public, and IAM alone says who may do what.",
    danger="Each file can have an access list of its own, and one of them lets in everybody before anyone sees it.",
    remedy="Set uniformBucketLevelAccess to true and publicAccessPrevention to enforced, as the component Bucket does.",
    source="https://cloud.google.com/storage/docs/public-access-prevention",
    types=("gcp:storage/bucket:Bucket",),
    check=_open,
)
