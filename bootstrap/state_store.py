"""Where Pulumi keeps the state of a stack, and the key by which its secrets are encrypted.

Owns one bucket and one key. Both are a stack's own, and a service's beside it: who may write a state can do all that
its next deployment can, and who may use a key can read every secret that was ever encrypted with it. Does not own who
may (see `Deployer`).
"""

from typing import TypedDict

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions
from web_platform import Bucket

# Former states can be had back for longer than anybody takes to notice that one is wrong: those that were replaced, and
# for as long again those that somebody who deploys has deleted. It is the most that Google keeps what is deleted.
_FORMER_STATES_DAYS = 90

# A new version of the key is used after this; what the former ones have encrypted can still be read.
# https://cloud.google.com/kms/docs/key-rotation
_ROTATION = f"{90 * 24 * 3600}s"


class StateStoreArgs(TypedDict):
    """Arguments of `StateStore`."""

    project: Input[str]
    """Project of the bucket."""

    location: str
    """Region of the bucket."""

    bucket_name: str
    """What stands between the project and the store's name in the name of the bucket."""

    key_ring: Input[str]
    """Id of the ring that the key is in."""


class StateStore(pulumi.ComponentResource):
    """A bucket for the state of one stack, and a key for its secrets. Neither can be deleted by mistake."""

    bucket: Output[str]
    """Name of the bucket."""

    key: Output[str]
    """Id of the key, such as `projects/acme/locations/europe-west1/keyRings/pulumi/cryptoKeys/prod`."""

    def __init__(self, name: str, args: StateStoreArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("bootstrap:index:StateStore", name, None, opts)
        # Retention is versions and soft deletion, and no policy of that name: under one, Pulumi could replace no state.
        bucket = Bucket(
            f"{args['bucket_name']}-{name}",
            {
                "project": args["project"],
                "location": args["location"],
                "versioned": True,
                "noncurrent_days": _FORMER_STATES_DAYS,
                "soft_delete_days": _FORMER_STATES_DAYS,
            },
            ResourceOptions(parent=self, protect=True),
        )
        key = gcp.kms.CryptoKey(
            name,
            name=name,
            key_ring=args["key_ring"],
            purpose="ENCRYPT_DECRYPT",
            rotation_period=_ROTATION,
            opts=ResourceOptions(parent=self, protect=True),
        )
        self.bucket = bucket.bucket
        self.key = key.id
        self.register_outputs({"bucket": self.bucket, "key": self.key})
