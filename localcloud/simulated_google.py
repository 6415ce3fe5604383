"""What a stack with ``platform: google`` runs on when it is rehearsed: Google Cloud as it is simulated on this machine.

The provider plugin makes everything in it as the program declares it, clusters included; here it is only found again,
resumed, and ended. What would lead to the real one is kept out of the environment.
"""

from collections.abc import Collection, Mapping
from pathlib import Path

import yaml

from localcloud import console, gke_kubeconfig, leftovers, project
from localcloud.cluster import files
from localcloud.platform import ClusterPlace, Commands
from localcloud.providers.google import clusters
from localcloud.providers.google.cloud import Cloud
from localcloud.workspace import Workspace

# Credentials, places, endpoints and accounts: of the provider
# (https://www.pulumi.com/registry/packages/gcp/installation-configuration/), of Google's libraries, and of gcloud.
_REAL = ("GOOGLE_", "GCLOUD_", "CLOUDSDK_", "GCE_METADATA_", "USER_PROJECT_OVERRIDE")


class SimulatedGoogle:
    """The simulated Google Cloud of one stack."""

    commands = Commands("rehearse", "rehearse-preview", "rehearse-down")
    runs_containers = False

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

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
        return "\n".join(filter(None, [said, project.replaced(self._workspace)]))

    def start(self) -> None:
        """Resumes the clusters that were made before; on a new cloud there is nothing to start."""
        self._workspace.google.mkdir(mode=0o700, parents=True, exist_ok=True)
        clusters.resume(self._workspace.google)

    def project(self) -> Path:
        """A copy, whatever the stack file says of its secrets: they may be real ones."""
        return project.copy(self._workspace)

    def waive_protection(self) -> bool:
        """Writes ``protected: false`` into the copy."""
        project.copy(self._workspace, {f"{project.name(self._workspace.root)}:protected": False})
        return True

    def environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """Of the inherited one, what does not lead to the real Google Cloud; and what leads to this one."""
        gcloud = self._workspace.google / "gcloud"  # Stays empty: no account is logged in.
        gcloud.mkdir(exist_ok=True)
        return {name: value for name, value in inherited.items() if not name.startswith(_REAL)} | {
            "LOCALCLOUD_GOOGLE_DIRECTORY": str(self._workspace.google),
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
        self.stop()
        self._workspace.forget(self._workspace.state, self._workspace.project)
        cloud = self.cloud
        if kept := leftovers.kept(cloud):
            console.say("\n  ".join(["Kept in the simulated Google Cloud, as it would be in the real one:", *kept]))
        return leftovers.unpromised(cloud)

    def delete(self) -> None:
        """Deletes everything in it, and what described it."""
        for cluster in clusters.all_clusters(self._workspace.google):
            cluster.delete()
        self._workspace.forget(self._workspace.google, self._workspace.state, self._workspace.project)

    def _kubeconfig(self) -> Path:
        """The user's way into the clusters, written anew for those there are."""
        path = self._workspace.google / "kubeconfig"
        content = gke_kubeconfig.kubeconfig(self.cloud.find(clusters.CLUSTER))
        files.write(path, yaml.safe_dump(content, sort_keys=False).encode())
        return path
