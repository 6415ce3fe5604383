"""Cloud Storage: buckets, objects, notifications, and who may use them.

Simulated: names, which are unique in the whole cloud; what must be gone before a bucket can go; checksums of objects;
that nothing is public where that is prevented. Not simulated: reading objects, lifecycles, soft-deleted objects.
"""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from typing_extensions import override

from localcloud.providers.google import tokens
from localcloud.providers.google.checks import between, existing, matches, one_of, value_at
from localcloud.providers.google.cloud import Cloud, digest, project_number
from localcloud.providers.google.grants import Member
from localcloud.providers.google.kind import Kind, Place, Refusal
from localcloud.providers.google.locations import region_problems
from localcloud.providers.google.principals import EVERYONE, agent
from localcloud.providers.google.references import full_id, last
from localcloud.providers.google.stamps import now
from localcloud.providers.inputs import Problem
from localcloud.providers.properties import Property

_API = "storage.googleapis.com"
_LINK = "https://www.googleapis.com/storage/v1/b/"

# https://cloud.google.com/storage/docs/locations#available-locations
_WIDE_LOCATIONS = ("US", "EU", "ASIA", "NAM4", "EUR4", "EUR5", "EUR7", "EUR8", "ASIA1")

# https://cloud.google.com/storage/docs/storage-classes
_CLASSES = ("STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE", "MULTI_REGIONAL", "REGIONAL", "DURABLE_REDUCED_AVAILABILITY")

_YEARS_100 = 3_155_760_000
_DAY = 86_400


class Bucket(Kind):
    """A bucket. Its id is its name, which nobody else in the world can have."""

    token = tokens.BUCKET
    api = _API

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        # https://cloud.google.com/storage/docs/buckets#naming
        rule = (
            "a name has 3 to 63 small letters, digits, hyphens and underscores, begins and ends with a letter or a "
            "digit, and neither begins with 'goog' nor contains 'google'"
        )
        found = matches(inputs, "name", r"(?!goog)(?!.*g[o0]{2}gle)[a-z0-9][a-z0-9_.-]{1,61}[a-z0-9]", rule)
        name = value_at(inputs, "name")
        if isinstance(name, str) and "." in name and not found:
            # https://cloud.google.com/storage/docs/domain-name-verification
            reason = f"is {name!r}, which has a dot: prove to Google that the domain is yours, or use hyphens"
            found.append(Problem("name", reason))
        location = value_at(inputs, "location")
        if isinstance(location, str) and location.upper() not in _WIDE_LOCATIONS:
            found += region_problems("location", location.lower())
        # https://cloud.google.com/storage/docs/soft-delete: off, or a week to 90 days
        if value_at(inputs, "softDeletePolicy.retentionDurationSeconds") != 0:
            path = "softDeletePolicy.retentionDurationSeconds"
            found += between(inputs, path, 7 * _DAY, 90 * _DAY, "seconds, or 0 for none")
        retained = value_at(inputs, "retentionPolicy.retentionPeriod")
        if retained is not None and not 1 <= int(retained) <= _YEARS_100:
            reason = f"is {retained}, but Google takes 1 to {_YEARS_100} seconds: choose a number in that range"
            found.append(Problem("retentionPolicy.retentionPeriod", reason))
        return [
            *found,
            *one_of(inputs, "storageClass", _CLASSES),
            *one_of(inputs, "publicAccessPrevention", ("inherited", "enforced")),
        ]

    @override
    def complete(self, inputs: Mapping[str, Property], place: Place) -> dict[str, Property]:
        return {"project": place.project, "storageClass": "STANDARD", "forceDestroy": False, **inputs}

    @override
    def identifier(self, state: Mapping[str, Property]) -> str:
        name: str = state["name"]
        return name

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        state.setdefault("publicAccessPrevention", "inherited")
        state.setdefault("uniformBucketLevelAccess", False)
        state["url"] = f"gs://{state['name']}"
        state["selfLink"] = _LINK + state["name"]
        state["projectNumber"] = project_number(state["project"])
        state["timeCreated"] = state["updated"] = now()

    @override
    def update(self, former: Mapping[str, Property], state: dict[str, Property], cloud: Cloud) -> None:
        # https://cloud.google.com/storage/docs/bucket-lock#policy-locks
        if value_at(former, "retentionPolicy.isLocked"):
            before, after = (int(value_at(each, "retentionPolicy.retentionPeriod") or 0) for each in (former, state))
            if after < before:
                raise Refusal(
                    403,
                    f"the retention policy of {state['name']!r} is locked: its period cannot be shortened, forbidden",
                    "objects would lose a protection that was promised",
                    "keep the policy, or lengthen its period",
                )
        state["updated"] = now()

    @override
    def delete(self, state: Mapping[str, Property], cloud: Cloud) -> None:
        objects = cloud.find(tokens.BUCKET_OBJECT, bucket=state["name"])
        if objects and not state.get("forceDestroy"):
            # storage/resource_storage_bucket.go of hashicorp/terraform-provider-google
            raise Refusal(
                409,
                f"Error trying to delete bucket {state['name']} without `force_destroy` set to true",
                f"{len(objects)} object(s) would be lost, such as {objects[0].state['name']!r}",
                "empty it first, or set forceDestroy and update before you delete",
            )
        if objects and state.get("retentionPolicy"):
            raise Refusal(
                403,
                f"Bucket {state['name']!r} contains objects that have not met the retention period yet and cannot be "
                "deleted.",
                "they are kept by the bucket's retention policy",
                "wait until they have aged, or remove a policy that is not locked",
            )
        for each in objects:
            cloud.tamper(each.type, each.id, None)

    @override
    def imported(self, identifier: str, place: Place) -> str:
        return identifier.rpartition("/")[2]


class BucketObject(Kind):
    """An object in a bucket."""

    token = tokens.BUCKET_OBJECT

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        found = []
        if ("content" in inputs) == ("source" in inputs):
            # storage/resource_storage_bucket_object.go of hashicorp/terraform-provider-google
            had = "both are" if "content" in inputs else "neither is"
            found.append(Problem("content", f"or 'source' says what is in the object, but {had} given: give one"))
        name = value_at(inputs, "name")
        # https://cloud.google.com/storage/docs/objects#naming
        wrong = isinstance(name, str) and (
            not 1 <= len(name.encode()) <= 1024 or name in (".", "..") or any(end in name for end in "\r\n")
        )
        if wrong:
            found.append(Problem("name", f"is {name!r}, but a name has 1 to 1024 bytes in one line: choose another"))
        return [*found, *one_of(inputs, "storageClass", _CLASSES)]

    @override
    def identifier(self, state: Mapping[str, Property]) -> str:
        # `objectGetID` in storage/resource_storage_bucket_object.go of the provider
        return f"{state['bucket']}-{state['name']}"

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        existing(cloud, tokens.BUCKET, state["bucket"], "the object would be nowhere")
        octets = _content(state)
        generation = time.time_ns() // 1000
        path = f"{state['bucket']}/o/{quote(state['name'], safe='')}"
        state |= {
            "md5hash": base64.b64encode(hashlib.md5(octets, usedforsecurity=False).digest()).decode(),
            "md5hexhash": hashlib.md5(octets, usedforsecurity=False).hexdigest(),
            "crc32c": base64.b64encode(_crc32c(octets).to_bytes(4)).decode(),
            "generation": generation,
            "selfLink": _LINK + path,
            "mediaLink": f"https://storage.googleapis.com/download/storage/v1/b/{path}?generation={generation}&alt=media",
            "outputName": state["name"],
        }
        state.setdefault("contentType", "text/plain; charset=utf-8")
        state.setdefault("storageClass", "STANDARD")

    @override
    def update(self, former: Mapping[str, Property], state: dict[str, Property], cloud: Cloud) -> None:
        self.create(state, cloud)


class Notification(Kind):
    """Messages on a topic about what happens in a bucket."""

    token = tokens.BUCKET_NOTIFICATION

    @override
    def problems(self, inputs: Mapping[str, Property]) -> list[Problem]:
        # https://cloud.google.com/storage/docs/pubsub-notifications
        events = ("OBJECT_FINALIZE", "OBJECT_METADATA_UPDATE", "OBJECT_DELETE", "OBJECT_ARCHIVE")
        given = value_at(inputs, "eventTypes") or []
        return [
            *one_of(inputs, "payloadFormat", ("JSON_API_V1", "NONE")),
            *(
                Problem(f"eventTypes[{index}]", f"is {event!r}: choose {', '.join(map(repr, events))}")
                for index, event in enumerate(given)
                if isinstance(event, str) and event not in events
            ),
        ]

    @override
    def identifier(self, state: Mapping[str, Property]) -> str:
        # Google counts them; a number made of what they say is another one for another notification, too.
        said = [state.get(name) for name in ("topic", "eventTypes", "objectNamePrefix", "payloadFormat")]
        return f"{state['bucket']}/notificationConfigs/{1 + digest(repr(said)) % 999}"

    @override
    def create(self, state: dict[str, Property], cloud: Cloud) -> None:
        bucket = existing(cloud, tokens.BUCKET, state["bucket"], "nothing would ever happen there")
        project = bucket.state["project"]
        topic = full_id(state["topic"], project, "topics")
        existing(cloud, tokens.TOPIC, topic, "nobody would hear of what happens in the bucket")
        email = agent(project, _API)
        grant = f"{topic}/roles/pubsub.publisher/serviceAccount:{email}"
        if cloud.get(tokens.TOPIC_MEMBER, grant) is None:
            # https://cloud.google.com/storage/docs/reporting-changes#before-you-begin
            raise Refusal(
                403,
                f"The service account '{email}' does not have permission to publish messages to the Cloud Pub/Sub "
                f"topic '//pubsub.googleapis.com/{topic}', forbidden",
                "no message would arrive",
                "grant it roles/pubsub.publisher on the topic, and let the notification wait for that",
            )
        state["notificationId"] = last(self.identifier(state))
        state["selfLink"] = _LINK + self.identifier(state)


class BucketIAMMember(Member):
    """A role on a bucket."""

    token = tokens.BUCKET_MEMBER
    target = tokens.BUCKET
    services = ("storage",)
    # "Basic roles can only be granted for an entire project, not for individual buckets within the project."
    # https://cloud.google.com/storage/docs/access-control/iam-roles#basic-roles
    takes_basic_roles = False

    @override
    def complete(self, inputs: Mapping[str, Property], place: Place) -> dict[str, Property]:
        return dict(inputs)

    @override
    def on(self, state: Mapping[str, Property]) -> str:
        bucket: str = state["bucket"]
        return bucket.removeprefix("b/")

    @override
    def resource_id(self, state: Mapping[str, Property]) -> str:
        return f"b/{self.on(state)}"

    @override
    def require_member(self, member: str, state: Mapping[str, Property], cloud: Cloud) -> None:
        bucket = existing(cloud, tokens.BUCKET, self.on(state), "there would be nothing to grant the role on")
        # https://cloud.google.com/storage/docs/public-access-prevention
        if member in EVERYONE and bucket.state["publicAccessPrevention"] == "enforced":
            raise Refusal(
                412,
                "The member bindings allUsers and allAuthenticatedUsers are not allowed since public access prevention "
                "is enforced., conditionNotMet",
                f"everybody could read {bucket.id!r}",
                "grant it to principals you know, or set publicAccessPrevention to 'inherited' if all may see it",
            )


def _content(state: Mapping[str, Property]) -> bytes:
    """What is in an object. Of an asset that is elsewhere, its hash stands for it."""
    source = state.get("source")
    if not isinstance(source, Mapping):
        return str(state.get("content") or "").encode()
    if isinstance(source.get("text"), str):
        return str(source["text"]).encode()
    path = Path(str(source.get("path") or ""))
    return path.read_bytes() if path.is_file() else str(source.get("hash") or "").encode()


def _crc32c(octets: bytes) -> int:
    """The checksum that Cloud Storage computes, CRC32C of RFC 3720, appendix B.4."""
    crc = 0xFFFFFFFF
    for octet in octets:
        crc = _CRC_TABLE[(crc ^ octet) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def _crc_entry(index: int) -> int:
    for _ in range(8):
        index = (index >> 1) ^ (0x82F63B78 if index & 1 else 0)
    return index


_CRC_TABLE = tuple(_crc_entry(index) for index in range(256))

KINDS: tuple[type[Kind], ...] = (Bucket, BucketObject, Notification, BucketIAMMember)
