"""What may stand in Pulumi.organisation.yaml, checked before anything is made, and the names that follow from it.

Where a stack is, its own file says; it is asked here, so that nothing is written down twice.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final, TypeVar

import pulumi
import pulumi.runtime.config
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from web_platform import Fault
from web_platform.errors import unknown_key_fault

import settings
from bootstrap import names, relations
from settings import Settings, SettingsError, problems
from settings.fields import ProjectId, Region, Section, checked, matching
from settings.problems import Problem
from settings.reading import decoded

DIRECTORY: Final = Path(__file__).parent

PROJECT: Final = "bootstrap"
"""Name of this Pulumi project, as Pulumi.yaml has it."""

STACK: Final = "organisation"
"""The one stack of this project. There is no deploy identity that reaches its state."""

FILE: Final = f"Pulumi.{STACK}.yaml"

# https://docs.gitlab.com/user/reserved_names/
_PROJECT_PATH = re.compile(r"[A-Za-z0-9_][\w.-]*(/[A-Za-z0-9_][\w.-]*)+")
_ISSUER = re.compile(r"https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?(/[\w.-]+)*")
_PARENT = re.compile(r"(organizations|folders)/\d+")
_BILLING_ACCOUNT = re.compile(r"[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}")
_NAME = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")
_KEY_RING = re.compile(r"[A-Za-z0-9_-]{1,63}")
_ENVIRONMENT = re.compile(r"[\w./-]{1,255}")
# The engine hands numbers over as floats, of which larger ones are no longer whole.
_LARGEST_NUMBER = 2**53
_KEYS = ("config", "encryptionsalt", "secretsprovider", "encryptedkey")
_NAMESPACES = ("gcp", "pulumi")


_Stacks = TypeVar("_Stacks", bound=Collection[str])


def _some(stacks: _Stacks) -> _Stacks:
    if not stacks:
        raise problems.refused(_NO_STACKS)
    return stacks


def _issuer_fault(issuer: str) -> Fault | None:
    if _ISSUER.fullmatch(issuer):
        return None
    right = f"https://{issuer.partition('://')[2] or issuer}".rstrip("/")
    return Fault(
        what="is not the address of a GitLab as its tokens have it",
        danger="Google would believe no pipeline, or one that somebody else has signed",
        remedy="write https, the host and nothing after it, such as "
        + repr(right if _ISSUER.fullmatch(right) else "https://gitlab.example.com"),
    )


def _path_fault(path: str) -> Fault | None:
    if _PROJECT_PATH.fullmatch(path):
        return None
    tail = path.partition("://")[2].partition("/")[2] or path
    right = tail.strip("/").removesuffix(".git")
    return Fault(
        what="is not the path of a GitLab project",
        danger="no pipeline would match it, and nothing could be deployed",
        remedy="write groups and project as they stand in its address, such as "
        + repr(right if _PROJECT_PATH.fullmatch(right) else "acme/web-platform"),
    )


_NO_PARENT = Fault(
    what="is neither an organisation nor a folder of Google Cloud",
    danger="no project could be made",
    remedy="write 'organizations/' or 'folders/' and its number: `gcloud organizations list` has it",
)
_NO_BILLING_ACCOUNT = Fault(
    what="is not the id of a billing account",
    danger="nothing could be made in projects that nobody pays for",
    remedy="write the id as `gcloud billing accounts list` has it, such as '0A1B2C-3D4E5F-6A7B8C'",
)
_NO_NAME = Fault(
    what="is not a name of which Google accepts all that is called after it",
    danger="an account, a pool or a bucket would be refused after half of it exists",
    remedy="use lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen",
)
_NO_KEY_RING = Fault(
    what="is not a name that Google accepts for a key ring",
    danger="no key could be made, and no secret of a stack encrypted",
    remedy="use 1 to 63 letters, digits, hyphens and underscores",
)
_NO_CONFIG = Fault(
    what="is not keys with values",
    danger="nobody could say for which organisation this is",
    remedy="write keys below it, such as `bootstrap:project: acme-platform`; docs/bootstrap.md has all of them",
)
_NO_STACKS = Fault(
    what="names no stack",
    danger="nobody could deploy anything",
    remedy="name 'prod', or another stack of Pulumi.*.yaml",
)
_NO_ENVIRONMENT = Fault(
    what="is not the name of a GitLab environment",
    danger="no job could ever match it",
    remedy="write what the job says under `environment: name:`, such as 'prod'",
)

_Name = Annotated[str, matching(_NAME, _NO_NAME)]


class NewProjects(Section):
    """Where the projects are made, if nobody else makes them."""

    parent: Annotated[str, matching(_PARENT, _NO_PARENT)]
    """The organisation or the folder that they are in, such as `organizations/123456789012`."""

    billing_account: Annotated[str, matching(_BILLING_ACCOUNT, _NO_BILLING_ACCOUNT)]
    """Who pays for them: id of a billing account."""


class Repository(Section):
    """A project of GitLab whose pipelines may deploy something."""

    project_path: Annotated[str, checked(_path_fault)]
    """The project with its groups, such as `acme/web-platform`."""

    project_id: Annotated[int, Field(ge=1, le=_LARGEST_NUMBER)] | None = None
    """Number of the project. A path that is given up can be taken by others; the number cannot. Required on
    gitlab.com, where the others are everybody. Default: not asked."""


class GitLab(Repository):
    """Whose pipelines may deploy the stacks."""

    issuer: Annotated[str, checked(_issuer_fault)] = "https://gitlab.com"
    """Address of the GitLab that signs the tokens of jobs, those of services too. Google must be able to fetch its
    keys."""


class DeployedStack(Section):
    """Which jobs may deploy a stack."""

    environment: Annotated[str, matching(_ENVIRONMENT, _NO_ENVIRONMENT)] | None = None
    """Environment of GitLab that the job is of. Default: the stack's name."""

    protected_refs: bool = True
    """Whether the job's branch or tag must be protected. `prod` is deployed from nothing else."""

    protected_environment: bool = False
    """Whether the environment must be protected too, which GitLab offers in its paid tiers."""


class Service(Repository):
    """A service with a repository and stacks of its own, each beside a stack of the platform and named as that is."""

    stacks: Annotated[list[str], AfterValidator(_some)] | None = None
    """Those of the stacks that it is deployed beside, by the rules that they have for jobs. Default: all of them."""


class Organisation(Section):
    """What an organisation has once."""

    project: ProjectId
    """Id of the project that all of this is in, and no stack."""

    region: Region
    """Region of the state and of its keys, such as `europe-west1`."""

    # Pulumi.yaml cannot declare a key without a default that may be left out; it gives an empty section.
    new_projects: Annotated[NewProjects | None, BeforeValidator(lambda given: given or None)] = None
    """Where the projects are made, this one and those of the stacks. Default: they are there."""

    gitlab: GitLab
    """The GitLab project whose pipelines deploy: `issuer` and `projectPath`."""

    bucket_name: _Name = "state"
    """What follows the project's id in the names of the buckets, which no two in the world may share."""

    key_ring: Annotated[str, matching(_KEY_RING, _NO_KEY_RING)] = "pulumi"
    """Name of the ring that the keys are in. A ring can never be deleted, nor its name be used again."""

    stacks: Annotated[dict[_Name, DeployedStack], AfterValidator(_some)]
    """The stacks that pipelines deploy, such as `prod: {}`."""

    services: Annotated[dict[_Name, Service], Field(default_factory=dict)]
    """Services that are deployed beside them from repositories of their own, by name."""

    def beside(self, stack: str) -> dict[str, str]:
        """The services that are deployed beside a stack, each with what it is called there, such as `orders-prod`."""
        return {
            name: names.beside(name, stack)
            for name, service in sorted(self.services.items())
            if service.stacks is None or stack in service.stacks
        }

    def bucket(self, name: str) -> str:
        """Name of the bucket with the state of a stack, of a service beside one, or of this one."""
        return names.bucket(self.project, self.bucket_name, name)

    def backend(self, name: str) -> str:
        """What `pulumi login` is told for it."""
        return f"gs://{self.bucket(name)}"

    def secrets_provider(self, name: str) -> str:
        """What `pulumi stack init --secrets-provider` is told for it."""
        ring = f"projects/{self.project}/locations/{self.region}/keyRings/{self.key_ring}"
        return f"gcpkms://{ring}/cryptoKeys/{name}"

    def deployed(self, directory: Path = DIRECTORY.parent) -> dict[str, Settings]:
        """The settings of each stack that is deployed; `directory` has their files."""
        return {name: settings.from_stack_file(directory, name) for name in sorted(self.stacks)}


def from_pulumi() -> Organisation:
    """Read the configuration that the engine gave to the running program."""
    given = pulumi.runtime.config.get_config_env() | pulumi.runtime.config.CONFIG.get()
    return _read({key: decoded(Organisation, key, value) for key, value in given.items()}, stacks=DIRECTORY.parent)


def from_file(directory: Path = DIRECTORY, *, with_stacks: bool = False) -> Organisation:
    """Read the file without any engine.

    Args:
        directory: This one, or a copy of it in a copy of the project.
        with_stacks: Whether the files of its stacks must fit, which it takes to make what the organisation has. For
            where a stack's state is, a mistake in the file of another is nothing.

    Raises:
        SettingsError: Something is wrong; all of it.
    """
    path = directory / FILE
    if not path.is_file():
        raise SettingsError(
            problems.explained(
                f"{path.name} does not exist in {directory.name}/.",
                danger="nobody could say for which organisation this is",
                remedy="write it: docs/bootstrap.md has every key",
            )
        )
    content = settings.load_yaml(path)
    unknown = [Problem(str(key), unknown_key_fault(str(key), _KEYS)) for key in content if key not in _KEYS]
    config = content.get("config")
    if config is not None and not isinstance(config, Mapping):
        # All that it should say would be missing because of it, and need not be said as well.
        raise _refusal([*unknown, Problem("config", _NO_CONFIG, problems.shown(config))])
    return _read(config or {}, unknown, directory.parent if with_stacks else None)


def _read(given: Mapping[str, object], unknown: Sequence[Problem] = (), stacks: Path | None = None) -> Organisation:
    found = list(unknown)
    values: dict[str, object] = {}
    for key, value in given.items():
        namespace, _, name = str(key).partition(":")
        if namespace == PROJECT and name:
            values[name] = value
        elif namespace not in _NAMESPACES or not name:
            found.append(Problem(str(key), problems.namespace_fault(str(key), PROJECT, _NAMESPACES)))
    organisation: Organisation | None = None
    try:
        organisation = Organisation.model_validate(values)
    except ValidationError as error:
        found += problems.found(error.errors(), Organisation, PROJECT)
    else:
        wrong = [*relations.problems(organisation, STACK)]
        wrong += relations.problems_with_stacks(organisation, STACK, stacks) if stacks else []
        found += [problem._replace(place=f"{PROJECT}:{problem.place}") for problem in wrong]
    if found or organisation is None:
        raise _refusal(found)
    return organisation


def _refusal(found: list[Problem]) -> SettingsError:
    count = "a problem" if len(found) == 1 else f"{len(found)} problems"
    return SettingsError(problems.listed(f"{FILE} has {count}. Nothing was created or changed.", found))
