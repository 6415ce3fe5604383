"""Who may do what on Google Cloud: nobody holds a key, nobody owns everything, and nothing is for everybody."""

import json
from collections.abc import Iterator
from contextlib import suppress

from web_platform.relations.objects import listed, text, texts

from policy.resource import Resource, value_at
from policy.rule import ResourceRule

_IAM = "https://cloud.google.com/iam/docs"
_EVERYBODY = ("allUsers", "allAuthenticatedUsers")
_BASIC = ("roles/owner", "roles/editor", "roles/viewer")

# For each kind of resource there are others that grant, and datasets and access lists grant something themselves.
_GOOGLE = ("gcp:",)


NO_KEYS = ResourceRule(
    name="no-keys",
    demand="Nobody holds a key of a service account.",
    danger="A key works for whoever has a copy, from anywhere, until somebody notices and deletes it.",
    remedy="Let workloads and pipelines show who they are: the component WorkloadIdentity, or federation by OIDC.",
    source=f"{_IAM}/best-practices-for-managing-service-account-keys",
    types=("gcp:serviceaccount/key:Key", "gcp:storage/hmacKey:HmacKey", "gcp:projects/apiKey:ApiKey"),
    check=lambda resource: [f"{resource.type.rpartition(':')[2]} is a key that is kept in Pulumi's state"],
)


def _grants(resource: Resource) -> Iterator[tuple[str, list[str]]]:
    """Each role that is granted by a resource, with those who get it."""
    yield _grant(resource.properties)
    for _, access in listed(resource.properties, "accesses"):
        yield _grant(access)
    with suppress(ValueError, TypeError):
        for _, binding in listed(json.loads(resource.get("policyData", "{}")), "bindings"):
            yield _grant(binding)


def _grant(holder: object) -> tuple[str, list[str]]:
    """A role, with those who get it by one of the words that Google's APIs have for them."""
    alone = (value_at(holder, key) for key in ("member", "iamMember", "specialGroup"))
    members = [member for _, member in texts(holder, "members")]
    return text(holder, "role"), [*members, *(each for each in alone if isinstance(each, str))]


def _public(resource: Resource) -> Iterator[str]:
    for role, members in _grants(resource):
        for member in members:
            if member in _EVERYBODY:
                yield f"{member} gets {role or 'a role'}"
    for entity in (resource.get("entity", ""), *(entity for _, entity in texts(resource.properties, "roleEntities"))):
        if isinstance(entity, str) and entity.rpartition(":")[2] in _EVERYBODY:
            yield f"{entity} is let in by an access list"
    if resource.get("predefinedAcl", "") in ("publicRead", "publicReadWrite", "authenticatedRead"):
        yield f"predefinedAcl is {resource.get('predefinedAcl')}"


NO_PUBLIC_ACCESS = ResourceRule(
    name="no-public-access",
    demand="Nothing on Google Cloud is for everybody.",
    danger="Everybody with a browser, or with any account of Google's, reads what is there, and its bill is ours.",
    remedy="Name those who need it; what is meant for the public goes through the gateway.",
    source=f"{_IAM}/principals-overview#all-users",
    types=_GOOGLE,
    check=_public,
)


def _basic(resource: Resource) -> Iterator[str]:
    for role, _ in _grants(resource):
        if role in _BASIC:
            yield f"role is {role}"


NO_BASIC_ROLES = ResourceRule(
    name="no-basic-roles",
    demand="Nobody is owner, editor or viewer.",
    danger="Each of these roles reaches everything in the project, what is made tomorrow included.",
    remedy="Grant the roles that are needed, on what they are needed for.",
    source=f"{_IAM}/roles-overview#basic",
    types=_GOOGLE,
    check=_basic,
)
