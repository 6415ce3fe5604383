"""Running a plugin that is written in Python: a component package or a policy pack.

The engine sees such a plugin only through the `RunPlugin` call, which streams its output and its exit code.
"""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO

import grpc

from localcloud.language_host.children import Children
from localcloud.language_host.errors import HostError
from localcloud.language_host.interpreter import Interpreter
from localcloud.language_host.policy_proxy import PolicyProxy
from localcloud.language_host.program import child_command
from localcloud.language_host.python_package import package_name
from localcloud.protocol import analyzer_pb2, language_pb2

POLICY_PACK = "analyzer"

_Response = language_pb2.RunPluginResponse
_CHUNK_BYTES = 64 * 1024


def run_plugin(
    request: language_pb2.RunPluginRequest,
    *,
    interpreter: Interpreter,
    children: Children,
    context: grpc.ServicerContext,
) -> Iterator[language_pb2.RunPluginResponse]:
    """Run the plugin until it ends or the engine has done with it, yielding what it writes."""
    environment = interpreter.environment(dict(setting.split("=", 1) for setting in request.env if "=" in setting))
    if request.kind == POLICY_PACK:
        yield from _run_policy_pack(request, interpreter, environment, children, context)
        return
    command = _command(request, interpreter)
    with children.start(
        command,
        directory=Path(request.pwd) if request.pwd else None,
        environment=environment,
        output=subprocess.PIPE,
        errors=subprocess.PIPE,
    ) as process:
        context.add_callback(lambda: _end_soon(children, process))
        yield from _stream(process, _pipe(process.stdout))


def _command(request: language_pb2.RunPluginRequest, interpreter: Interpreter) -> list[str]:
    """`python <directory>`, or the SDK's runner for a distribution that has components but no `__main__.py`."""
    directory = Path(request.info.program_directory)
    if (directory / "__main__.py").is_file():
        return child_command(interpreter, "plugin", str(directory), *request.args)
    name = package_name(directory)
    if name is None:
        raise HostError(
            f"{directory} is no plugin that can be run: it has neither a __main__.py nor a pyproject.toml with a "
            "project name; add the __main__.py that calls component_provider_host"
        )
    return child_command(interpreter, "module", "pulumi.run.plugin", name, *request.args)


def _run_policy_pack(
    request: language_pb2.RunPluginRequest,
    interpreter: Interpreter,
    environment: Mapping[str, str],
    children: Children,
    context: grpc.ServicerContext,
) -> Iterator[language_pb2.RunPluginResponse]:
    """A policy pack reads the stack from its environment, so it starts only once the engine has told which one."""
    proxy = PolicyProxy()
    try:
        context.add_callback(proxy.give_up)
        yield _Response(stdout=f"{proxy.port}\n".encode())
        stack = proxy.wait_for_stack()
        directory = Path(request.info.program_directory)
        command = child_command(interpreter, "module", "pulumi.policy", *request.args, str(directory))
        with children.start(
            command,
            directory=directory,
            environment={**environment, **_stack_environment(stack)},
            output=subprocess.PIPE,
            errors=subprocess.PIPE,
        ) as process:
            context.add_callback(lambda: _end_soon(children, process))
            output = _pipe(process.stdout)
            yield from _stream(process, output, started=lambda: proxy.attach(output.readline()))
    finally:
        proxy.close()


def _stack_environment(stack: analyzer_pb2.AnalyzerStackConfigureRequest | None) -> dict[str, str]:
    if stack is None:
        return {}
    known = {
        "PULUMI_ORGANIZATION": stack.organization,
        "PULUMI_PROJECT": stack.project,
        "PULUMI_STACK": stack.stack,
        "PULUMI_DRY_RUN": "true" if stack.dry_run else "false",
        "PULUMI_CONFIG": json.dumps(dict(stack.config)),
    }
    return {name: value for name, value in known.items() if value}


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise AssertionError("the child was started with a pipe")
    return stream


def _end_soon(children: Children, process: subprocess.Popen[bytes]) -> None:
    """GRPC calls back on a thread it needs; ending a stubborn child can take seconds."""
    threading.Thread(target=children.end, args=(process,), daemon=True).start()


def _stream(
    process: subprocess.Popen[bytes], output: IO[bytes], *, started: Callable[[], None] = lambda: None
) -> Iterator[language_pb2.RunPluginResponse]:
    """What the process writes as it writes it, then its exit code if that is a failure."""
    written: queue.SimpleQueue[language_pb2.RunPluginResponse | None] = queue.SimpleQueue()

    def forward(stream: IO[bytes], response: Callable[[bytes], language_pb2.RunPluginResponse]) -> None:
        while chunk := stream.read1(_CHUNK_BYTES):  # type: ignore[attr-defined]  # a buffered pipe has it
            written.put(response(chunk))
        written.put(None)

    def forward_output() -> None:
        started()
        forward(output, lambda chunk: _Response(stdout=chunk))

    readers = [
        threading.Thread(target=forward_output, daemon=True),
        threading.Thread(
            target=forward, args=(_pipe(process.stderr), lambda chunk: _Response(stderr=chunk)), daemon=True
        ),
    ]
    for reader in readers:
        reader.start()
    for _ in readers:
        while (response := written.get()) is not None:
            yield response
    if code := process.wait():
        yield _Response(exitcode=code)
