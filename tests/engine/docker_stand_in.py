"""Stands in for Docker, on machines without it: as much of its command line as the real kind and ours ask for.

It keeps a list of containers, which run nothing. Where kind runs a command in a node, what the command would have
answered is told; Kubernetes itself is another API server, which the test has started. What is not foreseen here fails.
"""

import fcntl
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# As kind knows a node's role, in the containers' labels and in its own templates for them.
CLUSTER, ROLE = "io.x-k8s.kind.cluster", "io.x-k8s.kind.role"

_INFO = {
    "CgroupDriver": "systemd",
    "CgroupVersion": "2",
    "MemoryLimit": True,
    "PidsLimit": True,
    "CPUShares": True,
    "SecurityOptions": ["name=seccomp,profile=builtin", "name=cgroupns"],
}
_SAID_OF_IT = {
    "{{json .}}": json.dumps(_INFO),
    "'{{json .SecurityOptions}}'": json.dumps(_INFO["SecurityOptions"]),
    "{{.Driver}}": "overlay2",
    "{{json .DriverStatus }}": json.dumps([["Backing Filesystem", "extfs"]]),
}

# Of `docker run`, the options that a value follows.
_WITH_VALUE = {"--name", "--hostname", "--label", "--net", "--volume", "--tmpfs", "--security-opt", "-e"}


class Docker:
    """What the containers' keeper in `home` is asked, and what it keeps.

    Args:
        home: A directory of its own. `admin.conf` there is the kubeconfig that nodes have, and `server` says where the
            API server really is.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._file = home / "docker.json"

    def install(self, folder: Path) -> None:
        """Makes it the program `docker` in a folder."""
        program = folder / "docker"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "{__file__}" "{self._home}" "$@"\n')
        program.chmod(0o755)

    def containers(self) -> dict[str, dict[str, Any]]:
        """What there is, by name: labels, image, volumes, published ports, and whether it runs."""
        with self._kept() as kept:
            found: dict[str, dict[str, Any]] = kept["containers"]
            return found

    def answer(self, asked: Sequence[str]) -> str:
        """Does what is asked, and gives what is printed."""
        with self._kept() as kept:
            match [*asked]:
                case ["-v"]:
                    return "Docker version 28.2.2, build stand-in"
                case ["info", ("--format" | "-f"), template]:
                    return _SAID_OF_IT[template]
                case ["context", "inspect", *_]:
                    return "unix:///var/run/docker.sock"
                case ["network", "ls", *_]:
                    return "\n".join(kept["networks"])
                case ["network", "inspect", "bridge", *_]:
                    return "1500"
                case ["network", "create", *_, name]:
                    kept["networks"].append(name)
                case ["inspect", "--type=image", image]:
                    _require(image in kept["images"], f"No such image: {image}")
                case ["pull", image]:
                    kept["images"].append(image)
                case ["run", *arguments, image]:
                    _require(image in kept["images"], f"Unable to find image {image!r} locally")
                    self._run(kept["containers"], arguments, image)
                case ["logs", "-f", name]:
                    _container(kept, name)
                    return "[  OK  ] Reached target Multi-User System."
                case ["ps", "-a", "--filter", label, "--format", template]:
                    return "\n".join(_listed(kept["containers"], label.removeprefix("label="), template))
                case ["inspect", ("--format" | "-f"), template, name]:
                    return self._inspected(_container(kept, name), template)
                case ["exec", "--privileged", *options, name] if not set(options) - {"-i"}:
                    raise SystemExit(f"nothing to run in {name}")
                case ["exec", "--privileged", "-i", name, *command] | ["exec", "--privileged", name, *command]:
                    container = _container(kept, name)
                    _require(container["running"], f"Container {name} is not running")
                    return self._executed(container, command)
                case [("start" | "stop") as verb, *names] if names:
                    for name in names:
                        _container(kept, name)["running"] = verb == "start"
                    return "\n".join(names)
                case ["rm", "-f", "-v", *names]:
                    for name in names:
                        del kept["containers"][name]
                case _:
                    raise SystemExit(f"the stand-in for Docker is not made for: docker {' '.join(asked)}")
        return ""

    def _run(self, containers: dict[str, Any], arguments: Sequence[str], image: str) -> None:
        options = list(_options(arguments))
        (name,) = (value for option, value in options if option == "--name")
        _require(name not in containers, f"The container name {name!r} is already in use")
        containers[name] = {
            "image": image,
            "labels": dict(value.split("=", 1) for option, value in options if option == "--label"),
            "volumes": [value for option, value in options if option == "--volume"],
            "published": [value for option, value in options if option == "--publish"],
            "address": f"172.18.0.{len(containers) + 2}",
            "running": True,
        }

    def _inspected(self, container: Mapping[str, Any], template: str) -> str:
        if label := re.search(r'\.Config\.Labels "([^"]+)"', template):
            return str(container["labels"].get(label[1], ""))
        if "IPAddress" in template:
            return f"{container['address']},"
        if ".NetworkSettings.Ports" in template:
            _require(container["running"], "a container that is stopped has no ports")
            host, _, port = (self._home / "server").read_text().partition(":")
            return f"{host}\t{port}"
        raise SystemExit(f"the stand-in for Docker has nothing to say of {template}")

    def _executed(self, container: Mapping[str, Any], command: Sequence[str]) -> str:
        match [*command]:
            case ["cat", "/kind/version"]:
                return str(container["image"]).partition(":")[2].partition("@")[0]
            case ["cat", "/etc/kubernetes/admin.conf"]:
                return (self._home / "admin.conf").read_text()
            case ["cat", "/kind/manifests/default-cni.yaml" | "/kind/manifests/default-storage.yaml"]:
                return "kind: List"
            case ["kubectl", *_] if "get" in command:
                return "'True'"
            case [("kubeadm" | "kubectl" | "mkdir" | "cp"), *_]:
                sys.stdin.read()
                return ""
        raise SystemExit(f"the stand-in for a node is not made for: {' '.join(command)}")

    @contextmanager
    def _kept(self) -> Iterator[dict[str, Any]]:
        """What is kept, to be read and changed. kind asks for all nodes at once."""
        with (self._home / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            empty: dict[str, Any] = {"containers": {}, "images": [], "networks": []}
            kept = json.loads(self._file.read_text()) if self._file.exists() else empty
            yield kept
            self._file.write_text(json.dumps(kept))


def _options(arguments: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Options with their values, which may be the next argument."""
    remaining = iter(arguments)
    for argument in remaining:
        option, equals, value = argument.partition("=")
        yield option, next(remaining) if not equals and option in _WITH_VALUE else value


def _listed(containers: Mapping[str, Any], label: str, template: str) -> Iterator[str]:
    key, equals, value = label.partition("=")
    for name, container in containers.items():
        found = container["labels"].get(key)
        if found is not None and (not equals or found == value):
            yield name if template == "{{.Names}}" else found


def _container(kept: Mapping[str, Any], name: str) -> dict[str, Any]:
    _require(name in kept["containers"], f"No such container: {name}")
    container: dict[str, Any] = kept["containers"][name]
    return container


def _require(condition: bool, said: str) -> None:
    if not condition:
        raise SystemExit(f"Error response from daemon: {said}")


if __name__ == "__main__":
    if said := Docker(Path(sys.argv[1])).answer(sys.argv[2:]):
        print(said)  # noqa: T201 - it is a program
