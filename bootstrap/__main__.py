"""What an organisation has once, from top to bottom: projects, the state of Pulumi, and who deploys what."""

import sys
from collections.abc import Sequence
from pathlib import Path

# Pulumi runs this file alone; what it imports is beside it, and the stacks' settings are beside that.
sys.path.insert(0, str(Path(__file__).parents[1]))

import pulumi
import pulumi_gcp as gcp
from pulumi import Output, ResourceOptions
from web_platform import EnabledApis

from bootstrap import organisation as settings
from bootstrap.apis import OF_DEPLOYERS, OF_STACKS
from bootstrap.deployer import Deployer, DeployerArgs
from bootstrap.projects import declare_projects
from bootstrap.roles import OF_SERVICES, grantable, roles
from bootstrap.state_store import StateStore

organisation = settings.from_pulumi()
stacks = organisation.deployed()
services = {name: organisation.beside(name) for name in stacks}
stack_projects = {name: stack.google.project for name, stack in stacks.items() if stack.google is not None}

provider = gcp.Provider("google", project=organisation.project, region=organisation.region)
google, on_google = ResourceOptions(provider=provider), ResourceOptions(providers={"gcp": provider})

# Projects, and in each the APIs without which nobody could enable any other.
projects = declare_projects([organisation.project, *stack_projects.values()], organisation.new_projects, google)
here = EnabledApis("apis", {"project": projects[organisation.project], "apis": OF_DEPLOYERS}, on_google).project
deployed_to = {
    name: EnabledApis(f"{name}-apis", {"project": projects[project], "apis": OF_STACKS}, on_google).project
    for name, project in stack_projects.items()
}

# A state and a key for each stack, for each service beside one, and for this one, which no pipeline can reach.
ring = gcp.kms.KeyRing(
    organisation.key_ring,
    project=here,
    name=organisation.key_ring,
    location=organisation.region,
    opts=ResourceOptions.merge(google, ResourceOptions(protect=True)),
)
stores = {
    name: StateStore(
        name,
        {
            "project": here,
            "location": organisation.region,
            "bucket_name": organisation.bucket_name,
            "key_ring": ring.id,
        },
        on_google,
    )
    for name in (settings.STACK, *stacks, *(name for beside in services.values() for name in beside.values()))
}


def deployer_args(name: str, stack: str, repository: settings.Repository, allowed: Sequence[str]) -> DeployerArgs:
    """What who deploys has in any case: jobs of one GitLab project, with no key, and a state of their own."""
    return {
        "project": here,
        "issuer": organisation.gitlab.issuer,
        "repository": repository,
        "stack": stack,
        "jobs": organisation.stacks[stack],
        "stack_project": deployed_to[stack],
        "roles": allowed,
        "bucket": stores[name].bucket,
        "key": stores[name].key,
    }


# Who deploys a stack: jobs of the platform's own project.
deployers = {
    name: Deployer(
        name,
        {
            **deployer_args(name, name, organisation.gitlab, roles(stack)),
            "grantable": grantable(stack, stack_projects[name]),
            "hands_over_to": {service: stores[beside].bucket for service, beside in services[name].items()},
        },
        on_google,
    )
    for name, stack in stacks.items()
}

# Beside each stack, jobs of the services' own projects. They reach nothing of the platform's but its cluster's door.
deployers |= {
    name: Deployer(name, deployer_args(name, stack, organisation.services[service], OF_SERVICES), on_google)
    for stack, beside in services.items()
    for service, name in beside.items()
}

for name, store in stores.items():
    told = {"backend": Output.concat("gs://", store.bucket), "secretsProvider": Output.concat("gcpkms://", store.key)}
    if name in deployers:
        told |= {"serviceAccount": deployers[name].email, "workloadIdentityProvider": deployers[name].provider}
    pulumi.export(name, told)
