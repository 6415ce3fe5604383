"""The Python SDK of a package in any language: written beside a program, and put among what the program needs."""

from __future__ import annotations

import subprocess
from pathlib import Path

from localcloud import toolchain
from localcloud.errors import LocalCloudError
from localcloud.language_host.children import Children
from localcloud.language_host.dependencies import add_dependency
from localcloud.language_host.errors import HostError
from localcloud.language_host.interpreter import Interpreter
from localcloud.protocol import language_pb2


def generate_sdk(request: language_pb2.GeneratePackageRequest) -> None:
    """Write the SDK. Pulumi's generator does it, which is built when it is first asked for."""
    if request.extra_files:
        raise HostError("this Python language host adds no files of its own to an SDK; leave `--overlays` out")
    try:
        generator = toolchain.ensure_languages()["generate-python-sdk"]
    except LocalCloudError as error:
        raise HostError(str(error)) from error
    outcome = subprocess.run(
        [generator, "-loader", request.loader_target, "-directory", request.directory],
        input=request.schema,
        capture_output=True,
        text=True,
        check=False,
    )
    if outcome.returncode:
        raise HostError(f"no SDK for Python was made: {outcome.stderr.strip()}")


def link_sdks(request: language_pb2.LinkRequest, interpreter: Interpreter, children: Children) -> str:
    """Put SDKs among what the program needs, and say how each is imported."""
    if interpreter.virtualenv is None:
        raise HostError(
            "the program has no virtual environment of its own, and an SDK does not belong into the one that the local "
            "cloud runs in; set the 'virtualenv' option in its Pulumi.yaml, to 'venv' for one"
        )
    directory = Path(request.info.program_directory)
    modules = [_module(directory / sdk.path) for sdk in request.packages]
    for sdk in request.packages:
        add_dependency(directory, sdk.path, interpreter, children)
    imports = "".join(f"  import {module} as {module.removeprefix('pulumi_')}\n" for module in modules)
    return f"The program can now import it:\n\n{imports}"


def _module(sdk: Path) -> str:
    """The module of a generated SDK."""
    described = next(sdk.glob("*/pulumi-plugin.json"), None)
    if described is None:
        raise HostError(
            f"{sdk} is no SDK for Python, since no folder in it has a pulumi-plugin.json, so the program could import "
            "nothing from it; run `pulumi package add` again, which writes it anew"
        )
    return described.parent.name
