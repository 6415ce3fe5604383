"""What every workload is made of: an account of its own, its network policy, its configuration, and pods of these."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Alias, Input, Output, ResourceOptions

from web_platform import labels
from web_platform.order import after
from web_platform.pods import NOBODY, TEMPORARY_FILES, disk_for, pod_security, resources
from web_platform.workloads.arguments import DEFAULT_CPU, DEFAULT_MEMORY, WorkloadArgs
from web_platform.workloads.configuration import declare_config_map, declare_secret
from web_platform.workloads.containers import (
    MAIN,
    ContainerArgs,
    container,
    container_size,
    secret_variables,
    variables,
    words,
)
from web_platform.workloads.files import config_map_volume, file_mounts, key_of, secret_volume, volume_name
from web_platform.workloads.network import NetworkPeerArgs, network_policy
from web_platform.workloads.overlay import overlaid

DEFAULT_SHUTDOWN_SECONDS = 25

_SCRATCH_SIZE = "64Mi"
_FILES, _SECRET_FILES = "files", "secret-files"
_CONTAINERS = frozenset({"containers", "initContainers"})


@dataclass(frozen=True)
class Workload:
    """The objects that every workload has, and pods that are made of them."""

    name: str
    args: WorkloadArgs
    account: Output[str]
    """ServiceAccount that the pods run as. Known once the network policy is there too, so that no pod is without."""

    secrets: Output[str] | None
    """Secret of the secret environment variables."""

    files: Output[str] | None
    """ConfigMap of the files."""

    secret_files: Output[str] | None
    """Secret of the secret files."""

    @property
    def labels(self) -> dict[str, str]:
        """Labels by which the main pods are selected."""
        return {labels.NAME: self.name}

    @property
    def selector(self) -> dict[str, Any]:
        """What selects the main pods."""
        return {"matchLabels": self.labels}

    def metadata(self, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - further parts of an object's metadata
        """Name and labels of the workload's main objects."""
        return {
            "name": self.name,
            "namespace": self.args["namespace"],
            "labels": self.labels | labels.MANAGED,
            **more,
        }

    def pod_template(
        self,
        main: Mapping[str, Any] | None = None,
        *,
        mounts: Sequence[Mapping[str, Any]] = (),
        volumes: Sequence[Mapping[str, Any]] = (),
        **more: Any,  # noqa: ANN401 - further parts of a PodSpec
    ) -> dict[str, Any]:
        """The pods that the workload is for.

        Args:
            main: Further parts of the main container, such as its ports and probes.
            mounts: Further mounts of the main container.
            volumes: Volumes that these need.
            more: Further parts of the pods.
        """
        args = self.args
        own = words(args.get("command"), args.get("arguments"))
        spec = self._pod_spec({**own, **(main or {})}, mounts, volumes) | more
        return self._template(self.labels, overlaid(spec, args.get("pod_spec", {})))

    def task_template(self, task: str, command: Mapping[str, Any]) -> dict[str, Any]:
        """Pods that run another command beside the main ones, under labels of their own: no Service selects them.

        Of the raw parts of a pod, they have those that are not about its containers.
        """
        spec = self._pod_spec(command, (), ()) | {"restartPolicy": "Never"}
        raw = {key: value for key, value in self.args.get("pod_spec", {}).items() if key not in _CONTAINERS}
        return self._template({labels.NAME: f"{self.name}-{task}"}, overlaid(spec, raw))

    def _template(self, selected_by: Mapping[str, str], spec: Mapping[str, Any]) -> dict[str, Any]:
        return {"metadata": {"labels": {**selected_by, **labels.MANAGED}}, "spec": spec}

    def _pod_spec(
        self, main: Mapping[str, Any], mounts: Sequence[Mapping[str, Any]], volumes: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        args = self.args
        scratch = {TEMPORARY_FILES: _SCRATCH_SIZE} | dict(args.get("scratch", {}))
        places = [{"name": volume_name("scratch", path), "mountPath": path} for path in sorted(scratch)]
        files = file_mounts(_FILES, args.get("files", {})) + file_mounts(_SECRET_FILES, args.get("secret_files", {}))
        environment = variables(args.get("environment", {}))
        environment += secret_variables(args.get("secret_environment", {}), self.secrets)

        def beside(name: str, wanted: ContainerArgs, **kind: str) -> dict[str, Any]:
            own = wanted.get("environment", {})
            shares = wanted.get("shares_environment", False)
            return container(
                name,
                wanted.get("image", args["image"]),
                environment=variables(own) + [each for each in environment if shares and each["name"] not in own],
                resources=resources(*container_size(wanted), disk=disk_for([])),
                mounts=places,
                **words(wanted.get("command"), wanted.get("arguments")),
                **(self._environment_from() if shares else {}),
                **kind,
            )

        sidecars = [
            beside(name, wanted, restartPolicy="Always") for name, wanted in sorted(args.get("sidecars", {}).items())
        ]
        before = [beside(name, wanted) for name, wanted in sorted(args.get("init_containers", {}).items())]
        all_volumes = [
            *(
                {"name": volume_name("scratch", path), "emptyDir": {"sizeLimit": size}}
                for path, size in sorted(scratch.items())
            ),
            *([] if self.files is None else [config_map_volume(_FILES, self.files)]),
            *([] if self.secret_files is None else [secret_volume(_SECRET_FILES, self.secret_files)]),
            *volumes,
        ]
        the_main = container(
            MAIN,
            args["image"],
            environment=environment,
            resources=resources(
                args.get("cpu", DEFAULT_CPU),
                args.get("memory", DEFAULT_MEMORY),
                cpu_limit=args.get("cpu_limit"),
                memory_limit=args.get("memory_limit"),
                disk=disk_for(scratch.values()),
            ),
            mounts=[*places, *files, *mounts],
            **self._environment_from(),
        )
        return {
            "serviceAccountName": self.account,
            "automountServiceAccountToken": args.get("service_account_token", False),
            # One variable for each Service in the namespace would make pods differ by what else is installed.
            "enableServiceLinks": False,
            "securityContext": pod_security(int(args.get("user", NOBODY))),
            "terminationGracePeriodSeconds": int(args.get("shutdown_seconds", DEFAULT_SHUTDOWN_SECONDS)),
            **({"initContainers": [*sidecars, *before]} if sidecars or before else {}),
            "containers": [the_main | dict(main)],
            "volumes": all_volumes,
        }

    def _environment_from(self) -> dict[str, Any]:
        sources = self.args.get("environment_from", {})
        listed = [
            *({"configMapRef": {"name": name}} for name in sources.get("config_maps", [])),
            *({"secretRef": {"name": name}} for name in sources.get("secrets", [])),
        ]
        return {"envFrom": listed} if listed else {}


def declare_workload(
    parent: pulumi.ComponentResource,
    name: str,
    args: WorkloadArgs,
    *,
    tasks: Sequence[str] = (),
    callers: Sequence[NetworkPeerArgs] = (),
    port: int | None = None,
) -> Workload:
    """Declare what every workload has, as children of its component.

    Args:
        parent: The component.
        name: The workload's name.
        args: Its arguments, without fault.
        tasks: What runs beside the main pods (see `Workload.task_template`), and connects to where these do.
        callers: Who may connect to its pods.
        port: Port that callers connect to.
    """
    child = ResourceOptions(parent=parent)
    unnamed = {"namespace": args["namespace"], "labels": {labels.NAME: name} | labels.MANAGED}
    metadata = {"name": name, **unnamed}
    token = args.get("service_account_token", False)
    account = kubernetes.core.v1.ServiceAccount(
        f"{name}-account", metadata=metadata, automount_service_account_token=token, opts=child
    )
    policy = kubernetes.networking.v1.NetworkPolicy(
        f"{name}-network",
        metadata=metadata,
        spec=network_policy(
            _of_workload(name, tasks),
            args.get("network_paths", []),
            internet=args.get("internet", False),
            callers=callers,
            port=port,
        ),
        # It said less once, and was called after that.
        opts=ResourceOptions(parent=parent, aliases=[Alias(name=f"{name}-egress")]),
    )

    secrets, files = args.get("secret_environment"), args.get("files")
    secret_files = args.get("secret_files")
    return Workload(
        name,
        args,
        after(account.metadata.apply(lambda made: made.name or name), policy.urn),
        declare_secret(parent, f"{name}-secrets", unnamed, secrets) if secrets else None,
        declare_config_map(parent, f"{name}-{_FILES}", unnamed, _by_key(files)) if files else None,
        declare_secret(parent, f"{name}-{_SECRET_FILES}", unnamed, _by_key(secret_files)) if secret_files else None,
    )


def _of_workload(name: str, tasks: Sequence[str]) -> dict[str, Any]:
    if not tasks:
        return {"matchLabels": {labels.NAME: name}}
    names = [name, *(f"{name}-{task}" for task in tasks)]
    return {"matchExpressions": [{"key": labels.NAME, "operator": "In", "values": names}]}


def _by_key(files: Mapping[str, Input[str]]) -> dict[str, Input[str]]:
    return {key_of(path): content for path, content in files.items()}
