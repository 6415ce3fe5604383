"""Bucket: private, versioned, and cleaned up by itself."""

from typing import Any

import pytest
from pulumi import Output
from web_platform.bucket import Bucket, BucketArgs
from web_platform.errors import ArgumentError

from tests.components.resource_options import options_of
from tests.recording import Recording, declare

TYPE = "web-platform:index:Bucket"
BUCKET = "gcp:storage/bucket:Bucket"
ABORT = {"action": {"type": "AbortIncompleteMultipartUpload"}, "condition": {"age": 7}}


def bucket(name: str = "uploads", **args: Any) -> Recording:
    arguments: BucketArgs = {"project": "acme-prod", "location": "europe-west1", **args}  # type: ignore[typeddict-item]
    return declare(lambda: Bucket(name, arguments))


def inputs(**args: Any) -> dict[str, Any]:
    return bucket(**args).one(BUCKET, "uploads").inputs


def test_a_bucket_is_made_of_one_resource() -> None:
    assert sorted((resource.ancestry, resource.name) for resource in bucket()) == [
        (TYPE, "uploads"),
        (f"{TYPE}${BUCKET}", "uploads"),
    ]


def test_it_is_closed_to_the_public_and_keeps_former_versions_for_a_month() -> None:
    assert inputs() == {
        "project": "acme-prod",
        "name": "acme-prod-uploads",
        "location": "europe-west1",
        "uniformBucketLevelAccess": True,
        "publicAccessPrevention": "enforced",
        "versioning": {"enabled": True},
        "softDeletePolicy": {"retentionDurationSeconds": 604800},
        "lifecycleRules": [
            ABORT,
            {"action": {"type": "Delete"}, "condition": {"daysSinceNoncurrentTime": 30, "withState": "ARCHIVED"}},
        ],
        "forceDestroy": False,
    }


def test_without_versions_no_rule_speaks_of_former_ones() -> None:
    made = inputs(versioned=False)
    assert made["versioning"] == {"enabled": False}
    assert made["lifecycleRules"] == [ABORT]


def test_former_versions_stay_as_long_as_the_caller_says() -> None:
    assert inputs(noncurrent_days=3)["lifecycleRules"][1]["condition"]["daysSinceNoncurrentTime"] == 3


def test_what_is_deleted_can_be_had_back_as_long_as_the_caller_says() -> None:
    assert inputs(soft_delete_days=90)["softDeletePolicy"] == {"retentionDurationSeconds": 7776000}


def test_objects_expire_where_the_caller_says_when() -> None:
    assert inputs(expire_days=90)["lifecycleRules"][2] == {
        "action": {"type": "Delete"},
        "condition": {"age": 90, "withState": "LIVE"},
    }


def test_an_expiry_that_is_absent_is_like_none() -> None:
    assert inputs(expire_days=None) == inputs()


def test_named_sites_may_read_and_write_from_a_browser() -> None:
    assert inputs(cors_origins=["https://shop.example.com", "http://localhost:3000"])["cors"] == [
        {
            "origins": ["http://localhost:3000", "https://shop.example.com"],
            "methods": ["GET", "HEAD", "POST", "PUT"],
            "responseHeaders": ["Content-Range", "Content-Type", "Location", "x-goog-resumable"],
            "maxAgeSeconds": 3600,
        }
    ]


def test_a_bucket_is_destroyed_with_its_objects_only_on_request() -> None:
    assert inputs(force_destroy=True)["forceDestroy"] is True


def test_a_long_name_is_cut_to_what_google_allows() -> None:
    name = bucket("u" * 60).one(BUCKET, "u" * 60).inputs["name"]
    assert len(name) == 63
    assert name.startswith("acme-prod-uuu")


def test_a_project_that_is_an_output_begins_the_name_too() -> None:
    recording = declare(
        lambda: Bucket("uploads", {"project": Output.from_input("acme-prod"), "location": "europe-west1"})
    )
    assert recording.one(BUCKET, "uploads").inputs == inputs()


def test_a_bucket_elsewhere_is_made_once_this_one_is_gone() -> None:
    made = options_of(lambda opts: Bucket("uploads", {"project": "acme-prod", "location": "EU"}, opts))
    assert made[BUCKET, "uploads"].delete_before_replace is True


def test_the_outputs_are_the_name_and_the_address() -> None:
    assert bucket().outputs_of(TYPE, "uploads") == {"bucket": "acme-prod-uploads", "url": "gs://acme-prod-uploads"}


@pytest.mark.parametrize("location", ["EU", "US", "ASIA", "EUR4", "europe-north1"])
def test_a_location_is_a_region_or_several(location: str) -> None:
    assert inputs(location=location)["location"] == location


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"location": "europe-west1-b"}, r"location is 'europe-west1-b', which is a zone"),
        ({"noncurrent_days": 0}, r"noncurrent_days is 0\.\n.*the rule would delete everything"),
        ({"noncurrent_days": 1e300}, "noncurrent_days is a number that is too large"),
        ({"expire_days": 36501}, r"expire_days is 36501\.\n.*\n.*from 1 to 36500"),
        ({"expire_days": 0}, r"expire_days is 0\."),
        ({"soft_delete_days": 6}, r"soft_delete_days is 6\.\n.*\n.*pass a whole number from 7 to 90"),
        ({"soft_delete_days": 91}, r"soft_delete_days is 91\."),
        ({"versioned": False, "noncurrent_days": 5}, r"noncurrent_days is given, though the bucket keeps no former"),
        ({"cors_origins": ["*"]}, r"cors_origins has '\*', which is not one site"),
        ({"cors_origins": ["https://a.example/"]}, r"cors_origins has 'https://a\.example/', which"),
        ({"cors_origins": ["shop.example.com"]}, r"cors_origins has 'shop\.example\.com', which"),
        ({"versionned": True}, r"versionned is not a known key\.\n.*\n.*did you mean 'versioned'\?"),
    ],
)
def test_arguments_that_would_not_work_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=f"^Bucket 'uploads': {message}"):
        bucket(**change)


@pytest.mark.parametrize(
    ("name", "what"), [("up_loads", "is not a name that Google accepts"), ("my-google-files", "contains 'google'")]
)
def test_names_that_google_refuses_are_refused_before(name: str, what: str) -> None:
    with pytest.raises(ArgumentError, match=f"^Bucket '{name}': name {what}"):
        bucket(name)
