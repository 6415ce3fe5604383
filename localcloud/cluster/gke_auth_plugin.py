"""The stand-in for Google's ``gke-gcloud-auth-plugin``, which Kubernetes clients run to learn who they are on GKE.

The client says which cluster it means; the stand-in finds that cluster among those of the simulated Google Cloud and
answers with its administrator's certificate. It runs at every start of a client, so this file is run by itself and
needs nothing but the standard library.
The protocol: https://kubernetes.io/docs/reference/config-api/client-authentication.v1beta1
"""

import json
import os
import sys
from pathlib import Path

NAME = "gke-gcloud-auth-plugin"
_CLOUD = "LOCALCLOUD_GOOGLE_DIRECTORY"
_INFO = "KUBERNETES_EXEC_INFO"


class _RefusalError(Exception):
    """There are no credentials to be given.

    Args:
        problem: What is wrong.
        remedy: What to do.
    """

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{NAME} of the local cloud: {problem}\n  Remedy: {remedy}")


def install(directory: Path) -> None:
    """Puts the stand-in into a directory of PATH."""
    program = directory / NAME
    # Neither the environment nor installed packages are looked at: both take longer than the answer.
    script = f'#!/bin/sh\nexec "{sys.executable}" -E -s -S "{Path(__file__).resolve()}" "$@"\n'
    if program.exists() and program.read_text() == script:
        return
    directory.mkdir(parents=True, exist_ok=True)
    temporary = directory / f".{NAME}.{os.getpid()}"
    temporary.write_text(script)
    temporary.chmod(0o755)
    temporary.replace(program)


def main() -> int:
    """Answers the client on standard output, or tells why not on standard error."""
    if "--version" in sys.argv[1:]:
        _print(f"{NAME} of the local cloud")
        return 0
    try:
        _print(json.dumps(_answer(_asked())))
    except _RefusalError as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    return 0


def _asked() -> dict[str, object]:
    """What the client wants to know."""
    try:
        asked = json.loads(os.environ[_INFO])
        if isinstance(asked["spec"]["cluster"]["server"], str):
            return dict(asked)
    except (KeyError, TypeError, ValueError):
        pass
    raise _RefusalError(
        f"{_INFO} does not say which cluster is meant.",
        "it is run by kubectl and other clients, not by hand; in the kubeconfig, set `provideClusterInfo: true` of the "
        "user's `exec`.",
    )


def _answer(asked: dict[str, object]) -> dict[str, object]:
    spec = asked["spec"]
    server = spec["cluster"]["server"] if isinstance(spec, dict) else ""
    keys = _directory(server) / "pki"
    return {
        "apiVersion": asked["apiVersion"],
        "kind": "ExecCredential",
        "status": {
            "clientCertificateData": (keys / "admin.crt").read_text(),
            "clientKeyData": (keys / "admin.key").read_text(),
        },
    }


def _directory(server: str) -> Path:
    """Where the cluster is kept whose API server listens at `server`."""
    cloud = os.environ.get(_CLOUD)
    if not cloud:
        raise _RefusalError(
            f"{_CLOUD} does not say where the simulated Google Cloud is.",
            "run the command in `make shell STACK=<stack>`, or, to reach a real cluster, put Google's own plugin first "
            "on PATH.",
        )
    servers = {}
    for ports in Path(cloud, "clusters").glob("*/ports.json"):
        try:
            servers[f"https://127.0.0.1:{json.loads(ports.read_text())['kube-apiserver']}"] = ports.parent
        except (KeyError, OSError, TypeError, ValueError):
            continue  # Not started yet, or just being deleted.
    if server not in servers:
        raise _RefusalError(
            f"no cluster of the simulated Google Cloud has its API server at {server}; "
            f"there is {', '.join(sorted(servers)) or 'none'}.",
            "if the cluster was stopped and has another port now, `pulumi refresh` makes the stack see it.",
        )
    return servers[server]


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
