"""The local cloud of one stack: programs, plugins, charts and a platform, and the environment that leads to them."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from localcloud import charts, plugins, project, toolchain
from localcloud.cluster import gke_auth_plugin
from localcloud.errors import LocalCloudError
from localcloud.given_cluster import GivenCluster
from localcloud.platform import Platform
from localcloud.simulated_google import SimulatedGoogle
from localcloud.toolchain import Toolchain
from localcloud.workspace import Workspace
from settings import CHART_DIRECTORY_VARIABLE

# What would lead Pulumi to another stack's account, secrets or configuration.
_NOT_INHERITED = ("PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE_FILE", "PULUMI_CONFIG", "PULUMI_STACK")


@dataclass(frozen=True)
class LocalCloud:
    """An open local cloud: everything is in place, and what should run does.

    Attributes:
        workspace: Where its things are.
        platform: What the stack runs on.
        programs: Where its programs are.
        project: Where Pulumi finds the stack's project.
    """

    workspace: Workspace
    platform: Platform
    programs: Toolchain
    project: Path

    @classmethod
    def open(cls, workspace: Workspace, make_platform: Callable[[Workspace, Toolchain], Platform]) -> "LocalCloud":
        """Makes whatever is missing and starts what does not run; cheap when there is nothing to do.

        Args:
            workspace: Where its things are, or will be.
            make_platform: Gives what the stack runs on.

        Raises:
            LocalCloudError: Something of it cannot be had; what, and what to do.
        """
        programs = toolchain.ensure()
        workspace.home.mkdir(mode=0o700, exist_ok=True)
        _link_programs(workspace, programs)
        install_plugins(workspace.pulumi_home, programs)
        charts.assemble(workspace.charts)
        platform = make_platform(workspace, programs)
        _refuse_another(workspace, platform)
        platform.start()
        return cls(workspace, platform, programs, platform.project())

    def environment(self) -> dict[str, str]:
        """The environment in which plain ``pulumi``, ``kubectl`` and ``helm`` work on this stack."""
        self.workspace.state.mkdir(parents=True, exist_ok=True)
        inherited = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
        own = plugins.environment(self.workspace.pulumi_home, self.workspace.state) | {
            "PATH": os.pathsep.join([str(self.workspace.programs), os.environ.get("PATH", os.defpath)]),
            "PULUMI_CONFIG_PASSPHRASE": project.PASSPHRASE,
        }
        if not self.platform.runs_containers:
            own[CHART_DIRECTORY_VARIABLE] = str(self.workspace.charts)
        return self.platform.environment(inherited) | own

    def run(self, command: Sequence[str | Path], **environment: str) -> int:
        """Runs `command` where the project is, in the foreground, with this environment and what is added to it.

        Returns:
            Its exit code.
        """
        return run_in_foreground(command, self.project, self.environment() | environment)

    def ask(self, program: str, arguments: Sequence[str], consequence: str) -> str:
        """What a program of the local cloud answers.

        Args:
            program: Its name in the toolchain.
            arguments: What it is asked.
            consequence: What a failure means, as a sentence.

        Raises:
            LocalCloudError: It failed.
        """
        answer = subprocess.run(
            [self.programs[program], *arguments],
            cwd=self.project,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.returncode:
            raise LocalCloudError(
                f"`{program} {' '.join(arguments)}` failed: {answer.stderr.strip()}",
                consequence,
                f"`make shell STACK={self.workspace.stack}` leads to where it runs, for a closer look.",
            )
        return answer.stdout


def present(workspace: Workspace) -> list[Platform]:
    """What there is of a stack to be looked at, stopped or deleted, whatever its file says now; starting takes more."""
    platforms: list[Platform] = []
    if workspace.cluster.is_dir() or (workspace.directory.is_dir() and not workspace.google.is_dir()):
        platforms.append(GivenCluster(workspace, Toolchain({})))
    if workspace.google.is_dir():
        platforms.append(SimulatedGoogle(workspace))
    return platforms


def install_plugins(pulumi_home: Path, programs: Toolchain) -> None:
    """Gives the engine that uses `pulumi_home` every plugin that the local cloud has."""
    plugins.install(pulumi_home, Path(sys.executable))
    provider = "pulumi-resource-kubernetes"
    plugins.link(pulumi_home, "kubernetes", toolchain.version(provider), programs[provider])


def run_in_foreground(command: Sequence[str | Path], directory: Path, environment: Mapping[str, str]) -> int:
    """Runs `command` on this terminal and gives its exit code.

    An interrupt reaches it from the terminal too, and is its to answer. Any other end of this process is passed on to
    it as one, and waited for: Pulumi then writes down what it has done.

    Raises:
        KeyboardInterrupt: There was one, and it kept the command from what it was to do.
    """
    process = subprocess.Popen(command, cwd=directory, env=environment)
    interrupted = False
    while True:
        try:
            code = process.wait()
        except KeyboardInterrupt:
            interrupted = True
            continue
        except BaseException:
            process.send_signal(signal.SIGINT)
            process.wait()
            raise
        if interrupted and code:
            raise KeyboardInterrupt
        return code


def _refuse_another(workspace: Workspace, platform: Platform) -> None:
    """Refuses to go on with a state that describes what is on another platform than the stack's file names now."""
    others = [other for other in present(workspace) if type(other) is not type(platform)]
    if workspace.state.is_dir() and others and (workspace.cluster.is_dir() or workspace.google.is_dir()):
        raise LocalCloudError(
            f"The stack {workspace.stack} is up on another platform than Pulumi.{workspace.stack}.yaml names now.",
            "Its state describes what is there; nothing was started or changed.",
            f"`make {platform.commands.down} STACK={workspace.stack}` ends what is there; then run the command again.",
        )


def _link_programs(workspace: Workspace, programs: Toolchain) -> None:
    workspace.programs.mkdir(parents=True, exist_ok=True)
    for name in ("pulumi", "kubectl", "helm"):
        link = workspace.programs / name
        if not (link.is_symlink() and link.readlink() == programs[name]):
            link.unlink(missing_ok=True)
            link.symlink_to(programs[name])
    gke_auth_plugin.install(workspace.programs)
