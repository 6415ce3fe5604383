"""Which changes are dangerous, in plain words: what is lost with what would be deleted or replaced.

Owns what a reviewer must not miss. Does not own what is allowed: that is the policies', and a reviewer's to decide.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ci.preview.changes import Change, Kind
from ci.preview.markdown import code
from localcloud import protection

# What goes with a resource and does not come back with a new one of its name.
_HELD = {
    "gcp:sql/databaseInstance:DatabaseInstance": "every database on it",
    "gcp:sql/database:Database": "every table in it",
    "gcp:sql/user:User": "its login; whoever was given it is refused",
    "gcp:storage/bucket:Bucket": "every file in it",
    "gcp:bigquery/dataset:Dataset": "every table in it",
    "gcp:bigquery/table:Table": "every row in it",
    "gcp:pubsub/topic:Topic": "what is published meanwhile, and its subscriptions receive nothing more",
    "gcp:pubsub/subscription:Subscription": "every message that nobody has taken yet",
    "gcp:container/cluster:Cluster": "everything that runs in it, and its volumes",
    "gcp:container/nodePool:NodePool": "its nodes; every pod on them has to find another place, or waits",
    "gcp:artifactregistry/repository:Repository": "every image in it",
    "gcp:gkebackup/backupPlan:BackupPlan": "the backups that it keeps",
    "gcp:dns/managedZone:ManagedZone": "every name in it, and a new one has other name servers",
    "gcp:compute/disk:Disk": "every file on it",
    "gcp:compute/network:Network": "the connections of everything in it",
    "gcp:compute/address:Address": "the address; whoever was given it reaches nobody",
    "gcp:compute/globalAddress:GlobalAddress": "the address; whoever was given it reaches nobody",
    "gcp:kms/cryptoKey:CryptoKey": "whatever is encrypted with it",
    "gcp:serviceaccount/account:Account": "whatever it may do; a new one of its name may do nothing",
    "random:index/randomPassword:RandomPassword": "the password; whoever was given it gets nowhere with it",
}
# Of Kubernetes, a kind has versions.
_HELD_IN_CLUSTER = {
    "Namespace": "everything in it, volumes and secrets included",
    "PersistentVolumeClaim": "every file on its volume",
    "PersistentVolume": "every file on it",
    "StatefulSet": "its pods, all at once",
    "CustomResourceDefinition": "every object of that kind",
    "Release": "everything that the chart has installed",
}
# With one of these, it goes with all that is in it; without, only once it is empty.
_EMPTYING = ("forceDestroy", "deleteContentsOnDestroy")
_VERBS = {Kind.DELETE: "would be deleted", Kind.REPLACE: "would be deleted and made anew"}


class Danger(NamedTuple):
    """A change that loses something, and what is to be said of it, in Markdown."""

    change: Change
    sentence: str


def dangers(changes: Iterable[Change]) -> list[Danger]:
    """Those of the changes that are dangerous; first those that somebody has protected on purpose."""
    found = [Danger(change, sentence) for change in changes for sentence in _sentences(change)]
    return sorted(found, key=lambda danger: not _is_protected(danger.change.before))


def _sentences(change: Change) -> Iterator[str]:
    who = f"{change.type_name} {code(change.name)}"
    protected = _is_protected(change.before)
    if change.kind in _VERBS and (protected or _held(change.type)):
        because = [code(each.path) for each in change.properties if each.replaces]
        said = f"**{who} {_VERBS[change.kind]}**" + (f", because {_listed(because)} changes." if because else ".")
        if held := _held(change.type):
            said += f" Lost with it: {held}."
        if protected:
            said += " It is protected: the deployment stops there until somebody lifts the protection on purpose."
        yield said
    elif change.kind is Kind.FORGET and (protected or _held(change.type)):
        yield f"**{who} would be forgotten**: it stays where it is, at its price, and no stack looks after it any more."
    elif change.kind is Kind.UPDATE and protected and not _is_protected(change.after):
        yield f"**{who} would lose its protection**: from then on, one wrong change deletes it."
    elif change.kind is Kind.UPDATE and _is_emptied(change.after) and not _is_emptied(change.before):
        yield f"**{who} would be emptied when it is deleted**: from then on, one wrong change deletes all of it."


def _held(type_: str) -> str:
    if type_.startswith("kubernetes:"):
        return _HELD_IN_CLUSTER.get(type_.rpartition(":")[2], "")
    return _HELD.get(type_, "")


def _is_protected(state: Mapping[str, Any]) -> bool:
    # What a program leaves to the provider's default stands in the outputs alone.
    given: Mapping[str, Any] = state.get("inputs") or {}
    known = {**(state.get("outputs") or {}), **given}
    return bool(state.get("protect")) or protection.is_on(known)


def _is_emptied(state: Mapping[str, Any]) -> bool:
    return any((state.get("inputs") or {}).get(name) is True for name in _EMPTYING)


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
