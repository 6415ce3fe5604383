"""The emulator of Cloud Storage, and the directories of which it makes buckets."""

import pytest
from web_platform import versions
from web_platform.errors import ArgumentError

from tests.components.stand_ins.everything import NOTHING, container, pod, stand_ins


def test_it_names_the_address_that_clients_reach_it_by() -> None:
    made = container("storage")
    assert made["image"] == f"fsouza/fake-gcs-server:{versions.FAKE_GCS_SERVER_IMAGE}"
    assert made["args"] == [
        *("-scheme", "http", "-port", "4443", "-backend", "memory", "-data", "/data"),
        *("-external-url", "http://stand-ins-storage.stand-ins.svc:4443"),
    ]


def test_there_is_an_empty_directory_for_each_bucket() -> None:
    assert container("storage")["volumeMounts"][1:] == [
        {"name": "directories", "mountPath": f"/data/{bucket}", "subPath": bucket, "readOnly": True}
        for bucket in ("local-invoices", "local-receipts")
    ]
    assert pod("storage")["volumes"][1:] == [{"name": "directories", "emptyDir": {"sizeLimit": "1Gi"}}]


@pytest.mark.parametrize("bucket", ["..", "a/b", "ab", "a" * 64, "Receipts", "-receipts", "receipts.", ""])
def test_what_is_no_name_for_a_bucket_is_refused(bucket: str) -> None:
    message = (
        f"^StandIns 'stand-ins': buckets has '{bucket}', which is not a name for a bucket.\n  Danger: Google would"
    )
    with pytest.raises(ArgumentError, match=message):
        stand_ins({**NOTHING, "buckets": [bucket]})


@pytest.mark.parametrize("bucket", ["abc", "a" * 63, "local-web_shop-2"])
def test_any_other_name_is_a_bucket(bucket: str) -> None:
    assert container("storage", {**NOTHING, "buckets": [bucket]})["volumeMounts"][1]["subPath"] == bucket


def test_a_bucket_is_named_once() -> None:
    with pytest.raises(ArgumentError, match=r"^StandIns 'stand-ins': buckets has 'local-a' more than once"):
        stand_ins({**NOTHING, "buckets": ["local-a", "local-b", "local-a"]})
