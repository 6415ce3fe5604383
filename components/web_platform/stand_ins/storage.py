"""The emulator of Cloud Storage, and what it holds when it starts: buckets."""

import re
from collections.abc import Sequence

from pulumi import Output

from web_platform import versions
from web_platform.errors import Fault
from web_platform.stand_ins.stand_in import StandIn

_PORT = 4443

# Of each directory in it there is a bucket.
_DATA = "/data"

# Dots are left out: names with them must be domains that one owns.
# https://cloud.google.com/storage/docs/buckets#naming
_BUCKET = re.compile(r"[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]")


def storage(host: Output[str], buckets: Sequence[str]) -> StandIn:
    """The emulator, with these buckets. `host` is what clients reach it by.

    https://github.com/fsouza/fake-gcs-server#using-the-emulator-in-docker
    """
    return StandIn(
        image=f"fsouza/fake-gcs-server:{versions.FAKE_GCS_SERVER_IMAGE}",
        port=_PORT,
        memory="256Mi",
        args=[
            *("-scheme", "http", "-port", str(_PORT), "-backend", "memory", "-data", _DATA),
            # Large files are uploaded in parts, to an address that the server names.
            *("-external-url", Output.concat("http://", host, f":{_PORT}")),
        ],
        directories=[f"{_DATA}/{bucket}" for bucket in sorted(buckets)],
    )


def bucket_fault(bucket: str, buckets: Sequence[str]) -> Fault | None:
    """A bucket has a name that Google accepts, and that no other has."""
    if not _BUCKET.fullmatch(bucket):
        return Fault(
            what=f"has {bucket!r}, which is not a name for a bucket",
            danger="Google would refuse it, and the emulator would find no directory for it",
            remedy="use 3 to 63 lower-case letters, digits, hyphens and '_', with a letter or a digit at both ends",
        )
    if buckets.count(bucket) > 1:
        return Fault(
            what=f"has {bucket!r} more than once",
            danger="one directory would be mounted twice, and Kubernetes would refuse the pod",
            remedy="name each bucket once",
        )
    return None
