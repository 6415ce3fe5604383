"""The certificates of a stack by their expiry: which hosts they are for, and when each is renewed.

Owns what is read of cert-manager's Certificates, and how it is shown. Does not own issuing and renewing them, which is
cert-manager's, nor an alert for those that it fails to renew: see docs/certificates.md.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from rich.table import Table

from localcloud.local_cloud import LocalCloud

# In full, since other groups have kinds of this name too.
_LIST = ("get", "certificates.cert-manager.io", "--all-namespaces", "--output", "json")


class Certificate(NamedTuple):
    """What there is to know of one Certificate. Times are absent until it is issued."""

    namespace: str
    name: str
    hosts: tuple[str, ...]
    issuer: str
    ready: bool
    reason: str
    """Why it is not ready, in cert-manager's words, or `Unseen` where it has said nothing yet. Empty where it is."""
    expires: datetime | None
    renews: datetime | None

    def days_left(self, now: datetime) -> int | None:
        """Whole days until it expires: 0 on the last one, negative afterwards."""
        return None if self.expires is None else (self.expires - now) // timedelta(days=1)

    def is_late(self, now: datetime) -> bool:
        """Whether it should have been renewed, or issued at all, and was not."""
        return not self.ready or (self.renews is not None and self.renews < now)


def of(cloud: LocalCloud) -> list[Certificate]:
    """Every certificate on an open local cloud, sorted by expiry.

    Raises:
        LocalCloudError: The cluster does not answer, or does not know of certificates.
    """
    answer = cloud.ask(
        "kubectl",
        _LIST,
        "The certificates could not be read: the cluster does not answer, or cert-manager is not installed in it.",
    )
    return certificates(json.loads(answer)["items"])


def certificates(objects: Iterable[Mapping[str, Any]]) -> list[Certificate]:
    """What the objects of a cluster say, sorted by expiry: first those that were never issued."""
    return sorted(map(_certificate, objects), key=_urgency)


def table(listed: Sequence[Certificate], now: datetime) -> Table:
    """The list for people, with days as they are in UTC. What needs somebody's attention is red."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("certificate", "hosts", "issuer", "ready"):
        shown.add_column(heading, overflow="fold")
    shown.add_column("expires", no_wrap=True)
    shown.add_column("days left", no_wrap=True, justify="right")
    shown.add_column("renewal", no_wrap=True)
    for each in listed:
        days = each.days_left(now)
        shown.add_row(
            f"{each.namespace}/{each.name}",
            "\n".join(each.hosts),
            each.issuer,
            "yes" if each.ready else f"no: {each.reason}",
            _day(each.expires),
            "" if days is None else str(days),
            _day(each.renews),
            style="red" if each.is_late(now) else None,
        )
    return shown


def as_json(listed: Sequence[Certificate], now: datetime) -> str:
    """The list for programs."""
    return json.dumps([_fields(each, now) for each in listed], indent=2)


def _certificate(made: Mapping[str, Any]) -> Certificate:
    metadata, spec, status = made["metadata"], made["spec"], made.get("status") or {}
    ready, reason = _readiness(status.get("conditions") or ())
    return Certificate(
        metadata["namespace"],
        metadata["name"],
        _hosts(spec),
        spec["issuerRef"]["name"],
        ready,
        reason,
        _time(status.get("notAfter")),
        _time(status.get("renewalTime")),
    )


def _hosts(spec: Mapping[str, Any]) -> tuple[str, ...]:
    hosts = [*spec.get("dnsNames", ()), *spec.get("ipAddresses", ())]
    # The root of an authority is for no host, and has a name alone.
    return tuple(hosts or filter(None, [spec.get("commonName")]))


def _readiness(conditions: Iterable[Mapping[str, Any]]) -> tuple[bool, str]:
    """Whether it is ready, and if not, why."""
    for condition in conditions:
        if condition["type"] == "Ready":
            ready = condition["status"] == "True"
            return ready, "" if ready else condition.get("reason") or condition["status"]
    return False, "Unseen"


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)


def _urgency(each: Certificate) -> tuple[datetime, str, str]:
    never = datetime.min.replace(tzinfo=UTC)
    return each.expires or never, each.namespace, each.name


def _day(time: datetime | None) -> str:
    return "" if time is None else f"{time:%Y-%m-%d}"


def _fields(each: Certificate, now: datetime) -> dict[str, Any]:
    return {
        "namespace": each.namespace,
        "name": each.name,
        "hosts": each.hosts,
        "issuer": each.issuer,
        "ready": each.ready,
        "reason": each.reason,
        "expires": each.expires and each.expires.isoformat(),
        "daysLeft": each.days_left(now),
        "renews": each.renews and each.renews.isoformat(),
    }
