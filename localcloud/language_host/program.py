"""Running the project's program for one `Run` call of the engine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from localcloud.language_host import child
from localcloud.language_host.children import Children
from localcloud.language_host.interpreter import Interpreter
from localcloud.protocol import language_pb2


def child_command(interpreter: Interpreter, mode: str, *arguments: str) -> list[str]:
    """The command line of this package's `child.py`, in that interpreter.

    Its output goes to a pipe, where Python would keep it until the end: the user is to see it as it happens, and the
    host to read the port of a policy pack, which Pulumi's SDK for those does not flush.
    """
    return [str(interpreter.executable), "-u", child.__file__, str(os.getpid()), mode, *arguments]


def run_program(
    request: language_pb2.RunRequest, *, engine: str, interpreter: Interpreter, children: Children
) -> language_pb2.RunResponse:
    """Run the program to its end; its output goes to this process's own, which the engine reads as it comes."""
    environment = interpreter.environment(os.environ)
    environment["PULUMI_CONFIG"] = json.dumps(dict(request.config))
    environment["PULUMI_CONFIG_SECRET_KEYS"] = json.dumps(list(request.configSecretKeys))
    call = {
        "monitor": request.monitor_address,
        "engine": engine,
        "project": request.project,
        "stack": request.stack,
        "parallel": request.parallel,
        "dry_run": request.dryRun,
        "organization": request.organization,
        "root_directory": request.info.root_directory,
        "directory": request.pwd,
    }
    command = child_command(
        interpreter, "program", json.dumps(call), request.info.entry_point or request.program, *request.args
    )
    with children.start(command, directory=None, environment=environment) as process:
        code = process.wait()
        if code == child.REPORTED or children.was_stopped(process):
            return language_pb2.RunResponse(bail=True)
    return language_pb2.RunResponse(error=describe_exit(code))


def describe_exit(code: int) -> str:
    """The engine's error for a program that ended without having said why; empty where it ended well."""
    if code == 0:
        return ""
    if code > 0:
        return f"program exited with non-zero exit code: {code}"
    hint = "; the machine may have run out of memory" if -code == signal.SIGKILL else ""
    return f"program was ended by {signal.Signals(-code).name}{hint}"


def check_types(info: language_pb2.ProgramInfo, interpreter: Interpreter) -> str:
    """Run the type checker that Pulumi.yaml asks for; what it says where it finds something, else nothing."""
    if not interpreter.typechecker:
        return ""
    command = [str(interpreter.executable), "-m", interpreter.typechecker]
    if interpreter.typechecker == "mypy" and interpreter.virtualenv:
        command += ["--exclude", os.path.relpath(interpreter.virtualenv, info.program_directory)]
    outcome = subprocess.run(
        [*command, info.program_directory],
        cwd=Path(info.program_directory),
        env=interpreter.environment(os.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if outcome.returncode == 0:
        return ""
    if f"No module named {interpreter.typechecker}" in outcome.stdout:
        return (
            f"the typechecker option is {interpreter.typechecker!r}, which is not installed; add it to "
            "requirements.txt and run `pulumi install`"
        )
    sys.stderr.write(outcome.stdout)
    sys.stderr.flush()
    return f"{interpreter.typechecker} found errors, so the program was not started"
