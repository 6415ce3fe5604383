"""The simulated cloud: what exists in it, and what happens when something is made, changed or deleted."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Collection, Mapping
from pathlib import Path

from localcloud.providers.google.kind import Kind, Place, Refusal, Resource
from localcloud.providers.google.store import Store, UnderWay
from localcloud.providers.properties import Property

SERVICE = "gcp:projects/service:Service"
ENABLED = "enabled-service"
"""What is kept of a service that stays enabled when nobody declares it any more."""

# Without these two a project's other services cannot even be enabled; `bootstrap` enables them in a real one.
# https://cloud.google.com/service-usage/docs/enabled-service
ALWAYS_ENABLED = ("cloudresourcemanager.googleapis.com", "serviceusage.googleapis.com")


class Cloud:
    """One simulated cloud, whose every record is in `directory`.

    Args:
        directory: Where it is kept; made if it is not there.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._store = Store(directory / "google.sqlite")

    def create(self, kind: Kind, inputs: Mapping[str, Property], place: Place) -> Resource:
        """Makes a resource.

        Raises:
            Refusal: Google would not make it; nothing is left of the attempt.
        """
        if _has_effects(kind):
            self._discard_if_cut_short(kind, kind.identifier(kind.complete(inputs, place)))
        with self._store.transaction():
            state = kind.complete(inputs, place)
            self.require_api(kind, state)
            identifier = kind.identifier(state)
            if kind.unique and self._store.get(kind.token, identifier):
                raise _taken(kind, identifier)
            kind.create(state, self)
            resource = Resource(kind.token, identifier, state)
            self._store.put(resource)
            self._begin(kind, resource)
        try:
            kind.created(resource, self)
        except BaseException:
            with self._store.transaction():
                self._store.remove(kind.token, identifier)
                self._end(kind, identifier)
            raise
        self._end(kind, identifier)
        return resource

    def update(
        self,
        kind: Kind,
        identifier: str,
        inputs: Mapping[str, Property],
        place: Place,
        cleared: Collection[str] = (),
    ) -> Resource:
        """Changes a resource to `inputs`, which are all that it is given; what it computed stays.

        Args:
            kind: Its kind.
            identifier: Its id.
            inputs: What it is given.
            place: The provider's own settings.
            cleared: Properties that it was given and is not any more.

        Raises:
            Refusal: It does not exist, or Google would not change it like that; it stays as it was.
        """
        with self._store.transaction():
            former = self._store.get(kind.token, identifier)
            if former is None:
                raise missing(kind.token, identifier)
            self.require_api(kind, former.state)
            kept = {name: value for name, value in former.state.items() if name not in cleared}
            state = {**kept, **kind.complete(inputs, place)}
            kind.update(former.state, state, self)
            resource = Resource(kind.token, identifier, state)
            self._store.put(resource)
        try:
            kind.updated(former, resource, self)
        except BaseException:
            self._store.put(former)
            raise
        return resource

    def delete(self, kind: Kind, identifier: str) -> None:
        """Deletes a resource; one that is not there is deleted already.

        Raises:
            Refusal: Google would not delete it; it stays.
        """
        with self._store.transaction():
            resource = self._store.get(kind.token, identifier)
            if resource is None:
                return
            kind.delete(resource.state, self)
            self._store.remove(kind.token, identifier)
            self._begin(kind, resource)
        try:
            kind.deleted(resource, self)
        except BaseException:
            with self._store.transaction():
                self._store.put(resource)
                self._end(kind, identifier)
            raise
        self._end(kind, identifier)

    def discard(self, kind: Kind, resource: Resource) -> None:
        """Takes a resource away without any rule, and what it has started or would have started with it.

        Raises:
            Refusal: What it has started does not end; the resource is gone all the same.
        """
        with self._store.transaction():
            self._store.remove(kind.token, resource.id)
            self._begin(kind, resource)
        try:
            kind.deleted(resource, self)
        finally:
            self._end(kind, resource.id)

    def cut_short(self) -> list[Resource]:
        """What was being made or deleted by a process that was killed: Pulumi may not know of it."""
        return [each.resource for each in self._store.under_way() if not _lives(each)]

    def is_under_way(self, resource: Resource) -> bool:
        """Whether a resource is being made or deleted."""
        under_way = {(each.resource.type, each.resource.id) for each in self._store.under_way()}
        return (resource.type, resource.id) in under_way

    def get(self, type_: str, identifier: str) -> Resource | None:
        """The resource of a type and id, if it exists."""
        return self._store.get(type_, identifier)

    def find(self, type_: str, **where: Property) -> list[Resource]:
        """The resources of a type whose top-level properties have these values. Reads all of the type: for rare use."""
        return self._store.find(type_, where)

    def all(self) -> list[Resource]:
        """Everything that exists."""
        return self._store.all()

    def adopt(self, resource: Resource) -> None:
        """Takes in a resource that was made by other means than Pulumi, without any rule."""
        self._store.put(resource)

    def tamper(self, type_: str, identifier: str, state: Mapping[str, Property] | None) -> None:
        """Changes a resource behind Pulumi's back, without any rule; None deletes it."""
        with self._store.transaction():
            if self._store.get(type_, identifier) is None:
                raise missing(type_, identifier)
            if state is None:
                self._store.remove(type_, identifier)
            else:
                self._store.put(Resource(type_, identifier, dict(state)))

    def amend(self, resource: Resource, added: Mapping[str, Property]) -> None:
        """Adds to a resource what is known only once it stands, such as the address of what `created` has started."""
        resource.state.update(added)
        self._store.put(resource)

    def keep(self, what: str, key: str, detail: str) -> None:
        """Notes what outlives its resource, such as a final backup or a name that stays locked."""
        self._store.keep(what, key, detail)

    def kept(self, what: str | None = None) -> dict[tuple[str, str], str]:
        """What outlived its resource: (what, key) -> detail."""
        return self._store.kept(what)

    def forget(self, what: str, key: str) -> None:
        """Takes back a `keep`."""
        self._store.forget(what, key)

    def enabled(self, project: str, api: str) -> bool:
        """Whether a project may use a service."""
        identifier = f"{project}/{api}"
        if api in ALWAYS_ENABLED or self._store.get(SERVICE, identifier) is not None:
            return True
        return (ENABLED, identifier) in self._store.kept(ENABLED)

    def require_api(self, kind: Kind, state: Mapping[str, Property]) -> None:
        """Refuses a resource whose project, which is in `state`, may not use the service that its kind needs.

        Raises:
            Refusal: It may not.
        """
        project = state.get("project")
        if kind.api and isinstance(project, str) and not self.enabled(project, kind.api):
            # https://cloud.google.com/apis/docs/troubleshooting#service_disabled
            raise Refusal(
                403,
                f"{kind.api} has not been used in project {project} before or it is disabled, SERVICE_DISABLED",
                f"{kind.token.rpartition(':')[2]} could not be made",
                f"enable {kind.api} in the project first (EnabledApis), and let the resource wait for it",
            )

    def _discard_if_cut_short(self, kind: Kind, identifier: str) -> None:
        for resource in self.cut_short():
            if (resource.type, resource.id) == (kind.token, identifier):
                self.discard(kind, resource)

    def _begin(self, kind: Kind, resource: Resource) -> None:
        if _has_effects(kind):
            self._store.begin(UnderWay(resource, os.getpid(), time.time()))

    def _end(self, kind: Kind, identifier: str) -> None:
        if _has_effects(kind):
            self._store.end(kind.token, identifier)


def project_number(project: str) -> int:
    """The number of a project: twelve digits, the same whenever it is asked for."""
    return 10**11 + digest(project) % (9 * 10**11)


def digest(text: str) -> int:
    """A number that looks like chance and is the same for the same text, for ids that Google would draw."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:16])


def missing(type_: str, identifier: str) -> Refusal:
    """The answer to whoever asks for what does not exist."""
    return Refusal(
        404,
        f"the {type_.rpartition(':')[2]} {identifier!r} does not exist, notFound",
        "what was asked of it cannot be done",
        "`pulumi refresh` makes Pulumi see what exists; the next update then makes it again",
    )


def _has_effects(kind: Kind) -> bool:
    """Whether making or deleting such a resource takes more than a record, and can be cut short."""
    return (type(kind).created, type(kind).deleted) != (Kind.created, Kind.deleted)


def _lives(maker: UnderWay) -> bool:
    from localcloud.liveness import lives

    return lives(maker.process, maker.since)


def _taken(kind: Kind, identifier: str) -> Refusal:
    return Refusal(
        409,
        f"the {kind.token.rpartition(':')[2]} {identifier!r} already exists, alreadyExists",
        "two resources cannot have one name",
        "give one of them another name, or import the one that exists with `pulumi import`",
    )
