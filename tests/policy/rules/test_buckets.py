from policy.rules.buckets import PRIVATE_BUCKETS
from tests.policy.rules import resource, wrong

BUCKET = "gcp:storage/bucket:Bucket"


def test_a_bucket_that_could_be_opened_is_found() -> None:
    assert wrong(PRIVATE_BUCKETS, resource(BUCKET, location="EU")) == [
        "uniformBucketLevelAccess is not true",
        "publicAccessPrevention is not enforced",
    ]


def test_a_closed_bucket_passes() -> None:
    closed = resource(BUCKET, uniformBucketLevelAccess=True, publicAccessPrevention="enforced")
    assert wrong(PRIVATE_BUCKETS, closed) == []
