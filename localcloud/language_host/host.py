"""The calls of the engine's `LanguageRuntime` service."""

from __future__ import annotations

import importlib.metadata
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import grpc
from google.protobuf import empty_pb2
from typing_extensions import override

from localcloud.language_host.children import Children
from localcloud.language_host.errors import HostError
from localcloud.language_host.interpreter import Interpreter, resolve
from localcloud.protocol import language_pb2, language_pb2_grpc, plugin_pb2
from localcloud.unimplemented import declines


@declines(
    language_pb2_grpc.LanguageRuntimeServicer,
    otherwise="the Python language host of localcloud does not implement {call}",
    messages={
        "GenerateProgram": "this Python language host writes no programs, and nothing else is amiss: what was imported "
        "is in the state; declare it in the program, and pass `--generate-code=false` to import without this message",
        "GenerateProject": "this Python language host writes no programs; run `pulumi convert` with the Pulumi that "
        "its makers distribute, and keep the result in the repository",
        "Pack": "this Python language host does not build distributions; run `python -m build` in the directory",
    },
)
class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """One host serves one engine, whose programs and plugins are its children."""

    def __init__(self, engine: str) -> None:
        """Serve the engine at that address, or, where it is empty, the one that shakes hands."""
        self.engine = engine
        self.children = Children()

    @override
    def Handshake(
        self, request: language_pb2.LanguageHandshakeRequest, context: grpc.ServicerContext
    ) -> language_pb2.LanguageHandshakeResponse:
        self.engine = request.engine_address
        return language_pb2.LanguageHandshakeResponse()

    @override
    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=importlib.metadata.version("pulumi"))

    @override
    def GetRequiredPackages(
        self, request: language_pb2.GetRequiredPackagesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetRequiredPackagesResponse:
        """None, since the engine looks a plugin up when the program first uses it.

        An SDK that is merely installed costs neither a download nor an error on a machine that cannot download.
        """
        return language_pb2.GetRequiredPackagesResponse()

    @override
    def GetRequiredPlugins(
        self, request: language_pb2.GetRequiredPluginsRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetRequiredPluginsResponse:
        return language_pb2.GetRequiredPluginsResponse()

    @override
    def Run(self, request: language_pb2.RunRequest, context: grpc.ServicerContext) -> language_pb2.RunResponse:
        from localcloud.language_host.program import check_types, run_program

        if request.attach_debugger:
            return language_pb2.RunResponse(
                error="this Python language host attaches no debugger; call `debugpy.listen` in the program instead"
            )
        interpreter = self._interpreter(request.info, context)
        if error := check_types(request.info, interpreter):
            return language_pb2.RunResponse(error=error)
        return run_program(request, engine=self.engine, interpreter=interpreter, children=self.children)

    @override
    def RunPlugin(
        self, request: language_pb2.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.RunPluginResponse]:
        from localcloud.language_host.plugin import POLICY_PACK, run_plugin

        interpreter = self._interpreter(request.info, context, plugin=request.kind != POLICY_PACK)
        try:
            yield from run_plugin(request, interpreter=interpreter, children=self.children, context=context)
        except HostError as error:
            _refuse(context, error)

    @override
    def InstallDependencies(
        self, request: language_pb2.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        from localcloud.language_host.dependencies import install_dependencies

        try:
            interpreter = resolve(request.info, plugin=request.is_plugin)
            directory = Path(request.info.program_directory or request.directory)
            for text in install_dependencies(directory, interpreter, self.children, plugin=request.is_plugin):
                yield language_pb2.InstallDependenciesResponse(stdout=text.encode())
        except HostError as error:
            _refuse(context, error)

    @override
    def GeneratePackage(
        self, request: language_pb2.GeneratePackageRequest, context: grpc.ServicerContext
    ) -> language_pb2.GeneratePackageResponse:
        from localcloud.language_host.sdk import generate_sdk

        try:
            generate_sdk(request)
        except HostError as error:
            _refuse(context, error)
        return language_pb2.GeneratePackageResponse()

    @override
    def Link(self, request: language_pb2.LinkRequest, context: grpc.ServicerContext) -> language_pb2.LinkResponse:
        from localcloud.language_host.sdk import link_sdks

        try:
            instructions = link_sdks(request, resolve(request.info), self.children)
        except HostError as error:
            _refuse(context, error)
        return language_pb2.LinkResponse(import_instructions=instructions)

    @override
    def GetProgramDependencies(
        self, request: language_pb2.GetProgramDependenciesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetProgramDependenciesResponse:
        from localcloud.language_host.dependencies import installed_packages

        interpreter = self._interpreter(request.info, context)
        packages = installed_packages(interpreter, everything=request.transitiveDependencies)
        return language_pb2.GetProgramDependenciesResponse(
            dependencies=[language_pb2.DependencyInfo(**package) for package in packages]
        )

    @override
    def About(self, request: language_pb2.AboutRequest, context: grpc.ServicerContext) -> language_pb2.AboutResponse:
        interpreter = self._interpreter(request.info, context)
        version = subprocess.run(
            [str(interpreter.executable), "-c", "import platform; print(platform.python_version())"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        return language_pb2.AboutResponse(
            executable=str(interpreter.executable), version=version, metadata={"toolchain": interpreter.toolchain}
        )

    @override
    def RuntimeOptionsPrompts(
        self, request: language_pb2.RuntimeOptionsRequest, context: grpc.ServicerContext
    ) -> language_pb2.RuntimeOptionsResponse:
        """What `pulumi new` asks: the toolchain, and for pip the virtual environment's directory."""
        options = dict(request.info.options)
        if "toolchain" not in options:
            choices = ["pip", *(["uv"] if shutil.which("uv") else [])]
            return _prompt("toolchain", "The toolchain to install dependencies with", choices)
        if options["toolchain"] == "pip" and "virtualenv" not in options:
            return _prompt("virtualenv", "The virtual environment to use", ["venv"])
        return language_pb2.RuntimeOptionsResponse()

    @override
    def Template(
        self, request: language_pb2.TemplateRequest, context: grpc.ServicerContext
    ) -> language_pb2.TemplateResponse:
        """Templates are written for pip and need no change."""
        return language_pb2.TemplateResponse()

    @override
    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        self.children.stop()
        return empty_pb2.Empty()

    def _interpreter(
        self, info: language_pb2.ProgramInfo, context: grpc.ServicerContext, *, plugin: bool = False
    ) -> Interpreter:
        try:
            interpreter = resolve(info, plugin=plugin)
            interpreter.require()
        except HostError as error:
            _refuse(context, error)
        return interpreter


def _refuse(context: grpc.ServicerContext, error: HostError) -> NoReturn:
    context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))


def _prompt(key: str, description: str, choices: list[str]) -> language_pb2.RuntimeOptionsResponse:
    kind = language_pb2.RuntimeOptionPrompt.STRING
    values = [
        language_pb2.RuntimeOptionPrompt.RuntimeOptionValue(promptType=kind, stringValue=each, displayName=each)
        for each in choices
    ]
    prompt = language_pb2.RuntimeOptionPrompt(
        key=key, description=description, promptType=kind, choices=values, default=values[0]
    )
    return language_pb2.RuntimeOptionsResponse(prompts=[prompt])
