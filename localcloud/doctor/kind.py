"""A kind cluster: real containers, on nodes that have the project's folder."""

import re
from pathlib import Path

from localcloud.cluster.kind import RELEASE
from localcloud.doctor import programs
from localcloud.doctor.findings import Finding, Looks, has, hint, lacks

_INSTANCES = Path("/proc/sys/fs/inotify/max_user_instances")
# What kind advises: https://kind.sigs.k8s.io/docs/user/known-issues/#pod-errors-due-to-too-many-open-files
_ENOUGH_INSTANCES = 512


def looks() -> Looks:
    """What it needs beside what the embedded cluster does."""
    found: Looks = {"Docker": _docker, "kind": _kind}
    # Elsewhere, Docker runs on a Linux of its own.
    return {**found, "inotify instances": _inotify_instances} if _INSTANCES.exists() else found


def _docker() -> Finding:
    place = programs.where("docker")
    if place is None:
        return lacks("not on PATH", "Install Docker: https://docs.docker.com/engine/install/.")
    answer = programs.ask(place, "version", "--format", "{{.Server.Version}}")
    if answer.good:
        return has(f"engine {answer.text}, {programs.shown(place)}")
    return lacks(
        f"{programs.shown(place)}, but its engine does not answer: {answer.text}",
        "Start it, as with `sudo systemctl start docker`, and let your user reach it: "
        "https://docs.docker.com/engine/install/.",
    )


def _kind() -> Finding:
    place = programs.where("kind")
    install = f"Install kind {RELEASE} or later: https://kind.sigs.k8s.io."
    if place is None:
        return lacks("not on PATH", install)
    answer = programs.ask(place, "version")
    if not answer.good:
        return lacks(f"{programs.shown(place)}: {answer.text}", install)
    version = next(iter(re.findall(r"v\d[\w.+-]*", answer.text)), "unknown version")
    found = f"{version}, {programs.shown(place)}"
    return (
        has(found) if _release(version) >= _release(RELEASE) else hint(found, f"{install} The nodes' image is of it.")
    )


def _release(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)[:2]]


def _inotify_instances() -> Finding:
    number = int(_INSTANCES.read_text())
    if number >= _ENOUGH_INSTANCES:
        return has(str(number))
    return hint(
        str(number),
        "If pods fail with `too many open files`, run "
        f"`sudo sysctl fs.inotify.max_user_instances={_ENOUGH_INSTANCES}`.",
    )
