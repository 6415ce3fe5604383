"""WorkloadIdentity: one identity for a service, with rights to exactly what is named."""

from typing import Any

import pytest
from web_platform.errors import ArgumentError
from web_platform.topic import Topic
from web_platform.workload_identity import WorkloadIdentity, WorkloadIdentityArgs, role_fault

from tests.components.resource_options import options_of
from tests.google_answers import PROJECT_NUMBER
from tests.recording import Recording, declare

TYPE = "web-platform:index:WorkloadIdentity"
TOPIC = "gcp:pubsub/topicIAMMember:TopicIAMMember"
SUBSCRIPTION = "gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember"
DATASET = "gcp:bigquery/datasetIamMember:DatasetIamMember"
BUCKET = "gcp:storage/bucketIAMMember:BucketIAMMember"
PROJECT = "gcp:projects/iAMMember:IAMMember"

MEMBER = (
    f"principal://iam.googleapis.com/projects/{PROJECT_NUMBER}/locations/global/workloadIdentityPools/"
    "acme-prod.svc.id.goog/subject/ns/services/sa/shop"
)
NOTHING: WorkloadIdentityArgs = {
    "project": "acme-prod",
    "project_number": PROJECT_NUMBER,
    "identity_pool": "acme-prod.svc.id.goog",
    "namespace": "services",
    "service_account": "shop",
}
EVERYTHING: WorkloadIdentityArgs = {
    **NOTHING,
    "publishes": {"orders": "projects/acme-prod/topics/orders"},
    "subscribes": {"payments": "projects/acme-prod/subscriptions/payments-shop"},
    "datasets": {"sales": "sales"},
    "buckets": {"images": "acme-prod-images"},
    "project_roles": ["roles/cloudtrace.agent"],
}


def shop(args: WorkloadIdentityArgs) -> Recording:
    return declare(lambda: WorkloadIdentity("shop", args))


def test_an_identity_with_every_kind_of_right_is_made_of_these_resources() -> None:
    assert sorted((resource.ancestry, resource.name) for resource in shop(EVERYTHING)) == [
        (TYPE, "shop"),
        (f"{TYPE}${DATASET}", "shop-dataset-sales"),
        (f"{TYPE}${PROJECT}", "shop-project-bigquery.jobUser"),
        (f"{TYPE}${PROJECT}", "shop-project-cloudtrace.agent"),
        (f"{TYPE}${SUBSCRIPTION}", "shop-subscribes-payments"),
        (f"{TYPE}${TOPIC}", "shop-publishes-orders"),
        (f"{TYPE}${BUCKET}", "shop-bucket-images"),
    ]


def test_an_identity_may_do_nothing_that_is_not_named() -> None:
    assert shop(NOTHING).names() == [(TYPE, "shop")]


def test_messages_may_be_published_to_the_topic_itself() -> None:
    assert shop(EVERYTHING).one(TOPIC, "shop-publishes-orders").inputs == {
        "project": "acme-prod",
        "topic": "projects/acme-prod/topics/orders",
        "role": "roles/pubsub.publisher",
        "member": MEMBER,
    }


def test_messages_may_be_taken_from_the_subscription_itself() -> None:
    assert shop(EVERYTHING).one(SUBSCRIPTION, "shop-subscribes-payments").inputs == {
        "project": "acme-prod",
        "subscription": "projects/acme-prod/subscriptions/payments-shop",
        "role": "roles/pubsub.subscriber",
        "member": MEMBER,
    }


def test_a_dataset_takes_a_federated_member_by_its_own_prefix() -> None:
    assert shop(EVERYTHING).one(DATASET, "shop-dataset-sales").inputs == {
        "project": "acme-prod",
        "datasetId": "sales",
        "role": "roles/bigquery.dataEditor",
        "member": f"iamMember:{MEMBER}",
    }


def test_objects_of_the_bucket_itself_may_be_read_and_written() -> None:
    assert shop(EVERYTHING).one(BUCKET, "shop-bucket-images").inputs == {
        "bucket": "acme-prod-images",
        "role": "roles/storage.objectUser",
        "member": MEMBER,
    }


def test_queries_are_granted_on_the_project_once_for_all_datasets() -> None:
    args: WorkloadIdentityArgs = {
        **NOTHING,
        "datasets": {"sales": "sales", "visits": "visits"},
        "project_roles": ["roles/bigquery.jobUser"],
    }
    recording = shop(args)
    assert list(recording.of_type(PROJECT)) == ["shop-project-bigquery.jobUser"]
    assert recording.one(PROJECT, "shop-project-bigquery.jobUser").inputs == {
        "project": "acme-prod",
        "role": "roles/bigquery.jobUser",
        "member": MEMBER,
    }


def test_a_custom_role_is_granted_by_its_full_name() -> None:
    recording = shop({**NOTHING, "project_roles": ["projects/acme-prod/roles/reporter"]})
    grant = recording.one(PROJECT, "shop-project-projects-acme-prod-roles-reporter")
    assert grant.inputs["role"] == "projects/acme-prod/roles/reporter"


def test_the_member_is_the_output() -> None:
    assert shop(EVERYTHING).outputs_of(TYPE, "shop") == {"member": MEMBER}


def test_whoever_uses_the_member_waits_for_every_right() -> None:
    def program() -> None:
        identity = WorkloadIdentity("shop", EVERYTHING)
        Topic("waiting", {"project": identity.member, "project_number": PROJECT_NUMBER})

    recording = declare(program)
    waits = recording.waits_for(recording.one("gcp:pubsub/topic:Topic", "waiting"))
    granted = {resource.urn for resource in recording if resource.type.startswith("gcp:") and "ember" in resource.type}
    assert len(granted) == 6
    assert granted <= waits


def test_every_child_is_the_identitys_own() -> None:
    seen = options_of(lambda opts: WorkloadIdentity("shop", EVERYTHING, opts))
    assert {type(options.parent) for (type_, _), options in seen.items() if type_ != TYPE} == {WorkloadIdentity}


@pytest.mark.parametrize(
    "role",
    [
        "roles/cloudtrace.agent",
        "roles/browser",
        "projects/acme-prod/roles/reporter",
        "projects/example.com:acme/roles/reporter",
        "organizations/123456789012/roles/site.reporter_2",
    ],
)
def test_a_role_is_predefined_or_custom(role: str) -> None:
    assert role_fault(role) is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"namespace": None}, "namespace is missing"),
        ({"bucket": {}}, r"bucket is not a known key.\n.*\n.*did you mean 'buckets'\?"),
        ({"project_roles": ["roles/owner"]}, "project_roles has 'roles/owner', a basic role"),
        ({"project_roles": ["roles/writer"]}, "project_roles has 'roles/writer', a basic role"),
        ({"project_roles": ["cloudtrace.agent"]}, "project_roles has 'cloudtrace.agent', which is not the name of a"),
        ({"project_roles": ["roles/"]}, "project_roles has 'roles/', which is not the name of a role"),
        ({"project_roles": ["folders/1/roles/x"]}, "project_roles has 'folders/1/roles/x', which is not the name"),
        ({"project_roles": ["roles/roles/x"]}, "project_roles has 'roles/roles/x', which is not the name of a role"),
    ],
)
def test_arguments_that_would_not_work_are_refused_and_declare_nothing(change: dict[str, Any], message: str) -> None:
    recording, args = Recording(), {**NOTHING, **change}
    with pytest.raises(ArgumentError, match=f"^WorkloadIdentity 'shop': {message}"):
        declare(lambda: WorkloadIdentity("shop", args), recording=recording)  # type: ignore[arg-type]
    assert recording.names() == []
