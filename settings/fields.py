"""The kinds of values that stand in a stack file, each with the check that refuses a wrong one."""

import re
from collections.abc import Callable
from typing import Annotated, Any

import pulumi
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from web_platform import Fault, syntax
from web_platform.database import tier_fault
from web_platform.deployers import account_fault
from web_platform.helm_addon import until_fault
from web_platform.physical_name import project_fault
from web_platform.workload_identity import role_fault
from web_platform.workloads.files import file_path_fault
from web_platform.workloads.schedule import schedule_fault, time_zone_fault

from localcloud.cluster import machine_types
from localcloud.errors import LocalCloudError
from localcloud.providers.google import locations, roles
from settings import problems

_RESERVED = ("google", "null", "undefined", "ssl")
_RESOURCE_NAME = re.compile(r"[a-z][a-z0-9-]{1,38}[a-z0-9]")
_EMAIL = re.compile(r"[^@\s:]+@[a-z0-9-]+(\.[a-z0-9-]+)+")


class SettingsError(pulumi.RunError):
    """The configuration of a stack is wrong. The message says all of it, on one screen.

    It is a `RunError`, so that a program which meets it ends with the message alone and no stack trace.
    """


class Section(BaseModel):
    """A part of a stack file: keys with values, all of them known."""

    # Strict: in YAML `8080` and `"8080"` are different things, and guessing between them hides mistakes.
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, alias_generator=to_camel, use_attribute_docstrings=True
    )


def checked(check: Callable[[str], Fault | None]) -> AfterValidator:
    """Refuses a text in which `check` finds a fault."""

    def validate(value: str) -> str:
        fault = check(value)
        if fault is not None:
            raise problems.refused(fault)
        return value

    return AfterValidator(validate)


def matching(pattern: re.Pattern[str], fault: Fault) -> AfterValidator:
    """Refuses a text that is not of a pattern, for a `fault`."""
    return checked(lambda value: None if pattern.fullmatch(value) else fault)


def _machine_type_fault(machine_type: str) -> Fault | None:
    # Google's catalogues of machines, places and roles are the local cloud's, which plays them.
    try:
        machine_types.machine_type(machine_type)
    except LocalCloudError:
        return _NO_MACHINE_TYPE
    return None


_NO_MACHINE_TYPE = Fault(
    what="is not a machine type of Google Compute Engine",
    danger="no node of it could be made, and nothing would have a place to run",
    remedy="write family, shape and CPUs of a predefined type, such as 'e2-standard-2'",
)


def _mirror_fault(mirror: str) -> Fault | None:
    if mirror.startswith("oci://") and len(mirror) > len("oci://"):
        return None
    return Fault(
        what="is not an OCI registry",
        danger="Helm could not find a single chart",
        remedy="write the registry that holds the charts, such as 'oci://europe-west1-docker.pkg.dev/acme/charts'",
    )


def _unknown_role_fault(role: str) -> Fault | None:
    name = role.removeprefix("roles/")
    if name == role or roles.exists(name):
        return None
    near = roles.similar(name)
    return Fault(
        what="is not among Google's predefined roles",
        danger="Google would refuse to grant it, after half of the stack exists",
        remedy=f"did you mean {near!r}?" if near else "https://cloud.google.com/iam/docs/roles-permissions lists them",
    )


# https://cloud.google.com/resource-manager/docs/creating-managing-projects#before_you_begin
def _reserved_fault(project: str) -> Fault | None:
    word = next((word for word in _RESERVED if word in project), None)
    if word is None:
        return None
    return Fault(
        what=f"has {word!r} in it, which Google keeps for itself",
        danger="there is no such project, and Google would refuse each and every resource",
        remedy="write the id of a project of yours, such as 'acme-prod'",
    )


_NO_PROJECT_ID = Fault(
    what="is not the id of a Google Cloud project",
    danger="Google would refuse each and every resource",
    remedy="write 6 to 30 lower-case letters, digits and hyphens, beginning with a letter, such as 'acme-prod'",
)
_NO_REGION = Fault(
    what="is not a region of Google Cloud",
    danger="nothing could be placed anywhere",
    remedy="write the region alone, such as 'europe-west1'",
)
_NO_ZONE = Fault(
    what="is not a zone of Google Cloud",
    danger="the cluster could not be placed anywhere",
    remedy="write region and letter, such as 'europe-west1-b'",
)
_NO_RESOURCE_NAME = Fault(
    what="is not a name that Google Cloud accepts for it everywhere",
    danger="it would be refused after half of the stack exists",
    remedy="use 3 to 40 lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen",
)
_NO_EMAIL = Fault(
    what="is not the address of a group",
    danger="Google would refuse the grant, and nobody could read the dataset",
    remedy="write the group's e-mail address alone, such as 'bi@example.com'",
)


class Encrypted:
    """A value that is encrypted in the stack file, where nobody but the engine can read it."""

    def __repr__(self) -> str:
        return "[secret]"


def _hidden(value: object) -> object:
    if not isinstance(value, Encrypted | pulumi.Output):
        raise problems.refused(_PLAIN_SECRET)
    return value


_PLAIN_SECRET = Fault(
    what="is plain text where a secret belongs",
    danger="everyone who may read the repository could read it, and it may be in its history already",
    remedy="encrypt a new one: `pulumi config set --secret --path '<this place>'` asks for it",
)


def is_resource_name(name: str) -> bool:
    """Whether it is a name that Google Cloud accepts for everything."""
    return _RESOURCE_NAME.fullmatch(name) is not None


Host = Annotated[str, checked(syntax.host_fault)]
PublicHost = Annotated[str, checked(syntax.public_host_fault)]
UrlPath = Annotated[str, checked(syntax.path_fault)]
FilePath = Annotated[str, checked(file_path_fault)]
Schedule = Annotated[str, checked(schedule_fault)]
TimeZone = Annotated[str, checked(time_zone_fault)]
Secret = Annotated[Any, AfterValidator(_hidden)]
ProbePath = Annotated[str, checked(syntax.probe_path_fault)]
Image = Annotated[str, checked(syntax.image_fault)]
Cpu = Annotated[str, checked(syntax.cpu_fault)]
DiskSize = Annotated[str, checked(syntax.disk_fault)]
Memory = Annotated[str, checked(syntax.memory_fault)]
ServiceName = Annotated[str, checked(syntax.service_name_fault)]
ConsumerName = Annotated[str, checked(syntax.service_name_fault)]
ReleaseName = Annotated[str, checked(syntax.release_name_fault)]
NamespaceName = Annotated[str, checked(syntax.namespace_fault)]
EnvironmentName = Annotated[str, checked(syntax.environment_name_fault)]
ChartVersion = Annotated[str, checked(syntax.chart_version_fault)]
Until = Annotated[str, checked(until_fault)]
MachineType = Annotated[str, checked(_machine_type_fault)]
Mirror = Annotated[str, checked(_mirror_fault)]
Port = Annotated[int, Field(ge=1, le=65535)]
Replicas = Annotated[int, Field(ge=1, le=100)]
ProjectId = Annotated[
    str, checked(lambda project: _NO_PROJECT_ID if project_fault(project) else None), checked(_reserved_fault)
]
Region = Annotated[str, checked(lambda name: None if locations.is_region(name) else _NO_REGION)]
Zone = Annotated[str, checked(lambda name: None if locations.is_zone(name) else _NO_ZONE)]
ResourceName = Annotated[str, matching(_RESOURCE_NAME, _NO_RESOURCE_NAME)]
Role = Annotated[str, checked(role_fault), checked(_unknown_role_fault)]
Tier = Annotated[str, checked(tier_fault)]
GroupEmail = Annotated[str, matching(_EMAIL, _NO_EMAIL)]
AccountEmail = Annotated[str, checked(account_fault)]
