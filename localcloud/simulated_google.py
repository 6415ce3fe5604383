"""What a stack with ``platform: google`` runs on when it is rehearsed: Google Cloud as it is simulated on this machine.

The provider plugin makes everything in it as the program declares it, clusters included; here it is only found again,
resumed, and ended. What would lead to the real one is kept out of the environment.
"""

from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path

import yaml

from localcloud import console, gke_kubeconfig, leftovers, project, protection
from localcloud.cluster import files
from localcloud.errors import LocalCloudError
from localcloud.platform import ClusterPlace, Commands
from localcloud.providers.google import DIRECTORY_VARIABLE, clusters, tokens
from localcloud.providers.google.cloud import Cloud
from localcloud.providers.google.kind import Refusal
from localcloud.providers.google.kinds import kind_of
from localcloud.workspace import Workspace

# Credentials, places, endpoints and accounts: of the provider
# (https://www.pulumi.com/registry/packages/gcp/installation-configuration/), of Google's libraries, and of gcloud.
_REAL = ("GOOGLE_", "GCLOUD_", "CLOUDSDK_", "GCE_METADATA_", "USER_PROJECT_OVERRIDE")


class SimulatedGoogle:
    """The simulated Google Cloud of one stack.

    Args:
        workspace: Where its things are.
        ending: Whether the stack is only to be destroyed: then its file, and clusters that do not start, do not matter.
    """

    commands = Commands("rehearse", "rehearse-preview", "rehearse-down")
    runs_containers = False

    def __init__(self, workspace: Workspace, ending: bool = False) -> None:
        self._workspace = workspace
        self._ending = ending

    @property
    def cloud(self) -> Cloud:
        """What exists in it."""
        return Cloud(self._workspace.google)

    def introduction(self) -> str:
        """That nothing of this is real, and what is replaced so that it cannot be."""
        said = (
            f"This rehearses {self._workspace.stack}: Google Cloud is simulated on this machine. Pulumi's backend and "
            "secrets provider are local ones,\nand no credentials are passed on, so nothing real is read or changed."
        )
        replaced = "" if self._ending else project.replaced(self._workspace)
        return "\n".join(filter(None, [said, replaced]))

    def start(self) -> None:
        """Resumes the clusters that were made before; on a new cloud there is nothing to start."""
        self._workspace.google.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._clear_away()
        if self._ending:
            self._resume_or_discard()
        else:
            clusters.resume(self._workspace.google)

    def project(self) -> Path:
        """A copy, whatever the stack file says of its secrets: they may be real ones."""
        return project.bare_copy(self._workspace) if self._ending else project.copy(self._workspace)

    def lift_protection(self, resources: Collection[tuple[str, str]]) -> bool:
        """Switches it off in the cloud, behind Pulumi's back."""
        cloud = self.cloud
        for type_, identifier in resources:
            if resource := cloud.get(type_, identifier):
                cloud.tamper(type_, identifier, protection.lifted(resource.state))
        return True

    def is_empty(self) -> bool:
        """Whether nothing exists in it."""
        return not self.cloud.all()

    def environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """Of the inherited one, what does not lead to the real Google Cloud; and what leads to this one."""
        gcloud = self._workspace.google / "gcloud"  # Stays empty: no account is logged in.
        gcloud.mkdir(exist_ok=True)
        return {name: value for name, value in inherited.items() if not name.startswith(_REAL)} | {
            DIRECTORY_VARIABLE: str(self._workspace.google),
            "GOOGLE_OAUTH_ACCESS_TOKEN": "rehearsal",  # No secret: nobody real is ever shown it.
            "CLOUDSDK_CONFIG": str(gcloud),
            "SSL_CERT_FILE": str(clusters.trust_bundle(self._workspace.google)),
            "KUBECONFIG": str(self._kubeconfig()),
        }

    def clusters(self) -> list[ClusterPlace]:
        """Every cluster that was made in it."""
        return [
            ClusterPlace(cluster.directory.name, cluster.directory, cluster.kubeconfig)
            for cluster in clusters.all_clusters(self._workspace.google)
        ]

    def stop(self) -> None:
        """Stops the clusters and keeps what they stored."""
        for cluster in clusters.all_clusters(self._workspace.google):
            cluster.stop()

    def retain(self, resources: Collection[tuple[str, str]]) -> None:
        """Notes what is left over by intention."""
        leftovers.retain(self.cloud, resources)

    def dispose(self) -> list[str]:
        """Forgets the stack, but not what is left: a later rehearsal meets it, as it would in reality."""
        cloud = self.cloud
        self._clear_away()
        for orphan in clusters.orphans(cloud):
            orphan.delete()
        self.stop()
        self._workspace.forget(self._workspace.state, self._workspace.project)
        if kept := leftovers.kept(cloud):
            console.say("\n  ".join(["Kept in the simulated Google Cloud, as it would be in the real one:", *kept]))
        return leftovers.unpromised(cloud)

    def delete(self) -> None:
        """Deletes everything in it, and what described it."""
        for cluster in clusters.all_clusters(self._workspace.google):
            cluster.delete()
        self._workspace.forget(self._workspace.google, self._workspace.state, self._workspace.project)

    def _resume_or_discard(self) -> None:
        cloud = self.cloud
        for resource in clusters.standing(cloud):
            try:
                clusters.resume_one(cloud, resource)
            except LocalCloudError as failure:
                console.error(str(failure))
                console.say(f"So the cluster {resource.state['name']} is deleted with all that is in it.")
                cloud.discard(kind_of(resource.type), resource)

    def _clear_away(self) -> None:
        """Removes what a command that was killed left half made or half deleted: Pulumi knows nothing of it."""
        cloud = self.cloud
        for resource in cloud.cut_short():
            console.say(
                f"{resource.id} was left half made or half deleted by a command that was killed; it is removed."
            )
            with suppress(Refusal):  # A cluster that does not run gets the right nodes when it is resumed.
                cloud.discard(kind_of(resource.type), resource)

    def _kubeconfig(self) -> Path:
        """The user's way into the clusters, written anew for those there are."""
        path = self._workspace.google / "kubeconfig"
        content = gke_kubeconfig.kubeconfig(self.cloud.find(tokens.CLUSTER))
        files.write(path, yaml.safe_dump(content, sort_keys=False).encode())
        return path
