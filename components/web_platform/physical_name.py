"""Names of resources as Google knows them: their syntax, and how to keep within the length that each service allows."""

import hashlib
import re

from web_platform.errors import Fault

_NAME = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")

_PROJECT = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
_PROJECT_NUMBER = re.compile(r"[1-9][0-9]*")

# Enough that two of the few names of one project never meet, and short enough to leave the name readable.
_HASH_CHARACTERS = 6


def physical_name(name: str, maximum: int, suffix: str = "") -> str:
    """`name` with `suffix` after it, in at most `maximum` characters.

    A name that is too long is cut, and what it was goes into a short hash before the suffix: two long names that begin
    alike stay two, and a name is the same in each run. The suffix is written as it is, its hyphen included.

    Raises `ValueError` where `maximum` has no room for a letter, the hash and the suffix.
    """
    if len(name) + len(suffix) <= maximum:
        return name + suffix
    mark = mark_of(name) + suffix
    kept = maximum - len(mark)
    if kept < 1:
        raise ValueError(f"{maximum} characters have no room for a letter, a hash and the suffix {suffix!r}")
    # A cut may end at a hyphen, and some services refuse two in a row.
    return name[:kept].rstrip("-") + mark


def mark_of(text: str) -> str:
    """A hyphen and a short hash, by which two names that are written alike stay two."""
    return "-" + hashlib.sha256(text.encode()).hexdigest()[:_HASH_CHARACTERS]


def physical_name_fault(name: str) -> Fault | None:
    """Google names nearly everything as RFC 1035 names hosts: https://cloud.google.com/compute/docs/naming-resources."""
    if _NAME.fullmatch(name):
        return None
    return Fault(
        what="is not a name that Google accepts for a resource",
        danger="Google would refuse it, after what it depends on has been created",
        remedy="use lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen",
    )


def project_fault(project: str) -> Fault | None:
    """A project is named by its id, not by its number or by the name that people see.

    https://cloud.google.com/resource-manager/docs/creating-managing-projects#before_you_begin
    """
    if _PROJECT.fullmatch(project):
        return None
    return Fault(
        what=f"is {project!r}, which is no project id",
        danger="Google would refuse every request, or look for the project of somebody else",
        remedy="write the id: 6 to 30 lower-case letters, digits and hyphens, beginning with a letter and not ending "
        "with a hyphen, such as 'acme-prod'",
    )


def project_number_fault(number: str) -> Fault | None:
    """Google counts projects: their service agents, and pods that act in them, are called by the number alone."""
    if _PROJECT_NUMBER.fullmatch(number):
        return None
    return Fault(
        what=f"is {number!r}, which is no number of a project",
        danger="Google would refuse every grant that names it, after what is granted has been created",
        remedy="write the number that `gcloud projects describe` tells, such as '123456789012', not the id",
    )
